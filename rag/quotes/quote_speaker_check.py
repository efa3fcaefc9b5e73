"""Who is said to have said it: by the words around a quotation in a draft, and by the source.

A draft that writes ``“…”, Kozak said`` names a speaker as surely as an option does. Whether the
source gives the words to the same person is told beside the check, and changes nothing of it: the
words stand there or they do not.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag.attribution import Attributions, attributions
from rag.language.folding import fold
from rag.language.person_names import person_name, same_person
from rag.quotes.records import Match, Verification
from rag.schema import Document, Metadata
from rag.store import Index

__all__ = ["named_in", "other_speaker", "read_draft"]

_MOST_PLACES = 20  # of words that stand in many, as many are asked whose they are


def read_draft(draft: str) -> Attributions:
    """Whose words a draft says that its quotations are."""
    return attributions(Document("", "draft", draft, Metadata(), "text/plain"))


def named_in(draft: Attributions, start: int, end: int) -> str | None:
    """The speaker whom the words around the quotation ``[start, end)`` name; None if none is told.

    The marks around it are outside of the span.
    """
    said = draft.of(max(0, start - 1), end + 1)
    return said.speaker if said is not None and said.how == "quoted" else None


def other_speaker(index: Index, result: Verification, named: str) -> str | None:
    """What is to be said if no place gives the words to the one whom a draft names; else None."""
    if person_name(named).description:
        return None  # "the minister" is nobody by name
    matches = [*result.matches, *result.elsewhere][:_MOST_PLACES]
    if not matches:
        return None
    told: list[str] = []
    for match in matches:
        names = _names_at(index, match)
        if any(_is(named, name) for name in names):
            return None
        told.extend(names[:1])
    whose = " or ".join(dict.fromkeys(told)) or "nobody by name"
    return f"the draft gives these words to {named}, the source gives them to {whose}"


def _names_at(index: Index, match: Match) -> Sequence[str]:
    """Whose words the place has, as the document tells it, the speaker first."""
    citation = match.citation
    document = index.document(citation.document_id)
    if document is None:
        return ()
    found = attributions(document).all(citation.start, citation.end)
    names = [citation.speaker, *(each.speaker for each in found)]
    names += [document.metadata.author, document.metadata.publisher]
    return tuple(dict.fromkeys(name for name in names if name))


def _is(named: str, name: str) -> bool:
    mine, other = fold(named).split(), fold(name).split()
    return same_person(named, name) or all(word in other for word in mine)
