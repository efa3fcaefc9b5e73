"""The program and its peers behind one pair of verbs: take a folder in, and search it.

Each is used as its own documentation begins, with the same embedding model. LlamaIndex comes twice:
with its default chunks of 1024 tokens, of which the model reads the first 256, and with chunks that
the model reads whole. txtai and bm25s cut nothing; they get the latter chunks.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from rag.cite.answers import Message
from rag.models.registry import EMBEDDING

if TYPE_CHECKING:
    from llama_index.core.schema import BaseNode

__all__ = ["SYSTEMS", "Found", "System"]


@dataclass(frozen=True, slots=True)
class Found:
    """One hit: the file it is from, as a path below the corpus, and its text."""

    source: str
    text: str


class System(Protocol):
    """Something that searches files by meaning, by words, or by both."""

    def warm(self) -> None:
        """Load the model, so that this is not measured."""

    def ingest(self, corpus: Path, folder: Path) -> None:
        """Take all files of ``corpus`` in, and keep what is made of them in ``folder``."""

    def search(self, question: str, history: Sequence[Message], count: int, /) -> list[Found]:
        """The best hits, best first; only the program itself makes use of ``history``."""


class Footnote:
    """The program, with its default settings."""

    def __init__(self) -> None:
        from rag.models.embedding import open_embedding
        from rag.models.inference.model_cache import Options
        from rag.settings import load_settings

        self._load = load_settings
        self._embedding = open_embedding(EMBEDDING.name, Options.of(load_settings()))
        self._index: Any = None
        self._metadata: Any = None

    def warm(self) -> None:
        self._embedding.embed_passages(["warm"])
        self._embedding.embed_queries(["warm"])

    def ingest(self, corpus: Path, folder: Path) -> None:
        from rag.answer.retrieve import Retriever
        from rag.ingest.pipeline import ingest
        from rag.store import Index

        settings = self._load(index=folder)
        self._index = Index.open(settings, create=True)
        self._index.embedding = self._embedding
        self._retriever = Retriever(self._index)
        done = ingest(self._index, [corpus], settings=settings)
        assert not done.failed, done.failed

    def search(self, question: str, history: Sequence[Message], count: int) -> list[Found]:
        from rag.answer.understand import understand

        hits = self._retriever.search(understand(question, history), count=count)
        return [Found(hit.source, hit.passage.text) for hit in hits]


Sizes = tuple[int, int]
"""Tokens of a chunk, and of those that it shares with the one before."""

BY_DEFAULT: Sizes = (1024, 200)  # LlamaIndex's
READ_WHOLE: Sizes = (256, 20)  # as much as the model reads


def _chunks(corpus: Path, sizes: Sizes) -> list[BaseNode]:
    """The corpus as LlamaIndex reads and cuts it."""
    from llama_index.core import SimpleDirectoryReader
    from llama_index.core.node_parser import SentenceSplitter

    files = SimpleDirectoryReader(str(corpus), recursive=True).load_data()
    splitter = SentenceSplitter(chunk_size=sizes[0], chunk_overlap=sizes[1])
    return list(splitter.get_nodes_from_documents(files))


class LlamaIndex:
    """SentenceSplitter, HuggingFaceEmbedding, ChromaVectorStore and BM25, fused by rank."""

    def __init__(self, sizes: Sizes) -> None:
        from llama_index.embeddings.huggingface import HuggingFaceEmbedding

        self._sizes = sizes
        self._embedding = HuggingFaceEmbedding(model_name=str(EMBEDDING.folder(Path())))
        self._corpus = Path()
        self._index: Any = None
        self._lexical: Any = None
        self._retrievers: dict[int, Any] = {}

    def warm(self) -> None:
        self._embedding.get_text_embedding("warm")

    def ingest(self, corpus: Path, folder: Path) -> None:
        import chromadb
        import Stemmer
        from llama_index.core import StorageContext, VectorStoreIndex
        from llama_index.retrievers.bm25 import BM25Retriever
        from llama_index.vector_stores.chroma import ChromaVectorStore

        self._corpus = corpus
        nodes = _chunks(corpus, self._sizes)
        client = chromadb.PersistentClient(str(folder / "chroma"))
        store = ChromaVectorStore(chroma_collection=client.get_or_create_collection("peer"))
        self._index = VectorStoreIndex(
            nodes,
            storage_context=StorageContext.from_defaults(vector_store=store),
            embed_model=self._embedding,
        )
        self._lexical = BM25Retriever.from_defaults(
            nodes=nodes, stemmer=Stemmer.Stemmer("english"), similarity_top_k=10
        )
        self._lexical.persist(str(folder / "bm25"))

    def search(self, question: str, _: Sequence[Message], count: int) -> list[Found]:
        if count not in self._retrievers:
            from llama_index.core.llms import MockLLM
            from llama_index.core.retrievers import QueryFusionRetriever

            self._retrievers[count] = QueryFusionRetriever(
                [self._index.as_retriever(similarity_top_k=count), self._lexical],
                llm=MockLLM(),  # never asked: one query makes no others
                similarity_top_k=count,
                num_queries=1,
                mode="reciprocal_rerank",  # type: ignore[arg-type]
                use_async=False,
            )
        return [
            Found(_source(hit.node, self._corpus), hit.node.get_content())
            for hit in self._retrievers[count].retrieve(question)
        ]


class Txtai:
    """txtai's hybrid search, with the texts kept in its database."""

    def __init__(self) -> None:
        from txtai import Embeddings

        self._embeddings = Embeddings(path=str(EMBEDDING.folder(Path())), hybrid=True, content=True)
        self._sources: list[str] = []

    def warm(self) -> None:
        self._embeddings.transform("warm")

    def ingest(self, corpus: Path, folder: Path) -> None:
        nodes = _chunks(corpus, READ_WHOLE)
        self._sources = [_source(node, corpus) for node in nodes]
        self._embeddings.index(
            [(number, node.get_content(), None) for number, node in enumerate(nodes)]
        )
        self._embeddings.save(str(folder / "txtai"))

    def search(self, question: str, _: Sequence[Message], count: int) -> list[Found]:
        found = self._embeddings.search(question, count)
        return [Found(self._sources[int(each["id"])], each["text"]) for each in found]


