"""The settings that a browser has for itself: how sure an answer must be, colours, references."""

from __future__ import annotations

from typing import Final

from rag.answer import Chatbot
from rag.cite.styles import STYLES
from rag.html import render
from rag.settings import Caution, Settings

CAUTIONS: Final[dict[Caution, str]] = {
    "careful": "Careful: answers only when the reports very likely do. It says more often that "
    "they do not answer.",
    "balanced": "Balanced",
    "bold": "Bold: answers also when they only may. More of the answers will miss the question.",
}
"""How sure to be before answering, with what it means to a user."""


def settings_html(settings: Settings) -> str:
    """The dialog as it stands on the page before its script fills it."""
    usual = None if settings.abstain_below is not None else settings.caution
    return render(
        "app/web/shared/settings.html", cautions=CAUTIONS, usual=usual, styles=STYLES.values()
    )


def as_sure(chatbot: Chatbot, caution: object) -> Chatbot:
    """The chatbot, as sure as a browser asks for; as it is where that asks for nothing known."""
    wanted = next((each for each in CAUTIONS if each == caution), None)
    return chatbot if wanted is None else chatbot.with_caution(wanted)
