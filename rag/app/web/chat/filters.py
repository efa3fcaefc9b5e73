"""The filters beside the chat: what they offer, and what sets them from elsewhere on the page."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

import gradio as gr

from rag.answer import Chatbot
from rag.app.web.chat.collection import Choices, choices, still_offered
from rag.app.web.shared.places import parse_token
from rag.app.web.shared.reader_language import in_reader_language
from rag.app.web.shared.scripts import on_load
from rag.html import one_line, render
from rag.language.translation import _
from rag.schema import DocumentInfo

NO_FILTERS: Final[tuple[str | list[str], ...]] = ("", "", "", "", [])
"""The values of the filters where none is on: country, publisher, years, and documents."""
_AS_JSON: Final = "(...filters) => JSON.stringify(filters)"


class Filters:
    """The fields of the filters, in ``components``, and under them those that a browser saved.

    Scripts set them by events, and read those that are on from the component ``filters``.
    """

    def __init__(self, chatbot: Chatbot, documents: Sequence[DocumentInfo]) -> None:
        self._chatbot = chatbot
        labels = (_("Country"), _("Publisher"), _("From year"), _("To year"))
        self.components = [
            gr.Dropdown(offered, value="", label=label, interactive=True)
            for label, offered in zip(labels, choices(documents), strict=False)
        ]
        self.components.append(
            gr.Dropdown(
                _documents_offered(documents),
                value=[],
                label=_("Documents"),
                multiselect=True,
                interactive=True,
                elem_id="filter-documents",
            )
        )
        # Its template has nothing of its value in it, which the script reads.
        self._saved = gr.HTML(
            "",
            html_template=render("app/web/chat/filters.html"),
            js_on_load=on_load("filters", "use_filters"),
            apply_default_css=False,
            elem_id="saved-filters",
        )

    def connect(self, only: Sequence[Callable[..., Any]], options: dict[str, Any]) -> None:
        """Connect the events: those of ``only`` come with the tokens of some documents."""
        for event in only:
            event(in_reader_language(self._only), None, self.components, **options)
        use = in_reader_language(self._use)
        self._saved.use_filters(use, None, self.components, **options)
        for each in self.components:
            each.change(None, self.components, self._saved, js=_AS_JSON, **options)

    def offered(
        self, documents: Sequence[DocumentInfo], values: Sequence[object]
    ) -> list[dict[str, Any]]:
        """Updates to what these documents offer and, of the values, what is offered still."""
        chosen = values[-1] if isinstance(values[-1], list) else []
        *named, _ = choices(documents)
        titled = _documents_offered(documents, chosen)
        known = {source for _, source in titled}
        return [
            *(
                gr.update(choices=each, value=still_offered(value, each))
                for each, value in zip(named, values, strict=False)
            ),
            gr.update(choices=titled, value=[one for one in chosen if one in known]),
        ]

    def _only(self, event: gr.EventData) -> list[Any]:
        """Set the filters to some documents, and lift the others."""
        tokens = _told(event, "tokens")
        places = [parse_token(str(each)) for each in tokens]
        found = [self._chatbot.index.information(each.document_id) for each in places if each]
        sources = [each.source for each in found if each]
        if not sources:
            return [gr.skip() for _ in self.components]
        return self.offered(self._chatbot.documents(), (*NO_FILTERS[:-1], sources))

    def _use(self, event: gr.EventData) -> list[Any]:
        """Set the filters to values that the browser saved; what is gone is left out."""
        values = _told(event, "values")
        sound = len(values) == len(NO_FILTERS)
        return self.offered(self._chatbot.documents(), values if sound else NO_FILTERS)


def _told(event: gr.EventData, name: str) -> list[object]:
    """A list that a script sent along with an event; empty if it is none."""
    said = event._data if isinstance(event._data, dict) else {}
    found = said.get(name)
    return found if isinstance(found, list) else []


def _documents_offered(documents: Sequence[DocumentInfo], wanted: Iterable[object] = ()) -> Choices:
    """Titles and sources of the documents to choose from, and of those that are ``wanted``."""
    offered = choices(documents)[-1][1:]
    known = {source for _, source in offered}
    asked = {each for each in wanted if isinstance(each, str)} - known
    others = [
        (one_line(each.metadata.title or each.source), each.source)
        for each in documents
        if each.source in asked
    ]
    return [*offered, *others]
