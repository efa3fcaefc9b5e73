"""What people do with the documents of an index while it is being asked."""

from rag.app.library.adding import Adding
from rag.app.library.jobs import FileStatus, JobStatus
from rag.app.library.library import EDITABLE, Library

__all__ = ["EDITABLE", "Adding", "FileStatus", "JobStatus", "Library"]
