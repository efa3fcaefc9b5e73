"""The command that measures answers against gold questions."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from rag.cli.common import IndexOption, JsonOption, app, open_settings, print_json
from rag.terminal import ERR, show_kinds, show_summary

if TYPE_CHECKING:
    from rag.evaluation import GoldQuestion, Scores
    from rag.schema import Answer

__all__: list[str] = []


@app.command()
def evaluate(
    gold: Annotated[Path, typer.Argument(metavar="GOLD.jsonl", help="Gold questions.")],
    index: IndexOption = None,
    predictions: Annotated[
        Path | None, typer.Option(help="Write every answer there, one JSON object a line.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Measure the answers against gold questions."""
    from rag.chatbot import open_chatbot
    from rag.contract import answer_object
    from rag.evaluation import evaluate as run
    from rag.evaluation import read_gold, reliability_curve, summarise, timings

    questions = read_gold(gold)
    chatbot = open_chatbot(open_settings(index))
    lines: list[str] = []
    with ERR.status("asking") as status:

        def note(question: GoldQuestion, answer: Answer, _scores: Scores) -> None:
            lines.append(
                json.dumps({"id": question.id, **answer_object(answer)}, ensure_ascii=False)
            )
            status.update(f"{len(lines)}/{len(questions)} questions")

        scores = run(chatbot, questions, on_answer=note)
    if predictions:
        predictions.write_text("".join(f"{line}\n" for line in lines), "utf-8")
    summary = summarise(scores)
    kinds = sorted({each.kind for each in scores if each.kind})
    by_kind = {kind: summarise([each for each in scores if each.kind == kind]) for kind in kinds}
    curve, parts = reliability_curve(scores), timings(scores)
    if as_json:
        told = {"reliability": [asdict(each) for each in curve], "timings p50 ms": parts}
        print_json({**summary, **told, "by_kind": by_kind})
        return
    show_summary(summary, reliability=curve, timings=parts)
    if by_kind:
        show_kinds(by_kind)
