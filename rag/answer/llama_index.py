"""The retrieval as a LlamaIndex retriever, for query engines of that ecosystem."""

from __future__ import annotations

from collections.abc import Sequence

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from rag.answer.records import Query
from rag.answer.retrieve import Retriever
from rag.schema import Condition, Hit
from rag.store import Store


class FootnoteRetriever(BaseRetriever):
    """Retrieves the passages that bear on a query from an index.

    A node's id is the passage id, its metadata what a citation needs; ``start_char_idx`` and
    ``end_char_idx`` are the exact offsets in the document.
    """

    def __init__(self, index: Store, *, count: int = 10, where: Sequence[Condition] = ()) -> None:
        super().__init__()
        self._retriever = Retriever(index)
        self._count = count
        self._where = tuple(where)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        query = Query.of(query_bundle.query_str)
        hits = self._retriever.search(query, self._where, count=self._count)
        return [NodeWithScore(node=_node(hit), score=hit.score) for hit in hits]


def _node(hit: Hit) -> TextNode:
    passage = hit.passage
    metadata = {
        **{name: getattr(hit.metadata, name) for name in ("title", "publisher", "date")},
        "source": hit.source,
        "document_id": passage.document_id,
        "section": passage.section,
        "speaker": passage.speaker,
        "page": passage.page_start,
    }
    return TextNode(
        id_=passage.id,
        text=passage.text,
        metadata=metadata,
        start_char_idx=passage.start,
        end_char_idx=passage.end,
        # The model reads the passage and where it is from, not our bookkeeping.
        excluded_llm_metadata_keys=["document_id"],
    )
