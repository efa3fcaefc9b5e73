"""Whose words is a sentence? Turns, quotations, reported speech and metadata, each with its how.

>>> from rag.schema import Document, Metadata
>>> text = "“We are working on it,” said Michael Kozak. The talks began in March."
>>> found = attributions(Document("d0c", "news.txt", text, Metadata(), "text/plain"))
>>> found.of(0, 43).speaker
'Michael Kozak'
>>> found.of(44, 69) is None
True

One person's words never go under another's name: what is not told clearly is nobody's.
"""

from rag.attribution.document import Attributions, attributions
from rag.attribution.records import Attributed

__all__ = ["Attributed", "Attributions", "attributions"]
