"""What is read beside an image never changes its reading: in batches, by jobs, by threads, after a fork."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from untrained import write_untrained

from fcn_captcha.data.errors import DataError
from fcn_captcha.data.preprocessing import Preprocess
from fcn_captcha.maps.alphabet import Alphabet
from fcn_captcha.maps.decoding import Reading
from fcn_captcha.model.config import ModelConfig
from fcn_captcha.model.network import make_network
from fcn_captcha.model.onnx_file import make_onnx, write_onnx
from fcn_captcha.reading.reader import Reader

Images = list[np.ndarray]


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Reader:
    """Of a network with random weights, whose maps have peaks anywhere."""
    path = tmp_path_factory.mktemp("model") / "model.onnx"
    config = ModelConfig(Alphabet("abcdefghij"), Preprocess(), 0.4, 2.0, 4, "residual")
    network = make_network("residual", 1, 10)
    rng = np.random.default_rng(5)
    *inner, kernel, bias = network.get_weights()
    network.set_weights([*(w + rng.normal(0, 0.03, w.shape) for w in inner), 6 * kernel, 0 * bias])
    write_onnx(path, make_onnx(network, config), config)
    return Reader.load(path)


@pytest.fixture(scope="module")
def images() -> Images:
    rng = np.random.default_rng(0)
    sizes = [(int(rng.integers(20, 60)), int(rng.integers(60, 260))) for _ in range(150)]
    return [rng.integers(0, 256, (*size, 3)).astype(np.uint8) for size in sizes]


@pytest.fixture(scope="module")
def alone(reader: Reader, images: Images) -> list[Reading]:
    return [reader.read(image) for image in images]


def assert_same(found: list[Reading], expected: list[Reading]) -> None:
    assert [r.text for r in found] == [r.text for r in expected]
    np.testing.assert_allclose([r.confidence for r in found], [r.confidence for r in expected], atol=1e-4)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(
            [(c.x, c.y) for c in one.characters], [(c.x, c.y) for c in other.characters], atol=1e-3
        )


def test_readings_differ_so_that_mixing_them_up_would_show(alone: list[Reading]) -> None:
    assert len({r.text for r in alone}) > 100


def test_alone_and_in_any_batch_the_same(reader: Reader, images: Images, alone: list[Reading]) -> None:
    assert_same(list(reader.read_many(images)), alone)
    assert_same(list(reader.read_many(images[::-1])), alone[::-1])


def test_jobs_read_the_same_in_the_same_order(reader: Reader, images: Images, alone: list[Reading]) -> None:
    found = list(reader.try_many([*images, b"no image", *images], jobs=2))
    assert isinstance(found.pop(150), DataError)
    assert_same([r for r in found if isinstance(r, Reading)], alone * 2)


def test_of_eight_threads_each_gets_its_own(reader: Reader, images: Images, alone: list[Reading]) -> None:
    shares = [list(range(i, 150, 8)) for i in range(8)]
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda share: [reader.read(images[i]) for i in share], shares))
    for share, readings in zip(shares, found, strict=True):
        assert_same(readings, [alone[i] for i in share])


def test_what_can_not_be_read_stands_in_its_place(reader: Reader, images: Images) -> None:
    found = list(reader.try_many([images[0], b"", images[1]]))
    assert [isinstance(r, DataError) for r in found] == [False, True, False]
    many = reader.read_many([images[0], b"", images[1]])
    assert isinstance(next(many), Reading)
    with pytest.raises(DataError, match="image in memory: not an image"):
        next(many)


def test_jobs_that_can_not_be(reader: Reader, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="jobs: at least 1 is needed, got 0"):
        next(reader.try_many([], jobs=0))
    by_keras = Reader.load(write_untrained(tmp_path / "m.keras"))
    with pytest.raises(ValueError, match="jobs: more than 1 needs an ONNX model"):
        next(by_keras.try_many([b""], jobs=2))


def test_dask_shares_the_work_as_the_documentation_has_it(reader: Reader, images: Images, alone: list[Reading]) -> None:
    bag = pytest.importorskip("dask.bag")
    one = reader.for_job()
    parts = bag.from_sequence(images, partition_size=40).map_partitions(lambda part: list(one.try_many(part)))
    assert_same(parts.compute(scheduler="threads", num_workers=2), alone)
