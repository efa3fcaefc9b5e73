"""What people do with the documents of an index while it is being asked."""

from rag.library.adding import Adding
from rag.library.jobs import FileStatus, JobStatus
from rag.library.library import EDITABLE, Library

__all__ = ["EDITABLE", "Adding", "FileStatus", "JobStatus", "Library"]
