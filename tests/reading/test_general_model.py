"""The model that comes with the package: small, there, and able to read what its card says."""

from itertools import islice
from pathlib import Path

from fcn_captcha import Reader
from fcn_captcha.model.bundled import find_bundled
from fcn_captcha.synthesis import find_generator, stream


def test_it_is_small_and_has_a_card_with_the_command_that_trained_it() -> None:
    path = find_bundled()
    assert path.stat().st_size < 5_000_000
    assert "python -m fcn_captcha.train --generator mixed" in Path(path).with_suffix(".md").read_text(encoding="utf-8")


def test_it_reads_images_of_a_look_that_it_knows() -> None:
    samples = list(islice(stream(find_generator("rippled"), 123), 40))
    reader = Reader.load()
    assert len(reader.config.alphabet) == 62
    right = sum(r.text == s.text for r, s in zip(reader.read_many(s.image for s in samples), samples, strict=True))
    assert right >= 36
