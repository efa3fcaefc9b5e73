"""Answers and conversations as files that others can read and check."""

from rag.export.build import build_export, cite_place, turn_of, without_answer
from rag.export.check import CheckedExport, CheckedItem, check_export
from rag.export.formats import FORMATS, ExportFormat, format_of, media_type, write_export
from rag.export.reading import read_export
from rag.export.records import ClaimedStatement, ClaimedTurn, Export, Place

__all__ = [
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
    "without_answer",
    "write_export",
]
