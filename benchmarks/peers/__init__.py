"""Other ways to read text from images, each in a small file."""
