"""Citations, how a statement says whose words it carries, and references in the styles of use."""

from rag.citing.citations import (
    attribution,
    cite,
    cite_characters,
    long_date,
    page_reference,
    page_words,
)
from rag.citing.exchange import FORMATS, ExchangeFormat, exchange
from rag.citing.items import Kind, item_of, kind_of, one_line, web_address
from rag.citing.references import Reference, Run, pinpoint, reference
from rag.citing.styles import DEFAULT_STYLE, STYLES, Style, style_named

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
    "cite",
    "cite_characters",
    "exchange",
    "item_of",
    "kind_of",
    "long_date",
    "one_line",
    "page_reference",
    "page_words",
    "pinpoint",
    "reference",
    "style_named",
    "web_address",
]
