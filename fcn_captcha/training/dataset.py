"""What a training learns from: real images, generated ones, or both, or shards, in three parts."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.preprocessing import Preprocess, describe_blank, describe_unlevelled, find_preprocess
from fcn_captcha.data.samples import Sample, read_folder
from fcn_captcha.data.shards import find_shards
from fcn_captcha.data.splits import Parts, split_samples
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.geometry import STRIDE
from fcn_captcha.synthesis import Checked, find_generator, stream
from fcn_captcha.synthesis.characters import find_characters
from fcn_captcha.training.drawn import Drawn
from fcn_captcha.training.examples import Example, check_width, prepare
from fcn_captcha.training.settings import Settings
from fcn_captcha.training.shard_data import read_few, read_shards
from fcn_captcha.training.shard_stream import ShardStream

_GENERATED_PART = 500  # images of a generator to choose on, and as many to test on
_LEAST_EPOCH, _MOST_EPOCH = 1000, 20_000  # a checkpoint is written after each, so that a crash costs minutes
_STREAMED_EPOCH = 2000  # of shards, at most; their centres are aligned once an epoch, so it is short
_FEW = 100  # images to choose on; generated ones fill up what real ones lack


@dataclass
class Dataset:
    """Everything that is known before the first step.

    Attributes:
        parts: threshold and test part, and the real images of the training part; of shards some of each.
        real: the training part's examples, in its order; alignment replaces their centres. None of shards: they are
            a stream, as generated images are.
        problems: a line for each file that was left out or changed.
        epoch_images: images in an epoch, drawn ones included.
        stride: of the network that will learn from it, in pixels.
        notes: how labels and parts were found, with three labels to look at.
    """

    parts: Parts
    alphabet: Alphabet
    preprocess: Preprocess
    real: list[Example]
    problems: list[str]
    notes: tuple[str, ...]
    epoch_images: int
    stride: int
    _streamed_share: float
    _stream: Drawn | ShardStream | None
    _waiting: list[int] = field(default_factory=list)  # real examples that the next epochs show first

    def draw_epoch(self, rng: np.random.Generator) -> list[int]:
        """Which real examples the next epoch shows: none again before all were shown as often."""
        count = self.epoch_images - self.streamed_count
        while len(self._waiting) < count:
            self._waiting += rng.permutation(len(self.real)).tolist()
        drawn, self._waiting = self._waiting[:count], self._waiting[count:]
        return drawn

    @property
    def streamed_count(self) -> int:
        """Images of the stream in an epoch."""
        return round(self.epoch_images * self._streamed_share)

    def draw_streamed(self) -> list[Example]:
        """The next images of the stream, prepared."""
        if self._stream is None:
            return []
        return self._stream.draw(self.streamed_count)

    @property
    def training_images(self) -> int:
        """How many images that are not generated there are to train on."""
        return len(self._stream) if isinstance(self._stream, ShardStream) else len(self.parts.training)

    def prepare_some(self) -> Sequence[Example]:
        """Examples that tell what is trained on: the real ones or, of shards, the first."""
        return self.real or [prepare(sample, self.preprocess, self.alphabet) for sample in self.parts.training]

    def take_problems(self) -> list[str]:
        """Lines about images of the stream that were left out since the last time."""
        return self._stream.take_problems() if isinstance(self._stream, ShardStream) else []

    @property
    def position(self) -> int:
        """In the stream: the number of the next image."""
        return 0 if self._stream is None else self._stream.position

    def describe(self) -> dict[str, Any]:
        """What tells these data from others: how many images each part has, and a hash of what is in them."""
        parts = {name: getattr(self.parts, name) for name in ("training", "validation", "test")}
        chosen = self.alphabet.characters, self.preprocess, self.epoch_images, self.streamed_count
        digest = hashlib.sha256(ascii(chosen).encode())
        for sample in (s for samples in parts.values() for s in samples):
            digest.update(ascii((sample.name, sample.text, sample.content)).encode())
        counts = {name: len(samples) for name, samples in parts.items()}
        if isinstance(self._stream, ShardStream):
            digest.update(self._stream.digest.encode())
            counts["training"] = len(self._stream)
        return {**counts, "hash": digest.hexdigest()}

    def state(self) -> dict[str, Any]:
        """The real images' centres, NaN where there are none yet, which of them were given, and which are next."""
        unknown = [np.full((len(e.channels), 2), np.nan) if e.centres_px is None else e.centres_px for e in self.real]
        known = np.array([e.known for e in self.real], dtype=bool)
        waiting = np.array(self._waiting, dtype=np.int64)
        return {"centres_px": np.concatenate([np.empty((0, 2)), *unknown]), "known": known, "waiting": waiting}

    def restore(self, state: dict[str, Any], position: int) -> None:
        """Takes the centres of :meth:`state`, and images of the stream from number ``position`` on."""
        ends = np.cumsum([len(e.channels) for e in self.real])
        centres = np.split(state["centres_px"], ends[:-1])
        self.real = [
            replace(example, centres_px=None if np.isnan(own).any() else own, known=bool(known))
            for example, own, known in zip(self.real, centres, state["known"], strict=bool(self.real))
        ]
        self._waiting = state["waiting"].tolist()
        if self._stream is not None:
            self._stream.go_to(position)


