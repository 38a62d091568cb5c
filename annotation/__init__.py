"""A page for placing and checking the centres of characters, and what it is made of."""
