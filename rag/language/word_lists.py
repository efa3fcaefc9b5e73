"""Lists of words, written as running text so that they can be read."""


def words(text: str) -> frozenset[str]:
    """The words in ``text``, which spaces separate."""
    return frozenset(text.split())


def listed(text: str) -> tuple[str, ...]:
    """The words in ``text`` in their order."""
    return tuple(text.split())
