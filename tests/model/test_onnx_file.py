import json
import os
import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import keras
import numpy as np
import onnx
import pytest
from onnx import helper

from fcn_captcha.data.errors import ModelFileError
from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.model.config import FORMAT, ModelConfig
from fcn_captcha.model.network import make_network
from fcn_captcha.model.onnx_file import OnnxPredict, make_onnx, read_onnx, write_onnx
from fcn_captcha.model.prediction import Maps, make_predict

CONFIG = ModelConfig(Alphabet("abc"), Preprocess(0.5, "light"), 0.4, 2.0, 4, "residual")


def draw_ink(seed: int = 0, batch: int = 2) -> Maps:
    return np.random.default_rng(seed).random((batch, 16, 40, 1), np.float32)


@pytest.fixture(scope="module")
def network() -> keras.Model:
    return make_network("residual", 1, 3, seed=4)


@pytest.fixture(scope="module")
def path(network: keras.Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("onnx") / "m.onnx"
    write_onnx(path, make_onnx(network, CONFIG), CONFIG)
    return path


def test_what_is_written_reads_back_without_anything_beside_it(path: Path, network: keras.Model) -> None:
    predict, config = read_onnx(path)
    assert config == CONFIG
    np.testing.assert_allclose(predict(draw_ink()), make_predict(network)(draw_ink()), atol=1e-5)
    assert [f.name for f in path.parent.iterdir()] == ["m.onnx"]
    onnx.checker.check_model(onnx.load(path), full_check=True)


def test_a_network_that_onnx_runtime_computes_otherwise_is_refused(
    network: keras.Model, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("fcn_captcha.model.onnx_file.make_predict", lambda network: lambda ink: make_other(ink))
    with pytest.raises(ValueError, match=r"onnx: ONNX Runtime and Keras differ by .*, more than 0\.0001"):
        make_onnx(network, CONFIG)


def make_other(ink: Maps) -> Maps:
    return np.full((len(ink), ink.shape[1] // 4, ink.shape[2] // 4, 3), 0.5, np.float32)


def change_record(path: Path, target: Path, record: str | None) -> Path:
    model = onnx.load(path)
    helper.set_model_props(model, {} if record is None else {"fcn_captcha": record})
    target.write_bytes(model.SerializeToString())
    return target


def test_what_is_no_such_file_is_named(path: Path, tmp_path: Path) -> None:
    (tmp_path / "text.onnx").write_text("hello")
    whole = path.read_bytes()
    (tmp_path / "cut.onnx").write_bytes(whole[: len(whole) // 2])
    for name in ("text", "cut"):
        with pytest.raises(ModelFileError, match=rf"{name}\.onnx: ONNX Runtime can't load it"):
            read_onnx(tmp_path / f"{name}.onnx")
    for record in (None, "{", "[]"):
        with pytest.raises(ModelFileError, match=r"o\.onnx: not a model of this package"):
            read_onnx(change_record(path, tmp_path / "o.onnx", record))
    newer = json.dumps({**CONFIG.as_dict(), "format": FORMAT + 1})
    with pytest.raises(ModelFileError, match=rf"n\.onnx: written by .* in format {FORMAT + 1}"):
        read_onnx(change_record(path, tmp_path / "n.onnx", newer))
    other = json.dumps({**CONFIG.as_dict(), "alphabet": "ab"})
    with pytest.raises(ModelFileError, match=r"takes 1 channels and gives 3 maps, its record says 1 and 2"):
        read_onnx(change_record(path, tmp_path / "a.onnx", other))


def test_eight_threads_at_once_get_each_their_own_maps(path: Path) -> None:
    predict, _ = read_onnx(path, threads=1)
    inks = [draw_ink(seed, batch=1 + seed % 3) for seed in range(48)]
    alone = [predict(ink) for ink in inks]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(predict, inks))
    for one, other in zip(alone, together, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_it_can_be_pickled(path: Path) -> None:
    predict, _ = read_onnx(path, threads=1)
    copy: OnnxPredict = pickle.loads(pickle.dumps(predict))
    np.testing.assert_array_equal(copy(draw_ink()), predict(draw_ink()))
    np.testing.assert_allclose(predict.with_threads(2)(draw_ink()), predict(draw_ink()), atol=1e-6)


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded, use of fork:DeprecationWarning")
@pytest.mark.filterwarnings("ignore:os.fork.. was called:RuntimeWarning")
def test_a_forked_child_reads_on(path: Path) -> None:
    predict, _ = read_onnx(path, threads=2)
    ink = draw_ink(batch=8)
    expected = predict(ink)
    child = os.fork()
    if child == 0:
        os._exit(0 if np.allclose(predict(ink), expected, atol=1e-6) else 1)
    _, status = os.waitpid(child, 0)
    assert os.waitstatus_to_exitcode(status) == 0


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="tells resident memory on Linux")
def test_the_memory_of_a_large_image_is_given_back(path: Path) -> None:
    """Some 120 bytes a pixel: kept, it would be 500 MB."""

    def measure() -> float:
        (line,) = (line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmRSS"))
        return int(line.split()[1]) / 1024

    predict, _ = read_onnx(path)
    predict(draw_ink())
    before = measure()
    predict(np.zeros((1, 2048, 2048, 1), np.float32))
    assert measure() - before < 330
