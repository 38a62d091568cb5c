import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers
from random_networks import make_random_network

from fcn_captcha.inspection.axis_field import AxisField
from fcn_captcha.inspection.impulse import Impulse, measure_impulse, measure_spot
from fcn_captcha.inspection.receptive_field import trace_fields
from fcn_captcha.model.network import make_network


def list_measured(impulse: Impulse) -> list[tuple[int, int]]:
    return [(p.start_px, p.start_px + p.support_px - 1) for p in impulse.supports]


def list_theory(field: AxisField) -> list[tuple[int, int]]:
    return list(zip(field.starts_px, field.ends_px, strict=True))


@pytest.mark.parametrize("seed", range(30))
def test_theory_is_what_the_impulse_measures(seed: int) -> None:
    network, size = make_random_network(seed)
    theory = trace_fields(network)[-1]
    height, width = measure_impulse(network)
    assert list_measured(height) == list_theory(theory.height)
    assert list_measured(width) == list_theory(theory.width)
    assert network.input_shape[1:3] == size


JAX_CODE = """
import sys
sys.modules["tensorflow"] = None
import keras
from random_networks import make_random_network
from test_impulse import list_measured, list_theory, measure_impulse, trace_fields
assert keras.backend.backend() == "jax"
for seed in range(3):
    network, _ = make_random_network(seed)
    theory = trace_fields(network)[-1]
    height, width = measure_impulse(network)
    assert list_measured(height) == list_theory(theory.height), seed
    assert list_measured(width) == list_theory(theory.width), seed
"""


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_theory_is_what_the_impulse_measures_on_jax() -> None:
    tests = Path(__file__).parent.parent
    done = subprocess.run(
        [sys.executable, "-c", JAX_CODE],
        env={
            "KERAS_BACKEND": "jax",
            "PATH": "/usr/bin:/bin",
            "PYTHONPATH": os.pathsep.join([str(tests.parent), str(tests), str(tests / "inspection")]),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def test_a_line_is_what_single_pixels_add_up_to() -> None:
    start = keras.Input((20, 26, 1))
    x = layers.Conv2D(2, (1, 5), padding="same")(start) + layers.Conv2D(2, (5, 1), padding="same")(start)
    network = keras.Model(start, layers.MaxPooling2D(2)(x))
    # a cross: one row of pixels alone would show less
    assert list_measured(measure_impulse(network)[1]) == [(-2, 3)]
    assert measure_spot(network).shape[0] > 4


def test_the_profile_of_convolutions_is_the_binomial_that_it_must_be() -> None:
    start = keras.Input((None, None, 1))
    x = start
    for _ in range(8):
        x = layers.Conv2D(1, (1, 2), padding="same")(x)
    profile = measure_impulse(keras.Model(start, x))[1].profile
    binomial = np.array([1, 8, 28, 56, 70, 56, 28, 8, 1])
    assert np.allclose(profile.values / profile.values.max(), binomial / 70)
    assert profile.spread_px == pytest.approx(np.sqrt(8) / 2)
    assert profile.fit_gaussian().sigma_px == pytest.approx(np.sqrt(2), rel=0.05)


def test_max_pools_keep_the_support_and_the_mean_the_width() -> None:
    network = make_network("residual", 1, 2)
    _, width = measure_impulse(network)
    assert width.supports[0].support_px == width.profile.support_px == 70
    # 3×3 and pools of 2: variances (k² - 1) / 12 · stride² add up
    thirds = [(3, 1), (2, 1), (3, 2), (3, 2), (2, 2), (3, 4)]
    least = sum((k * k - 1) / 12 * s * s for k, s in thirds)
    assert least < width.profile.spread_px**2 < least + 6 * 8 / 12 * 16  # the residual pairs have short ways too
    assert width.profile.fit_gaussian().r2 > 0.999


def test_the_probe_leaves_the_network_as_it_is() -> None:
    network = make_network("classic", 1, 2)
    before = [w.copy() for w in network.get_weights()]
    names = [layer.name for layer in network.layers]
    trace_fields(network)
    measure_spot(network)
    assert all(np.array_equal(one, two) for one, two in zip(before, network.get_weights(), strict=True))
    assert names == [layer.name for layer in network.layers]
    assert network.layers[1].output.shape[-1] == 16  # raises where a layer was called a second time
