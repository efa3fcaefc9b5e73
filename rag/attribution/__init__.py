"""Whose words is a sentence? Turns, quotations, reported speech and metadata, each with its how.

In this order:

1. the turn of a transcript, or the speaker in the metadata of a speech, has every sentence
   (``document.py``); whom that one quotes or reports is found
2. section by section (``section.py``, ``paragraphs.py``): first where quotations begin and end
   (``quotation_marks.py``), then in the words around them
3. cues: verbs of saying with their subject and what is said, by the grammar of the sentences that
   may have any (``may_tell.py``): who says (``verb_speakers.py``, ``subjects.py``), what is said
   (``complements.py``), and both together (``cues.py``, ``phrases.py``); the parser is in
   ``rag/models/parser.py``;
4. whom a subject means, a name in full or "he" (``speakers.py``, ``people.py``);
5. whose the quotations are, by the cues beside them (``quotation_speakers.py``).

In other languages than English quotations are given to whoever stands beside them
(``other_languages.py``).

Steps 2 to 5 are taken at ingestion, and what they find is kept with the document
(``Document.statements``); ``listing.py`` adds the speakers' own words, and ``identity.py`` says
which speakers of several documents are one person. Without the parser's model only turns and
metadata tell who speaks.

>>> from rag.schema import Document, Metadata
>>> text = "“We are working on it,” said Michael Kozak. The talks began in March."
>>> found = attributions(Document("d0c", "news.txt", text, Metadata(), "text/plain"))
>>> found.of(0, 43).speaker
'Michael Kozak'
>>> found.of(44, 69) is None
True

One person's words never go under another's name: where the text is not clear, they are nobody's.
"""

from rag.attribution.document import (
    Attributions,
    attributions,
    find_statements,
    with_statements,
)
from rag.attribution.listing import all_statements
from rag.attribution.records import Attributed

__all__ = [
    "Attributed",
    "Attributions",
    "all_statements",
    "attributions",
    "find_statements",
    "with_statements",
]
