"""Whether the meaning of a sentence follows, as the settings say."""

from __future__ import annotations

from rag.answer.check.support import Follows
from rag.models.entailment import open_entailment
from rag.settings import Settings

__all__ = ["follows_by"]


def follows_by(settings: Settings) -> Follows | None:
    """What tells whether a sentence follows from a text; None if the settings name no model.

    It raises SettingsError at first use if the model cannot be loaded.
    """
    model = open_entailment(settings.entailment)
    if model is None:
        return None
    return lambda text, sentence: model.probability(text, sentence) >= settings.follows_above
