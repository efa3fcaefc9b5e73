"""The settings that a browser has for itself: how sure an answer must be, colours, references."""

from __future__ import annotations

from typing import Final

from rag.answer import Chatbot
from rag.cite.styles import STYLES
from rag.html import render
from rag.language.translation import LANGUAGES, N_, _, language
from rag.settings import Caution, Settings

CAUTIONS: Final[dict[Caution, str]] = {
    "careful": N_(
        "Careful: answers only when the reports very likely do. It says more often that "
        "they do not answer."
    ),
    "balanced": N_("Balanced"),
    "bold": N_(
        "Bold: answers also when they only may. More of the answers will miss the question."
    ),
}
"""How sure to be before answering, with what it means to a user."""
_MADE_WITH: Final[dict[Caution, str]] = {
    "careful": N_(
        "made with the setting “Careful”: the reports may answer what is said here to be unanswered"
    ),
    "balanced": N_("made with the setting “Balanced”, which is not the usual one here"),
    "bold": N_("made with the setting “Bold”: more answers than usual miss the question"),
}


def settings_html(settings: Settings) -> str:
    """The dialog as it stands on the page before its script fills it."""
    usual = None if settings.abstain_below is not None else settings.caution
    return render(
        "app/web/shared/settings.html",
        cautions=CAUTIONS,
        usual=usual,
        styles=STYLES.values(),
        languages=LANGUAGES,
        present=language(),
    )


def caution_note(caution: object) -> str:
    """What an answer says of a caution that a browser asks for; empty where it is as sure as usual.

    A browser asks for none where it is the usual one.
    """
    wanted = next((each for each in CAUTIONS if each == caution), None)
    return _(_MADE_WITH[wanted]) if wanted else ""


def as_sure(chatbot: Chatbot, caution: object) -> Chatbot:
    """The chatbot, as sure as a browser asks for; as it is where that asks for nothing known."""
    wanted = next((each for each in CAUTIONS if each == caution), None)
    return chatbot if wanted is None else chatbot.with_caution(wanted)
