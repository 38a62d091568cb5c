"""From images and their strings to a network."""
