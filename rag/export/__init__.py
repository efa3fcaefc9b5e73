"""Answers and conversations as files that others can read and check."""

from rag.export.build import build_export, cite_place, turn_of, without_answer
from rag.export.check import CheckedExport, CheckedItem, check_export
from rag.export.formats import FORMATS, ExportFormat, format_of, media_type, write_export
from rag.export.reading import read_export
from rag.export.records import ClaimedStatement, ClaimedTurn, Export, Place
from rag.export.statements import ACCOUNT, turn_of_statements, write_csv

__all__ = [
    "ACCOUNT",
    "FORMATS",
    "CheckedExport",
    "CheckedItem",
    "ClaimedStatement",
    "ClaimedTurn",
    "Export",
    "ExportFormat",
    "Place",
    "build_export",
    "check_export",
    "cite_place",
    "format_of",
    "media_type",
    "read_export",
    "turn_of",
    "turn_of_statements",
    "without_answer",
    "write_csv",
    "write_export",
]
