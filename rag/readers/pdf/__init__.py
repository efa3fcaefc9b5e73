"""PDF files to readings: characters, lines, paragraphs, tables, headings, pages."""
