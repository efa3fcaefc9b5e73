"""Who may do what: the one room that decides about access.

:mod:`middleware` stands in front of everything. It finds out who asks (:mod:`identity`), which role
they have in the collection that a path names (:mod:`policy`), and which one the path needs
(:mod:`needs`). What it has found out is a :class:`~rag.app.access.visit.Visit`, which routes look
up with :func:`~rag.app.access.visit.visit_of`.
"""
