"""A local page for placing and checking the centres of characters: ``python -m annotation FOLDER``."""
