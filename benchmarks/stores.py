"""Are hits and answers of a database those of a folder, and how much slower are they?

    python benchmarks/stores.py INDEX postgresql://…#NAME [--questions FILE] [--answers 40]

copies the folder's index into the database (what is there already stays) and asks both the same:
searches by vectors, by words and within half of the documents, whole searches and whole answers,
in turns, so that both have the same machine. Prints the share of equal hits and the median times.
``FILE`` has questions as JSON lines with a field ``question``.
"""

from __future__ import annotations

import argparse
import json
import statistics
import time
from collections import defaultdict
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from rag.answer import Chatbot
from rag.cite.answers import Answer
from rag.models.embedding import Vectors
from rag.settings import load_settings
from rag.store import Index, Scored, Search, Store, open_store
from rag.store.copying import copy_documents

_HITS = 60
_CLOSE = 1e-4  # scores that differ by less are equal


def main() -> None:
    """Copy, ask, print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("database")
    parser.add_argument("--questions", type=Path, default=Path("tests/gold/questions.jsonl"))
    parser.add_argument("--searches", type=int, default=100)
    parser.add_argument("--answers", type=int, default=40)
    given = parser.parse_args()
    settings = load_settings(index=given.index)
    folder = Index.open(settings)
    there = settings.model_copy(update={"store": SecretStr(given.database)})
    database = open_store(there, create=True, embedding=folder.embedding)
    begun = time.perf_counter()
    with database.writing() as writer:
        for _ in copy_documents(folder, writer):
            pass
    documents, passages = database.counts()
    print(
        f"{documents} documents, {passages} passages; copied in {time.perf_counter() - begun:.0f} s"
    )
    lines = given.questions.read_text("utf-8").splitlines()
    questions = [json.loads(line)["question"] for line in lines]
    stores: dict[str, Store] = {"folder": folder, "database": database}
    half = folder.document_ids()[::2]
    few = folder.document_ids()[:10]
    times: dict[str, dict[str, list[float]]] = defaultdict(lambda: defaultdict(list))
    equal: dict[str, list[bool]] = defaultdict(list)
    for question in questions[: given.searches]:
        (query,) = folder.embedding.embed_queries([question])
        parts: dict[str, list[Search]] = {"": [*stores.values()]}
        for name, ids in ((" of half", half), (" of ten", few)):
            parts[name] = [store.within(ids) for store in stores.values()]
        for name, places in parts.items():
            for kind in ("dense", "words"):
                found = []
                for store, place in zip(stores, places, strict=True):
                    ask = partial(_search, place, kind, query, question)
                    found.append(_timed(times[kind + name][store], ask))
                equal[kind + name].append(_same(*found))
    bots = {name: Chatbot(store, settings) for name, store in stores.items()}
    for bot in bots.values():
        list(bot.ask(questions[0]))
    for question in questions[: given.answers]:
        said = {
            name: _timed(times["answer"][name], partial(_answer, bot, question))
            for name, bot in bots.items()
        }
        texts = [[each.text for each in said[name].statements] for name in stores]
        equal["answer"].append(texts[0] == texts[1])
    print(f"{'':16}{'equal':>8}{'folder':>12}{'database':>12}{'ratio':>8}   (median ms; 95 %)")
    for kind, each in times.items():
        ours, theirs = (sorted(each[name]) for name in stores)
        middle = [1000 * statistics.median(one) for one in (ours, theirs)]
        last = [1000 * one[int(0.95 * (len(one) - 1))] for one in (ours, theirs)]
        share = sum(equal[kind]) / len(equal[kind])
        print(
            f"{kind:16}{share:8.3f}{middle[0]:12.1f}{middle[1]:12.1f}{middle[1] / middle[0]:8.2f}"
            f"   {last[0]:.1f} {last[1]:.1f}"
        )


def _search(place: Search, kind: str, query: Vectors, question: str) -> Scored:
    if kind == "dense":
        return place.dense(query, count=_HITS)
    return place.words(question, count=_HITS)


def _answer(bot: Chatbot, question: str) -> Answer:
    *_, answer = bot.ask(question)
    return answer


def _timed(into: list[float], work: Callable[[], Any]) -> Any:  # noqa: ANN401 - whatever it returns
    begun = time.perf_counter()
    done = work()
    into.append(time.perf_counter() - begun)
    return done


def _same(ours: Scored, theirs: Scored) -> bool:
    """Whether hits are equal but for ties: the same scores, and all above the last one."""
    if len(ours) != len(theirs):
        return False
    if any(abs(a - b) > _CLOSE for (_, a), (_, b) in zip(ours, theirs, strict=True)):
        return False
    last = ours[-1][1] + _CLOSE if ours else 0.0
    return {each for each, s in ours if s > last} == {each for each, s in theirs if s > last}


if __name__ == "__main__":
    main()
