"""Theory and probe of one network in numbers, as the command prints them."""

from dataclasses import asdict, dataclass
from typing import Any

import keras

from fcn_captcha.inspection.axis_field import AxisField
from fcn_captcha.inspection.impulse import Impulse, measure_impulse
from fcn_captcha.inspection.profile import ISOLINES
from fcn_captcha.inspection.receptive_field import LayerField, trace_fields


@dataclass(frozen=True)
class AxisMeasures:
    """Along one axis, in input pixels.

    Attributes:
        theory_px: how far a cell sees by the graph.
        support_px: the same, measured by the impulse.
        sigma_px: of the Gaussian fitted to the impulse's profile, and ``fit_r2`` how well that fits.
        level_35_px, level_3_px: how far the profile stays above that share of its maximum, in percent.
        stride_px: to the next cell.
        offset_px: the first pixel that cell 0 sees.
    """

    theory_px: int
    support_px: int
    sigma_px: float
    fit_r2: float
    level_35_px: int
    level_3_px: int
    stride_px: float
    offset_px: int


@dataclass(frozen=True)
class Probe:
    """One network, measured.

    Attributes:
        fields: by theory, a row a layer.
        impulses: down and across.
    """

    name: str
    fields: tuple[LayerField, ...]
    impulses: tuple[Impulse, Impulse]

    @property
    def height(self) -> AxisMeasures:
        return _measure(self.fields[-1].height, self.impulses[0])

    @property
    def width(self) -> AxisMeasures:
        return _measure(self.fields[-1].width, self.impulses[1])

    def as_dict(self) -> dict[str, Any]:
        layers = [
            {
                "layer": row.name,
                "kind": row.kind,
                **{
                    name: {"size_px": axis.size_px, "stride_px": float(axis.stride_px), "offset_px": axis.offset_px}
                    for name, axis in (("width", row.width), ("height", row.height))
                },
            }
            for row in self.fields
        ]
        return {"network": self.name, "width": asdict(self.width), "height": asdict(self.height), "layers": layers}


def measure_network(network: keras.Model, name: str, size_px: tuple[int, int] | None = None) -> Probe:
    """Theory and impulse of a network; ``size_px`` and errors as of :func:`trace_fields`."""
    return Probe(name, trace_fields(network, size_px), measure_impulse(network, size_px))


def _measure(field: AxisField, impulse: Impulse) -> AxisMeasures:
    gaussian = impulse.profile.fit_gaussian()
    levels = [impulse.profile.find_isoline_px(level) for level in ISOLINES]
    return AxisMeasures(
        theory_px=field.size_px,
        support_px=impulse.support_px,
        sigma_px=round(gaussian.sigma_px, 3),
        fit_r2=round(gaussian.r2, 5),
        level_35_px=levels[0],
        level_3_px=levels[1],
        stride_px=float(field.stride_px),
        offset_px=field.offset_px,
    )
