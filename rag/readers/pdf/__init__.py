"""PDF files to readings, and the places of quotations on their pages.

A page passes, in this order: ``file`` (opened with pdfium), ``page_content`` (characters, pictures,
rules), ``furniture`` (running heads taken out), ``lines``, ``tables`` and ``layout`` (columns in
reading order), ``paragraphs``, ``headings``. ``reader`` calls them; ``boxes`` finds text again on a
page.
"""
