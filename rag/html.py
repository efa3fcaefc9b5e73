"""HTML from templates, in which everything that is shown is escaped.

Templates stand beside the code that uses them and are named by their path in the package, such as
``app/web/source/panel.html``.
"""

from __future__ import annotations

import base64
import hashlib
import html
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from rag.language.translation import translate, translate_number, written

if TYPE_CHECKING:
    from jinja2 import Environment
    from markupsafe import Markup


def render(template: str, /, **values: object) -> Markup:
    """The HTML of a template; a value that it uses and that is not given is an error."""
    from markupsafe import Markup

    # Templates escape what they are given.
    return Markup(_environment().get_template(template).render(values))  # noqa: S704


def escape(value: object) -> Markup:
    """The value as HTML character data, also inside quoted attributes; HTML stays as it is.

    Carriage returns become references, because a browser would turn them into line feeds.
    """
    from markupsafe import Markup

    if isinstance(value, Markup):
        return value
    return Markup(html.escape(str(value)).replace("\r", "&#13;"))  # noqa: S704


def source_hash(content: str) -> str:
    """What a Content-Security-Policy allows just this style or script by: ``'sha256-…'``."""
    digest = hashlib.sha256(content.encode("utf-8")).digest()
    return f"'sha256-{base64.b64encode(digest).decode('ascii')}'"


def one_line(text: str) -> str:
    """The text with each run of white space as one space."""
    return " ".join(text.split())


def count(number: int, noun: str) -> str:
    """A number with its noun, in the plural unless it is one: ``1,240 documents``."""
    plural = f"{noun[:-1]}ies" if noun.endswith("ry") else f"{noun}s"
    return f"{number:,} {noun if number == 1 else plural}"


@cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined

    environment = Environment(
        loader=FileSystemLoader(Path(__file__).parent),
        autoescape=True,
        finalize=escape,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.filters.update(one_line=one_line, number=written)
    environment.globals.update(_=_message, n_=_number, p_=_in_context)
    return environment


# Messages in templates, as :mod:`rag.language.translation` has them: the message and what fills
# its gaps are escaped, except what is HTML.


def _message(message: str, /, **values: object) -> Markup:
    return _filled(translate(message), values)


def _number(one: str, many: str, number: int, /, **values: object) -> Markup:
    return _filled(translate_number(one, many, number), {"count": number, **values})


def _in_context(context: str, message: str, /, **values: object) -> Markup:
    return _filled(translate(message, context), values)


def _filled(translation: str, values: Mapping[str, object]) -> Markup:
    return escape(translation).format(**{name: written(each) for name, each in values.items()})
