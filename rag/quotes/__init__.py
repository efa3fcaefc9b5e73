"""Is this quotation there, where, and if not, what differs?

A lookup (``lookup.py``) passes: the quotation's words and gaps (``quotation.py``, as the tokens of
``normal_form.py``); the documents that can hold them (``fingerprint.py``); the exact places
(``places.py``); and if there is none, the places that come close (``near.py``) with what differs
there (``alignment.py``, ``word_table.py``). ``drafts.py`` does so for every quotation of a draft.
"""
