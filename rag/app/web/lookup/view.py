"""The result of looking a quotation up, as a fragment of HTML."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import count

from rag.app.web.shared.fragments import escape
from rag.app.web.shared.places import token
from rag.cite import long_date, page_words
from rag.quotes import Difference, Match, Verification
from rag.schema import Citation

__all__ = ["checked_html", "unchecked_html"]

_SHOWN = 10
_MOST_SHOWN = 200
_VERDICTS = {
    "verbatim": ("✓", "Verbatim", "It stands in the reports word for word."),
    "near": ("≈", "Near", "It does not stand in the reports like this. See what differs."),
    "not_found": ("✗", "Not found", "It does not stand in the reports."),
}
_ELSEWHERE = "It does not stand where you said, but elsewhere."


def checked_html(result: Verification) -> str:
    """Everything a verification tells; places are links ``#src=…`` numbered in ``data-number``."""
    numbers = count(1)
    exact = [each for each in result.matches if not each.differences]
    matches = _places(result.quotation, result.matches, numbers, quoted=result.status != "verbatim")
    total = result.total if result.status == "verbatim" else len(result.matches)
    heading = _many(total, "place") if exact else "Where it comes close"
    return "".join(
        (
            _verdict(result),
            f'<blockquote class="yours" dir="auto">{escape(result.quotation.strip())}</blockquote>',
            _note(result.note),
            _section(heading, matches) if result.matches else "",
            _more(total - min(len(result.matches), _MOST_SHOWN)),
            _section("Elsewhere", _places(result.quotation, result.elsewhere, numbers))
            if result.elsewhere
            else "",
            _closest(result, numbers),
        )
    )


def unchecked_html(quotation: str, reason: str) -> str:
    """A quotation that could not be looked up, and why."""
    return (
        f'<p class="verdict"><span class="sign" aria-hidden="true">–</span><b>Not checked</b> '
        f"<span>{escape(_sentence(reason))}</span></p>"
        f'<blockquote class="yours" dir="auto">{escape(quotation.strip())}</blockquote>'
    )


def _verdict(result: Verification) -> str:
    sign, name, words = _VERDICTS[result.status]
    if result.status == "not_found" and result.elsewhere:
        words = _ELSEWHERE
    elif result.status == "near" and not any(each.differences for each in result.matches):
        words = "Its words stand in the reports, but not together."
    return (
        f'<p class="verdict"><span class="sign" aria-hidden="true">{sign}</span>'
        f"<b>{name}</b> <span>{words}</span></p>"
    )


def _note(note: str | None) -> str:
    return f'<p class="note"><bdi>{escape(_sentence(note))}</bdi></p>' if note else ""


def _sentence(words: str) -> str:
    """The words with a capital and a full stop."""
    words = words[:1].upper() + words[1:]
    return words if words.endswith((".", "!", "?", "”")) else f"{words}."


