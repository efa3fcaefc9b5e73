"""English questions taken apart: the clause that asks, names, years, whose words are wanted."""
