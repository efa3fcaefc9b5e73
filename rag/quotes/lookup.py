"""Looks a quotation up: where it stands, and if nowhere, what comes close and what differs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag.cite.citations import cite_characters
from rag.errors import SourceNotFound
from rag.language.folding import fold
from rag.language.translation import N_, _, joined, n_
from rag.quotes.alignment import MOST_WORDS, Alignment
from rag.quotes.fingerprint import fingerprints
from rag.quotes.near import align_closest, near_ones
from rag.quotes.places import Place, find_places
from rag.quotes.printed import Printed
from rag.quotes.quotation import Quotation, read_quotation
from rag.quotes.records import Match, Verification
from rag.readers.passages import section_path
from rag.schema import Citation, Document
from rag.store import Store

MOST_MATCHES = 1000
"""Most places that are listed of one quotation; all are counted."""

_MOST_NEAR = 10
_CLOSEST = 3
_NOT_ALL = 0.9999  # similarity of what is not verbatim, at most
_FAR_APART = N_(
    "all its words stand there, but farther apart than an ellipsis or brackets may span"
)


def check_quotation(
    index: Store, quotation: str, *, source: str | None = None, speaker: str | None = None
) -> Verification:
    """Look a quotation up in all documents of an index.

    With ``source`` (its name, or the end of it) or ``speaker`` (words of the name) only what
    stands there, or was said by them, is a match; other places are listed in ``elsewhere``.
    Every citation has the page, section and speaker of its own first character.

    Raises:
        QueryError: the quotation is too short to tell from chance.
        SourceNotFound: there is no such source, or more than one.
    """
    wanted = _Wanted.of(index, source, speaker)
    read = read_quotation(quotation)
    inside: list[_Found] = []
    outside: list[_Found] = []
    for found in _verbatim(index, read):
        document, place = found
        (inside if wanted.holds(document, place.start) else outside).append(found)
    result = Verification(
        quotation,
        "verbatim" if inside else "not_found",
        matches=_matches(index, inside),
        total=len(inside),
        elsewhere=_matches(index, outside),
        note=wanted.note(bool(inside), outside),
    )
    return result if inside else _with_near(index, read, result, wanted)


_Found = tuple[Document, Place]


@dataclass(frozen=True, slots=True)
class _Wanted:
    """The source and the speaker that were named."""

    document_id: str | None
    source: str | None
    speaker: str | None

    @classmethod
    def of(cls, index: Store, source: str | None, speaker: str | None) -> _Wanted:
        if source is None:
            return cls(None, None, speaker)
        known = {name: each.document_id for name, each in index.sources().items()}
        if source in known:
            return cls(known[source], source, speaker)
        tail = source.casefold().lstrip("./")
        alike = [name for name in known if f"/{name}".casefold().endswith(f"/{tail}")]
        if len({known[name] for name in alike}) != 1:
            reason = "see 'rag list'"
            if alike:
                reason = _("it may be {names}", names=_(" or ").join(sorted(alike)[:3]))
            raise SourceNotFound(
                _(
                    "there is no source {source} in the index: {reason}",
                    source=repr(source),
                    reason=reason,
                )
            )
        return cls(known[alike[0]], alike[0], speaker)

    def holds(self, document: Document, offset: int) -> bool:
        """Whether the place is in the source, and the words there are the speaker's."""
        if self.document_id is not None and document.id != self.document_id:
            return False
        if self.speaker is None:
            return True
        said = fold(_speaker_at(document, offset) or "").split()
        return all(word in said for word in fold(self.speaker).split())

    def note(self, is_here: bool, outside: Sequence[_Found]) -> str | None:
        """Where else the words stand, if they do."""
        names = list(dict.fromkeys(self._name(*found) for found in outside))
        if not names:
            return None
        told = joined(names[:3])
        if more := max(0, len(names) - 3):
            told = n_("{names} and {count} more", "{names} and {count} more", more, names=told)
        if is_here:
            return _("stands in {sources} as well", sources=told)
        wanted = {"sources": told, "source": self.source, "speaker": self.speaker}
        if self.source and self.speaker:
            return _("stands in {sources}, not in {source} said by {speaker}", **wanted)
        if self.source:
            return _("stands in {sources}, not in {source}", **wanted)
        return _("stands in {sources}, not said by {speaker}", **wanted)

    def _name(self, document: Document, place: Place) -> str:
        if self.speaker is None:
            return document.source
        speaker = _speaker_at(document, place.start) or _("not known")
        return _("{source} (speaker: {speaker})", source=document.source, speaker=speaker)