def _many(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _section(heading: str, places: str) -> str:
    return f"<h4>{heading}</h4>{places}"


def _more(left_out: int) -> str:
    if left_out <= 0:
        return ""
    words = f"{_many(left_out, 'more place')} not listed: name a source to see those in it."
    return f'<p class="note">{words}</p>'


def _closest(result: Verification, numbers: Iterable[int]) -> str:
    """The passages that share most words, apart from what was found."""
    if not result.closest:
        return ""
    places = _places(result.quotation, result.closest, numbers, quoted=True)
    return (
        '<details class="closest"><summary>Closest passages, which say something else '
        f"({len(result.closest)})</summary>{places}</details>"
    )


# Places ---------------------------------------------------------------------------------------


def _places(
    quotation: str, matches: Sequence[Match], numbers: Iterable[int], *, quoted: bool = False
) -> str:
    """The places as a list; those after the first ten are folded."""
    numbered = iter(numbers)
    items = [
        _place(quotation, match, next(numbered), quoted=quoted) for match in matches[:_MOST_SHOWN]
    ]
    first, others = "".join(items[:_SHOWN]), "".join(items[_SHOWN:])
    folded = (
        f"<details><summary>{_many(len(items) - _SHOWN, 'more place')}</summary>"
        f'<ol class="places">{others}</ol></details>'
        if others
        else ""
    )
    return f'<ol class="places">{first}</ol>{folded}'


def _place(quotation: str, match: Match, number: int, *, quoted: bool) -> str:
    citation = match.citation
    inside = _differences(quotation, match) if match.differences else ""
    if quoted and not match.differences:
        inside = f'<p class="in-source" dir="auto">{escape(citation.quote)}</p>'
    return f"<li>{_link(citation, number)}{_facts(citation)}{_parts(match)}{inside}</li>"


def _link(citation: Citation, number: int) -> str:
    href = f"#src={token(citation.document_id, citation.start, citation.end)}"
    title = escape(" ".join(citation.title.split()))
    page = ""
    if citation.page is not None:
        words = page_words(citation.page, citation.page_label, citation.page_kind)
        page = f', <span class="on-page">{escape(words)}</span>'
    return f'<a href="{href}" data-number="{number}"><bdi>{title}</bdi>{page}</a>'


def _facts(citation: Citation) -> str:
    facts = {
        "Speaker": citation.speaker,
        "Section": (citation.section or "").replace(" > ", " › "),
        "Publisher": citation.publisher,
        "Date": long_date(citation.date) if citation.date else "",
        "File": citation.source,
    }
    rows = "".join(
        f"<div><dt>{name}</dt><dd><bdi>{escape(' '.join(value.split()))}</bdi></dd></div>"
        for name, value in facts.items()
        if value
    )
    recognised = '<p class="note">Recognised in a picture of the page.</p>' if citation.ocr else ""
    return f'<dl class="facts">{rows}</dl>{recognised}'


def _parts(match: Match) -> str:
    """Links to the parts, where the quotation leaves something out between them."""
    if len(match.parts) < 2:
        return ""
    links = ", ".join(
        f'<a href="#src={token(part.document_id, part.start, part.end)}">part {number}</a>'
        for number, part in enumerate(match.parts, start=1)
    )
    return f'<p class="parts">It stands there in {len(match.parts)} parts: {links}</p>'


# Differences ----------------------------------------------------------------------------------


def _differences(quotation: str, match: Match) -> str:
    """Both texts with what differs marked, and the differences one by one, yours first."""
    citation = match.citation
    yours = [(each.yours_start, each.yours_end) for each in match.differences]
    theirs = [
        (each.start - citation.start, each.end - citation.start) for each in match.differences
    ]
    rows = "".join(map(_row, match.differences))
    return (
        '<dl class="side-by-side">'
        f'<div><dt>Yours</dt><dd dir="auto">{_struck(quotation, yours, "del")}</dd></div>'
        f'<div><dt>Source</dt><dd dir="auto">{_struck(citation.quote, theirs, "ins")}</dd></div>'
        '</dl><table class="differences"><thead><tr><th scope="col">Yours</th>'
        f'<th scope="col">In the source</th></tr></thead><tbody>{rows}</tbody></table>'
    )


def _row(difference: Difference) -> str:
    yours, source = difference.yours.strip(), difference.source.strip()
    shown = (
        f"<del><bdi>{escape(yours)}</bdi></del>" if yours else "<i>left out</i>",
        f"<ins><bdi>{escape(source)}</bdi></ins>" if source else "<i>not there</i>",
    )
    arrow = '<span class="arrow-to" aria-hidden="true">→ </span>'
    return f"<tr><td>{shown[0]}</td><td>{arrow}{shown[1]}</td></tr>"


def _struck(text: str, spans: Sequence[tuple[int, int]], element: str) -> str:
    """The text with these of its characters in an element; empty spans have none."""
    parts: list[str] = []
    at = 0
    for start, end in sorted(spans):
        start, end = max(at, start), min(len(text), end)
        if start < end:
            parts.append(escape(text[at:start]))
            parts.append(f"<{element}>{escape(text[start:end])}</{element}>")
            at = end
    return "".join([*parts, escape(text[at:])])
