"""Compare catalog, Chroma, Tantivy and the folder of an index, and say what does not agree."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from rag.errors import IndexBusy, IndexMismatch, IndexMissing, IndexProblem
from rag.store.catalog.soundness import disagreements, integrity
from rag.store.creation import adopt
from rag.store.index_versions import Layout
from rag.store.lexical import LexicalIndex
from rag.store.storage_errors import first_line

if TYPE_CHECKING:
    from rag.models.embedding import Vectors
    from rag.settings import Settings
    from rag.store.index import Index

__all__ = ["Finding", "check", "open_damaged"]

_STEP = 1000
_LOOKED_UP = 200
# What rounding may change in a number of a vector, and in its length.
_TOLERANCE, _LENGTH_TOLERANCE = 1e-5, 1e-2


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that does not agree.

    ``kind`` is a fixed word for programs, ``message`` says it to people, count included, and
    ``documents`` are the sources of those concerned. ``ids`` are document ids or passage ids,
    whatever the kind counts. Where not ``mendable``, the message says what to do instead.
    """

    kind: str
    message: str
    documents: tuple[str, ...] = ()
    ids: tuple[str, ...] = field(default=(), repr=False)
    mendable: bool = True


def check(index: Index) -> list[Finding]:
    """Everything that does not agree in an index; changes nothing.

    Raises:
        IndexBusy: it is being written, so that nothing can be said.
    """
    if broken := integrity(index.catalog):
        told = "; ".join(broken[:2])[:200]
        return [Finding("catalog-damaged", f"the catalog is damaged: {told}")]
    names = index.catalog.names()
    findings = [
        *_rows(index, names),
        *_folder(index, names),
        *_stored_vectors(index, names),
        *_chroma(index, names),
        *_lexical(index, names),
    ]
    return [finding for finding in findings if finding.ids]


def _told(names: Mapping[str, str], ids: Iterable[str]) -> tuple[str, ...]:
    """Sources of the documents that document ids, or passage ids, belong to."""
    owners = (each if each in names else each.rpartition(".")[0] for each in ids)
    return tuple(sorted({names[each] for each in owners if each in names}))


def _finding(
    kind: str, ids: Iterable[str], message: str, names: Mapping[str, str], **more: bool
) -> Finding:
    """A finding about ``ids``; in ``message``, ``{n}`` stands for how many there are."""
    ordered = tuple(ids)
    told = message.replace("{n}", str(len(ordered)))
    return Finding(kind, told, _told(names, ordered), ordered, **more)


def _rows(index: Index, names: Mapping[str, str]) -> Iterator[Finding]:
    found = disagreements(index.catalog)
    yield Finding(
        "source-without-document",
        f"{len(found.lost_sources)} sources lead to no document",
        tuple(found.lost_sources),
        tuple(found.lost_sources),
    )
    for kind, ids, message in (
        ("document-without-source", found.without_source, "{n} documents have no source"),
        ("document-without-text", found.without_text, "{n} documents have lost their text"),
        (
            "passages-do-not-fit",
            found.ill_cut,
            "{n} documents have no passages, or passages that do not fit their text",
        ),
        ("unfinished", index.catalog.unfinished(), "{n} documents were being written"),
    ):
        yield _finding(kind, ids, message, names)
    if found.stray_rows:
        message = f"{found.stray_rows} rows of the catalog belong to nothing"
        yield Finding("stray-rows", message, ids=("catalog",))


def _folder(index: Index, names: Mapping[str, str]) -> Iterator[Finding]:
    left_over = [str(number) for number in index.layout.left_over()]
    yield _finding("left-over", left_over, "{n} generations were left over", {})
    known = index.catalog.originals()
    bad = [each for each, sha256 in known.items() if index.originals.get(each, sha256) is None]
    yield _finding("original-missing", bad, "{n} originals are missing or damaged", names)
    superfluous = [path.name for path in index.originals.superfluous(known)]
    yield _finding("original-superfluous", superfluous, "{n} originals belong to no document", {})


def _stored_vectors(index: Index, names: Mapping[str, str]) -> Iterator[Finding]:
    """The catalog's own copy of the vectors."""
    missing = set(index.catalog.passage_owners())
    bad: list[str] = []
    dimension = _dimension(index)
    for ids, vectors in index.catalog.all_vectors(step=_STEP):
        missing.difference_update(ids)
        bad += [each for each, v in zip(ids, vectors, strict=True) if not _is_vector(v, dimension)]
    yield _finding(
        "vector-lost", sorted({*missing, *bad}), "{n} passages have no vector in the catalog", names
    )


def _dimension(index: Index) -> int:
    """The dimension that most of the vectors have."""
    rows = index.catalog.rows(
        "SELECT length(vector) / 4 FROM vectors GROUP BY 1 ORDER BY count(*) DESC LIMIT 1"
    )
    return rows[0][0] if rows else 0


