"""Successive halving: many starts for a few epochs, the best of them for more. Plain values, no network.

K. Jamieson and A. Talwalkar, "Non-stochastic best arm identification and hyperparameter optimization", 2016.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from fcn_captcha.evaluation.result import Epoch


@dataclass(frozen=True)
class Rung:
    """So many starts, each trained until it has had ``epochs`` whole epochs, from the first on."""

    starts: int
    epochs: int


@dataclass(frozen=True)
class Standing:
    """How far a start came and how well it reads the validation part, at the end of a rung.

    Attributes:
        number: of the start, from 0.
        history: its epochs, up to that of the rung.
        failure: why it can't go on, empty where it can.
    """

    number: int
    history: tuple[Epoch, ...] = ()
    failure: str = ""

    @property
    def exact(self) -> float:
        """The best exact match of the validation part so far, 0 to 1."""
        return self._best[0]

    @property
    def characters(self) -> float:
        """Character accuracy where exact match was best."""
        return self._best[1]

    @property
    def loss(self) -> float:
        """Of the last epoch; infinite where there was none."""
        return self.history[-1].loss if self.history else float("inf")

    @property
    def _best(self) -> tuple[float, float]:
        read = [(e.exact, e.characters or 0.0) for e in self.history if e.exact is not None]
        return max(read, default=(0.0, 0.0))


def parse_rungs(texts: Sequence[str]) -> tuple[Rung, ...]:
    """Rungs of ``STARTS:EPOCHS`` each, as in ``20:10 10:100 1:1500``: epochs count from the rung before.

    Raises ``ValueError``, naming the rule and what was given.
    """
    rungs: list[Rung] = []
    for text in texts:
        starts, colon, epochs = text.partition(":")
        if not (colon and starts.isdecimal() and epochs.isdecimal() and int(starts) and int(epochs)):
            raise ValueError(f"starts: STARTS:EPOCHS, both 1 or more, is needed, as in 20:10, got {text!r}")
        before = rungs[-1] if rungs else Rung(10**6, 0)
        if int(starts) > before.starts:
            raise ValueError(
                f"starts: a rung can't have more starts than the one before it ({before.starts}), got {text!r}"
            )
        rungs.append(Rung(int(starts), before.epochs + int(epochs)))
    if not rungs:
        raise ValueError("starts: at least one STARTS:EPOCHS is needed, as in 20:10, got none")
    return tuple(rungs)


def rank(standings: Sequence[Standing]) -> list[Standing]:
    """The best first, failed ones last.

    What counts is how far they came, then exact match of the validation part, its characters, the loss, the number.
    """

    def key(standing: Standing) -> tuple[float, ...]:
        read = -standing.exact, -standing.characters, standing.loss
        return bool(standing.failure), -len(standing.history), *read, standing.number

    return sorted(standings, key=key)
