"""Answers with their citations, and references in the styles of use.

``answers.py`` has the records, ``citations.py`` cites characters and says whose words they are,
``references.py`` refers to a document in a style, ``reference_managers.py`` in a file for others.
"""
