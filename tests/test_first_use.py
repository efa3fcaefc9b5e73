"""The first use of what searches and reads, by several threads at the same time."""

from __future__ import annotations

from pathlib import Path

from first_use_support import ASK, FIRST_RUN, failures, save_network

from rag.answer import Chatbot
from rag.settings import Settings

QUESTION = "How many people were displaced in Ethiopia?"


def test_no_process_hangs_when_all_its_threads_run_a_network_for_the_first_time(
    tmp_path: Path,
) -> None:
    """Without ``_rehearse`` of :mod:`rag.models.inference.runtime` every second or third hangs."""
    network = save_network(tmp_path / "network.xml")
    hung = failures(FIRST_RUN, [network], processes=40, seconds=60, says="4 threads are done")
    assert not hung, f"{len(hung)} of 40:\n{hung[0]}"


def test_no_question_hangs_while_the_models_are_loaded_in_the_background(
    sample_settings: Settings, chatbot: Chatbot
) -> None:
    """Each is a first use by two threads; a hang is too rare here to show every time it could.

    ``benchmarks/first_use.py`` asks more often.
    """
    assert list(chatbot.ask(QUESTION))[-1].final  # the models are converted now
    given = [QUESTION, sample_settings.index]
    hung = failures(ASK, given, processes=8, seconds=120, says='"answer"')
    assert not hung, f"{len(hung)} of 8:\n{hung[0]}"
