"""The source panel: a document with the quotation marked, as text or as pictures of its pages."""
