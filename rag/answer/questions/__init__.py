"""What the form of an English question tells: clauses, names, countries, whose words it wants."""
