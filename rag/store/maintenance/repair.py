"""Mend what :mod:`.check` finds: from the catalog, embedding only what is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rag.store.catalog import Catalog
from rag.store.catalog.soundness import disagreements, integrity, mend_indexes, mend_rows
from rag.store.maintenance.check import Finding, check
from rag.store.maintenance.rebuild import embedding_text, rebuild

if TYPE_CHECKING:
    from rag.store.index import Index
    from rag.store.writing import Writer

__all__ = ["Repair", "repair"]

_ROWS = {
    "source-without-document",
    "document-without-source",
    "document-without-text",
    "stray-rows",
}
# Only a whole new generation gets rid of these.
_REBUILD = {"vectors-unreadable", "vector-unreachable", "lexical-unreadable"}
_DERIVED = {"vector-missing", "vector-different", "lexical-missing", "lexical-doubled"}


@dataclass(frozen=True, slots=True)
class Repair:
    """What was ``done``, one sentence each, and what is ``left`` all the same."""

    done: tuple[str, ...]
    left: tuple[Finding, ...]


def repair(index: Index, findings: Sequence[Finding]) -> Repair:
    """Mend what was found, then look again.

    Raises:
        IndexBusy: another process is writing.
        IndexProblem: the disk is full, or cannot be written.
    """
    done: list[str] = []
    kinds = {finding.kind for finding in findings}
    if "catalog-damaged" in kinds:
        with index.layout.locked():
            mend_indexes(index.catalog)
        if integrity(index.catalog):
            return Repair((), tuple(findings))
        done.append("made the indexes of the catalog anew")
        findings = check(index)
        kinds = {finding.kind for finding in findings}
    if kinds & _ROWS:
        # Before anything else: the rest believes the catalog.
        with index.layout.locked():
            done += _mend_rows(index.catalog)
    if findings:
        with index.writing() as writer:
            done += _mend(index, writer, kinds)
    return Repair(tuple(done), tuple(check(index)))


def _mend_rows(catalog: Catalog) -> list[str]:
    lost = mend_rows(catalog, disagreements(catalog))
    done = ["put the rows of the catalog in order"]
    return done + [f"took out {name}, whose text is lost: ingest it again" for name in lost]


def _mend(index: Index, writer: Writer, kinds: set[str]) -> list[str]:
    """All but the rows; each step looks again, because the one before it changes what is left."""
    done: list[str] = []
    if swept := kinds & {"unfinished", "left-over", "original-superfluous"}:
        done.append(f"cleared up what an interrupted command left ({', '.join(sorted(swept))})")
    if "passages-do-not-fit" in kinds:
        ill_cut = disagreements(index.catalog).ill_cut
        for document_id in ill_cut:
            writer.cut_again(document_id)
        done.append(f"cut and embedded {len(ill_cut)} documents anew")
    steps: list[tuple[set[str], Callable[[Index, Writer, Sequence[Finding]], list[str]]]] = [
        ({"vector-lost"}, _restore_vectors),
        (_REBUILD, _rebuild),
        (_DERIVED, _derive),
        ({"vector-superfluous", "lexical-superfluous"}, _remove_superfluous),
        ({"original-missing"}, _find_originals),
    ]
    for mends, step in steps:
        findings = [each for each in check(index) if each.kind in mends]
        if findings:
            done += step(index, writer, findings)
    return done


def _restore_vectors(index: Index, _: Writer, findings: Sequence[Finding]) -> list[str]:
    lost = {each for finding in findings for each in finding.ids}
    owners = index.catalog.passage_owners()
    for document_id in sorted({owners[each] for each in lost}):
        document = index.catalog.document(document_id)
        passages = [each for each in index.catalog.passages_of(document_id) if each.id in lost]
        if document is not None:
            vectors = index.embedding.embed_passages(
                [embedding_text(document, passage) for passage in passages]
            )
            index.catalog.put_vectors(
                document_id, {p.id: row for p, row in zip(passages, vectors, strict=True)}
            )
    return [f"embedded {len(lost)} passages anew"]


def _rebuild(index: Index, _: Writer, findings: Sequence[Finding]) -> list[str]:
    for _information in rebuild(index, recut=False):
        pass
    told = {"lexical index" if each.kind.startswith("lexical") else "vectors" for each in findings}
    return [f"built a new generation from the catalog ({', '.join(sorted(told))})"]


def _derive(index: Index, writer: Writer, findings: Sequence[Finding]) -> list[str]:
    owners = index.catalog.passage_owners()
    concerned = {owners[each] for finding in findings for each in finding.ids}
    # In Chroma an entry of another dimension, or with other metadata, is not overwritten whole.
    different = {p for each in findings if each.kind == "vector-different" for p in each.ids}
    index.vectors.remove_passages(different)
    writer.derive_again(sorted(concerned))
    return [f"wrote {len(concerned)} documents to vectors and lexical index anew"]


def _remove_superfluous(index: Index, _: Writer, findings: Sequence[Finding]) -> list[str]:
    done = []
    for finding in findings:
        store = index.vectors if finding.kind == "vector-superfluous" else index.lexical
        store.remove_passages(finding.ids)
        done.append(f"removed {len(finding.ids)} entries that are no passages")
    return done


def _find_originals(index: Index, _: Writer, findings: Sequence[Finding]) -> list[str]:
    done = []
    for document_id in (each for finding in findings for each in finding.ids):
        name = index.catalog.source_of(document_id)
        content = index.original(document_id)
        index.originals.remove([document_id])
        if content is None:
            index.catalog.forget_original(document_id)
            done.append(f"the original of {name} is lost: add the file again to have it back")
        else:
            index.originals.put(document_id, content)
            done.append(f"copied the original of {name} again")
    return done
