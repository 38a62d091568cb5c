"""Read distorted text images with a fully convolutional network of centre maps.

The two names most people need::

    from fcn_captcha import Reader
    Reader.load("runs/first").read("image.png").text

    from fcn_captcha.training import train
    train(data="FOLDER", out="runs/first", minutes=10)

Importing the package imports nothing heavy: Keras is loaded when a network is.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fcn_captcha.reader import Reader

__all__ = ["Reader", "__version__"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name == "Reader":
        from fcn_captcha.reader import Reader

        return Reader
    raise AttributeError(f"module 'fcn_captcha' has no attribute {name!r}")
