import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from averaging import look_at_squares, make_averaging
from keras import ops

from fcn_captcha.inspection.gradients import make_gradient
from fcn_captcha.inspection.minimisation import Minimisation
from fcn_captcha.inspection.saliency import minimise

CODE = """
import sys
sys.modules["tensorflow"] = None  # importing it raises
sys.path.insert(0, sys.argv[1])
import numpy as np
from averaging import look_at_squares, make_averaging
from fcn_captcha.inspection.minimisation import Minimisation
from fcn_captcha.inspection.saliency import minimise
view = look_at_squares()
found = minimise(make_averaging(), [(view, d) for d in view.detections], Minimisation(steps=5))
np.savez(sys.argv[2], **{f"{name}{i}": getattr(s, name) for i, s in enumerate(found) for name in ("ink", "map_curve")})
"""


def test_each_image_has_the_gradient_of_its_own_terms() -> None:
    def measure(maps: Any, ink: Any, factor: Any) -> Any:
        return ops.stack([ops.sum(maps[..., 0] ** 2, (1, 2)) * factor, ops.sum(maps[..., 1], (1, 2))], axis=1)

    ink = np.zeros((2, 8, 12, 1), np.float32)
    ink[0, :4, :4] = 1
    ink[1, 4:, 8:] = 0.5
    terms, gradient = make_gradient(make_averaging(), measure)(ink, np.array([1, 3], np.float32))
    np.testing.assert_allclose(terms, [[1, 0.3], [0.75, 0.15]], rtol=1e-5)
    assert gradient.shape == ink.shape
    np.testing.assert_allclose(gradient[0, :4, :4], (2 + 0.3) / 16, rtol=1e-5)
    np.testing.assert_allclose(gradient[1, 4:, 8:], (2 * 0.5 * 3 + 0.3) / 16, rtol=1e-5)
    np.testing.assert_allclose(gradient[1, :4], 0.3 / 16, rtol=1e-5)


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_jax_finds_what_tensorflow_finds(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(Path(__file__).parent.parent), str(tmp_path / "jax.npz")],
        env={"KERAS_BACKEND": "jax", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    view = look_at_squares()
    found = minimise(make_averaging(), [(view, d) for d in view.detections], Minimisation(steps=5))
    with np.load(tmp_path / "jax.npz") as other:
        for i, saliency in enumerate(found):
            np.testing.assert_allclose(other[f"ink{i}"], saliency.ink, atol=1e-5)
            np.testing.assert_allclose(other[f"map_curve{i}"], saliency.map_curve, rtol=1e-4)
