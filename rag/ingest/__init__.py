"""Files, folders, archives, uploads and addresses into the index.

Files are read in processes of their own (``worker.py``), which may crash, hang or grow without
harm; what comes of them is embedded in batches, and every document is published whole. An ingestion
that is stopped at any moment, even by a power cut, is finished by the next one.

``pipeline.py`` has what others call, ``records.py`` what it tells them. Nothing is imported here,
because a process that reads files needs but a little of it.
"""
