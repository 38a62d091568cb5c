"""The settings of minimising the input: fields of one dataclass, flags of the command ``explain``."""

from dataclasses import dataclass

from fcn_captcha.console.options import setting


@dataclass(frozen=True)
class Minimisation:
    """By Adam with a falling rate, each step followed by a cut to [0, 1].

    Raises ``ValueError``, naming the setting, the rule and the value.
    """

    weight: float = setting(0.1, "of the squared ink, against the squared distance of the maps (the method's c)")
    rate: float = setting(0.05, "of the first step: about how far a pixel moves, of the input's range 0 to 1")
    decay: float = setting(0.98, "what the rate is multiplied by after each step")
    steps: int = setting(250, "at most")
    tolerance: float = setting(1e-2, "end where ten steps change no character's sum of both terms by this part")

    def __post_init__(self) -> None:
        options = {
            "weight": (self.weight >= 0, "0 or more"),
            "rate": (0 < self.rate <= 1, "above 0 and at most 1"),
            "decay": (0 < self.decay <= 1, "above 0 and at most 1"),
            "steps": (self.steps >= 1, "1 or more"),
            "tolerance": (self.tolerance >= 0, "0 or more"),
        }
        for name, (holds, rule) in options.items():
            if not holds:
                raise ValueError(f"{name}: it must be {rule}, got {getattr(self, name)}")
