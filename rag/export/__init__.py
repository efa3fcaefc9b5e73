"""Answers and conversations as files that others can read and check."""

from rag.export.build import build_export, cite_place, instead, spoken
from rag.export.check import CheckedExport, CheckedItem, check_export
from rag.export.formats import FORMATS, ExportFormat, format_of, media_type, write_export
from rag.export.reading import read_export
from rag.export.records import Export, Place, Said, Spoken

__all__ = [
    "FORMATS",
    "CheckedExport",
    "CheckedItem",
    "Export",
    "ExportFormat",
    "Place",
    "Said",
    "Spoken",
    "build_export",
    "check_export",
    "cite_place",
    "format_of",
    "instead",
    "media_type",
    "read_export",
    "spoken",
    "write_export",
]
