"""The terms of a text: what passages are found by, and what questions look for.

English words by their stems; a store has them in an index of words. Those of passages in another
language are in a second field besides, see :func:`rag.language.stems.foreign_terms`.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tantivy import Filter, TextAnalyzerBuilder, Tokenizer

from rag.language.folding import fold
from rag.readers.passages import passage_context
from rag.schema import Document, Passage
from rag.store.expression import Expression, Words

ANALYSER = TextAnalyzerBuilder(Tokenizer.simple()).filter(Filter.stemmer("english")).build()
"""What cuts a folded text into terms and stems them."""

# Words of questions that say nothing of what is asked about, "who said" included. Left out of
# queries only: the index keeps every word, so that quotations can be looked up.
_FUNCTION_WORDS = frozenset(
    ANALYSER.analyze(
        "a about according also am an and any are as at be been being but by can could d did "
        "do does doing don for from had has have having he her hers him his how i if in into "
        "is it its just ll may me mention mentioned might mine must my no nor not of on or "
        "our ours re s said say says she should so some such t tell tells than that the their "
        "theirs them then there these they this those to told too ve was we were what when "
        "where which who whom whose why will with would you your yours"
    )
)


@dataclass(frozen=True, slots=True)
class LexicalEntry:
    """What is indexed of one passage; ``context`` is its title and section."""

    passage_id: str
    document_id: str
    context: str
    text: str


def analyse(text: str) -> list[str]:
    """The terms of ``text``: lower case, without accents, stemmed; in order, with repetitions."""
    return list(ANALYSER.analyze(fold(text)))


def content_terms(text: str) -> list[str]:
    """The distinct terms of ``text`` that are not function words; all terms if none is left."""
    terms = list(dict.fromkeys(analyse(text)))
    return [term for term in terms if term not in _FUNCTION_WORDS] or terms


def says_nothing(part: Expression) -> bool:
    """Whether a part is a single word that stands in nearly every passage."""
    if not isinstance(part, Words) or part.prefix or " " in part.text:
        return False
    return _FUNCTION_WORDS.issuperset(analyse(part.text))


def lexical_entries(document: Document, passages: Iterable[Passage]) -> list[LexicalEntry]:
    """What the lexical index holds of a document."""
    return [
        LexicalEntry(passage.id, document.id, passage_context(document, passage), passage.text)
        for passage in passages
    ]
