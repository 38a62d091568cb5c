"""What a network sees: receptive fields in theory, by impulse, and as trained."""
