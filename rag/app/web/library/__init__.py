"""The Library tab: the documents of the collection, and adding, correcting and removing them."""
