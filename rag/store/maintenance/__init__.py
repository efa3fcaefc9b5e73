"""Back up, check, rebuild, repair and restore an index."""
