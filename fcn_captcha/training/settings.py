"""The settings of a training: defined here once, flags of the command and arguments of ``train``."""

from dataclasses import asdict, dataclass, fields, replace
from functools import partial
from importlib.util import find_spec
from typing import Any

from fcn_captcha.console.options import setting
from fcn_captcha.data.naming import compile_pattern

DEFAULT_GENERATOR = "image-captcha"  # where there is no data
DEFAULT_MINUTES = 10.0  # where no budget is given
# Images shown until a training reads what it usually comes to read, to warn of a budget that is too small.
USUAL_IMAGES, USUAL_DRAWN_IMAGES = 8_000, 25_000


_data = partial(setting, group="data")
_drawn = partial(setting, group="drawn images")
_output = partial(setting, group="output")
_budget = partial(setting, group="budget, one of three")
_training = partial(setting, group="network and training")


@dataclass(frozen=True)
class Settings:
    """How to train. Every field is also a flag of ``python -m fcn_captcha.train``.

    Raises ``ValueError``, naming the setting, the rule and the value, and ``ModuleNotFoundError`` where
    a setting's package is not installed.
    """

    data: str | None = _data(
        None,
        "folder of images named after their strings, or with a label file such as metadata.csv; or of shards, tar "
        "archives in WebDataset's form, of any number of images",
    )
    label_pattern: str | None = _data(
        None, "regular expression for the whole of each file's name without its ending; its first group is the label"
    )
    alphabet: str | None = _data(None, "the characters to tell apart; those of the data if not given")
    fold: int = _data(0, "which tenth of the file names is the test part, 0 to 9")
    limit: int | None = _data(None, "train on this many images only (and choose the threshold on an eighth)")
    deskew: bool = _data(False, "level slanting text and scale it to one height, in training and in reading")
    straighten: bool = _data(False, "straighten bent text, too: --deskew with a curved midline")
    grey: str = _data(
        "auto", "what counts as ink: luminance, colour (all that differs from the ground's), or auto, by the images"
    )
    augmentation: float = _data(
        1.0, "of real images: strength of turning, warping, shifting, gain and noise; 0 is none"
    )
    rotation_deg: float = _data(3.0, "of real images: standard deviation of turning at strength 1")
    generator: str | None = _drawn(
        None,
        "image-captcha (if there is no data), coalesced, colour, rippled, mixed, plain, or "
        "package.module:function, your own",
    )
    generator_options: str | None = _drawn(None, "of the generator, such as 'length=4-6 width=192'")
    generated_share: float = _drawn(0.5, "share of generated images where there are both data and generator")
    out: str = _output("runs/first", "folder for the model, history and report; it must not exist yet")
    overwrite: bool = _output(False, "replace what is in the folder --out")
    save_centres: bool = _output(False, "write the centres found as labelme JSON beside the images")
    tensorboard: bool = _output(
        False, "write curves and readings to the folder tensorboard in --out (pip install 'fcn_captcha[tensorboard]')"
    )
    minutes: float | None = _budget(
        None, "budget for everything but the report, 10 if none is given; the learning rate ends with it"
    )
    images: int | None = _budget(None, "a budget of images shown instead, repeats counted, the same on any machine")
    epochs: int | None = _budget(None, "a budget of epochs instead")
    architecture: str = _training("dilated", "of the network: dilated, residual or classic")
    optimiser: str | None = _training(None, "muon or adamw; the architecture's own if not given")
    learning_rate: float | None = _training(None, "the highest, after the warm-up; the architecture's own if not given")
    weight_decay: float = _training(0.004, "decoupled from the gradient")
    batch_size: int | None = _training(None, "images a step; if not given 16, for up to 12,000 images 8, on a GPU 32")
    epoch_images: int | None = _training(
        None, "images an epoch; the training part, but 1,000 at least and 20,000 at most"
    )
    sigma_across: float = _training(1.3, "standard deviation of a centre's Gaussian across, in cells")
    sigma_down: float = _training(2.6, "standard deviation of a centre's Gaussian down, in cells")
    precision: str = _training("auto", "float32, bfloat16, or auto: bfloat16 where the machine is fast at it")
    devices: int | None = _training(None, "GPUs of this machine that share each batch; all there are if not given")
    seed: int = _training(0, "of weights, order and augmentation")

    def __post_init__(self) -> None:
        if self.data is None and self.generator is None:
            object.__setattr__(self, "generator", DEFAULT_GENERATOR)
        if self.straighten:
            object.__setattr__(self, "deskew", True)
        if self.generator_options is not None and self.generator is None:
            raise ValueError(f"generator_options: a generator is needed for them, got {self.generator_options!r}")
        if len(self.budget) > 1:
            raise ValueError(f"{self.budget[1]}: there can be one budget, got {' and '.join(self.budget)}")
        if self.label_pattern is not None:
            if self.data is None:
                raise ValueError(f"label_pattern: a folder of data is needed for it, got {self.label_pattern!r}")
            compile_pattern(self.label_pattern)
        if self.tensorboard and find_spec("tensorboard") is None:
            raise ModuleNotFoundError(
                "tensorboard: the package of that name is needed; pip install 'fcn_captcha[tensorboard]'"
            )
        for name, low, high in (
            ("minutes", 0.05, 100_000),
            ("images", 1, 10**12),
            ("epochs", 1, 1_000_000),
            ("fold", 0, 9),
            ("limit", 1, 10**9),
            ("batch_size", 1, 4096),
            ("devices", 1, 1024),
            ("learning_rate", 1e-8, 1),
            ("weight_decay", 0, 1),
            ("augmentation", 0, 10),
            ("rotation_deg", 0, 45),
            ("sigma_across", 0.2, 20),
            ("sigma_down", 0.2, 20),
            ("epoch_images", 1, 10**9),
            ("generated_share", 0, 1),
        ):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ValueError(f"{name}: it must lie in {low} to {high}, got {value}")
        if self.grey not in ("auto", "luminance", "colour"):
            raise ValueError(f"grey: auto, luminance or colour is needed, got {self.grey!r}")
        if self.precision not in ("auto", "float32", "bfloat16"):
            raise ValueError(f"precision: auto, float32 or bfloat16 is needed, got {self.precision!r}")

    @property
    def budget(self) -> tuple[str, ...]:
        """The names of the settings that limit the training, at most one; none stands for ten minutes."""
        return tuple(name for name in ("minutes", "images", "epochs") if getattr(self, name) is not None)

    @property
    def sigmas_cells(self) -> tuple[float, float]:
        return self.sigma_across, self.sigma_down

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def resume_settings(record: dict[str, Any], given: dict[str, Any]) -> Settings:
    """The settings of a training that goes on.

    Args:
        record: the settings it was begun with, as ``settings.json`` has them.
        given: those stated now. Where the data lie may change, a budget may be raised; the rest must be as it was.

    Raises ``ValueError``, naming the setting, for another.
    """
    before = Settings(**{name: record[name] for name in NAMES if name in record})
    budget = before.budget or ("minutes",)
    for name, value in given.items():
        was = getattr(before, name)
        if name in ("minutes", "images", "epochs") and value is not None:
            was = DEFAULT_MINUTES if not before.budget and name == "minutes" else was
            if name not in budget:
                raise ValueError(f"{name}: the budget of the training that goes on is one of {budget[0]}, got {value}")
            if value < was:
                raise ValueError(f"{name}: a training that goes on can have more than its {was}, not less, got {value}")
        elif name not in _FREE and value != was and value != _LEFT_OPEN.get(name, was):
            raise ValueError(f"{name}: it must stay {was!r} for a training that goes on, got {value!r}")
    if given.get("overwrite"):
        raise ValueError("overwrite: a training that goes on replaces nothing; leave out one of --overwrite, --resume")
    stated = {name: value for name, value in given.items() if name not in _LEFT_OPEN}
    return replace(before, **stated)


_FREE = ("data", "out", "overwrite", "save_centres", "tensorboard", "devices")
_LEFT_OPEN = {
    "batch_size": None,
    "precision": "auto",
    "optimiser": None,
    "learning_rate": None,
}  # what was chosen stays

NAMES = tuple(f.name for f in fields(Settings))
