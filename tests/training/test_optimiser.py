from pathlib import Path

import keras
import numpy as np
import pytest

from fcn_captcha.model.architectures import ARCHITECTURES
from fcn_captcha.model.loss import CentreMapLoss
from fcn_captcha.model.network import make_network
from fcn_captcha.training.optimiser import OPTIMISERS, make_optimiser


def take_step(name: str, kernel: np.ndarray, gradient: np.ndarray, layer: str = "hidden") -> np.ndarray:
    """By how much a kernel changes in one step of rate 0.01 without decay."""
    keras.utils.clear_session()
    convolution = keras.layers.Conv2D(kernel.shape[-1], kernel.shape[0], name=layer, use_bias=False)
    keras.Sequential([keras.Input((None, None, kernel.shape[2])), convolution])
    convolution.set_weights([kernel])
    make_optimiser(name, 0.01, 0.0).apply([keras.ops.convert_to_tensor(gradient)], [convolution.kernel])
    return np.asarray(convolution.get_weights()[0] - kernel)


def make_kernels(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(3, 3, 8, 6)).astype(np.float32), rng.normal(size=(3, 3, 8, 6)).astype(np.float32)


def test_muon_moves_a_hidden_kernel_alike_in_all_directions() -> None:
    kernel, gradient = make_kernels()
    gradient[..., 0] *= 100  # one output's gradient is far larger than the others
    step = take_step("muon", kernel, gradient).reshape(72, 6)
    sizes = np.linalg.svd(step, compute_uv=False) / (0.01 * 0.2 * np.sqrt(72))
    assert (sizes > 0.5).all()
    assert (sizes < 1.5).all()
    assert (step * gradient.reshape(72, 6)).sum() < 0


@pytest.mark.parametrize("layer", ["first_convolution", "centre_maps", "last_convolution"])
def test_the_ends_go_by_adamw_under_muon_too(layer: str) -> None:
    kernel, gradient = make_kernels()
    step = take_step("muon", kernel, gradient, layer)
    np.testing.assert_allclose(step, -0.01 * np.sign(gradient), atol=1e-4)
    np.testing.assert_allclose(step, take_step("adamw", kernel, gradient), atol=1e-6)
    assert not np.allclose(step, take_step("muon", kernel, gradient), atol=1e-3)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_no_number_in_a_gradient_counts_as_zero(name: str) -> None:
    kernel, gradient = make_kernels()
    broken = gradient.copy()
    broken[0, 0, 0, 0] = np.nan
    gradient[0, 0, 0, 0] = 0
    np.testing.assert_allclose(take_step(name, kernel, broken), take_step(name, kernel, gradient), atol=1e-6)


def test_every_architecture_names_its_optimiser_and_the_layers_that_muon_leaves() -> None:
    assert {architecture.optimiser for architecture in ARCHITECTURES.values()} <= set(OPTIMISERS)
    optimiser = make_optimiser("muon", 1e-3, 0.004)
    network = make_network("residual", 1, 5)
    by_muon = [v.path for v in network.trainable_variables if not optimiser._should_use_adamw(v)]
    kernels = [v.path for v in network.trainable_variables if v.path.endswith("/kernel")]
    assert len(kernels) == len(by_muon) + 2
    assert not [path for path in by_muon if "first" in path or "centre_maps" in path]
    with pytest.raises(ValueError, match="optimiser: one of muon, adamw is needed, got 'sgd'"):
        make_optimiser("sgd", 1e-3, 0.0)


@pytest.mark.parametrize("name", OPTIMISERS)
def test_a_model_that_a_callback_saved_loads_with_its_optimiser(name: str, tmp_path: Path) -> None:
    network = make_network("residual", 1, 5)
    network.compile(make_optimiser(name, 1e-3, 0.01), CentreMapLoss())
    ink, maps = np.ones((2, 16, 16, 1), np.float32), np.zeros((2, 4, 4, 5), np.float32)
    network.train_on_batch(ink, maps)
    network.save(tmp_path / "saved.keras")
    loaded = keras.models.load_model(tmp_path / "saved.keras")
    assert type(loaded.optimizer) is OPTIMISERS[name]
    assert loaded.optimizer.get_config() == network.optimizer.get_config()
    assert loaded.train_on_batch(ink, maps) == pytest.approx(network.train_on_batch(ink, maps), rel=1e-5)
