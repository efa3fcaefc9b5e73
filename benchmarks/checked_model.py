"""Do replies of a language model come through, each sentence with its mark?

    python benchmarks/checked_model.py INDEX [--replies FILE] [--kind ollama|openai] [--show]

A server on this machine sends scripted replies (``tests/replies/streams.jsonl``; INDEX holds the
documents of ``corpus/``, or those that FILE names) through the protocol of Ollama or OpenAI, and
each goes the way of any model's reply. This tests the way, not the check: how often the check is
right is measured by ``benchmarks/claim_check.py``. Prints by kind how many came out as they should;
``--show`` prints each that did not.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.append(str(Path(__file__).parent.parent / "tests"))

from llm_server import MODEL, LlmServer
from streamed_replies import REPLIES, Outcome, judge, streamed_replies

from rag.answer.generation.language_models import open_language_model
from rag.settings import load_settings
from rag.store import Index


def outcomes(index: Index, replies: Path, *, kind: str) -> list[Outcome]:
    """What came of each reply of a file."""
    server = LlmServer()
    settings = load_settings(llm=f"{kind}:{MODEL}", llm_url=server.url, llm_seconds=60)
    model = open_language_model(settings)
    assert model is not None
    try:
        return [
            judge(each, index, server=server, model=model) for each in streamed_replies(replies)
        ]
    finally:
        server.close()


def table(found: Sequence[Outcome]) -> str:
    """By kind of reply, how many came out as they should."""
    everything = Counter((each.streamed.expect, each.streamed.kind) for each in found)
    right = Counter((each.streamed.expect, each.streamed.kind) for each in found if each.is_right)
    lines = [
        f"{expect:9} {kind:32} {right[expect, kind]:3} / {all_}"
        for (expect, kind), all_ in sorted(everything.items())
    ]
    return "\n".join([*lines, f"{'together':42} {sum(right.values()):3} / {len(found)}"])


def main() -> None:
    """Check the replies, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("index", type=Path)
    parser.add_argument("--replies", type=Path, default=REPLIES)
    parser.add_argument("--kind", choices=("ollama", "openai"), default="ollama")
    parser.add_argument("--show", action="store_true")
    given = parser.parse_args()
    index = Index.open(load_settings(index=given.index))
    found = outcomes(index, given.replies, kind=given.kind)
    if given.show:
        for each in found:
            if not each.is_right:
                print(f"{each.streamed.kind}: {each.streamed.reply}\n    {each.told}")
    print(table(found))


if __name__ == "__main__":
    main()
