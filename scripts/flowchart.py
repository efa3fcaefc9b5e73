"""Draw a small Mermaid flowchart as SVG, so that the site shows it without a network or JavaScript.

Understood is what ``docs/architecture.md`` needs: ``accTitle``, subgraphs whose nodes
``name["Title<br>explanation"]`` stand below one another, and arrows ``a --> b`` between any nodes.
Each subgraph becomes a column. The colours are those of the page around the picture.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import escape

__all__ = ["FlowchartError", "draw", "with_drawings"]

_BLOCK = re.compile(r"^```mermaid\n(.*?)^```$", re.DOTALL | re.MULTILINE)
_IGNORED = re.compile(r"(flowchart|direction) [A-Z]{2}|end|%%.*|")
_TITLE = re.compile(r"accTitle: (.+)")
_SUBGRAPH = re.compile(r'subgraph (\w+)\["(.+)"\]')
_NODE = re.compile(r'(\w+)\["(.+)"\]')
_ARROW = re.compile(r"(\w+) --> (\w+)")

_WIDTH, _HEIGHT, _ROW = 230, 52, 80
_COLUMN, _LEFT, _TOP, _MARGIN = 310, 16, 56, 24
"""Pixels: a box, from row to row, from column to column, before the first, and around boxes."""


class FlowchartError(ValueError):
    """A line of a flowchart cannot be drawn; the message has the line."""


@dataclass(slots=True)
class _Chart:
    title: str = ""
    columns: dict[str, list[str]] = field(default_factory=dict)
    labels: dict[str, list[str]] = field(default_factory=dict)
    arrows: list[tuple[str, str]] = field(default_factory=list)


def with_drawings(page: str) -> str:
    """A page of Markdown with its Mermaid blocks as SVG, in blocks of raw HTML as MyST has them.

    Raises:
        FlowchartError: a line of a block cannot be drawn.
    """
    return _BLOCK.sub(lambda found: f"```{{raw}} html\n{draw(found[1])}\n```", page)


def draw(text: str) -> str:
    """One flowchart as an ``svg`` element.

    Raises:
        FlowchartError: a line cannot be drawn, or an arrow names no node.
    """
    chart = _parsed(text)
    rows = max(len(names) for names in chart.columns.values())
    boxes: dict[str, tuple[int, int]] = {}
    parts: list[str] = []
    for at, (heading, names) in enumerate(chart.columns.items()):
        x = _LEFT + at * _COLUMN
        parts.append(_column(heading, x - _LEFT // 2, rows))
        first = _TOP + (rows - len(names)) * _ROW // 2  # shorter columns stand in the middle
        boxes.update({name: (x, first + row * _ROW) for row, name in enumerate(names)})
    for start, end in chart.arrows:
        if missing := {start, end} - boxes.keys():
            raise FlowchartError(f"an arrow names no node: {', '.join(sorted(missing))}")
        parts.append(_arrow(boxes[start], boxes[end]))
    parts += [_box(*place, chart.labels[name]) for name, place in boxes.items()]
    width = (len(chart.columns) - 1) * _COLUMN + _WIDTH + 2 * _LEFT
    height = _TOP + rows * _ROW
    return (
        f'<svg role="img" viewBox="0 0 {width} {height}" xmlns="http://www.w3.org/2000/svg" '
        'font-family="inherit" fill="currentColor" stroke="none" style="max-width:100%">'
        f"<title>{escape(chart.title)}</title>"
        '<defs><marker id="arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" '
        'markerHeight="8" orient="auto"><path d="M0 0 L8 4 L0 8 z"/></marker></defs>'
        f"{''.join(parts)}</svg>"
    )


def _parsed(text: str) -> _Chart:
    chart = _Chart()
    column: list[str] = []
    for line in map(str.strip, text.splitlines()):
        if found := _SUBGRAPH.fullmatch(line):
            column = chart.columns.setdefault(found[2], [])
        elif found := _NODE.fullmatch(line):
            column.append(found[1])
            chart.labels[found[1]] = found[2].split("<br>")
        elif found := _ARROW.fullmatch(line):
            chart.arrows.append((found[1], found[2]))
        elif found := _TITLE.fullmatch(line):
            chart.title = found[1]
        elif not _IGNORED.fullmatch(line):
            raise FlowchartError(f"this line of a flowchart cannot be drawn: {line}")
    if not any(chart.columns.values()):
        raise FlowchartError("a flowchart needs a subgraph with nodes")
    return chart


def _column(heading: str, x: int, rows: int) -> str:
    return (
        f'<rect x="{x}" y="4" width="{_WIDTH + _LEFT}" height="{_TOP + rows * _ROW - 12}" rx="8" '
        'fill-opacity=".05"/>'
        f'<text x="{x + (_WIDTH + _LEFT) // 2}" y="{_TOP - 24}" text-anchor="middle" '
        f'font-size="15" font-weight="600">{escape(heading)}</text>'
    )


def _box(x: int, y: int, lines: list[str]) -> str:
    middle = x + _WIDTH // 2
    texts = "".join(
        f'<text x="{middle}" y="{y + (22 if len(lines) > 1 else 31) + 18 * at}" '
        f'text-anchor="middle" font-size="{12 if at else 14}" '
        f'font-weight="{400 if at else 600}">{escape(line)}</text>'
        for at, line in enumerate(lines)
    )
    return (
        f'<rect x="{x}" y="{y}" width="{_WIDTH}" height="{_HEIGHT}" rx="6" stroke="currentColor" '
        'stroke-opacity=".5" fill="var(--color-background-primary, #fff)"/>' + texts
    )


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    """Down within a column; from side to side between columns."""
    (x1, y1), (x2, y2) = start, end
    middle = _HEIGHT // 2
    if x1 == x2:
        x = x1 + _WIDTH // 2
        path = f"M{x} {y1 + _HEIGHT} L{x} {y2 - 2}"
    else:
        left, right = (x1 + _WIDTH, x2 - 2) if x1 < x2 else (x1, x2 + _WIDTH + 2)
        bend = (left + right) // 2
        path = f"M{left} {y1 + middle} C{bend} {y1 + middle} {bend} {y2 + middle} {right} "
        path += f"{y2 + middle}"
    return (
        f'<path d="{path}" fill="none" stroke="currentColor" stroke-opacity=".6" '
        'marker-end="url(#arrow)"/>'
    )
