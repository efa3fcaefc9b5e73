"""Colours and type of the page."""

from __future__ import annotations

from urllib.parse import quote

import gradio as gr

_SANS = ("system-ui", "-apple-system", "Segoe UI", "Roboto", "Helvetica Neue", "sans-serif")
_MONO = ("ui-monospace", "SFMono-Regular", "Menlo", "Consolas", "monospace")

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" '
    'rx="7" fill="#0b5d7a"/><text x="7" y="25" font-family="Georgia,serif" font-size="22" '
    'fill="#fff">F</text><text x="20" y="16" font-family="Georgia,serif" font-size="13" '
    'fill="#fff">1</text></svg>'
)

HEAD = (
    f'<link rel="icon" href="data:image/svg+xml,{quote(FAVICON)}">'
    '<meta name="color-scheme" content="light dark">'
    '<meta name="robots" content="noindex">'
)


_COLOURS = {
    "body_background_fill": ("#ffffff", "#16181b"),
    "body_text_color": ("#1d2125", "#e6e8ea"),
    "body_text_color_subdued": ("#5a626b", "#a3abb3"),
    "background_fill_primary": ("#ffffff", "#16181b"),
    "background_fill_secondary": ("#f6f7f8", "#1d2024"),
    "border_color_primary": ("#dcdfe3", "#343a40"),
    "border_color_accent": ("#0b5d7a", "#7cc4de"),
    "input_background_fill": ("#ffffff", "#1d2024"),
    "input_border_color": ("#8a929a", "#6b737b"),
    "input_border_color_focus": ("#0b5d7a", "#7cc4de"),
    "input_placeholder_color": ("#69717a", "#9aa2aa"),
    "block_background_fill": ("transparent", "transparent"),
    "block_label_text_color": ("#5a626b", "#a3abb3"),
    "block_title_text_color": ("#3c434a", "#c5cbd1"),
    "button_primary_background_fill": ("#0b5d7a", "#7cc4de"),
    "button_primary_background_fill_hover": ("#084a62", "#9bd3e7"),
    "button_primary_text_color": ("#ffffff", "#0c1a20"),
    "link_text_color": ("#0b5d7a", "#7cc4de"),
    "link_text_color_hover": ("#084a62", "#9bd3e7"),
    "link_text_color_active": ("#0b5d7a", "#7cc4de"),
    "link_text_color_visited": ("#0b5d7a", "#7cc4de"),
}
"""Gradio's names of colours: light and dark."""


def theme() -> gr.themes.Base:
    """Gradio's plainest theme with the page's colours; ``page.css`` names the same ones."""
    plain = gr.themes.Base(
        primary_hue=gr.themes.colors.cyan,
        neutral_hue=gr.themes.colors.zinc,
        radius_size=gr.themes.sizes.radius_sm,
        font=_SANS,
        font_mono=_MONO,
    )
    light = {name: colours[0] for name, colours in _COLOURS.items()}
    dark = {f"{name}_dark": colours[1] for name, colours in _COLOURS.items()}
    return plain.set(color_accent="#0b5d7a", block_border_width="0px", **light, **dark)
