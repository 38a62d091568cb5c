"""Which part each sample belongs to, and what a run used each for."""

import csv
import hashlib
import io
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.files import write_whole
from fcn_captcha.data.samples import Sample

PARTS_NAME = "parts.csv"  # of the file in a run's folder


@dataclass(frozen=True)
class Parts:
    """Three parts: to train on, to choose threshold and epoch on, and to test on.

    ``unused`` are in none of them, because of a limit or of what they are.
    """

    training: tuple[Sample, ...]
    validation: tuple[Sample, ...]
    test: tuple[Sample, ...]
    unused: tuple[Sample, ...] = ()


def find_tenth(name: str) -> int:
    """0 to 9, by a hash of the file's name, so that every run on every machine splits alike."""
    return int.from_bytes(_hash_name(name)[:8], "big") % 10


def find_rank(name: str) -> int:
    """A number below 2**64 by another part of the hash: those of the lowest are taken where there is a limit."""
    return int.from_bytes(_hash_name(name)[8:16], "big")


def _hash_name(name: str) -> bytes:
    return hashlib.sha256(name.encode("utf-8", "surrogateescape")).digest()


def split_samples(samples: Iterable[Sample], fold: int = 0, limit: int | None = None) -> Parts:
    """One tenth of the names to test on, the next to choose on, the other eight to train on.

    The folder that a file lies in does not count, its bare name does. Where samples state their part, they
    are in it, and the parts that some state get no others: those that state none are then to train on.

    Args:
        samples: any number.
        fold: which tenth is the test, 0 to 9.
        limit: keep this many to train on and an eighth of it, at least one, to choose on (the first
            by their hash, so that a smaller limit's images are among a larger one's); the test stays whole.
    """
    if not 0 <= fold <= 9:
        raise ValueError(f"fold: it must be 0 to 9, got {fold}")
    if limit is not None and limit < 1:
        raise ValueError(f"limit: it must be at least 1, got {limit}")
    parts: tuple[list[Sample], list[Sample], list[Sample]] = ([], [], [])
    ordered = sorted(samples, key=_make_key)
    stated = {sample.part for sample in ordered}
    for sample in ordered:
        tenth = find_tenth(_find_bare_name(sample))
        if sample.part in ("validation", "test"):
            part = sample.part
        elif tenth == fold and "test" not in stated:
            part = "test"
        elif tenth == (fold + 1) % 10 and "validation" not in stated:
            part = "validation"
        else:
            part = "training"
        parts[("training", "validation", "test").index(part)].append(sample)
    training, validation, test = parts
    kept, chosen = (len(training), len(validation)) if limit is None else (limit, max(1, limit // 8))
    unused = training[kept:] + validation[chosen:]
    return Parts(tuple(training[:kept]), tuple(validation[:chosen]), tuple(test), tuple(unused))


def _find_bare_name(sample: Sample) -> str:
    return PurePosixPath(sample.name).name


def _make_key(sample: Sample) -> tuple[int, str]:
    return find_rank(_find_bare_name(sample)), sample.name


def write_parts(path: Path, parts: Parts) -> None:
    """Writes which image files a run uses for what: columns ``content``, ``part`` and ``name``.

    ``content`` is :attr:`Sample.content <fcn_captcha.data.samples.Sample.content>`, so that an image is
    known again wherever it lies. Where no sample is from a file there is nothing to write, and an old file goes.
    """
    named = {"training": parts.training, "validation": parts.validation, "test": parts.test, "unused": parts.unused}
    rows = [(s.content, part, s.name) for part, samples in named.items() for s in samples if s.path is not None]
    if not rows:
        path.unlink(missing_ok=True)
        return
    text = io.StringIO(newline="")
    csv.writer(text).writerows([("content", "part", "name"), *rows])
    write_whole(path, text.getvalue())


def read_parts(path: Path) -> dict[str, str]:
    """What :func:`write_parts` wrote: the part of each content, 'training', 'validation', 'test' or 'unused'.

    Raises :class:`DataError`, naming the file, where it is something else.
    """
    try:
        with path.open(newline="", encoding="utf-8") as file:
            return {row["content"]: row["part"] for row in csv.DictReader(file)}
    except (KeyError, UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path}: not the parts of a run ({type(error).__name__}: {error})") from None
