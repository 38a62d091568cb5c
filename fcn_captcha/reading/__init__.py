"""Files to readings."""
