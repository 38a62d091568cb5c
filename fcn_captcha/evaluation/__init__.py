"""How good readings are, which decoding options are best, and what it means."""
