"""Generators: functions that draw a labelled image, one file each.

A generator takes a ``numpy.random.Generator`` and returns a :class:`~fcn_captcha.data.samples.Sample`,
with centres if it knows them; or, without importing anything from here, a tuple of image, string
and optionally centres. It is named as in :data:`GENERATORS`, or ``my_package.my_module:make``. If
what bears that name is a class, its fields are the generator's options. Its attribute ``alphabet``,
a string, says which characters it draws; where there is none, they are guessed from its first images.
"""

import shlex
from collections.abc import Callable, Iterator
from dataclasses import dataclass, is_dataclass
from importlib import import_module
from typing import Any

import numpy as np

from fcn_captcha.console.options import find_types
from fcn_captcha.data.images import convert_array
from fcn_captcha.data.samples import Sample

Generator = Callable[[np.random.Generator], Sample]

GENERATORS = {
    "image-captcha": "fcn_captcha.synthesis.image_captcha:ImageCaptcha",
    "coalesced": "fcn_captcha.synthesis.coalesced:Coalesced",
    "colour": "fcn_captcha.synthesis.colour:Colour",
    "rippled": "fcn_captcha.synthesis.rippled:Rippled",
    "mixed": "fcn_captcha.synthesis.mixed:Mixed",
    "plain": "fcn_captcha.synthesis.plain:make",
}


def find_generator(name: str, options: str | dict[str, Any] | None = None) -> "Checked":
    """The generator of that name, with its options.

    Args:
        name: one of :data:`GENERATORS`, or ``package.module:function``.
        options: such as ``"length=4-6 width=192"``, or a dictionary.

    Raises ``ValueError``, naming it, where there is no such generator or option.
    """
    found = import_generator(name)
    chosen = parse_options(options) if isinstance(options, str) else dict(options or {})
    if isinstance(found, type):
        return Checked(name, found(**_convert(found, chosen)))
    if chosen:
        raise ValueError(f"generator_options: {name} takes none, got {', '.join(chosen)}")
    return Checked(name, found)


def parse_options(text: str) -> dict[str, str]:
    """``"length=4-6 width=192"`` as a dictionary. Raises ``ValueError`` for anything else."""
    options = {}
    for part in shlex.split(text):
        key, equals, value = part.partition("=")
        if not (key and equals):
            raise ValueError(f"generator_options: name=value is needed, got {part!r}")
        options[key.replace("-", "_")] = value
    return options


def stream(make: Generator, seed: int, start: int = 0) -> Iterator[Sample]:
    """An endless stream. The image of a number is always the same, whatever is drawn before or elsewhere."""
    number = start
    while True:
        yield make(np.random.default_rng((seed, number)))
        number += 1


def import_generator(name: str) -> Any:
    """The function or class of that name, not yet made. Raises ``ValueError``, naming it, where there is none."""
    place = GENERATORS.get(name, name)
    module_name, _, attribute = place.partition(":")
    if not attribute:
        raise ValueError(
            f"generator: one of {', '.join(GENERATORS)} or package.module:function is needed, got {name!r}"
        )
    try:
        found = getattr(import_module(module_name), attribute)
    except (ImportError, AttributeError) as error:
        raise ValueError(f"generator: {name!r} can't be imported: {error}") from error
    if not callable(found):
        raise ValueError(f"generator: {name!r} must be a function or a class, got {type(found).__name__}")
    return found


def _convert(kind: type, options: dict[str, Any]) -> dict[str, Any]:
    """The options as the class's fields want them; numbers given as text become numbers."""
    if not is_dataclass(kind):
        return options
    types = find_types(kind)
    unknown = [key for key in options if key not in types]
    if unknown:
        raise ValueError(f"generator_options: {', '.join(types)} are known, got {unknown[0]!r}")
    converted = {}
    for key, value in options.items():
        try:
            converted[key] = types[key](value) if types[key] in (int, float) else value
        except ValueError:
            raise ValueError(f"generator_options: {key}: a number is needed, got {value!r}") from None
    return converted


@dataclass(frozen=True)
class Checked:
    """A generator whose every image is a sample, or an error that names it.

    Raises ``ValueError`` for an ``alphabet`` that is no string or an empty one.
    """

    name: str
    make: Callable[[np.random.Generator], Any]

    def __post_init__(self) -> None:
        stated = self.alphabet
        if stated is not None and not (isinstance(stated, str) and stated):
            raise ValueError(f"generator: {self.name}: its alphabet must be a string, got {stated!r:.80}")

    @property
    def alphabet(self) -> str | None:
        """The characters that it says it draws, or None where it says nothing."""
        stated: str | None = getattr(self.make, "alphabet", None)
        return stated

    def __call__(self, rng: np.random.Generator) -> Sample:
        drawn = self.make(rng)
        if isinstance(drawn, Sample):
            return drawn
        if not (isinstance(drawn, tuple) and len(drawn) in (2, 3) and isinstance(drawn[1], str)):
            raise ValueError(
                f"generator: {self.name}: (image, string), (image, string, centres) or a Sample is needed, "
                f"got {type(drawn).__name__}"
            )
        centres = None if len(drawn) == 2 or drawn[2] is None else np.asarray(drawn[2], dtype=np.float64)
        return Sample(self.name, convert_array(np.asarray(drawn[0]), f"generator: {self.name}"), drawn[1], centres)
