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
from rag.citing.items import Kind, item_of, kind_of
from rag.citing.references import Reference, Run, reference
from rag.citing.styles import STYLES, Style, style_named

__all__ = [
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
    "page_reference",
    "page_words",
    "reference",
    "style_named",
]
