"""The grammar of English sentences, by spaCy.

It is loaded when the first sentence is parsed, which takes seconds: spaCy imports torch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import cache
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING

from rag.errors import SettingsError

if TYPE_CHECKING:
    from spacy.language import Language
    from spacy.tokens import Doc

_LONGEST = 1500  # characters of a sentence; no sentence that anybody said is longer
_BATCH = 64


Loading = Callable[[], AbstractContextManager[None]]

_lock = Lock()  # a pipeline adds to its vocabulary while it parses
_chosen: tuple[Path | None, Loading] | None = None


def use_parser(folder: Path | None, *, loading: Loading = nullcontext) -> None:
    """Parse with the model in ``folder``, which the caller has checked; with None, not at all.

    ``loading`` is entered while it is loaded.
    """
    global _chosen
    _chosen = folder, loading


def parser_folder() -> Path | None:
    """The folder of the parser's model; None if it is not on this machine, undamaged."""
    return _found() if _chosen is None else _chosen[0]


@cache
def _found() -> Path | None:
    from rag.models.inference.model_cache import Options
    from rag.models.registry import PARSER

    try:
        return PARSER.checked_folder(Options.of().cache)
    except SettingsError:
        return None


@cache
def _pipeline(folder: Path) -> Language:
    with nullcontext() if _chosen is None else _chosen[1]():
        import spacy

        return spacy.load(folder, exclude=["ner", "lemmatizer", "senter", "attribute_ruler"])


def can_parse() -> bool:
    """Whether the parser's model is on this machine, undamaged."""
    return parser_folder() is not None


def parse(sentences: Sequence[str]) -> Iterator[Doc]:
    """Each sentence with the grammar of its words, as one tree; nothing without the model."""
    folder = parser_folder()
    if folder is None:
        return
    for first in range(0, len(sentences), _BATCH):
        with _lock:
            pipeline = _pipeline(folder)
            made = []
            for sentence in sentences[first : first + _BATCH]:
                doc = pipeline.make_doc(sentence[:_LONGEST])
                for token in doc[1:]:
                    token.is_sent_start = False
                made.append(doc)
            parsed = list(pipeline.pipe(made, batch_size=_BATCH))
        yield from parsed
