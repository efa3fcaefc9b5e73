"""Questions: what they ask for, whom and what they name, and what they mean in a conversation.

Everything is read from the form of English sentences; no model is asked, and nothing is looked up
but the names of countries.
"""

from rag.questions.asked import Asked
from rag.questions.names import Known
from rag.questions.understanding import parts, understand
from rag.questions.words import one_line

__all__ = ["Asked", "Known", "one_line", "parts", "understand"]
