"""Answers and conversations as files that others can read and check.

``build.py`` looks every quotation of an answer up again, ``formats.py`` writes the file, and
``tables.py`` one for spreadsheets; ``reading.py`` reads a file back, and ``check.py`` compares it
with the collection.
"""
