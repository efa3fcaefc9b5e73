"""What is said where the models do not read the language of a question or of the documents.

Such a model still gives numbers, and they are wrong with much confidence. So nothing is claimed
then, neither an answer nor that there is none: the passages are shown as what a search found.
"""

from __future__ import annotations

import tomllib
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from functools import cache
from importlib import resources
from typing import Final

from rag.cite.answers import NOT_ANSWERED, Answer
from rag.language.detection import language_code, language_name
from rag.language.translation import N_, _, listing, n_
from rag.models.registry import MULTILINGUAL, judges, reads
from rag.schema import Condition
from rag.store import Store

_A_FEW: Final = 3  # documents
_QUESTION_UNREAD: Final = N_("the question is in {language}, which the models in use do not read")
_PASSAGES_UNREAD: Final = N_(
    "the passages found are in {language}, which the models in use do not read"
)
_ALL_BUT_ENGLISH_UNREAD: Final = N_(
    "The reports in English do not answer that; those in {languages} were not judged."
)
_OTHERS_UNREAD: Final = N_(
    "The reports in other languages do not answer that; those in {languages} were not judged."
)


@cache
def _sentences() -> dict[str, str]:
    return tomllib.loads((resources.files("rag.answer") / "unread.toml").read_text("utf-8"))


def not_judged(draft: Answer, *, asked_in: str | None, unread: str) -> Answer:
    """The answer to a question that was searched for and not read.

    ``asked_in`` is the language of the question, ``unread`` that which the models do not read.
    """
    sentences = _sentences()
    told = _QUESTION_UNREAD if asked_in == unread else _PASSAGES_UNREAD
    return replace(
        draft,
        text=sentences.get(asked_in or "en", sentences["en"]),
        abstained=True,
        judged=False,
        confidence=0.0,
        reason=_(told, language=language_name(unread)),
    )


def not_answered(index: Store, where: Sequence[Condition]) -> str:
    """What is said of a collection without an answer: only of documents that can be read.

    ``where`` are the filters that were on.
    """
    if where:
        given: Collection[str | None] = {each.metadata.language for each in index.documents(where)}
    else:
        given = index.values("language")
    codes = {language_code(each) for each in given if each}
    model = index.embedding.model_name
    unread = sorted(language_name(code) for code in codes if code and not judges(model, code))
    if not unread:
        return _(NOT_ANSWERED)
    told = _OTHERS_UNREAD if model == MULTILINGUAL.name else _ALL_BUT_ENGLISH_UNREAD
    return _(told, languages=listing(unread))


def better_model(index: Store) -> str:
    """The commands for a model that finds more in the documents of an index; empty without need.

    There is need where more than a few are in languages that its embedding model does not read.
    """
    given = Counter(each.metadata.language for each in index.documents())
    count = sum(
        documents
        for language, documents in given.items()
        if language and not reads(index.embedding.model_name, language_code(language))
    )
    if count <= _A_FEW:
        return ""
    return n_(
        "{count} document is in a language that the embedding model does not read. To find more "
        "in it, run '{get}', set {setting}, and run '{reindex}'.",
        "{count} documents are in languages that the embedding model does not read. To find more "
        "in them, run '{get}', set {setting}, and run '{reindex}'.",
        count,
        get=MULTILINGUAL.get,
        setting=f"RAG_EMBEDDING_MODEL={MULTILINGUAL.name}",
        reindex="rag reindex",
    )
