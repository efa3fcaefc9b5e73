"""What other installed packages add to this one, by the entry points of their metadata."""

from __future__ import annotations

import logging
from functools import cache
from typing import TypeVar

READERS = "footnote_rag.readers"
"""The group of entry points that lead to a :class:`rag.readers.registry.ReaderEntry`."""
MODELS = "footnote_rag.models"
"""The group of entry points that lead to a :class:`rag.models.registry.ModelEntry`."""

log = logging.getLogger(__name__)

Entry = TypeVar("Entry")


@cache
def installed(group: str, kind: type[Entry]) -> tuple[Entry, ...]:
    """The objects that installed packages name in ``group``, in the order of their names.

    Each must be a ``kind``. One that cannot be imported, or is something else, is logged and left
    out, so that a broken extension does not stop the program.
    """
    from importlib.metadata import entry_points  # slow to import, for every process that reads

    found = []
    for point in sorted(entry_points(group=group)):
        try:
            entry = point.load()
        except Exception as error:  # whatever a module of somebody else raises on import
            problem = f"{type(error).__name__}: {error}"
        else:
            if isinstance(entry, kind):
                found.append(entry)
                continue
            problem = f"{point.value} is no {kind.__name__}"
        package = point.dist.name if point.dist else "a package"
        log.warning(
            "%s adds %r to %s, which cannot be used (%s): update %s, or uninstall it",
            package, point.name, group, problem, package,
        )  # fmt: skip
    return tuple(found)
