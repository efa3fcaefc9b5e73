"""Languages: names of countries and people, word lists, and which language a text is in."""
