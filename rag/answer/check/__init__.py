"""Checks a generated sentence against what it cites: quotations, figures, dates and names."""
