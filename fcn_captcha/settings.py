"""The settings of a training: defined here once, flags of the command and arguments of ``train``."""

from dataclasses import asdict, dataclass, field, fields
from typing import Any


def _setting(default: Any, help: str, **more: Any) -> Any:
    return field(default=default, metadata={"help": help, **more})


@dataclass(frozen=True)
class Settings:
    """How to train. Every field is also a flag of ``python -m fcn_captcha.train``.

    Raises ``ValueError``, naming the setting, the rule and the value.
    """

    data: str | None = _setting(None, "folder of images named after their strings, or with a metadata.csv")
    generator: str | None = _setting(None, "draw images: 'plain', or package.module:function of your own")
    out: str | None = _setting(None, "folder for the model, history and report; it must not exist yet")
    overwrite: bool = _setting(False, "replace what is in the folder --out")
    minutes: float = _setting(10.0, "budget for everything but the report; the learning rate ends with it")
    epochs: int | None = _setting(None, "train this many epochs instead of --minutes")
    fold: int = _setting(0, "which tenth of the file names is the test part, 0 to 9")
    limit: int | None = _setting(None, "train on this many images only (and choose the threshold on an eighth)")
    alphabet: str | None = _setting(None, "the characters to tell apart; those of the data if not given")
    overfit: int | None = _setting(None, "memorise this many images, as a check of the data, and stop")
    save_centres: bool = _setting(False, "write the centres found as labelme JSON beside the images")
    seed: int = _setting(0, "of weights, order and augmentation")
    architecture: str = _setting("residual", "of the network: residual or seed")
    precision: str = _setting("auto", "float32, bfloat16, or auto: bfloat16 where the machine is fast at it")
    batch_size: int = _setting(16, "images a step")
    learning_rate: float | None = _setting(None, "the highest, after the warm-up; the architecture's own if not given")
    weight_decay: float = _setting(0.004, "of AdamW, decoupled from the gradient")
    augmentation: float = _setting(1.0, "strength of turning, stretching, shifting, gain and noise; 0 is none")
    width_across: float = _setting(1.3, "standard deviation of a centre's Gaussian across, in cells")
    width_down: float = _setting(2.6, "standard deviation of a centre's Gaussian down, in cells")
    epoch_images: int | None = _setting(None, "images an epoch; the training part, but 1,000 or more")
    generated_share: float = _setting(0.5, "share of generated images where there are both data and generator")

    def __post_init__(self) -> None:
        if self.data is None and self.generator is None:
            raise ValueError("data, generator: at least one of them is needed, got neither")
        if self.out is None and self.overfit is None:
            raise ValueError("out: a folder for the model is needed, got none")
        for name, low, high in (
            ("minutes", 0.05, 100_000),
            ("epochs", 1, 1_000_000),
            ("fold", 0, 9),
            ("limit", 1, 10**9),
            ("overfit", 1, 1000),
            ("batch_size", 1, 4096),
            ("learning_rate", 1e-8, 1),
            ("weight_decay", 0, 1),
            ("augmentation", 0, 10),
            ("width_across", 0.2, 20),
            ("width_down", 0.2, 20),
            ("epoch_images", 1, 10**9),
            ("generated_share", 0, 1),
        ):
            value = getattr(self, name)
            if value is not None and not low <= value <= high:
                raise ValueError(f"{name}: it must lie in {low} to {high}, got {value}")
        if self.precision not in ("auto", "float32", "bfloat16"):
            raise ValueError(f"precision: auto, float32 or bfloat16 is needed, got {self.precision!r}")

    @property
    def widths_cells(self) -> tuple[float, float]:
        return self.width_across, self.width_down

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


NAMES = tuple(f.name for f in fields(Settings))
