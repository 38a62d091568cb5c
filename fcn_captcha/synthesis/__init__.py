"""Generators: functions that draw a labelled image, one file each.

A generator takes a ``numpy.random.Generator`` and returns a :class:`~fcn_captcha.samples.Sample`,
with centres if it knows them. It is named ``plain``, or ``my_package.my_module:make``.
"""

from collections.abc import Callable, Iterator
from importlib import import_module

import numpy as np

from fcn_captcha.samples import Sample

Generator = Callable[[np.random.Generator], Sample]

NAMES = ("plain",)


def find_generator(name: str) -> Generator:
    """The generator of that name. Raises ``ValueError``, naming it, where there is none."""
    module_name, _, function = name.partition(":")
    if not function:
        if name not in NAMES:
            raise ValueError(f"generator: one of {', '.join(NAMES)} or package.module:function is needed, got {name!r}")
        module_name, function = f"fcn_captcha.synthesis.{name}", "make"
    try:
        make = getattr(import_module(module_name), function)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"generator: {name!r} can't be imported: {error}") from error
    if not callable(make):
        raise ValueError(f"generator: {name!r} must be a function, got {type(make).__name__}")
    return make  # type: ignore[no-any-return]


def stream(make: Generator, seed: int) -> Iterator[Sample]:
    """An endless stream; the same seed gives the same images, whatever is drawn elsewhere."""
    rng = np.random.default_rng(seed)
    while True:
        yield make(rng)
