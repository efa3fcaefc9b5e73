"""Keeping a folder store sound: check, repair, back up, restore."""
