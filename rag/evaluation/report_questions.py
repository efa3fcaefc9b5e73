"""The questions of a report: what was answered, what was expected, and what went wrong."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from rag.cite import page_reference
from rag.evaluation.records import Evaluation
from rag.evaluation.verdicts import FAILURES, Expected, Outcome
from rag.schema import Answer, Citation, Hit, Statement

__all__ = ["Link", "no_link", "questions_html"]

Link = Callable[[str, int, int], str | None]
"""The address of the characters ``[start, end)`` of a document; None if there is none."""

_HITS = 3
_SNIPPET = 240
_RIGHT = "nothing wrong"
_WORST = tuple(FAILURES)


def no_link(_document_id: str, _start: int, _end: int) -> str | None:
    """Of a report that stands alone: it opens no documents."""
    return None


def questions_html(evaluation: Evaluation, *, link: Link, level: int) -> str:
    """All questions, worst first, with what their script needs to filter them."""
    ordered = sorted(evaluation.outcomes, key=_severity)
    items = "".join(_question(each, link) for each in ordered)
    heading = f'<h{level + 1} id="evaluation-questions">Questions</h{level + 1}>'
    return (
        f'<section class="questions" aria-labelledby="evaluation-questions">{heading}'
        f'{_filters(evaluation)}<p class="shown" role="status"></p>'
        f'<ol>{items}</ol><p class="none" hidden>No question fits.</p></section>'
    )


def _severity(outcome: Outcome) -> tuple[int, float]:
    """Worst first: by the worst failure, then by how sure the answer was."""
    if not outcome.failures:
        return len(_WORST), outcome.scores.confidence
    return _WORST.index(outcome.failures[0]), -outcome.scores.confidence


def _filters(evaluation: Evaluation) -> str:
    kinds = evaluation.by_kind()
    offered = [(f"{kind} ({len(each)})", kind) for kind, each in kinds.items()]
    right = sum(not each.failures for each in evaluation.outcomes)
    failed = [(f"{name} ({count})", name) for name, count in evaluation.failures.items()]
    failed = [("anything", "*"), *failed, (f"{_RIGHT} ({right})", "-")]
    return (
        '<form class="filters" hidden>'
        f"{_select('kind', 'Kind', [('all', ''), *offered])}"
        f"{_select('failure', 'What went wrong', [('all questions', ''), *failed])}"
        '<label><span>Words</span><input type="search" name="words" autocomplete="off"></label>'
        '<button type="reset" class="plain">Clear</button></form>'
    )


def _select(name: str, label: str, options: Sequence[tuple[str, str]]) -> str:
    listed = "".join(
        f'<option value="{escape(value)}">{escape(words)}</option>' for words, value in options
    )
    return f'<label><span>{label}</span><select name="{name}">{listed}</select></label>'


def _question(outcome: Outcome, link: Link) -> str:
    gold, answer = outcome.question, outcome.answer
    badges = "".join(
        f'<span class="badge" title="{escape(FAILURES[each])}">{escape(each)}</span>'
        for each in outcome.failures
    )
    badges = badges or f'<span class="badge fine">{_RIGHT}</span>'
    kind = f'<span class="kind">{escape(gold.kind)}</span>' if gold.kind else ""
    facts = (
        f'{kind}<span class="kind">confidence {answer.confidence:.2f}</span>'
        f'<span class="kind"><bdi>{escape(gold.id)}</bdi></span>'
    )
    body = "".join(
        (_asked(outcome), _answer(answer, link), _expected(outcome, link), _nearest(outcome, link))
    )
    return (
        f'<li data-kind="{escape(gold.kind or "")}" '
        f'data-failures="{escape("|".join(outcome.failures))}">'
        f'<details><summary><span class="asked" dir="auto">{escape(gold.question)}</span>'
        f'<span class="facts">{badges}{facts}</span></summary><div class="told">{body}</div>'
        "</details></li>"
    )


def _asked(outcome: Outcome) -> str:
    """The conversation before, the filters, and what was searched for where it differs."""
    gold, answer = outcome.question, outcome.answer
    told = [
        f'<p class="before"><b>{"Asked" if turn.role == "user" else "Answered"} before:</b> '
        f"<bdi>{escape(turn.content)}</bdi></p>"
        for turn in gold.history
    ]
    filters = ", ".join(f"{each.field} {each.operator} {each.value}" for each in gold.conditions)
    if filters:
        told.append(f'<p class="before"><b>Only in:</b> <bdi>{escape(filters)}</bdi></p>')
    if answer.query != gold.question:
        told.append(f'<p class="before"><b>Searched for:</b> <bdi>{escape(answer.query)}</bdi></p>')
    return "".join(told)


def _answer(answer: Answer, link: Link) -> str:
    if answer.abstained:
        why = f": {answer.reason}" if answer.reason else ""
        return f'<section><h4>Answer</h4><p class="abstained">Abstained{escape(why)}.</p></section>'
    cited = {each.number: each for each in answer.citations}
    statements = "".join(_statement(each, cited, link) for each in answer.statements)
    notes = "".join(f'<p class="note">{escape(each)}</p>' for each in answer.notes)
    return f"<section><h4>Answer</h4>{statements}{notes}</section>"


def _statement(statement: Statement, cited: dict[int, Citation], link: Link) -> str:
    places = [_citation(cited[each], link) for each in statement.citations if each in cited]
    return (
        f'<blockquote dir="auto">{escape(statement.text)}</blockquote>'
        f'<p class="place">{"; ".join(places)}</p>'
    )


def _citation(citation: Citation, link: Link) -> str:
    page = (
        page_reference(citation.page, citation.page_label, citation.page_kind)
        if citation.page
        else ""
    )
    parts = [citation.title, citation.section or "", page, citation.speaker or "speaker unknown"]
    words = f"[{citation.number}] {', '.join(filter(None, parts))}"
    return _linked(words, link(citation.document_id, citation.start, citation.end))


def _linked(words: str, address: str | None) -> str:
    shown = f"<bdi>{escape(words)}</bdi>"
    return f'<a href="{escape(address)}">{shown}</a>' if address else shown


def _expected(outcome: Outcome, link: Link) -> str:
    gold = outcome.question
    if not gold.answerable:
        return (
            "<section><h4>Expected</h4><p>To abstain: the collection does not answer this.</p>"
            "</section>"
        )
    told = [_evidence(each, link) for each in outcome.expected]
    if gold.speaker:
        told.append(f"<p>Words of <bdi>{escape(gold.speaker)}</bdi>.</p>")
    if gold.refuse:
        told.append("<p>To give passages, and to say that it does not count.</p>")
    if gold.answers:
        known = " / ".join(gold.answers)
        told.append(f"<p><b>Known answers:</b> <bdi>{escape(known)}</bdi></p>")
    return f"<section><h4>Expected</h4>{''.join(told) or '<p>An answer.</p>'}</section>"


def _evidence(item: Expected, link: Link) -> str:
    place = item.place
    address = None
    if place.document_id is not None and place.start is not None and place.end is not None:
        address = link(place.document_id, place.start, place.end)
    where = item.source + (f", page {item.page}" if item.page is not None else "")
    if not item.known:
        state = "not in this index"
    elif item.rank is None:
        state = "not retrieved"
    else:
        state = f"retrieved at rank {item.rank}, {'quoted' if item.cited else 'not quoted'}"
    quote = f'<blockquote dir="auto">{escape(item.quote)}</blockquote>' if item.quote else ""
    return f'{quote}<p class="place">{_linked(where, address)} — {state}</p>'


def _nearest(outcome: Outcome, link: Link) -> str:
    """The first passages, where the answer went wrong."""
    if not outcome.failures or not outcome.answer.hits:
        return ""
    hits = "".join(f"<li>{_hit(each, link)}</li>" for each in outcome.answer.hits[:_HITS])
    return f'<section><h4>First passages retrieved</h4><ul class="hits">{hits}</ul></section>'


def _hit(hit: Hit, link: Link) -> str:
    passage = hit.passage
    text = " ".join(passage.text.split())
    text = text if len(text) <= _SNIPPET else f"{text[: _SNIPPET - 1]}…"
    address = link(passage.document_id, passage.start, passage.end)
    named = ", ".join(filter(None, (hit.title, passage.section)))
    return f'{_linked(f"{hit.rank}. {named}", address)}: <span dir="auto">{escape(text)}</span>'
