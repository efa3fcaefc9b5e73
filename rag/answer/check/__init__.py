"""What a sentence claims that can be looked up: its figures, dates and names."""
