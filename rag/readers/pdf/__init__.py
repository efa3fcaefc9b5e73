"""PDF files to readings.

A page passes, in this order: ``file`` (opened with pdfium), ``page_content`` (characters; pictures
and rules by ``drawings``, what cannot be seen by ``covered``), ``side_numbers`` and ``drop_caps``,
``furniture`` (running heads taken out), ``lines``, ``layout`` (columns in reading order),
``table_rows``, ``figures`` and ``figure_heads`` (rows of figures with the names of their columns),
and ``paragraphs``. ``reader`` calls them, and tells which paragraphs are headings.
"""
