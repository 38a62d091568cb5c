import os
import sys
from pathlib import Path
from types import SimpleNamespace

import keras
import pytest

from fcn_captcha.model import backend
from fcn_captcha.model.backend import find_batch_size, find_precision, load_keras


class Loud:
    """A Keras whose backend prints as it wakes, and may fail then."""

    def __init__(self, error: Exception | None = None) -> None:
        self.ops = self
        self._error = error

    def ones(self, count: int) -> int:
        os.write(2, b"from compiled code\n")
        if self._error is not None:
            raise self._error
        return count

    def convert_to_numpy(self, array: int) -> int:
        return array


def test_what_a_backend_prints_as_it_starts_is_not_seen(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setitem(sys.modules, "keras", Loud())
    load_keras()
    print("afterwards", file=sys.stderr)
    assert capfd.readouterr().err == "afterwards\n"


def test_where_it_fails_all_of_it_is_seen(monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setitem(sys.modules, "keras", Loud(RuntimeError("no device")))
    with pytest.raises(RuntimeError, match="no device"):
        load_keras()
    assert "from compiled code\n" in capfd.readouterr().err


def test_without_keras_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keras", None)
    with pytest.raises(ModuleNotFoundError, match=r"pip install 'fcn_captcha\[train\]' brings Keras and TensorFlow"):
        load_keras()


def set_machine(monkeypatch: pytest.MonkeyPatch, name: str, gpu: bool) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: name)
    devices = ["a GPU"] if gpu else []
    tensorflow = SimpleNamespace(config=SimpleNamespace(list_physical_devices=lambda kind: devices))
    monkeypatch.setitem(sys.modules, "tensorflow", tensorflow)
    jax = SimpleNamespace(default_backend=lambda: "gpu" if gpu else "cpu")
    monkeypatch.setitem(sys.modules, "jax", jax)


@pytest.mark.parametrize("flags", ["fpu avx512_bf16 amx_bf16 amx_tile", "fpu avx512_bf16", "fpu avx2", None])
@pytest.mark.parametrize("name", ["tensorflow", "jax", "torch"])
@pytest.mark.parametrize("gpu", [False, True])
def test_bfloat16_where_the_machine_is_fast_at_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, name: str, gpu: bool, flags: str | None
) -> None:
    processor = tmp_path / "cpuinfo"
    if flags is not None:
        processor.write_text(f"flags\t\t: {flags}\n")
    monkeypatch.setattr(backend, "Path", lambda path: processor)
    set_machine(monkeypatch, name, gpu)
    fast = name != "torch" and (gpu or (name == "tensorflow" and flags is not None and "_bf16" in flags))
    assert find_precision() == ("bfloat16" if fast else "float32")


@pytest.mark.parametrize(
    ("gpu", "images", "size"),
    [(True, None, 32), (True, 100, 32), (False, None, 16), (False, 12_000, 8), (False, 12_001, 16)],
)
def test_a_batch_is_small_where_there_are_few_steps(
    monkeypatch: pytest.MonkeyPatch, gpu: bool, images: int | None, size: int
) -> None:
    set_machine(monkeypatch, "jax", gpu)
    assert find_batch_size(images) == size
