"""An answer as Markdown for the chat.

The chat interprets Markdown and HTML, so whatever comes from a document, a question, a name or a
language model goes through :func:`inline`. The links and buttons are built here: links from
offsets, and buttons without anything in them; ``chat.js`` knows them by their class. What is not
part of the answer itself stands in the elements and under the headings that
:mod:`rag.app.web.chat.plain_history` leaves out.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import groupby
from urllib.parse import quote

from rag.answer.questions.clauses import listed_words, search_words
from rag.app.text import (
    arranged,
    authorship,
    confidence_sentences,
    heading,
    listed,
    listing_words,
    nearest,
    nearest_heading,
    note_sentences,
    opening,
    place,
    reminder,
    restricted,
    searched_for,
    sentence,
    snippet,
    suggesting,
    support_words,
    warns,
)
from rag.app.web.shared.places import link
from rag.cite.answers import NOT_ANSWERED, Answer, Statement
from rag.cite.citations import label, long_date, page_of, quoted
from rag.language.scripts import is_right_to_left
from rag.language.translation import N_, _, comma, direction, joined, language, n_, p_
from rag.schema import Citation, Condition, Hit

WHY = '<details class="why"><summary>'
ALSO = '<details class="also"><summary>'
ALONE = '<div class="searched alone">'
"""Stands in every answer to a question that was asked without the conversation before it."""

# Kinds of questions whose first statement is the best one.
_LED = ("fact", "who-said", "said-about", "count", "last-answer")
_PREVIEWED = 280
_MOST_WORDS = 12  # of a question, to search for
_WHY_GONE = N_(
    "the reports in this collection do not have these words where they stood. The document may "
    "have been removed or replaced since, or this is another collection."
)
_SHARED = N_(
    "This answer came with a link. Its quotations were looked up in this collection again; what "
    "else it said is left out. Ask the question yourself to see how sure the program is."
)
_MARKUP = str.maketrans(
    {mark: f"&#{ord(mark)};" for mark in "\\`*_[]$~|{}@"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)
_LINE_START = re.compile(r"^(?:(?=[-+#=:])|(\d+)(?=[.)]))(.)")
_LINKABLE = re.compile(r"(:)(?=//)|(?<=www)(\.)", re.IGNORECASE)
_RIGHT_TO_LEFT = {"R", "AL", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"}


def inline(text: str) -> str:
    """The text as one line of Markdown that shows exactly these characters, and nothing else.

    Runs of white space become one space, control characters are left out. Text that runs from
    right to left, or says it does, is isolated from what stands around it; on a page from right to
    left all is.
    """
    escaped = _escaped(_visible(text))
    # A mark that would begin a list or a heading.
    escaped = _LINE_START.sub(lambda found: f"{found[1] or ''}&#{ord(found[2])};", escaped)
    other_way = any(unicodedata.bidirectional(mark) in _RIGHT_TO_LEFT for mark in text)
    if other_way or direction(language()) == "rtl":
        return f"<bdi>{escaped}</bdi>"
    return escaped


def _visible(text: str) -> str:
    return "".join(mark if unicodedata.category(mark) != "Cc" else " " for mark in text)


def _escaped(text: str) -> str:
    """The text on one line with every mark escaped that could mean something."""
    escaped = " ".join(text.split()).translate(_MARKUP)
    return _LINKABLE.sub(lambda found: f"&#{ord(found[0])};", escaped)


def answer_markdown(
    answer: Answer,
    *,
    where: Sequence[Condition] = (),
    alone: bool = False,
    gone: Sequence[str] = (),
    shared: bool = False,
) -> str:
    """A finished or growing answer, or an abstention, as Markdown for the chat.

    ``where`` are the filters that were on; ``alone`` says that the conversation before the
    question was left out of account. ``gone`` are what once were quotations of the answer and
    stand in the collection no longer. An answer that is ``shared`` came with a link: how sure the
    program was is not known.
    """
    came = _block("remark", _(_SHARED)) if shared else ""
    why = _why(answer, where, alone=alone, shared=shared)
    return _join([came, _gone(gone), *_body(answer, where, gone), why])


def _body(answer: Answer, where: Sequence[Condition], gone: Sequence[str]) -> Iterable[str]:
    if answer.abstained and answer.final:
        yield from _abstention(answer, where)
    elif answer.is_reply and answer.text:
        yield _reply(answer)
        yield _suggestions(answer)
    elif not answer.statements:
        yield "" if gone else _waiting(answer)
    else:
        yield from _notes(answer)
        yield _block("written", inline(authorship(answer)))
        yield from _statements(answer)
        if answer.final:
            yield _cited(answer)
            yield _also_retrieved(answer)
            yield _listing(answer)
            yield _all_passages(answer)
            yield _judging()


def _join(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _block(name: str, content: str) -> str:
    """The Markdown inside an element of this class; nothing without content."""
    return f'<div class="{name}">\n\n{content}\n\n</div>' if content else ""


def _waiting(answer: Answer) -> str:
    if answer.final:
        return f"**{_(NOT_ANSWERED)}**"
    count = len(answer.hits)
    if not count:
        return searching()
    reading = n_("Reading {count} passage …", "Reading {count} passages …", count)
    return f"_{reading}_"


def searching() -> str:
    """The line that stands where an answer is to come."""
    return "_" + _("Searching the reports …") + "_"


def _button(name: str, words: str) -> str:
    return f'<button type="button" class="plain {name}">{words}</button>'


def _judging() -> str:
    """The buttons under an answer, to say what is right and to share it."""
    buttons = (
        # L10n: two buttons with which a user says whether an answer is right
        _button("judge", p_("an answer", "Right")),
        _button("doubt", p_("an answer", "Not right")),
        _button("share", _("Share by link")),
    )
    return _block("judging", " ".join(buttons))


# Why this answer, and how to read it ----------------------------------------------------------


def _why(answer: Answer, where: Sequence[Condition], *, alone: bool, shared: bool) -> str:
    """What was searched for and in what, and the confidence, folded under the answer."""
    parts = [_searched(answer, alone=alone)]
    if answer.final and not answer.is_reply:
        confidence = "" if shared else confidence_sentences(answer)
        filters = inline(restricted(where))
        only = _("Only these reports were searched: {filters}.", filters=filters) if where else ""
        parts.append(_block("basis", _join([confidence, only])))
    words = _("Why there is no answer") if answer.abstained else _("Why this answer")
    content = _join(parts)
    return f"{WHY}{words}</summary>\n\n{content}\n\n</details>" if content else ""


def _searched(answer: Answer, *, alone: bool) -> str:
    parts = [_("Asked by itself, without the conversation before it.")] if alone else []
    if query := searched_for(answer):
        shown = f'<span class="query">{inline(query)}</span>'
        again = _button("again", _("Edit and search again"))
        parts.append(_("Searched for: {query}", query=shown) + " " + again)
    if not parts:
        return ""
    element = ALONE if alone else '<div class="searched">'
    return f"{element}\n\n{_join(parts)}\n\n</div>"


def _notes(answer: Answer) -> Iterable[str]:
    for note in note_sentences(answer):
        if warns(answer):
            yield _block("note", "**" + _("Caution:") + f"** {inline(note)}")
        else:
            yield _block("remark", inline(note))


def _gone(texts: Sequence[str]) -> str:
    """A list of quotations that are no longer found in the reports; not shown as quotations."""
    if not texts:
        return ""
    words = n_(
        "{count} sentence of this answer can no longer be cited:",
        "{count} sentences of this answer can no longer be cited:",
        len(texts),
    )
    again = _("Ask the question again to have it answered from the reports as they are now.")
    lines = "\n".join(f"- {inline(text)}" for text in texts)
    return _block("gone", _join([f"**{words}** {_(_WHY_GONE)}", lines, again]))


# What the program says for itself ----------------------------------------------------------------


def _reply(answer: Answer) -> str:
    """Its words, and the documents that it lists as links that open them."""
    documents = "\n".join(
        f"- [{inline(listed(each))}]({link(each.id, 0, 0)})" for each in answer.documents
    )
    return _block("reply", _join([inline(answer.text), documents]))


def _suggestions(answer: Answer) -> str:
    """Questions to go on with, as buttons that put them into the box."""
    buttons = "\n".join(
        f'- <button type="button" class="plain suggestion">{inline(each)}</button>'
        for each in answer.suggestions
    )
    return _block("suggested", _join([suggesting(answer), buttons]) if buttons else "")


# Statements -----------------------------------------------------------------------------------


def _statements(answer: Answer) -> Iterable[str]:
    """The statements in their order, those of different sides next to one another."""
    cited = {citation.number: citation for citation in answer.citations}
    order = arranged(answer.statements)
    yield from _run(order.before, cited, lead=answer.kind in _LED)
    sides = [
        _block("side", _join([f"#### {inline(name)}", *_run(statements, cited)]))
        for name, statements in order.sides
    ]
    if sides:
        yield "\n".join(['<div class="sides">', *sides, "</div>"])
    yield from _run(order.after, cited)


def _run(
    statements: Sequence[Statement], cited: dict[int, Citation], *, lead: bool = False
) -> Iterable[str]:
    """The statements; quotations of one voice in one document stand under one label.

    With ``lead`` the first quotation is the best one, and is set large.
    """
    last: Citation | None = None
    for whose, run in groupby(statements, key=lambda each: _whose(each, cited)):
        if whose is None:
            yield from (_statement(statement, cited) for statement in run)
            continue
        quotes = list(run)
        sources = [cited[number] for each in quotes for number in each.citations if number in cited]
        named = _label(sources, cited, after=last)
        content = [named, *(_statement(each, cited) for each in quotes)]
        yield _block("said best" if lead else "said", _join(content))
        lead, last = False, sources[-1]


def _whose(statement: Statement, cited: dict[int, Citation]) -> tuple[object, ...] | None:
    """What quotations under one label have in common; None for what is no quotation."""
    first = next((cited[number] for number in statement.citations if number in cited), None)
    if statement.kind != "quote" or first is None:
        return None
    return first.document_id, first.speaker, first.reported


def _label(
    sources: Sequence[Citation], cited: dict[int, Citation], *, after: Citation | None
) -> str:
    """Whose words the quotations are, in few words; the rest is shown to those who point at it."""
    short, rest = label(sources, among=tuple(cited.values()), after=after)
    more = f'<span class="rest">{comma()}{inline(rest)}</span>' if rest else ""
    focus = ' tabindex="0"' if rest else ""
    return f'<span class="whose"{focus}>{inline(short)}{more}</span>'


def _statement(statement: Statement, cited: dict[int, Citation]) -> str:
    marks = "".join(_mark(cited[each]) for each in statement.citations if each in cited)
    line = inline(statement.text)
    if is_right_to_left(statement.text):  # its line runs so too, and ends with its footnote
        line = f'<span class="right-to-left">{line}</span>'
    # A footnote does not begin a line of its own: no break before it.
    line = f"{line}\N{NO-BREAK SPACE}{marks}" if marks else line
    if statement.kind == "quote":
        return f"> {line}"
    name = statement.support.replace("_", "-")
    mark = f'<span class="support">{inline(support_words(statement))}</span>'
    return _block(name, f"{line} {mark}")


def _mark(citation: Citation) -> str:
    """The number of a footnote as a link; its title is a preview of what it opens."""
    short, rest = label([citation])
    preview = f"{quoted(snippet(citation.quote, longest=_PREVIEWED))} {joined((short, rest))}"
    href = link(citation.document_id, citation.start, citation.end)
    title = _escaped(_visible(preview)).replace('"', "&quot;")
    return f'[[{citation.number}]]({href} "{title}")'


# Under the statements -------------------------------------------------------------------------


def _cited(answer: Answer) -> str:
    """The documents that generated sentences rest on, which do not show them themselves."""
    used = [
        number
        for each in answer.statements
        if each.kind == "generated"
        for number in each.citations
    ]
    documents: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        if citation.number in used:
            documents.setdefault(citation.document_id, []).append(citation)
    lines = [_cited_document(citations) for citations in documents.values()]
    cited = "**" + _("Cited") + "**"
    return _block("cited", _join([cited, "\n".join(lines)])) if lines else ""


def _cited_document(citations: Sequence[Citation]) -> str:
    first = citations[0]
    date = long_date(first.date) if first.date else ""
    named = joined([inline(each) for each in (first.title, first.publisher or "", date)])
    marks = [f"{_mark(one)} {inline(page_of(one))}".strip() for one in citations]
    return f"- {named}: {joined(marks)}"


def _hit(hit: Hit) -> str:
    passage = hit.passage
    href = link(passage.document_id, passage.start, passage.end)
    named = joined([inline(each) for each in place(hit)])
    return f"- [{named}]({href}): {inline(snippet(opening(passage.text)))}"


def _also_retrieved(answer: Answer) -> str:
    used = {citation.passage_id for citation in answer.citations}
    others = [hit for hit in answer.hits if hit.passage.id not in used]
    if not others:
        return ""
    summary = _("Also retrieved, not cited ({number})", number=len(others))
    lines = "\n".join(_hit(hit) for hit in others)
    return f"{ALSO}{summary}</summary>\n\n{lines}\n\n</details>"


def _listing(answer: Answer) -> str:
    """How many more statements there are of the speaker, with a link to all of them."""
    if answer.listing is None:
        return ""
    told = answer.listing
    whose = {"who": told.person} if told.person else {"by": told.speaker}
    asked = {**whose, "about": told.about}
    fields = "".join(f"&{name}={quote(value)}" for name, value in asked.items() if value)
    words = inline(listing_words(answer))
    all_of_them = _("All of them")
    return _block("listing", f"{words} [{all_of_them}](#people{fields})")


def _all_passages(answer: Answer) -> str:
    """A link to everything that has the words of the question."""
    words = listed_words(answer.query) or search_words(answer.query)
    if not words or answer.kind == "summary":
        return ""
    query = quote(" ".join(words.split()[:_MOST_WORDS]), safe="")
    query = query.replace(".", "%2E").replace("~", "%7E").replace("_", "%5F")  # no mark of Markdown
    words = _("All passages with these words")
    return _block("all-passages", f"[{words}](#search&q={query})")


# Abstentions ----------------------------------------------------------------------------------


def _abstention(answer: Answer, where: Sequence[Condition]) -> Iterable[str]:
    yield f"### {inline(heading(answer))}"
    if answer.reason:
        yield inline(sentence(answer.reason))
    yield _suggestions(answer)
    yield from _notes(answer)
    if where:
        words = _(
            "Filters were on: {filters}. No other reports were searched.",
            filters=inline(restricted(where)),
        )
        button = _button("unfiltered", _("Ask without filters"))
        yield _block("filtered", f"{words} {button}")
    if answer.hits:
        hits = "\n".join(_hit(hit) for hit in nearest(answer))
        yield _block("nearest", f"**{nearest_heading(answer)}**\n\n{hits}")
    yield _block("footing", reminder(answer))
    yield _judging()
