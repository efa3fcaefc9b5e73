"""Who speaks in the quotations of a text, by the cues in the sentences around them."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from rag.attribution.paragraphs import Paragraph, Sentence, sentence_at
from rag.attribution.quotation_marks import Quotation
from rag.attribution.records import Cue, Mention

Known = tuple[Quotation, Mention | None]
"""A quotation with its speaker, None where nobody is named."""

_ONLY_MARKS = re.compile(r"[\s,.;:—–-]*\Z")
_REFERENCE = re.compile(r"[\s.,;]*[(\[][^()\[\]]*[)\]][\s.,;]*")  # "(A/PV.1229, para. 5)"
_WORDS = re.compile(r"\w+")
_GOES_ON = 12  # words; of fewer, as in “Nobody saw you.”, another may have spoken
_MARKS = "”\"’' "
_SHORTEST = 3  # words; what is shorter inside a sentence is only a word's distance


def speakers_of_quotations(text: str, paragraphs: Sequence[Paragraph]) -> list[Known]:
    """Every quotation of the paragraphs, in order, with its speaker."""
    known: list[Known] = []
    before: Paragraph | None = None
    speaking: Mention | None = None
    for paragraph in paragraphs:
        in_paragraph: list[Known] = []
        for quotation in paragraph.quotations:
            said_by = None
            if not quotation.broken:
                said_by = _who_says(text, paragraph, quotation, in_paragraph, before)
                if said_by is None and _is_all(text, paragraph, quotation):
                    said_by = speaking
            in_paragraph.append((quotation, said_by))
        known.extend(in_paragraph)
        before = paragraph
        speaking = _last_to_speak(text, paragraph, in_paragraph)
    return _share(known)


def _is_all(text: str, paragraph: Paragraph, quotation: Quotation) -> bool:
    """Whether a paragraph is one quotation and no more, too long for an answer in a dialogue."""
    if len(_WORDS.findall(text, quotation.start, quotation.end)) < _GOES_ON:
        return False
    around = text[paragraph.start : quotation.start], text[quotation.end : paragraph.end]
    return not any(_WORDS.search(each) for each in around)


def _last_to_speak(text: str, paragraph: Paragraph, known: Sequence[Known]) -> Mention | None:
    """Who goes on in a next paragraph that is one quotation.

    The one whose words this one ends with: a quotation, or a sentence that gives no others words.
    """
    if any(text[each.start : each.end].rstrip(_MARKS).endswith("?") for each, _ in known[-1:]):
        return None  # the next may answer
    if known and not _WORDS.search(text, known[-1][0].end, paragraph.end):
        return known[-1][1]
    if not paragraph.sentences:
        return None
    outer = [said_by for cue, said_by in paragraph.sentences[-1].cues if cue.depth == 0]
    speakers = {said_by.speaker if said_by else None for said_by in outer}
    return outer[-1] if len(speakers) == 1 else None


def _share(known: Sequence[Known]) -> list[Known]:
    """One speaker for all parts of a quotation over several paragraphs, unless they disagree."""
    shared: list[Known] = []
    chain: list[Known] = []
    for pair in [*known, None]:
        if pair is not None and pair[0].continues:
            chain.append(pair)
            continue
        named = {said_by.speaker: said_by for _, said_by in chain if said_by is not None}
        only = next(iter(named.values())) if len(named) == 1 else None
        shared.extend((quotation, said_by or only) for quotation, said_by in chain)
        chain = [pair] if pair is not None else []
    return shared


def _who_says(
    text: str,
    paragraph: Paragraph,
    quotation: Quotation,
    earlier: Sequence[Known],
    before: Paragraph | None,
) -> Mention | None:
    first = sentence_at(paragraph, quotation.start)
    last = sentence_at(paragraph, quotation.end - 1)
    if first is None or last is None:
        return None
    whole = quotation.start == first.start
    for cue, said_by in last.cues:
        if cue.manner == "tag" and _adjoins(text, quotation, last.start + cue.start):
            return said_by
    for cue, said_by in reversed(first.cues):
        if _introduces(text, first, cue, quotation, earlier):
            return said_by
    rest = text[quotation.end : last.end]
    mostly = not first.cues and len(rest) < quotation.end - quotation.start
    if not whole or (_WORDS.search(rest) and not (mostly or _REFERENCE.fullmatch(rest))):
        # Something else in the sentence may say whose words they are, in a way not understood.
        return None
    if quotation.start == paragraph.start:
        return announced(text, before) if before is not None else None
    return _from_sentence_before(paragraph, first)


def _introduces(
    text: str, sentence: Sentence, cue: Cue, quotation: Quotation, earlier: Sequence[Known]
) -> bool:
    """Whether a cue before a quotation gives it to its subject."""
    between = text[sentence.start + cue.end : quotation.start]
    if sentence.start + cue.end > quotation.start:
        return False
    if _ONLY_MARKS.match(between):
        return True
    if len(_WORDS.findall(text, quotation.start, quotation.end)) < _SHORTEST:
        return False
    if cue.manner == "tag":
        return between.rstrip().endswith(":") or _tagged(text, sentence, cue, earlier)
    return quotation.start <= sentence.start + cue.said[1]


def _adjoins(text: str, quotation: Quotation, cue: int) -> bool:
    return quotation.end <= cue and bool(_ONLY_MARKS.match(text[quotation.end : cue]))


def _tagged(text: str, sentence: Sentence, cue: Cue, earlier: Sequence[Known]) -> bool:
    """Whether a tag closes a quotation just before, which then goes on: "…," he said, "…"."""
    begin = sentence.start + cue.start
    at = bisect_right(earlier, begin, key=lambda each: each[0].end)
    return at > 0 and _adjoins(text, earlier[at - 1][0], begin)


def _from_sentence_before(paragraph: Paragraph, sentence: Sentence) -> Mention | None:
    """Whole sentences in quotation marks are of whoever the sentence before gives words to."""
    at = bisect_left(paragraph.sentences, sentence.start, key=lambda each: each.start)
    if at == 0:
        return None
    outer = [said_by for cue, said_by in paragraph.sentences[at - 1].cues if cue.depth == 0]
    speakers = {said_by.speaker if said_by else None for said_by in outer}
    return outer[-1] if len(speakers) == 1 else None


def announced(text: str, paragraph: Paragraph) -> Mention | None:
    """Who speaks next, if a paragraph ends with "X said:"."""
    if not paragraph.sentences or text[paragraph.end - 1] != ":":
        return None
    sentence = paragraph.sentences[-1]
    if not sentence.cues or _WORDS.search(
        text, sentence.start + sentence.cues[-1][0].end, sentence.end
    ):
        return None
    return sentence.cues[-1][1]
