"""What is known about a document: properties, front pages, file names, sidecars."""
