"""Answers and conversations as files that others can read and check."""

from rag.export.building import build_export, cite_place, instead, spoken
from rag.export.checking import CheckedExport, CheckedItem, check_export
from rag.export.reading import read_export
from rag.export.records import Export, Place, Said, Spoken
from rag.export.writing import FORMATS, ExportFormat, format_of, media_type, write_export

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
