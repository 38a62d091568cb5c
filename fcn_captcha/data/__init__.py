"""Labelled images: where they come from, what they say, which part each belongs to, and the network's input."""