class Bm25s:
    """bm25s alone: words without meanings."""

    def __init__(self) -> None:
        import bm25s
        import Stemmer

        self._bm25s = bm25s
        self._index = bm25s.BM25()
        self._stemmer = Stemmer.Stemmer("english")
        self._found: list[Found] = []

    def warm(self) -> None:
        pass

    def _tokens(self, texts: list[str]) -> Any:  # noqa: ANN401
        return self._bm25s.tokenize(
            texts, stopwords="en", stemmer=self._stemmer, show_progress=False
        )

    def ingest(self, corpus: Path, folder: Path) -> None:
        nodes = _chunks(corpus, READ_WHOLE)
        self._found = [Found(_source(node, corpus), node.get_content()) for node in nodes]
        self._index.index(self._tokens([each.text for each in self._found]), show_progress=False)
        self._index.save(str(folder / "bm25s"), corpus=[each.text for each in self._found])

    def search(self, question: str, _: Sequence[Message], count: int) -> list[Found]:
        numbers, _ = self._index.retrieve(
            self._tokens([question]), k=min(count, len(self._found)), show_progress=False
        )
        return [self._found[int(number)] for number in numbers[0]]


def _source(node: BaseNode, corpus: Path) -> str:
    return Path(node.metadata["file_path"]).resolve().relative_to(corpus.resolve()).as_posix()


SYSTEMS: dict[str, Callable[[], System]] = {
    "Footnote": Footnote,
    "LlamaIndex": lambda: LlamaIndex(BY_DEFAULT),
    "LlamaIndex, small chunks": lambda: LlamaIndex(READ_WHOLE),
    "txtai": Txtai,
    "bm25s": Bm25s,
}
