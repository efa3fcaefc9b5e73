"""Compare what an index holds with what its catalog says, and the catalog with itself."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from rag.errors import IndexBusy, IndexProblem
from rag.models.embedding import Vectors
from rag.schema import owner, passage_id
from rag.store.document_writer import first_of_copies
from rag.store.folder.catalog import Catalog
from rag.store.folder.index import Index
from rag.store.folder.lexical import LexicalIndex
from rag.store.folder.storage_errors import first_line

# How many passages are looked up by their own vector, as a sample.
_LOOKED_UP = 200
# What rounding may change in a number of a vector, and in its length.
_TOLERANCE, _LENGTH_TOLERANCE = 1e-5, 1e-2

_Found = tuple[str, Collection[str], str]
"""Kind, ids and message of a finding; in the message ``{n}`` stands for the number of ids."""

# Rows that fit no other rows: kind and message of the finding, and the query for their ids.
_ROWS = (
    (
        "source-without-document",
        "{n} sources lead to no document",
        "SELECT source FROM sources WHERE document_id NOT IN (SELECT id FROM documents)",
    ),
    (
        "document-without-source",
        "{n} documents have no source",
        "SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM sources)",
    ),
    (
        "document-without-text",
        "{n} documents have lost their text",
        "SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM texts)",
    ),
    (
        "stray-rows",
        "{n} rows of the catalog belong to nothing",
        "SELECT document_id FROM texts WHERE document_id NOT IN (SELECT id FROM documents) UNION "
        "SELECT id FROM passages WHERE document_id NOT IN (SELECT id FROM documents) UNION "
        "SELECT passage_id FROM vectors WHERE passage_id NOT IN (SELECT id FROM passages)",
    ),
    ("unfinished", "{n} documents were being written", "SELECT document_id FROM unfinished"),
)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree.

    ``kind`` is a fixed word for programs, ``message`` says it to people, with the number, and
    ``documents`` are the sources of those concerned. ``ids`` are document ids, passage ids or
    names, whatever the kind counts.
    """

    kind: str
    message: str
    documents: tuple[str, ...] = ()
    ids: tuple[str, ...] = field(default=(), repr=False)


def check(index: Index) -> list[Finding]:
    """Everything that does not agree in an index; changes nothing.

    Raises:
        IndexBusy: it is being written, so that nothing can be said.
    """
    findings = check_catalog(index.catalog)
    if any(finding.kind == "catalog-damaged" for finding in findings):
        return findings
    names = index.names()
    found = (*_folder(index), *_vectors(index), *_lexical(index))
    return findings + [_finding(names, *each) for each in found if each[1]]


def check_catalog(catalog: Catalog) -> list[Finding]:
    """What does not agree within a catalog; if its file is damaged, nothing but that is told."""
    if broken := integrity(catalog):
        return [Finding("catalog-damaged", f"the catalog is damaged: {broken}", ids=("catalog",))]
    names = catalog.names()
    ids_of = {kind: [row[0] for row in catalog.rows(query)] for kind, _, query in _ROWS}
    found: list[_Found] = [(kind, ids_of[kind], message) for kind, message, _ in _ROWS]
    without_text = set(ids_of["document-without-text"])
    ill_cut = [e for e in names if e not in without_text and not _is_well_cut(catalog, e)]
    message = "{n} documents have no passages, or passages that do not fit their text"
    found.append(("passages-do-not-fit", ill_cut, message))
    bad_vectors = _bad_vectors(catalog)
    found.append(("vector-lost", bad_vectors, "{n} passages have no vector in the catalog"))
    names.update((each, each) for each in ids_of["source-without-document"])
    return [_finding(names, *each) for each in found if each[1]]


def _finding(names: Mapping[str, str], kind: str, ids: Collection[str], message: str) -> Finding:
    ordered = tuple(sorted(ids))
    documents = {names.get(each) or names.get(owner(each)) for each in ordered}
    told = message.replace("{n}", str(len(ordered)))
    return Finding(kind, told, tuple(sorted(filter(None, documents))), ordered)


def integrity(catalog: Catalog) -> str:
    """What SQLite says is wrong with the file; empty if nothing is."""
    try:
        rows = catalog.rows("PRAGMA integrity_check(2)")
    except IndexProblem as error:
        return first_line(error.__cause__ or error)
    found = "; ".join(" ".join(str(row[0]).split()) for row in rows)
    return "" if found == "ok" else found[:200]


