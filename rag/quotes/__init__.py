"""Is this quotation there, where, and if not, what differs?

A lookup (``lookup.py``) passes: the quotation's words and gaps (``quotation.py``, as the tokens of
``normal_form.py``); the documents that can hold them (``fingerprint.py``); the exact places
(``places.py``); and if there is none, the places that come close (``near.py``) with what differs
there (``alignment.py``, ``word_table.py``). ``drafts.py`` does so for every quotation of a draft.
"""

from rag.quotes.drafts import CheckedQuotation, check_draft, find_quotations, quoted_words
from rag.quotes.lookup import MOST_MATCHES, check_quotation
from rag.quotes.places import contains_verbatim, find_places
from rag.quotes.quotation import read_quotation
from rag.quotes.records import Difference, Match, Status, Verification

__all__ = [
    "MOST_MATCHES",
    "CheckedQuotation",
    "Difference",
    "Match",
    "Status",
    "Verification",
    "check_draft",
    "check_quotation",
    "contains_verbatim",
    "find_places",
    "find_quotations",
    "quoted_words",
    "read_quotation",
]
