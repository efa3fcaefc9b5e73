"""How good are the answers? Gold questions, measures, and the run over them.

``gold.py`` reads the questions and ``run.py`` asks them; ``measures.py`` and ``failures.py`` judge
an answer, ``summary.py`` all of them, and ``comparison.py`` two runs.
"""
