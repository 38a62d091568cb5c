"""The kinds of fault that a user meets; all are ``ValueError``s."""


class DataError(ValueError):
    """An image, label or folder that can't be used; the message names the file, the rule and the value."""


class ImageTooLargeError(DataError):
    """An image with more pixels than can be read."""


class ModelFileError(ValueError):
    """A file that is no model, or one that this version can't read; the message names it."""