def _is_vector(vector: Vectors, dimension: int) -> bool:
    if vector.shape != (dimension,) or not np.isfinite(vector).all():
        return False
    return bool(abs(np.linalg.norm(vector) - 1) < _LENGTH_TOLERANCE)


def _chroma(index: Index, names: Mapping[str, str]) -> Iterator[Finding]:
    owners = index.catalog.passage_owners()
    try:
        stored = index.vectors.passage_ids()
        different = _different_vectors(index, stored & owners.keys())
        unreachable = _unreachable(index, sorted((stored & owners.keys()) - set(different)))
    except IndexBusy:
        raise
    except IndexProblem as error:
        yield Finding("vectors-unreadable", _unreadable(error, "vector store"), ids=("vectors",))
        return
    for kind, ids, message in (
        ("vector-missing", owners.keys() - stored, "{n} passages are missing in the vector store"),
        (
            "vector-superfluous",
            stored - owners.keys(),
            "{n} entries of the vector store are no passages",
        ),
        (
            "vector-different",
            different,
            "{n} vectors in the vector store are not those that were put there",
        ),
        ("vector-unreachable", unreachable, "{n} passages of those tried cannot be found"),
    ):
        yield _finding(kind, sorted(ids), message, names)


def _unreadable(error: IndexProblem, what: str) -> str:
    reason = " ".join(str(error.__cause__ or error).split())[:200]
    return f"the {what} cannot be read: {reason}"


def _different_vectors(index: Index, stored: set[str]) -> list[str]:
    """Those that Chroma does not have as the catalog does."""
    different: list[str] = []
    for ids, vectors in index.catalog.all_vectors(step=_STEP):
        theirs = index.vectors.vectors([each for each in ids if each in stored])
        for each, ours in zip(ids, vectors, strict=True):
            other = theirs.get(each)
            if other is not None and not (
                other.shape == ours.shape and np.allclose(other, ours, rtol=0, atol=_TOLERANCE)
            ):
                different.append(each)
    return different


def _unreachable(index: Index, stored: Sequence[str]) -> list[str]:
    """Of a sample, those that a search for their own vector does not come upon."""
    sample = stored[:: max(1, len(stored) // _LOOKED_UP)]
    lost: list[str] = []
    for at in range(0, len(sample), _LOOKED_UP):
        for each, vector in index.vectors.vectors(sample[at : at + _LOOKED_UP]).items():
            # Another passage with the very same words is as good.
            best = index.vectors.nearest(vector, count=1)
            if not best or best[0][1] < 1 - _LENGTH_TOLERANCE:
                lost.append(each)
    return lost


def _lexical(index: Index, names: Mapping[str, str]) -> Iterator[Finding]:
    damaged = LexicalIndex.damaged_files(index.generation.lexical_folder)
    known = index.catalog.passage_owners().keys()
    if (
        damaged == ["meta.json"]
        and not known
        and not (index.generation.lexical_folder / "meta.json").exists()
    ):
        return  # nothing was ever written
    try:
        if damaged:
            raise IndexProblem(f"{len(damaged)} damaged files, {damaged[0]} among them")
        stored = index.lexical.passage_counts()
    except IndexBusy:
        raise
    except IndexProblem as error:
        message = _unreadable(error, "lexical index")
        yield Finding("lexical-unreadable", message, ids=("lexical",))
        return
    doubled = [each for each in stored if stored[each] > 1 and each in known]
    for kind, ids, message in (
        ("lexical-missing", known - stored.keys(), "{n} passages are missing in the lexical index"),
        (
            "lexical-superfluous",
            stored.keys() - known,
            "{n} entries of the lexical index are no passages",
        ),
        ("lexical-doubled", doubled, "{n} passages are in the lexical index more than once"),
    ):
        yield _finding(kind, sorted(ids), message, names)


def open_damaged(settings: Settings, *, mend: bool) -> tuple[Index, tuple[str, ...]]:
    """Open an index for :func:`check`, touching nothing unless ``mend``; what was mended for that.

    Raises:
        IndexMissing: there is none.
        IndexMismatch: it was built with other settings than these.
        IndexProblem: its catalog cannot be opened; the message says what to do.
    """
    from rag.store.index import Index

    layout = Layout(settings.index)
    done: tuple[str, ...] = ()
    if mend and layout.current() is None and layout.exists():
        with layout.locked():
            adopt(layout)
        done = ("pointed to the newest whole generation",)
    try:
        return Index.open(settings, recover=False), done
    except (IndexMissing, IndexMismatch, IndexBusy):
        raise
    except IndexProblem as error:
        if layout.current() is None or not isinstance(error.__cause__, Exception):
            raise
        raise IndexProblem(
            f"the catalog in {layout.root}/ cannot be opened ({first_line(error.__cause__)}): "
            f"restore a backup with 'rag restore FILE --force --index {layout.root}', or remove "
            "the folder and ingest again"
        ) from error
