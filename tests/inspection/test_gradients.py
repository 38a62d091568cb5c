import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import keras
import numpy as np
import pytest
from keras import layers

from fcn_captcha.inspection.gradients import make_gradient


def check_squares() -> None:
    """Of the map x², weighted w, the gradient is 2xw."""
    start = keras.Input((None, None, 1))
    gradient = make_gradient(keras.Model(start, layers.Multiply()([start, start])))
    rng = np.random.default_rng(3)
    ink, weights = rng.normal(size=(2, 1, 4, 6, 1)).astype(np.float32)
    assert np.allclose(gradient(ink, weights), 2 * ink * weights, atol=1e-6)


def test_the_gradient_of_a_square() -> None:
    check_squares()


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_the_gradient_of_a_square_on_jax() -> None:
    here = Path(__file__).parent
    code = "import sys; sys.modules['tensorflow'] = None; from test_gradients import *; check_squares()"
    path = os.pathsep.join([str(here.parent.parent), str(here)])
    environment = {"KERAS_BACKEND": "jax", "PATH": "/usr/bin:/bin", "PYTHONPATH": path}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
