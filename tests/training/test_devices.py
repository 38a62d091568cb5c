"""A batch that is shared among devices trains as it does on one. Two virtual CPU devices stand for two GPUs."""

import importlib.util
import json
import os
import subprocess
import sys
from typing import Any

import keras
import numpy as np
import pytest

from fcn_captcha.training.devices import find_devices

CODE = """
import json, os
if os.environ["KERAS_BACKEND"] == "tensorflow":
    import tensorflow
    cpu, = tensorflow.config.list_physical_devices("CPU")
    tensorflow.config.set_logical_device_configuration(cpu, 2 * [tensorflow.config.LogicalDeviceConfiguration()])
    tensorflow.debugging.set_log_device_placement(True)

import numpy as np
from small_network import SMALL
from fcn_captcha.console.progress import Watch
from fcn_captcha.model.architectures import ARCHITECTURES
from fcn_captcha.training import dataset
from fcn_captcha.training.loop import Loop
from fcn_captcha.training.settings import Settings

ARCHITECTURES["small"] = SMALL
dataset._GENERATED_PART = 8
record = {}

def make(devices, **change):
    settings = Settings(generator="image-captcha", generator_options="width=32 height=16 alphabet=abc length=2",
        architecture="small", epochs=3, epoch_images=41, batch_size=5, precision="float32", devices=devices, **change)
    return Loop(dataset.make_dataset(settings), settings, 0.0, lambda: 0.0)

def measure(one, two):
    "By how much of their size weights, optimiser and losses differ, and how many devices were used."
    states = one.state(), two.state()
    far = [np.linalg.norm(a - b) / np.linalg.norm(a) for name in ("network", "optimiser")
           for a, b in zip(*(state[name] for state in states)) if np.linalg.norm(a)]
    losses = [abs(a.loss / b.loss - 1) for a, b in zip(one.history, two.history, strict=True)]
    return float(max(far)), max(losses), one.chosen["devices"], two.chosen["devices"]

every = (("adamw", 1e-3), ("muon", 1e-4))[os.environ["KERAS_BACKEND"] == "jax" :]  # there all is Keras's own
for name, rate in every:
    one, two, states = make(1, optimiser=name, learning_rate=rate), make(None, optimiser=name, learning_rate=rate), []
    for loop in one, two:
        loop.run(Watch(quiet=True), keep=states.append)
    record[name] = measure(one, two)
late = make(2, optimiser=name, learning_rate=rate)
late.restore(states[4])  # after the second epoch of two devices
late.run(Watch(quiet=True))
record["resumed"] = measure(two, late)
record["steps"] = late.state()["progress"]["steps"]
record["read"] = [epoch.exact is not None for epoch in two.history]
try:
    make(4)
except ValueError as error:
    record["error"] = str(error)
print()
print(json.dumps(record))
"""


@pytest.fixture(scope="module", params=["tensorflow", "jax"])
def done(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any], list[str]]:
    """The backend, what it came to, and what TensorFlow said of its placing."""
    if importlib.util.find_spec(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    environment = {
        **os.environ,
        "KERAS_BACKEND": request.param,
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
        "CUDA_VISIBLE_DEVICES": "",
        "JAX_PLATFORMS": "cpu",
        "TF_CPP_MIN_LOG_LEVEL": "0",
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    command = [sys.executable, "-c", CODE]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stderr[-2000:]
    *said, last = ended.stdout.splitlines()
    return request.param, json.loads(last), said


def test_two_devices_train_the_weights_of_one_whatever_the_batches_size(
    done: tuple[str, dict[str, Any], list[str]],
) -> None:
    """Batches of five are shared as three and two; the last of an epoch has one image, less than there are devices."""
    backend, record, _ = done
    assert record["steps"] == 27
    assert record["read"] == [True] * 3
    # Muon makes much of what rounding does to small gradients; a share or a weight left out makes it 0.4 and more.
    for optimiser, most in {"tensorflow": {"adamw": 1e-4, "muon": 0.02}, "jax": {"muon": 1e-4}}[backend].items():
        weights, losses, *devices = record[optimiser]
        assert devices == [1, 2]
        assert weights < most, optimiser
        assert losses < 1e-5, optimiser


def test_both_devices_work(done: tuple[str, dict[str, Any], list[str]]) -> None:
    backend, _, said = done
    if backend == "tensorflow":
        placed = [line for line in said if "(Conv2DBackpropFilter)" in line]
        assert {line.rpartition("device:")[2] for line in placed} == {"CPU:0", "CPU:1"}


def test_a_training_on_two_devices_goes_on_as_if_undisturbed(done: tuple[str, dict[str, Any], list[str]]) -> None:
    weights, losses, *devices = done[1]["resumed"]
    assert devices == [2, 2]
    assert weights < 1e-6
    assert losses < 1e-6


def test_more_devices_than_there_are_is_an_error_that_names_both(done: tuple[str, dict[str, Any], list[str]]) -> None:
    backend, record, _ = done
    assert record["error"] == f"devices: it must lie in 1 to 2, the devices that {backend} finds, got 4"


def test_one_device_is_keras_s_own_step() -> None:
    network = keras.Sequential([keras.Input((4, 4, 1)), keras.layers.Conv2D(1, 1)])
    network.compile("sgd", "mse")
    devices = find_devices(1)
    assert len(devices.names) == 1
    assert devices.make_step(network) == network.train_on_batch
    ink = np.ones((2, 4, 4, 1), np.float32)
    assert devices.make_step(network)(ink, ink) > 0