def _is_well_cut(catalog: Catalog, document_id: str) -> bool:
    """Whether a document has passages, which lie in its text and are named by where they lie."""
    try:
        document = catalog.document(document_id)
        information = catalog.information(document_id)
        passages = catalog.passages_of(document_id)
        return (
            document is not None
            and information is not None
            and 0 < len(passages) == information.passages
            and len(document.text) == information.characters
            and len(document.pages) == (information.pages or 0)
            and all(
                each.id == passage_id(document_id, each.start, each.end)
                and 0 <= each.start < each.end <= len(document.text)
                and document.text[each.start : each.end].strip() != ""
                and all(each.start <= start < end <= each.end for start, end in each.sentences)
                and (each.page_start is None) == (not document.pages)
                for each in passages
            )
        )
    except (ValueError, TypeError, AttributeError, RecursionError):
        return False  # not even JSON, or of another form


def _bad_vectors(catalog: Catalog) -> set[str]:
    """The passages whose vector is missing in the catalog, or is none of the model's."""
    missing = set(catalog.passage_owners())
    bad: set[str] = set()
    # The dimension that most of them have.
    rows = catalog.rows(
        "SELECT length(vector) / 4 FROM vectors GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    shape = (rows[0][0],) if rows else ()
    for vectors in catalog.all_vectors():
        missing.difference_update(vectors)
        bad.update(each for each, vector in vectors.items() if not _is_unit(vector, shape))
    return missing | bad


def _is_unit(vector: Vectors, shape: tuple[int, ...]) -> bool:
    if vector.shape != shape or not np.isfinite(vector).all():
        return False
    length = np.linalg.norm(vector.astype(np.float64))  # numbers of a damaged one may be huge
    return bool(abs(length - 1) < _LENGTH_TOLERANCE)


def _folder(index: Index) -> Iterator[_Found]:
    left_over = map(str, index.layout.left_over())
    yield "left-over", list(left_over), "{n} generations were left over"
    known = index.kept_originals()
    bad = [each for each, sha256 in known.items() if index.originals.get(each, sha256) is None]
    yield "original-missing", bad, "{n} originals are missing or damaged"
    superfluous = [path.name for path in index.originals.superfluous(known)]
    yield "original-superfluous", superfluous, "{n} originals belong to no document"


def _vectors(index: Index) -> Iterator[_Found]:
    """Compare Chroma with the catalog."""
    known = index.passage_owners().keys()
    needed: set[str] = set()
    different: list[str] = []
    try:
        stored = index.vectors.passage_ids()
        for ours in index.all_vectors():
            needed.update(first_of_copies(ours))
            theirs = index.vectors.vectors([each for each in ours if each in known & stored])
            different += [e for e in theirs if not _is_same(theirs[e], ours[e])]
        unreachable = _unreachable(index, (known & stored) - set(different))
    except IndexBusy:
        raise
    except IndexProblem as error:
        yield "vectors-unreadable", ["vectors"], _unreadable(error, "vector store")
        return
    missing = (needed & known) - stored
    yield "vector-missing", missing, "{n} passages are missing in the vector store"
    yield "vector-superfluous", stored - known, "{n} entries of the vector store are no passages"
    yield (
        "vector-different",
        different,
        "{n} vectors in the vector store are not those that were put there",
    )
    yield "vector-unreachable", unreachable, "{n} passages of those tried cannot be found"


def _is_same(one: Vectors, other: Vectors) -> bool:
    return one.shape == other.shape and np.allclose(one, other, rtol=0, atol=_TOLERANCE)


def _unreachable(index: Index, stored: Iterable[str]) -> list[str]:
    """Of a sample, those that a search for their own vector does not find."""
    ordered = sorted(stored)
    sample = ordered[:: max(1, len(ordered) // _LOOKED_UP)]
    lost: list[str] = []
    for each, vector in index.vectors.vectors(sample).items():
        # Another passage with the very same words is as good.
        best = index.dense(vector, count=1)
        if not best or best[0][1] < 1 - _LENGTH_TOLERANCE:
            lost.append(each)
    return lost


def _lexical(index: Index) -> Iterator[_Found]:
    """Compare Tantivy with the catalog."""
    known = index.passage_owners().keys()
    try:
        if damaged := LexicalIndex.damaged_files(index.generation.lexical_folder):
            raise IndexProblem(f"{len(damaged)} damaged files, {damaged[0]} among them")
        stored = index.lexical.passage_counts()
    except IndexBusy:
        raise
    except IndexProblem as error:
        yield "lexical-unreadable", ["lexical"], _unreadable(error, "lexical index")
        return
    missing, superfluous = known - stored.keys(), stored.keys() - known
    doubled = [each for each in known & stored.keys() if stored[each] > 1]
    yield "lexical-missing", missing, "{n} passages are missing in the lexical index"
    yield "lexical-superfluous", superfluous, "{n} entries of the lexical index are no passages"
    yield "lexical-doubled", doubled, "{n} passages are in the lexical index more than once"


def _unreadable(error: IndexProblem, what: str) -> str:
    return f"the {what} cannot be read: {first_line(error.__cause__ or error)}"
