"""The training path on another backend, with TensorFlow out of reach."""

import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest
from folders import write_bars

CODE = """
import sys
sys.modules["tensorflow"] = None  # importing it raises
import keras
from fcn_captcha import train
losses = []
told = keras.callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: losses.append(logs["loss"]))
result = train(data=sys.argv[1], out=sys.argv[2], epochs=3, epoch_images=32, callbacks=[told], tensorboard=True)
assert losses == [epoch.loss for epoch in result.history]
assert keras.backend.backend() == "jax"
print(len(result.readings), result.history[-1].loss < result.history[0].loss)
"""


@pytest.mark.skipif(importlib.util.find_spec("jax") is None, reason="JAX is not installed")
def test_jax_trains_without_tensorflow_and_tensorflow_reads_the_model(tmp_path: Path) -> None:
    from fcn_captcha.reading.reader import Reader

    data, out = tmp_path / "data", tmp_path / "run"
    write_bars(data, ["a", "aa", "b", "ab"] * 10)  # of one size, as each is compiled for itself
    done = subprocess.run(
        [sys.executable, "-c", CODE, str(data), str(out)],
        env={"KERAS_BACKEND": "jax", "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split()[-1] == "True"
    assert list((out / "tensorboard").iterdir())
    reader = Reader.load(out)
    assert reader.config.architecture == "dilated"
    reader.read(next(data.glob("*.png")))
