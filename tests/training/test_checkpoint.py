import errno
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import fcn_captcha
from fcn_captcha.data.errors import DataError
from fcn_captcha.training import checkpoint
from fcn_captcha.training.checkpoint import FORMAT, read_checkpoint, write_checkpoint

STATE: dict[str, Any] = {
    "random": np.random.default_rng(0).bit_generator.state,  # of integers of 128 bits
    "seconds": 0.1,
    "next": float("inf"),
    "halves": None,
    "weights": [np.arange(6, dtype=np.float32).reshape(2, 3), np.array(7, dtype=np.int64)],
    "nothing": np.empty((0, 2)),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    write_checkpoint(tmp_path / "c.npz", {"hash": "h"}, STATE)
    return tmp_path / "c.npz"


def test_what_was_written_is_read(path: Path) -> None:
    data, state = read_checkpoint(path)
    assert data == {"hash": "h"}
    assert state.keys() == STATE.keys()
    for name in ("random", "seconds", "next", "halves"):
        assert state[name] == STATE[name]
    for found, wanted in zip([*state["weights"], state["nothing"]], [*STATE["weights"], STATE["nothing"]], strict=True):
        assert found.dtype == wanted.dtype
        assert found.shape == wanted.shape
        assert (found == wanted).all()


def test_numbers_of_numpy_become_plain_ones(path: Path) -> None:
    write_checkpoint(path, {}, {"best": np.float64(0.5), "count": np.int64(3)})
    assert read_checkpoint(path)[1] == {"best": 0.5, "count": 3}


def test_a_checkpoint_cut_short_or_changed_is_never_taken_for_a_whole_one(path: Path) -> None:
    whole = path.read_bytes()
    for size in (*range(0, len(whole), 97), len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(DataError, match=r"c\.npz: damaged, or not a checkpoint"):
            read_checkpoint(path)
    for place in range(0, len(whole), 7):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x11]) + whole[place + 1 :])
        try:
            data, state = read_checkpoint(path)
        except DataError:
            continue
        assert data == {"hash": "h"}  # a date or so was hit
        assert state["random"] == STATE["random"]
        assert (state["weights"][0] == STATE["weights"][0]).all()


@pytest.mark.parametrize("change", ["format", "package"])
def test_another_version_is_named(path: Path, monkeypatch: pytest.MonkeyPatch, change: str) -> None:
    with monkeypatch.context() as patch:
        if change == "format":
            patch.setattr(checkpoint, "FORMAT", FORMAT + 1)
        else:
            patch.setattr(fcn_captcha, "__version__", "99.0")
        write_checkpoint(path, {}, STATE)
    theirs = f"99.0 (format {FORMAT})" if change == "package" else f"{fcn_captcha.__version__} (format {FORMAT + 1})"
    with pytest.raises(DataError) as raised:
        read_checkpoint(path)
    assert f"{path}: written by fcn_captcha {theirs}, this is {fcn_captcha.__version__}" in str(raised.value)


def test_a_full_disk_leaves_the_old_one(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_half(self: Path, content: bytes) -> int:
        with self.open("wb") as file:
            file.write(content[: len(content) // 2])
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", write_half)
    with pytest.raises(OSError, match="No space left"):
        write_checkpoint(path, {"hash": "other"}, STATE)
    assert read_checkpoint(path)[0] == {"hash": "h"}
    assert [p.name for p in path.parent.iterdir()] == ["c.npz"]


def test_what_a_killed_process_left_half_written_goes(path: Path) -> None:
    (path.parent / ".c.npz.123.part").write_bytes(b"half")
    write_checkpoint(path, {}, STATE)
    assert [p.name for p in path.parent.iterdir()] == ["c.npz"]
