"""What a sentence claims, taken apart: its words, figures, names, negations, roles."""
