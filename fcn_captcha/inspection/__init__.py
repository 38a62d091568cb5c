"""What a network sees: the reach of its cells, and which strokes make it answer as it does."""
