"""The tabs of the page: one line for each, and the bar that switches between them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["TABS", "Tab", "masthead"]


@dataclass(frozen=True, slots=True)
class Tab:
    """A tab. ``name`` stands in links (``#library``) and element ids (``tab-library``)."""

    name: str
    label: str


# To add a tab: a line here, and in page.py what is in it.
TABS = (
    Tab("chat", "Chat"),
    Tab("lookup", "Citation lookup"),
    Tab("library", "Library"),
    Tab("evaluation", "Evaluation"),
)


def masthead() -> str:
    """The head of the page with the bar of tabs."""
    buttons = "".join(_button(tab, selected=tab is TABS[0]) for tab in TABS)
    return (
        '<header class="masthead"><h1>Footnote<sup aria-hidden="true">1</sup></h1>'
        "<p>Answers in the reports’ own words</p>"
        f'<div class="tabs" role="tablist" aria-label="Parts of the page">{buttons}</div>'
        '<button type="button" class="plain" data-open="collection" aria-expanded="false" '
        'aria-controls="collection">Conversations and filters</button></header>'
    )


def _button(tab: Tab, *, selected: bool) -> str:
    return (
        f'<button type="button" role="tab" id="to-{tab.name}" data-tab="{tab.name}" '
        f'aria-controls="tab-{tab.name}" aria-selected="{str(selected).lower()}" '
        f'tabindex="{0 if selected else -1}">{tab.label}</button>'
    )
