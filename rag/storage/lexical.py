"""The lexical index of the passages, in Tantivy (BM25). The only module that knows of Tantivy."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import tantivy
from tantivy import Filter, Occur, Query, TextAnalyzerBuilder, Tokenizer

__all__ = ["LexicalEntry", "LexicalIndex", "analyse", "content_terms"]

_ANALYSER = (
    TextAnalyzerBuilder(Tokenizer.simple())
    .filter(Filter.lowercase())
    .filter(Filter.ascii_fold())
    .filter(Filter.stemmer("english"))
    .build()
)
_ANALYSER_NAME = "footnote"
_WRITER_BYTES = 64_000_000

# Words of questions that say nothing of what is asked about, "who said" included. Left out of
# queries only: the index keeps every word, so that quotations can be looked up.
_FUNCTION_WORDS = frozenset(
    _ANALYSER.analyze(
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
    return list(_ANALYSER.analyze(text))


def content_terms(text: str) -> list[str]:
    """The distinct terms of ``text`` that are not function words; all terms if none is left."""
    terms = list(dict.fromkeys(analyse(text)))
    return [term for term in terms if term not in _FUNCTION_WORDS] or terms


class LexicalIndex:
    """Passages by their words: ``context`` and ``text`` are searched together, by BM25."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._schema = _schema()
        self._index = tantivy.Index(self._schema, path=str(folder))
        self._index.register_tokenizer(_ANALYSER_NAME, _ANALYSER)

    def __len__(self) -> int:
        return int(self._searcher().num_docs)

    def _searcher(self) -> tantivy.Searcher:
        self._index.reload()
        return self._index.searcher()

    def replace(self, document_ids: Collection[str], entries: Iterable[LexicalEntry] = ()) -> None:
        """Forget ``document_ids`` and add ``entries``, in one commit: all of it or nothing."""
        writer = self._index.writer(_WRITER_BYTES, 1)
        for document_id in document_ids:
            writer.delete_documents_by_term("document_id", document_id)
        for entry in entries:
            writer.add_document(
                tantivy.Document(
                    passage_id=entry.passage_id,
                    document_id=entry.document_id,
                    text=[entry.context, entry.text],
                )
            )
        writer.commit()
        writer.wait_merging_threads()

    def clear(self) -> None:
        """Forget everything."""
        writer = self._index.writer(_WRITER_BYTES, 1)
        writer.delete_all_documents()
        writer.commit()
        writer.wait_merging_threads()

    def search(
        self, query: str, *, count: int, document_ids: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Passage ids with their BM25 score, best first, at most ``count``.

        ``query`` is plain words; nothing in it is an operator. Only passages of ``document_ids``
        are found where that is given.
        """
        terms = content_terms(query)
        if not terms or (document_ids is not None and not document_ids):
            return []
        words = Query.boolean_query(
            [(Occur.Should, Query.term_query(self._schema, "text", term)) for term in terms]
        )
        if document_ids is not None:
            allowed = Query.term_set_query(self._schema, "document_id", list(document_ids))
            words = Query.boolean_query(
                [(Occur.Must, words), (Occur.Must, Query.const_score_query(allowed, 0.0))]
            )
        searcher = self._searcher()
        return [
            (searcher.doc(address)["passage_id"][0], float(score))
            for score, address in searcher.search(words, count).hits
        ]

    def document_frequencies(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages each term (as :func:`analyse` gives it) stands."""
        searcher = self._searcher()
        return {term: int(searcher.doc_freq("text", term)) for term in terms}

    def passage_ids(self) -> set[str]:
        """The ids of all passages that are indexed."""
        searcher = self._searcher()
        count = max(1, int(searcher.num_docs))
        hits = searcher.search(Query.all_query(), count).hits
        return {searcher.doc(address)["passage_id"][0] for _, address in hits}


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("passage_id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("document_id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("text", tokenizer_name=_ANALYSER_NAME)
    return builder.build()