def _verbatim(index: Store, quotation: Quotation) -> list[_Found]:
    """Every place where the quotation stands, those with the very same characters first."""
    found: list[_Found] = []
    # To the last one, because only then they are kept for the next time.
    able = [
        document_id
        for document_id, known in fingerprints(index)
        if quotation.literal.needle.stands_in(known)
        or all(phrase.needle.stands_in(known) for phrase in quotation.phrases)
    ]
    for document in map(index.document, able):
        if document is not None:
            found.extend((document, place) for place in _places(quotation, document))
    exact = quotation.text.strip()
    return sorted(
        found,
        key=lambda each: (
            exact not in each[0].text[each[1].start : each[1].end],
            each[0].source,
            each[1].start,
        ),
    )


def _places(quotation: Quotation, document: Document) -> list[Place]:
    """The places in the text, and in rows as they are printed, without the names of columns."""
    places = find_places(quotation, document.text)
    if document.carried:
        printed = Printed(document.text, document.carried)
        places += map(printed.in_whole, find_places(quotation, printed.text))
    return list(dict.fromkeys(places))


def _matches(index: Store, found: Sequence[_Found]) -> tuple[Match, ...]:
    return _numbered([_match(index, *each) for each in found[:MOST_MATCHES]])


def _match(index: Store, document: Document, place: Place) -> Match:
    whole = _cite(index, document, place.start, place.end)
    parts = [_cite(index, document, *span) for span in place.spans] if place.spans[1:] else ()
    return Match(whole, 1.0, parts=tuple(parts))


def _cite(index: Store, document: Document, start: int, end: int) -> Citation:
    return cite_characters(
        document,
        start,
        end,
        number=1,
        passage_id=index.passage_id_at(document.id, start) or "",
        section=section_path(document, start),
        speaker=_speaker_at(document, start),
    )


def _speaker_at(document: Document, offset: int) -> str | None:
    turn = document.turn_at(offset)
    return turn.speaker if turn else document.metadata.speaker


def _numbered(matches: Sequence[Match]) -> tuple[Match, ...]:
    return tuple(
        replace(match, citation=replace(match.citation, number=number))
        for number, match in enumerate(matches, start=1)
    )


def _with_near(
    index: Store, quotation: Quotation, result: Verification, wanted: _Wanted
) -> Verification:
    """The result with the places that come close, or the closest ones if none does."""
    if quotation.words > MOST_WORDS:
        long = _(
            "differences are told for quotations of up to {most} words: check it in parts",
            most=MOST_WORDS,
        )
        return replace(result, note=". ".join(filter(None, (result.note, long))))
    aligned = [
        each
        for each in align_closest(index, quotation, document_id=wanted.document_id)
        if wanted.holds(each[0], each[1].start)
    ]
    if near := near_ones(aligned, quotation):
        matches = [_near_match(index, *each) for each in near[:_MOST_NEAR]]
        note = result.note if matches[0].differences else _(_FAR_APART)
        return replace(
            result, status="near", matches=_numbered(matches), total=len(near), note=note
        )
    closest = [_near_match(index, *each) for each in aligned[:_CLOSEST]]
    return replace(result, closest=_numbered(closest))


def _near_match(index: Store, document: Document, alignment: Alignment) -> Match:
    citation = _cite(index, document, alignment.start, alignment.end)
    return Match(citation, min(alignment.similarity, _NOT_ALL), alignment.differences)