def make_dataset(settings: Settings, stride: int = STRIDE) -> Dataset:
    """Reads and draws what ``settings`` name, for a network of that stride in pixels.

    Raises ``ValueError`` or :class:`~fcn_captcha.data.errors.DataError` where there is nothing to train
    on; single bad files are in ``problems``.
    """
    if settings.data is not None and find_shards(Path(settings.data)):
        return _make_from_shards(settings, settings.data, stride)
    problems: list[str] = []
    notes: tuple[str, ...] = ()
    parts = Parts((), (), ())
    if settings.data is not None:
        samples, unused, notes = _read_samples(settings, problems)
        parts = split_samples(samples, settings.fold, settings.limit)
        parts = replace(parts, unused=parts.unused + unused)
        _check_parts(parts, settings)
    look = parts.training + parts.validation  # all that tell alphabet, size and colour
    if settings.generator is None:
        return _assemble(settings, stride, parts, look, notes, problems)
    make = find_generator(settings.generator, settings.generator_options)
    held_back = tuple(islice(stream(make, 2**32 + settings.fold), 2 * _GENERATED_PART))
    if settings.data is None:
        parts = Parts((), held_back[:_GENERATED_PART], held_back[_GENERATED_PART:])
    elif len(parts.validation) < _FEW:
        # So few real images would choose epoch and threshold by chance.
        parts = replace(parts, validation=parts.validation + held_back[: _FEW - len(parts.validation)])
    drawn = find_characters(make, held_back, settings.alphabet)
    look += held_back[:_GENERATED_PART]
    return _assemble(settings, stride, parts, look, notes, problems, drawn, make)


def _make_from_shards(settings: Settings, data: str, stride: int) -> Dataset:
    found = read_shards(settings, data, stride)
    return Dataset(
        parts=found.parts,
        alphabet=found.alphabet,
        preprocess=found.preprocess,
        real=[],
        problems=found.problems,
        notes=found.notes,
        epoch_images=settings.epoch_images or min(_STREAMED_EPOCH, max(_LEAST_EPOCH, len(found.stream))),
        stride=stride,
        _streamed_share=1.0,
        _stream=found.stream,
    )


def make_few(settings: Settings, count: int, stride: int = STRIDE) -> Dataset:
    """The first ``count`` images of the data, the same ones in all parts. Raises as :func:`make_dataset`."""
    problems: list[str] = []
    if settings.data is not None and find_shards(Path(settings.data)):
        few, notes = read_few(settings, settings.data, count, problems)
        return _assemble(settings, stride, Parts(few, few, few), few, notes, problems)
    samples, unused, notes = _read_samples(settings, problems)
    whole = split_samples(samples, settings.fold)
    few = (whole.training + whole.validation + whole.test)[:count]
    return _assemble(settings, stride, Parts(few, few, few, unused), few, notes, problems)


