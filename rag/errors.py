"""Everything that Footnote raises on purpose.

::

    RagError                    an error the user can act on
    ├── SettingsError           a setting is missing, unknown or out of range
    ├── ReadingError            a file could not be read; the others go on
    │   ├── UnsupportedFormat   no reader for this type of file
    │   ├── EmptyDocument       read, but there is no text in it
    │   ├── DamagedFile         truncated, encrypted, or not what its name says
    │   ├── LimitExceeded       larger, longer or deeper nested than a setting allows
    │   ├── ReaderFailed        the process that read the file crashed, or took too long
    │   └── AddressRefused      a URL that may not be fetched, or did not answer as it should
    ├── SourceNotFound          a path given to ``rag ingest`` or ``rag remove`` is not there
    ├── IndexProblem            something about the index as a whole
    │   ├── IndexMissing        there is no index in this folder
    │   ├── IndexMismatch       built with another model or other passage settings
    │   ├── IndexBusy           another process is writing to it
    │   └── BackupProblem       a backup cannot be written, or is damaged
    ├── TookTooLong             a request was not done in the time that a setting allows
    ├── QueryError              a filter or a query that cannot be understood
    ├── ExportUnreadable        a file is no export, or its record is damaged
    ├── GenerationError         the language model gave no answer that can be shown
    │   ├── ModelUnavailable    no server, a wrong key, no such model, or the server failed
    │   ├── ModelStalled        it waited longer for a word than a setting allows
    │   └── NothingSupported    it replied, but no sentence is borne out by the passages
    └── GoldError               a gold file is missing or a line of it is wrong

Every message is one line that says what is wrong, where, and what to do next; the command line
prints it as it is and exits with 1.
"""

__all__ = [
    "AddressRefused",
    "BackupProblem",
    "DamagedFile",
    "EmptyDocument",
    "ExportUnreadable",
    "GenerationError",
    "GoldError",
    "IndexBusy",
    "IndexMismatch",
    "IndexMissing",
    "IndexProblem",
    "LimitExceeded",
    "ModelStalled",
    "ModelUnavailable",
    "NothingSupported",
    "QueryError",
    "RagError",
    "ReaderFailed",
    "ReadingError",
    "SettingsError",
    "SourceNotFound",
    "TookTooLong",
    "UnsupportedFormat",
]


class RagError(Exception):
    """Base of all errors that are meant to be shown to the user as they are."""


class SettingsError(RagError):
    """A setting is missing, unknown or out of range."""


class ReadingError(RagError):
    """One file could not be read; ingestion names it and goes on."""


class UnsupportedFormat(ReadingError):
    """No reader is registered for this type of file."""


class EmptyDocument(ReadingError):
    """The file was read, but there is no text in it."""


class DamagedFile(ReadingError):
    """The file is truncated, encrypted, or not what its name says."""


class LimitExceeded(ReadingError):
    """The file is larger, longer or deeper nested than a setting allows; the message names it."""


class ReaderFailed(ReadingError):
    """The process that read the file crashed, ran out of memory, or took too long."""


class AddressRefused(ReadingError):
    """A URL may not be fetched, or what answered is not what may be read."""


class SourceNotFound(RagError):
    """A path or source that was named does not exist."""


class IndexProblem(RagError):
    """Something is wrong with the index as a whole."""


class IndexMissing(IndexProblem):
    """There is no index in the folder that was named."""


class IndexMismatch(IndexProblem):
    """The index was built with another model or other passage settings."""


class IndexBusy(IndexProblem):
    """Another process is writing to the index."""


class BackupProblem(IndexProblem):
    """A backup cannot be written, or is not a whole one."""


class TookTooLong(RagError):
    """A request was not done in the time that a setting allows, and was given up."""


class QueryError(RagError):
    """A query or filter cannot be understood."""


class ExportUnreadable(RagError):
    """A file is no export of this program, or its record is damaged."""


class GenerationError(RagError):
    """The language model gave no answer that can be shown; the extractive one takes its place."""


class ModelUnavailable(GenerationError):
    """No server answered, or it refused the key or the model, or it failed on the way."""


class ModelStalled(GenerationError):
    """The server sent no word for longer than a setting allows."""


class NothingSupported(GenerationError):
    """The model replied, but the passages bear out no sentence of it."""


class GoldError(RagError):
    """A gold file is missing, or one of its lines is wrong."""
