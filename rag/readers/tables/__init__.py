"""Spreadsheets and delimited files to readings: a row is a citable unit."""
