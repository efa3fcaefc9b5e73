"""The Citation lookup tab: whether quotations of a text stand in the reports."""
