"""An answer as Markdown for the chat, and the chat's Markdown as plain history.

The chat interprets Markdown and HTML, so every character of a document, a question or a name
that could mean something there is written as a character reference. The links to sources are the
only links, and are built here from offsets.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import groupby

from rag.citing import attribution, long_date, page_reference
from rag.reader import NOT_ANSWERED
from rag.schema import Answer, Citation, Condition, Hit, Message, Statement
from rag.ui.places import token

__all__ = [
    "answer_markdown",
    "confidence_words",
    "inline",
    "plain_text",
    "question_markdown",
    "restricted",
    "snippet",
]

_REMINDER = (
    "That these reports do not mention something is not evidence that it did not happen: "
    "absence of reporting is not evidence of absence."
)
_UNSUPPORTED = "not supported by the passages it cites"
_CITED = "**Cited**"
_ALSO = '<details class="also"><summary>'
_NEAREST = "**Close, but not an answer:**"
_NOTE = "_"

_MARKUP = str.maketrans(
    {mark: f"&#{ord(mark)};" for mark in "\\`*_[]$~|{}@"} | {"<": "&lt;", ">": "&gt;", "&": "&amp;"}
)
_LINE_START = re.compile(r"^(?:([-+#=:])|(\d+)([.)]))")
_LINKABLE = re.compile(r"(:)(?=//)|(?<=www)(\.)", re.IGNORECASE)
_RIGHT_TO_LEFT = {"R", "AL", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI", "PDF", "PDI"}


def inline(text: str) -> str:
    """The text as one line of Markdown that shows exactly these characters, and nothing else.

    Runs of white space become one space, control characters are left out. Text that runs from
    right to left, or says it does, is isolated from what stands around it.
    """
    kept = "".join(mark if unicodedata.category(mark) != "Cc" else " " for mark in text)
    escaped = " ".join(kept.split()).translate(_MARKUP)
    escaped = _LINKABLE.sub(lambda found: f"&#{ord(found[0])};", escaped)
    escaped = _LINE_START.sub(_reference_at_start, escaped)
    if any(unicodedata.bidirectional(mark) in _RIGHT_TO_LEFT for mark in text):
        return f"<bdi>{escaped}</bdi>"
    return escaped


def _reference_at_start(found: re.Match[str]) -> str:
    """A mark that would begin a list or a heading, as a character reference."""
    digits, mark = found[2] or "", found[1] or found[3]
    return f"{digits}&#{ord(mark)};"


def snippet(text: str, *, longest: int = 180) -> str:
    """The beginning of the text, cut at a word and marked as cut if it is longer."""
    words = " ".join(text.split())
    if len(words) <= longest:
        return words
    return words[:longest].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def question_markdown(question: str) -> str:
    """A question as the chat shows it."""
    return inline(question)


def restricted(where: Sequence[Condition]) -> str:
    """The filters in words, such as ``country: Ethiopia, from 2018``; empty without filters."""
    words = {"=": "{field}: {value}", ">=": "from {value}", "<=": "to {value}"}
    return ", ".join(
        words.get(one.operator, "{field} {operator} {value}").format(
            field=one.field, operator=one.operator, value=one.value
        )
        for one in where
    )


def confidence_words(confidence: float) -> str:
    """``high``, ``moderate`` or ``low``: how likely the collection answers the question."""
    if confidence >= 0.8:
        return "high"
    return "moderate" if confidence >= 0.6 else "low"


def answer_markdown(answer: Answer, *, where: Sequence[Condition] = ()) -> str:
    """A finished or growing answer, or an abstention, as Markdown for the chat."""
    if answer.abstained and answer.final:
        return _join(_abstention(answer, where))
    if not answer.statements:
        return _waiting(answer)
    parts = [*_statements(answer)]
    if answer.final:
        parts += [_cited(answer), _also_retrieved(answer), _footing(answer, where)]
    return _join(parts)


def _join(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def _waiting(answer: Answer) -> str:
    if answer.final:
        return f"**{NOT_ANSWERED}**"
    count = len(answer.hits)
    if not count:
        return f"{_NOTE}Searching the reports …{_NOTE}"
    return f"{_NOTE}Reading {count} passage{'s' * (count != 1)} …{_NOTE}"


def _statements(answer: Answer) -> Iterable[str]:
    """Each statement under the words that say whose it is; one heading for a run of the same."""
    cited = {citation.number: citation for citation in answer.citations}
    for heading, run in groupby(
        answer.statements, key=lambda statement: _attribution(statement, cited)
    ):
        if heading:
            yield heading
        yield from (_statement(statement, cited) for statement in run)


def _attribution(statement: Statement, cited: dict[int, Citation]) -> str:
    first = next((cited[number] for number in statement.citations if number in cited), None)
    if statement.kind != "quote" or first is None:
        return ""
    who, *rest = attribution(first) or ("",)
    section = (first.section or "").replace(" > ", " › ")
    return _join_words(_bold(who), *map(inline, rest), inline(section)) + ":"


def _bold(name: str) -> str:
    return f"**{inline(name) or 'Untitled'}**"


def _join_words(*words: str) -> str:
    return ", ".join(word for word in words if word)


def _statement(statement: Statement, cited: dict[int, Citation]) -> str:
    marks = "".join(
        f"[[{number}]]({_href(cited[number])})" for number in statement.citations if number in cited
    )
    line = f"{inline(statement.text)} {marks}".rstrip()
    if statement.kind == "quote":
        return f"> {line}"
    return f"{line} {_NOTE}({_UNSUPPORTED}){_NOTE}" if statement.support == "unsupported" else line


def _href(citation: Citation) -> str:
    return f"#src={token(citation.document_id, citation.start, citation.end)}"


def _cited(answer: Answer) -> str:
    """One line for each document that is cited, with its pages and footnote numbers."""
    documents: dict[str, list[Citation]] = {}
    for citation in answer.citations:
        documents.setdefault(citation.document_id, []).append(citation)
    lines = [_cited_document(citations) for citations in documents.values()]
    return _join([_CITED, "\n".join(lines)]) if lines else ""


def _cited_document(citations: Sequence[Citation]) -> str:
    first = citations[0]
    named = _join_words(
        inline(first.title),
        inline(first.publisher or ""),
        inline(long_date(first.date)) if first.date else "",
    )
    marks = [
        f"[[{one.number}]]({_href(one)})" + (f" {_page(one)}" if one.page else "")
        for one in citations
    ]
    return f"- {named}: {', '.join(marks)}"


def _page(citation: Citation) -> str:
    page = page_reference(citation.page or 0, citation.page_label, citation.page_kind)
    return inline(f"{page} (recognised text)" if citation.ocr else page)


def _hit(hit: Hit) -> str:
    passage = hit.passage
    page = f"p. {passage.page_start}" if passage.page_start else ""
    named = _join_words(inline(snippet(hit.title, longest=90)), inline(passage.speaker or ""), page)
    href = f"#src={token(passage.document_id, passage.start, passage.end)}"
    return f"- [{named}]({href}): {inline(snippet(passage.text))}"


def _also_retrieved(answer: Answer) -> str:
    used = {citation.passage_id for citation in answer.citations}
    others = [hit for hit in answer.hits if hit.passage.id not in used]
    if not others:
        return ""
    summary = f"Also retrieved, not cited ({len(others)})"
    lines = "\n".join(_hit(hit) for hit in others)
    return f"{_ALSO}{summary}</summary>\n\n{lines}\n\n</details>"


def _footing(answer: Answer, where: Sequence[Condition]) -> str:
    parts = [f"Confidence that this answers the question: {confidence_words(answer.confidence)}."]
    if answer.query and answer.query != answer.question:
        parts.append(f"Searched for: {inline(answer.query)}.")
    if where:
        parts.append(f"Only these reports were searched: {inline(restricted(where))}.")
    return f'<div class="footing">\n\n{" ".join(parts)}\n\n</div>'


def _abstention(answer: Answer, where: Sequence[Condition]) -> Iterable[str]:
    yield f"### {NOT_ANSWERED}"
    if answer.reason:
        yield inline(_sentence(answer.reason))
    if where:
        yield (
            f"Only these reports were searched: {inline(restricted(where))}. "
            "Without the filters there may be an answer."
        )
    if answer.hits:
        yield _NEAREST
        yield "\n".join(_hit(hit) for hit in answer.hits[:4])
    searched = f"Searched for: {inline(answer.query)}." if answer.query != answer.question else ""
    yield f'<div class="footing">\n\n{f"{_REMINDER} {searched}".strip()}\n\n</div>'


def _sentence(words: str) -> str:
    """The words with a capital and a full stop."""
    return words[:1].upper() + words[1:].rstrip(".") + "."


def plain_text(message: Message) -> Message:
    """A message of the chat as plain history: its words, without footnotes, lists or markup."""
    text = message.content
    if message.role == "assistant":
        for beginning in (_CITED, _ALSO, _NEAREST, '<div class="footing">'):
            text = text.split(beginning, 1)[0]
        text = re.sub(r"\[\[\d+\]\]\(#src=[\w.-]+\)", "", text)
        text = re.sub(r"^(?:> |### )", "", text, flags=re.MULTILINE)
        text = text.replace("**", "").replace("<bdi>", "").replace("</bdi>", "")
        text = re.sub(r"\n\s*\n", "\n", text)
    else:
        text = text.replace("<bdi>", "").replace("</bdi>", "")
    return Message(message.role, html.unescape(text).strip())
