"""The components of Gradio in each language of the page.

Gradio builds components once, for everybody, and tells browsers of them by a configuration. One set
of them answers all events. Each other language has a configuration that differs in nothing but the
words: it is taken from a set built in that language, of which nothing else is kept.

Mounting one application of Gradio for each language would be simpler to write, and would have an
address, a queue and a state of its own for each; Gradio's own translations go by the language of
the browser, and reach neither HTML nor choices.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, cast

import gradio as gr

from rag.language.translation import ENGLISH, language, reading

Config = dict[str, Any]


class BlocksInLanguages(gr.Blocks):
    """Blocks, filled by ``fill``, that browsers see in the language of the present reader.

    ``fill`` is called again for each further language, when its first reader comes.
    """

    def __init__(self, fill: Callable[[gr.Blocks], None], *, title: str) -> None:
        self._english: Config = {}
        self._words: dict[str, list[Config]] = {}
        self._building = threading.Lock()
        self._fill = fill
        super().__init__(title=title, analytics_enabled=False, fill_width=True)
        with self:
            fill(self)

    @property
    def config(self) -> Any:  # noqa: ANN401 - Gradio names its type otherwise in each place
        """What Gradio tells a browser of the components."""
        code = language()
        if code == ENGLISH or not self._english.get("components"):
            return self._english
        with self._building:
            if code not in self._words:
                self._words[code] = self._built(code)
        components = [
            {**component, "props": props}
            for component, props in zip(self._english["components"], self._words[code], strict=True)
        ]
        return {**self._english, "components": components}

    @config.setter
    def config(self, given: Any) -> None:  # noqa: ANN401 - as above
        self._english = cast(Config, given)

    def _built(self, code: str) -> list[Config]:
        """What the components are given, in their order, where they are built in a language."""
        with reading(code):
            other = gr.Blocks(title=self.title, analytics_enabled=False, fill_width=True)
            with other:
                self._fill(other)
            config = cast(Config, other.get_config_file())
        return [each["props"] for each in config["components"]]