def _read_samples(settings: Settings, problems: list[str]) -> tuple[list[Sample], tuple[Sample, ...], tuple[str, ...]]:
    """The data's samples, those of them that the given alphabet can't spell, and how labels were found."""
    assert settings.data is not None
    folder = read_folder(settings.data, settings.label_pattern)
    problems += folder.problems
    samples = _keep_known(folder.samples, settings, problems)
    kept = {s.name for s in samples}
    return samples, tuple(s for s in folder.samples if s.name not in kept), folder.notes


def _assemble(
    settings: Settings,
    stride: int,
    parts: Parts,
    look: tuple[Sample, ...],
    notes: tuple[str, ...],
    problems: list[str],
    drawn: str = "",
    make: Checked | None = None,
) -> Dataset:
    """The parts with what ``look`` tells of them; ``drawn`` are the characters that ``make`` generates."""
    texts = [*(s.text for s in look), drawn]
    alphabet = Alphabet(settings.alphabet) if settings.alphabet else Alphabet.from_texts(texts)
    preprocess = find_preprocess([s.image for s in look], settings.deskew, settings.grey, settings.straighten)
    problems += describe_blank([s.image for s in look], preprocess)
    problems += describe_unlevelled([s.image for s in look], preprocess)
    fitting, narrow = _prepare_fitting(parts.training, preprocess, alphabet, stride, problems)
    if make is None and not fitting:
        raise DataError(f"{settings.data}: no image is wide enough for its string; the first: {problems[-1]}")
    ready = partial(prepare, preprocess=preprocess, alphabet=alphabet)
    share = 0.0 if make is None else settings.generated_share if fitting else 1.0
    return Dataset(
        parts=replace(parts, training=tuple(sample for sample, _ in fitting), unused=parts.unused + narrow),
        alphabet=alphabet,
        preprocess=preprocess,
        real=[example for _, example in fitting],
        problems=problems,
        notes=notes,
        epoch_images=settings.epoch_images
        or min(_MOST_EPOCH, max(_LEAST_EPOCH, round(len(fitting) / (1 - min(share, 0.9))))),
        stride=stride,
        _streamed_share=share,
        _stream=None if make is None else Drawn(make, settings.seed, alphabet.characters, ready),
    )


def _prepare_fitting(
    samples: tuple[Sample, ...], preprocess: Preprocess, alphabet: Alphabet, stride: int, problems: list[str]
) -> tuple[list[tuple[Sample, Example]], tuple[Sample, ...]]:
    """Samples with their examples, and those that are too narrow for their strings."""
    fitting, narrow = [], []
    for sample in samples:
        example = prepare(sample, preprocess, alphabet)
        try:
            check_width(sample, example, stride)
            fitting.append((sample, example))
        except DataError as error:
            narrow.append(sample)
            problems.append(f"{error} (left out)")
    return fitting, tuple(narrow)


def _keep_known(samples: tuple[Sample, ...], settings: Settings, problems: list[str]) -> list[Sample]:
    """Without the samples whose label the given alphabet can't spell."""
    if settings.alphabet is None:
        return list(samples)
    alphabet = Alphabet(settings.alphabet)
    kept = []
    for sample in samples:
        try:
            alphabet.encode(sample.text)
            kept.append(sample)
        except ValueError as error:
            problems.append(f"{sample.path or sample.name}: {error} (left out)")
    if not kept:
        raise DataError(
            f"{settings.data}: no label consists of the alphabet {settings.alphabet!r} alone; the first: {problems[-1]}"
        )
    return kept


def _check_parts(parts: Parts, settings: Settings) -> None:
    sizes = {"training": parts.training, "validation": parts.validation, "test": parts.test}
    empty = [name for name, part in sizes.items() if not part]
    if empty:
        raise DataError(
            f"{settings.data}: too few images: of {sum(map(len, sizes.values()))} none falls into the "
            f"{' and the '.join(empty)} part (a tenth of the file names to choose the threshold on, a tenth to "
            "test on, by their hash); add images or, to add drawn ones, --generator"
        )
