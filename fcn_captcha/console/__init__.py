"""What a person meets at the terminal: flags, progress, ranges."""
