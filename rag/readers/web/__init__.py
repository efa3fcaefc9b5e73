"""Web pages and e-books to readings."""
