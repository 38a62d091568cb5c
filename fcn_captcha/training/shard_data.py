"""What a training takes from shards: a bounded sample of each part, and a stream of all that is to train on."""

from dataclasses import dataclass
from pathlib import Path

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.preprocessing import Preprocess, describe_blank, describe_unlevelled, find_preprocess
from fcn_captcha.data.problems import Problems
from fcn_captcha.data.samples import Sample
from fcn_captcha.data.shards import MOST_TESTED, ShardParts, Shards
from fcn_captcha.data.splits import Parts
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.training.examples import Example, check_width, prepare
from fcn_captcha.training.settings import Settings
from fcn_captcha.training.shard_stream import ShardStream

# What is held doesn't depend on how many images there are.
_SHOWN = 500  # images of the training part that are looked at and, at the end, read again
_CHOSEN_ON = 500


@dataclass(frozen=True)
class ShardData:
    """What is known before the first step; ``parts`` are those images that are held in memory."""

    parts: Parts
    alphabet: Alphabet
    preprocess: Preprocess
    stream: ShardStream
    problems: list[str]
    notes: tuple[str, ...]


def read_shards(settings: Settings, data: str, stride: int) -> ShardData:
    """The shards in the folder ``data``, for a network of that stride in pixels.

    Raises ``ValueError`` for settings that shards have no part in, :class:`DataError` where there is nothing to
    train on.
    """
    if settings.generator is not None:
        raise ValueError(f"generator: its images can't be mixed with those of shards, got {settings.generator!r}")
    if settings.save_centres:
        raise ValueError(f"save_centres: nothing is written into shards, those of {data} included, got True")
    shards = _open(settings, data)
    numbers = shards.split(settings.fold, settings.limit)
    parts = Parts(
        shards.read_first(numbers.training, _SHOWN),
        shards.read_first(numbers.validation, _CHOSEN_ON),
        shards.read_first(numbers.test, MOST_TESTED),
    )
    _check_parts(parts, len(shards.numbers), data)
    characters = settings.alphabet or shards.find_characters(numbers.training, numbers.validation)
    alphabet = Alphabet(characters)
    images = [s.image for s in parts.training + parts.validation]
    preprocess = find_preprocess(images, settings.deskew, settings.grey, settings.straighten)

    def make(sample: Sample) -> Example:
        example = prepare(sample, preprocess, alphabet)
        check_width(sample, example, stride)
        return example

    problems = [*shards.problems.take(), *describe_blank(images, preprocess), *describe_unlevelled(images, preprocess)]
    shards.problems = Problems()  # so that what the stream meets is told, whatever there was before
    stream = ShardStream(shards, numbers.training, settings.seed, make)
    return ShardData(parts, alphabet, preprocess, stream, problems, (*shards.notes, _describe_held(numbers, parts)))


def read_few(
    settings: Settings, data: str, count: int, problems: list[str]
) -> tuple[tuple[Sample, ...], tuple[str, ...]]:
    """The first ``count`` images of the training part, and how labels were found; lines go to ``problems``."""
    shards = _open(settings, data)
    few = shards.read_first(shards.split(settings.fold).training, count)
    problems += shards.problems.take()
    if not few:
        raise DataError(f"{data}: none of its images can be used")
    return few, shards.notes


def _open(settings: Settings, data: str) -> Shards:
    """The images whose labels the given alphabet, if any, can spell."""
    shards = Shards(Path(data), settings.label_pattern)
    if settings.alphabet is not None:
        shards.keep_spelled(settings.alphabet)
    return shards


def _check_parts(parts: Parts, images: int, data: str) -> None:
    sizes = {"training": parts.training, "validation": parts.validation, "test": parts.test}
    empty = [name for name, part in sizes.items() if not part]
    if empty:
        raise DataError(f"{data}: too few images: of {images:,} none can be used in the {' and the '.join(empty)} part")


def _describe_held(numbers: ShardParts, parts: Parts) -> str:
    return (
        f"shards: read as they are shown; of {len(numbers.validation):,} images to choose on {len(parts.validation):,} "
        f"are used, of {len(numbers.test):,} to test on {len(parts.test):,}, and the others for nothing"
    )
