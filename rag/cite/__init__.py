"""Answers with citations, how a statement says whose words it has, and references in the styles."""

from rag.cite.citations import (
    attribution,
    cite_characters,
    label,
    long_date,
    page_of,
    page_reference,
    page_words,
    quoted,
)
from rag.cite.items import Kind, item_of, kind_of, one_line, web_address
from rag.cite.reference_managers import FORMATS, ExchangeFormat, exchange
from rag.cite.references import Reference, Run, pinpoint, plain, reference
from rag.cite.styles import DEFAULT_STYLE, STYLES, Style, style_named

__all__ = [
    "DEFAULT_STYLE",
    "FORMATS",
    "STYLES",
    "ExchangeFormat",
    "Kind",
    "Reference",
    "Run",
    "Style",
    "attribution",
    "cite_characters",
    "exchange",
    "item_of",
    "kind_of",
    "label",
    "long_date",
    "one_line",
    "page_of",
    "page_reference",
    "page_words",
    "pinpoint",
    "plain",
    "quoted",
    "reference",
    "style_named",
    "web_address",
]
