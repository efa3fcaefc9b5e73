"""The lexical index of the passages, in Tantivy (BM25).

All passages are indexed by their words, stemmed as English. Those in another language are in a
second field too: by the plain words, by their stems where Snowball knows the language, and by the
pairs of characters that follow one another in a script without spaces. Only a question in another
language looks there.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import tantivy
from rapidfuzz.distance import DamerauLevenshtein
from tantivy import Occur, Query

from rag.language.folding import fold
from rag.language.stems import foreign_terms
from rag.store.expression import All, Either, Expression, Near, Not, Where, Words
from rag.store.folder.storage_errors import translating_errors
from rag.store.protocol import Resolve
from rag.store.terms import ANALYSER, LexicalEntry, analyse, content_terms, says_nothing

_ANALYSER_NAME = "footnote"
_WRITER_BYTES = 64_000_000
_MOST_LETTERS = 2  # by which a misspelt term differs

# Every file of a segment ends with its checksum as JSON, the length of that, and this number.
_FOOTER = struct.Struct("<II")
_FOOTER_MAGIC = 1337
_SEGMENT_FILES = ("fast", "fieldnorm", "idx", "pos", "store", "term")


class LexicalIndex:
    """Passages by their words: ``context`` and ``text`` are searched together, by BM25.

    Every verb raises :class:`rag.errors.IndexProblem` where Tantivy fails. ``root`` is the folder
    of the index, for messages.
    """

    def __init__(self, folder: Path, *, root: Path) -> None:
        self._root = root
        self._folder = folder
        self._schema = _schema()
        with translating_errors(root, "the lexical index"):
            folder.mkdir(parents=True, exist_ok=True)
            self._index = tantivy.Index(self._schema, path=str(folder))
            self._index.register_tokenizer(_ANALYSER_NAME, ANALYSER)

    @contextmanager
    def _searching(self) -> Iterator[tantivy.Searcher]:
        """What has been committed so far, by any process."""
        with translating_errors(self._root, "the lexical index"):
            self._index.reload()
            yield self._index.searcher()

    @contextmanager
    def _writing(self) -> Iterator[tantivy.IndexWriter]:
        """One commit: all of what is done inside, or nothing."""
        with translating_errors(self._root, "the lexical index"):
            writer = self._index.writer(_WRITER_BYTES, 1)
            try:
                self._remove_stray_deletions()
                yield writer
                writer.commit()
            except BaseException:
                # Lets go of the lock, although the error keeps the writer alive.
                with suppress(Exception):
                    writer.wait_merging_threads()
                raise
            writer.wait_merging_threads()

    def _remove_stray_deletions(self) -> None:
        """Remove lists of deleted entries that a commit wrote before it was interrupted.

        The next commit counts on from the last whole one, would give its own list the same name,
        and fail because there is one.
        """
        meta = json.loads((self._folder / "meta.json").read_text("utf-8"))
        known = {
            f"{each['segment_id'].replace('-', '')}.{each['deletes']['opstamp']}.del"
            for each in meta["segments"]
            if each["deletes"]
        }
        for path in self._folder.glob("*.del"):
            if path.name not in known:
                path.unlink()

    def replace(self, document_ids: Collection[str], entries: Iterable[LexicalEntry] = ()) -> None:
        """Remove ``document_ids`` and add ``entries``, in one commit: all of it or nothing."""
        with self._writing() as writer:
            for document_id in document_ids:
                writer.delete_documents_by_term("document_id", document_id)
            _add(writer, entries)

    @contextmanager
    def filling(self) -> Iterator[Callable[[Iterable[LexicalEntry]], None]]:
        """A function that adds entries, which are there once the block has ended without error."""
        with self._writing() as writer:
            yield partial(_add, writer)

    def search(
        self, query: str, *, count: int, document_ids: Collection[str] | None = None
    ) -> list[tuple[str, float]]:
        """Passage ids with their BM25 score, best first, at most ``count``.

        ``query`` is plain words; nothing in it is an operator. Only passages of ``document_ids``
        are found where that is given.
        """
        terms = [("text", term) for term in content_terms(query)]
        if not terms or (document_ids is not None and not document_ids):
            return []
        terms += [("foreign", term) for term in dict.fromkeys(foreign_terms(query))]
        words = Query.boolean_query(
            [(Occur.Should, Query.term_query(self._schema, *term)) for term in terms]
        )
        if document_ids is not None:
            allowed = Query.term_set_query(self._schema, "document_id", list(document_ids))
            words = Query.boolean_query(
                [(Occur.Must, words), (Occur.Must, Query.const_score_query(allowed, 0.0))]
            )
        with self._searching() as searcher:
            return [
                (searcher.doc(address)["passage_id"][0], float(score))
                for score, address in searcher.search(words, count).hits
            ]

    def matching(
        self, query: Expression, *, resolve: Resolve, count: int
    ) -> tuple[int, list[tuple[str, float]]]:
        """How many passages match an expression, and at most ``count`` of them, best first."""
        compiled = self._compiled(query, resolve)
        with self._searching() as searcher:
            found = searcher.search(compiled, count)
            total: int = found.count  # type: ignore[attr-defined]
            return total, [
                (searcher.doc(address)["passage_id"][0], float(score))
                for score, address in found.hits
            ]

    def _compiled(self, part: Expression, resolve: Resolve) -> Query:
        """An expression as Tantivy's query; a word without letters is no condition."""
        match part:
            case Words(text, prefix):
                return self._prefixed(text) if prefix else self._phrase([text], slop=0)
            case Near(left, right, distance):
                orders = ([left.text, right.text], [right.text, left.text])
                either = [(Occur.Should, self._phrase(each, slop=distance)) for each in orders]
                return Query.boolean_query(either)
            case Where(condition):
                field, ids = resolve(condition)
                if not ids:
                    return Query.empty_query()
                there = Query.term_set_query(self._schema, field, list(ids))
                return Query.const_score_query(there, 0.0)
            case Not(inner):
                without = (Occur.MustNot, self._compiled(inner, resolve))
                return Query.boolean_query([(Occur.Must, self._everything()), without])
            case Either(parts):
                each = [(Occur.Should, self._compiled(one, resolve)) for one in parts]
                return Query.boolean_query(each)
            case All(parts):
                said = [one for one in parts if not says_nothing(one)] or parts
                return Query.boolean_query(
                    [(Occur.Must, self._compiled(one, resolve)) for one in said]
                )

    @staticmethod
    def _everything() -> Query:
        return Query.const_score_query(Query.all_query(), 0.0)

    def _phrase(self, texts: Sequence[str], *, slop: int) -> Query:
        terms: list[str | tuple[int, str]] = [term for text in texts for term in analyse(text)]
        if not terms:
            return self._everything()
        if len(terms) == 1:
            return Query.term_query(self._schema, "text", str(terms[0]))
        return Query.phrase_query(self._schema, "text", terms, slop=slop)

    def _prefixed(self, text: str) -> Query:
        """Terms that begin so; they are stems, so the word that the beginning may be counts too."""
        begun = "".join(mark for mark in fold(text).lower() if mark.isalnum())
        if not begun:
            return self._everything()
        begins = Query.regex_query(self._schema, "text", f"{begun}.*")
        return Query.boolean_query(
            [(Occur.Should, begins), (Occur.Should, self._phrase([text], slop=0))]
        )

    def terms_like(self, term: str) -> list[str]:
        """At most ten terms that differ from ``term`` by one or two letters, the nearest first.

        They begin with the same letter; of equally near ones the commoner comes first. Two letters
        that change places count as one.
        """
        with self._searching() as searcher:
            listed = searcher.terms_with_prefix("text", term[:1]) if term else []
        distances = (
            (DamerauLevenshtein.distance(term, each, score_cutoff=_MOST_LETTERS), -count, each)
            for each, count in listed
        )
        near = sorted(each for each in distances if 0 < each[0] <= _MOST_LETTERS)
        return [each for _, _, each in near[:10]]

    def passage_counts(self) -> Counter[str]:
        """How often each passage is indexed: once, if all is well."""
        with self._searching() as searcher:
            hits = searcher.search(Query.all_query(), max(1, int(searcher.num_docs))).hits
            return Counter(searcher.doc(address)["passage_id"][0] for _, address in hits)

    @staticmethod
    def damaged_files(folder: Path) -> list[str]:
        """The files whose checksum does not fit, or that are missing.

        To be called before opening: Tantivy maps its files into memory and trusts what is there.
        """
        if not folder.is_dir() or not any(folder.iterdir()):
            return []  # nothing was ever written
        try:
            meta = json.loads((folder / "meta.json").read_text("utf-8"))
            segments = {each["segment_id"].replace("-", "") for each in meta["segments"]}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return ["meta.json"]
        expected = {f"{segment}.{kind}" for segment in segments for kind in _SEGMENT_FILES}
        files = {path.name: path for path in folder.iterdir()}
        present = sorted(name for name in files if name.split(".")[0] in segments)
        missing = sorted(expected - files.keys())
        return missing + [name for name in present if not _is_whole(files[name])]


def _add(writer: tantivy.IndexWriter, entries: Iterable[LexicalEntry]) -> None:
    for entry in entries:
        writer.add_document(
            tantivy.Document(
                passage_id=entry.passage_id,
                document_id=entry.document_id,
                text=[fold(entry.context), fold(entry.text)],
                foreign=" ".join((*foreign_terms(entry.context), *foreign_terms(entry.text))),
            )
        )


def _is_whole(path: Path) -> bool:
    content = path.read_bytes()
    if len(content) < _FOOTER.size:
        return False
    length, magic = _FOOTER.unpack(content[-_FOOTER.size :])
    end = len(content) - _FOOTER.size - length
    if magic != _FOOTER_MAGIC or end < 0:
        return False
    try:
        footer = json.loads(content[end : -_FOOTER.size])
        return bool(footer["crc"] == zlib.crc32(content[:end]))
    except (ValueError, KeyError, TypeError):
        return False


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("passage_id", stored=True, tokenizer_name="raw", index_option="basic")
    builder.add_text_field("document_id", tokenizer_name="raw", index_option="basic")
    builder.add_text_field("text", tokenizer_name=_ANALYSER_NAME)
    builder.add_text_field("foreign", tokenizer_name="whitespace", index_option="freq")
    return builder.build()
