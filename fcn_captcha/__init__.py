"""Read distorted text images with a fully convolutional network of centre maps.

The two names most people need::

    from fcn_captcha import Reader, train

    train(data="FOLDER", out="runs/first", minutes=10)
    Reader.load("runs/first").read("image.png").text

Importing the package imports nothing heavy: Keras is loaded when a network is.
"""

import sys
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from fcn_captcha.reading.reader import Reader
    from fcn_captcha.select import select
    from fcn_captcha.train import train

__all__ = ["Reader", "__version__", "select", "train"]
__version__ = "0.1.0"


def __getattr__(name: str) -> object:
    if name == "Reader":
        from fcn_captcha.reading.reader import Reader

        return Reader
    if name == "train":
        from fcn_captcha.train import train

        return train
    if name == "select":
        from fcn_captcha.select import select

        return select
    raise AttributeError(f"module 'fcn_captcha' has no attribute {name!r}")


class _Package(ModuleType):
    """Keeps ``train`` and ``select`` functions: importing such a command, a module, would put the module there."""

    def __setattr__(self, name: str, value: object) -> None:
        if not (name in ("train", "select") and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
