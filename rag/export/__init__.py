"""Answers and conversations as files that others can read and check."""

from rag.export.build import build_export, cite_place, turn_of, without_answer
from rag.export.check import CheckedExport, CheckedItem, check_export
from rag.export.formats import FORMATS, MEDIA_TYPES, ExportFormat, format_of, write_export
from rag.export.reading import read_export
from rag.export.records import ClaimedStatement, ClaimedTurn, Export, Place
from rag.export.statements import ACCOUNT, turn_of_statements, write_csv
from rag.export.tables import TABLE_TYPES, TableFormat, table_format_of, write_table

__all__ = [
    "ACCOUNT",
    "FORMATS",
    "MEDIA_TYPES",
    "TABLE_TYPES",
    "CheckedExport",
    "CheckedItem",
    "ClaimedStatement",
    "ClaimedTurn",
    "Export",
    "ExportFormat",
    "Place",
    "TableFormat",
    "build_export",
    "check_export",
    "cite_place",
    "format_of",
    "read_export",
    "table_format_of",
    "turn_of",
    "turn_of_statements",
    "without_answer",
    "write_csv",
    "write_export",
    "write_table",
]
