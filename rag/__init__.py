"""Footnote: answers from collections of reports, with the exact sentences they rest on."""

__all__ = ["__version__"]

__version__ = "0.1.0"
