"""Footnote: answers from collections of reports, with the exact sentences they rest on.

::

    from rag import add_documents, load_settings, open_chatbot

    settings = load_settings(index="my-index")
    chatbot = open_chatbot(settings, create=True)
    add_documents(chatbot.index, ["reports"])
    *_, answer = chatbot.ask("How many political prisoners were there in Azerbaijan?")
    print(answer.text)

What is listed in ``__all__`` is the public interface; everything else may change. A name is
imported when it is first asked for, so ``import rag`` itself is cheap.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from rag.answer import Chatbot, Parts, open_chatbot, parse_condition
    from rag.answer.decide import Fitted
    from rag.answer.records import Query, Retrieved, Side
    from rag.cite.answers import NOT_ANSWERED, Answer, Listing, Message, Statement
    from rag.cite.references import Reference, Run, reference
    from rag.cite.styles import Style
    from rag.errors import (
        AddressRefused,
        BackupProblem,
        DamagedFile,
        EmptyDocument,
        ExportUnreadable,
        GenerationError,
        GoldError,
        IndexBusy,
        IndexMismatch,
        IndexMissing,
        IndexProblem,
        LimitExceeded,
        ModelStalled,
        ModelUnavailable,
        NothingSupported,
        QueryError,
        RagError,
        ReaderFailed,
        ReadingError,
        SettingsError,
        SourceNotFound,
        TookTooLong,
        UnsupportedFormat,
    )
    from rag.evaluation.gold import GoldEvidence, GoldQuestion, GoldTurn, read_gold
    from rag.evaluation.measures import Scores
    from rag.evaluation.run import evaluate
    from rag.evaluation.summary import summarise
    from rag.ingest.pipeline import ingest as add_documents
    from rag.ingest.pipeline import remove as remove_documents
    from rag.ingest.records import (
        Failure,
        FileReport,
        Ingestion,
        IngestionStopped,
        Item,
        Progress,
        Upload,
    )
    from rag.models.bundle import Models
    from rag.models.cross_encoder.model import CrossEncoder, PassageText
    from rag.models.embedding import Embedding, TokenEmbedding, TokenVectors, open_embedding
    from rag.models.inference.model_cache import Options
    from rag.models.registry import ModelEntry
    from rag.quotes.drafts import CheckedQuotation, check_draft
    from rag.quotes.lookup import check_quotation
    from rag.quotes.records import Difference, Match, Verification
    from rag.readers import Limits, ReaderEntry
    from rag.readers.passages import Cutting, PassageSize, cut_passages, passage_context
    from rag.schema import (
        Aside,
        AttributedStatement,
        Carried,
        Citation,
        Condition,
        Document,
        DocumentInfo,
        Evidence,
        Heading,
        Hit,
        Metadata,
        Page,
        Passage,
        Reading,
        Speaker,
        Table,
        Turn,
    )
    from rag.settings import Settings, load_settings
    from rag.store import (
        Entry,
        Found,
        FoundPeople,
        FoundStatements,
        Index,
        ListedStatement,
        MadeByHand,
        MetadataLayers,
        PeopleWriter,
        Person,
        PersonForm,
        Search,
        Source,
        StatementFilter,
        StatementStore,
        Store,
        Writer,
        analyse,
        content_terms,
    )

__version__ = "0.1.0"

__all__ = [  # noqa: RUF022 - grouped by what they are for
    "__version__",
    # Settings
    "Settings",
    "load_settings",
    # Questions and answers
    "Chatbot",
    "open_chatbot",
    "Message",
    "Carried",
    "Condition",
    "parse_condition",
    "Answer",
    "Listing",
    "Statement",
    "Citation",
    "Hit",
    "Evidence",
    "NOT_ANSWERED",
    # The stages of an answer, to measure them or to leave one out
    "Parts",
    "Query",
    "Side",
    "Retrieved",
    "Fitted",
    # Documents
    "add_documents",
    "remove_documents",
    "Item",
    "Upload",
    "Ingestion",
    "IngestionStopped",
    "Failure",
    "FileReport",
    "Progress",
    "Document",
    "DocumentInfo",
    "Metadata",
    "Passage",
    "Page",
    "Heading",
    "AttributedStatement",
    "Speaker",
    "Table",
    "Turn",
    "Aside",
    # Quotations: do they stand in the documents, and where?
    "check_quotation",
    "check_draft",
    "Verification",
    "CheckedQuotation",
    "Match",
    "Difference",
    # References in a citation style
    "reference",
    "Reference",
    "Run",
    "Style",
    # Evaluation with questions whose evidence is known
    "read_gold",
    "evaluate",
    "summarise",
    "GoldQuestion",
    "GoldEvidence",
    "GoldTurn",
    "Scores",
    # Storage
    "Store",
    "Search",
    "Writer",
    "Index",
    "Found",
    "MetadataLayers",
    "Source",
    "Entry",
    # Who said what
    "StatementStore",
    "PeopleWriter",
    "StatementFilter",
    "FoundStatements",
    "ListedStatement",
    "FoundPeople",
    "Person",
    "PersonForm",
    "MadeByHand",
    # Passages
    "Cutting",
    "PassageSize",
    "cut_passages",
    "passage_context",
    "analyse",
    "content_terms",
    # Models
    "Models",
    "Embedding",
    "TokenEmbedding",
    "TokenVectors",
    "open_embedding",
    "CrossEncoder",
    "PassageText",
    "Options",
    # What other packages may add
    "ReaderEntry",
    "Reading",
    "Limits",
    "ModelEntry",
    # Errors: all of them, below RagError
    "RagError",
    "SettingsError",
    "ReadingError",
    "UnsupportedFormat",
    "EmptyDocument",
    "DamagedFile",
    "LimitExceeded",
    "ReaderFailed",
    "AddressRefused",
    "SourceNotFound",
    "IndexProblem",
    "IndexMissing",
    "IndexMismatch",
    "IndexBusy",
    "BackupProblem",
    "TookTooLong",
    "QueryError",
    "ExportUnreadable",
    "GenerationError",
    "ModelUnavailable",
    "ModelStalled",
    "NothingSupported",
    "GoldError",
]

# Where the names are imported from at run time; what is not here is an error of rag.errors.
_HOMES: Final = {
    "rag.answer": "Chatbot Parts open_chatbot parse_condition",
    "rag.answer.decide": "Fitted",
    "rag.answer.records": "Query Retrieved Side",
    "rag.cite.answers": "NOT_ANSWERED Answer Listing Message Statement",
    "rag.cite.references": "Reference Run reference",
    "rag.cite.styles": "Style",
    "rag.evaluation.gold": "GoldEvidence GoldQuestion GoldTurn read_gold",
    "rag.evaluation.measures": "Scores",
    "rag.evaluation.run": "evaluate",
    "rag.evaluation.summary": "summarise",
    "rag.ingest.records": "Failure FileReport Ingestion IngestionStopped Item Progress Upload",
    "rag.models.bundle": "Models",
    "rag.models.cross_encoder.model": "CrossEncoder PassageText",
    "rag.models.embedding": "Embedding TokenEmbedding TokenVectors open_embedding",
    "rag.models.inference.model_cache": "Options",
    "rag.models.registry": "ModelEntry",
    "rag.quotes.drafts": "CheckedQuotation check_draft",
    "rag.quotes.lookup": "check_quotation",
    "rag.quotes.records": "Difference Match Verification",
    "rag.readers": "Limits ReaderEntry",
    "rag.readers.passages": "Cutting PassageSize cut_passages passage_context",
    "rag.schema": (
        "Aside AttributedStatement Carried Citation Condition Document DocumentInfo Evidence "
        "Heading Hit Metadata Page Passage Reading Speaker Table Turn"
    ),
    "rag.settings": "Settings load_settings",
    "rag.store": (
        "Entry Found FoundPeople FoundStatements Index ListedStatement MadeByHand MetadataLayers "
        "PeopleWriter Person PersonForm Search Source StatementFilter StatementStore Store Writer "
        "analyse content_terms"
    ),
}
_HOME: Final = {name: home for home, names in _HOMES.items() for name in names.split()}
# "rag.ingest" is a package already, so its function cannot have that name here.
_ALIASES: Final = {
    "add_documents": ("rag.ingest.pipeline", "ingest"),
    "remove_documents": ("rag.ingest.pipeline", "remove"),
}

if not TYPE_CHECKING:  # for which every name above is there already

    def __getattr__(name: str) -> object:
        if name not in __all__:
            raise AttributeError(f"module 'rag' has no attribute {name!r}")
        home, inside = _ALIASES.get(name, (_HOME.get(name, "rag.errors"), name))
        found = getattr(import_module(home), inside)
        globals()[name] = found
        return found

    def __dir__() -> list[str]:
        return sorted({*globals(), *__all__})
