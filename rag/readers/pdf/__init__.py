"""PDF files to readings.

A page passes, in this order: ``file`` (opened with pdfium), ``page_content`` (characters; pictures
and rules by ``drawings``, what cannot be seen by ``covered``), ``furniture`` (running heads and
numbers beside the text taken out), ``lines``, ``layout`` (columns in reading order, tables),
``figures`` and ``figure_heads`` (rows of figures with the names of their columns), and
``paragraphs``. ``reader`` calls them, and tells which paragraphs are headings.
"""
