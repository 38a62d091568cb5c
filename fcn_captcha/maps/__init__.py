"""Strings, centres and centre maps, and the ways between them. NumPy and SciPy only."""
