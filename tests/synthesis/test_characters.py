"""A generator's alphabet: stated, guessed, and what lies outside of it."""

import warnings
from itertools import cycle, islice
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from fcn_captcha.data.samples import Sample
from fcn_captcha.synthesis import GENERATORS, find_generator, stream
from fcn_captcha.synthesis.characters import find_characters, keep_spelled
from fcn_captcha.training.dataset import make_dataset
from fcn_captcha.training.settings import Settings

MANY = "".join(chr(0x4E00 + i) for i in range(3000))
Drawn = tuple[npt.NDArray[np.uint8], str]


def make_many(rng: np.random.Generator) -> Drawn:
    return np.full((20, 60), 255, np.uint8), "".join(rng.choice(list(MANY), 4))


def make_stated(rng: np.random.Generator) -> Drawn:
    return make_many(rng)


make_stated.alphabet = MANY  # type: ignore[attr-defined]


class Stated:
    alphabet = MANY

    def __call__(self, rng: np.random.Generator) -> Drawn:
        return make_many(rng)


def make_rare(rng: np.random.Generator) -> Drawn:
    return np.full((20, 40), 255, np.uint8), "ab" if rng.random() < 0.995 else "ac"


def make_lying(rng: np.random.Generator) -> Drawn:
    return np.full((20, 40), 255, np.uint8), "ab"


make_lying.alphabet = "a"  # type: ignore[attr-defined]


def make_wrong(rng: np.random.Generator) -> Drawn:
    return make_lying(rng)


make_wrong.alphabet = ["a", "b"]  # type: ignore[attr-defined]


def train_on(name: str, **more: Any) -> str:
    settings = Settings(generator=f"{__name__}:{name}", epoch_images=20, **more)
    dataset = make_dataset(settings)
    assert len(dataset.draw_streamed()) == 20
    return dataset.alphabet.characters


@pytest.mark.parametrize("name", GENERATORS)
def test_every_generator_states_its_alphabet(name: str) -> None:
    make = find_generator(name)
    assert make.alphabet is not None
    assert set("".join(s.text for s in islice(stream(make, 0), 200))) == set(make.alphabet)
    if name != "plain":
        assert find_generator(name, {"alphabet": "xyz"}).alphabet == "xyz"


@pytest.mark.parametrize("name", ["make_stated", "Stated"])
def test_a_stated_alphabet_of_thousands_is_taken_whole(name: str) -> None:
    assert train_on(name) == MANY


def test_an_alphabet_that_can_not_be_guessed_is_an_error_before_the_first_step() -> None:
    with pytest.raises(
        ValueError, match=r"make_many: \d+ characters were seen in 1000 images, and about 2\d % .* attr"
    ):
        train_on("make_many")
    assert train_on("make_many", alphabet=MANY) == MANY


def test_what_an_alphabet_lacks_is_named() -> None:
    with pytest.raises(ValueError, match="alphabet: it lacks 'yz', which the generator coalesced draws"):
        make_dataset(Settings(generator="coalesced", alphabet="abcdefghijklmnopqrstuvwx"))
    with pytest.raises(ValueError, match="make_lying: it draws 'b', which its alphabet lacks"):
        train_on("make_lying")
    with pytest.raises(ValueError, match=r"make_wrong: its alphabet must be a string, got \['a', 'b'\]"):
        train_on("make_wrong")


def test_a_late_character_is_skipped_with_one_warning() -> None:
    make = find_generator(f"{__name__}:make_rare")
    assert find_characters(make, list(islice(stream(make, 0), 1000))) in ("abc", "acb")
    with pytest.warns(UserWarning, match="drew 'ac' with 'c', not in the alphabet") as told:
        kept = list(islice(keep_spelled(stream(make, 0), "ab"), 2000))
    assert {s.text for s in kept} == {"ab"}
    assert len(told) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(list(islice(keep_spelled(stream(make, 0), "abc"), 2000))) == 2000


def test_a_generator_that_draws_nothing_but_others_ends_with_an_error() -> None:
    others = cycle([Sample("own", np.zeros((9, 9, 3), np.uint8), "xy")])
    with pytest.warns(UserWarning, match="own"), pytest.raises(ValueError, match=r"own drew 'xy' .* in a row"):
        next(keep_spelled(others, "ab"))
