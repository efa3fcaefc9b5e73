"""Office documents to readings: Word, PowerPoint, OpenDocument, RTF."""
