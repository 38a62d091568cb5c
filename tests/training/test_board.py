import csv
import errno
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from recorder import Notebook, record
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

from fcn_captcha.evaluation.result import Epoch
from fcn_captcha.training import finishing
from fcn_captcha.training.board import Board
from fcn_captcha.training.job import resume, train
from fcn_captcha.training.settings import Settings

HISTORY = [
    Epoch(1, 4.0, 1000, 1e-3, 9.0, None, 0.25, 0.5, 0.4, 0.5),
    Epoch(2, 6.0, 2000, 2e-3, 4.0, None, None, None, None, 0.25),
    Epoch(3, 8.5, 3000, 1e-3, 2.0, 1.5, 0.75, 0.9, 0.3, 0.125),
]
OF_HISTORY = {
    "training/loss": "loss",
    "training/learning_rate": "learning_rate",
    "training/waiting_share": "waiting",
    "training/centre_movement_px": "movement_px",
    "validation/exact_match": "exact",
    "validation/character_accuracy": "characters",
}


def load(folder: Path) -> EventAccumulator:
    """As TensorBoard itself does."""
    return EventAccumulator(str(folder)).Reload()


def read_points(folder: Path) -> dict[str, list[tuple[int, float]]]:
    """Images shown and value, of each curve."""
    events = load(folder)
    return {tag: [(e.step, e.value) for e in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def read_rows(path: Path) -> dict[str, list[Any]]:
    """What the curves should be by ``history.csv``."""
    with path.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    curves = {
        tag: [(int(row["images"]), pytest.approx(float(row[name]))) for row in rows if row[name]]
        for tag, name in OF_HISTORY.items()
    }
    return {tag: points for tag, points in curves.items() if points}


def make_settings(data: Path, out: Path, **change: Any) -> Settings:
    of_all = {
        "data": str(data),
        "out": str(out),
        "epochs": 3,
        "epoch_images": 32,
        "batch_size": 16,
        "tensorboard": True,
    }
    return Settings(**{**of_all, **change})


@pytest.fixture
def _without_learning(monkeypatch: pytest.MonkeyPatch) -> None:
    record(monkeypatch, loss=2.5)
    monkeypatch.setattr(finishing, "make_page", lambda result: "a page")


@pytest.mark.usefixtures("_without_learning")
def test_tensorboard_reads_what_history_csv_says_and_the_settings(images: Path, tmp_path: Path) -> None:
    train(make_settings(images, tmp_path / "run"))
    points = read_points(tmp_path / "run" / "tensorboard")
    assert [step for step, _ in points.pop("training/images_per_second")] == [32, 64, 96]
    assert points == read_rows(tmp_path / "run" / "history.csv")
    assert [e.step for e in load(tmp_path / "run" / "tensorboard").Images("validation/readings")] == [32, 64, 96]
    (text,) = load(tmp_path / "run" / "tensorboard").Tensors("settings")
    shown = text.tensor_proto.string_val[0].decode()
    assert all(line.startswith("    ") for line in shown.splitlines())
    assert json.loads(shown) == json.loads((tmp_path / "run" / "settings.json").read_text())


def test_each_curve_has_a_point_where_it_was_measured(tmp_path: Path) -> None:
    board = Board(tmp_path / "tensorboard", {"seed": 3}, 0.0)
    for n in range(4):
        board.write(HISTORY[:n])
    assert read_points(tmp_path / "tensorboard") == {
        "training/loss": [(1000, 9.0), (2000, 4.0), (3000, 2.0)],
        "training/learning_rate": [(n, pytest.approx(y)) for n, y in ((1000, 1e-3), (2000, 2e-3), (3000, 1e-3))],
        "training/images_per_second": [(1000, 250.0), (2000, 500.0), (3000, 400.0)],
        "training/waiting_share": [(1000, 0.5), (2000, 0.25), (3000, 0.125)],
        "training/centre_movement_px": [(3000, 1.5)],
        "validation/exact_match": [(1000, 0.25), (3000, 0.75)],
        "validation/character_accuracy": [(1000, 0.5), (3000, pytest.approx(0.9))],
    }
    times = [event.wall_time for event in load(tmp_path / "tensorboard").Scalars("training/loss")]
    assert times[2] - times[0] == pytest.approx(4.5)


def test_pictures_arrive_as_they_are(tmp_path: Path) -> None:
    picture = np.full((32, 48, 3), (0, 114, 178), np.uint8)
    picture[16:] = 213, 94, 0
    board = Board(tmp_path / "tensorboard", {}, 0.0)
    board.write([])
    board.write(HISTORY[:2])
    board.write(HISTORY, picture)
    (event,) = load(tmp_path / "tensorboard").Images("validation/readings")
    assert (event.step, event.width, event.height) == (3000, 48, 32)
    with Image.open(io.BytesIO(event.encoded_image_string)) as image:
        found = np.asarray(image, np.float32)
    for rows in (slice(0, 12), slice(20, 32)):  # JPEG blurs where the colours meet
        np.testing.assert_allclose(found[rows], picture[rows], atol=3)


@pytest.mark.usefixtures("_without_learning")
def test_a_training_that_goes_on_has_each_point_once(images: Path, tmp_path: Path) -> None:
    class Crashing(Notebook):
        def move(self, share: float, line: str) -> None:
            super().move(share, line)
            if len(self.moves) == 5:
                raise RuntimeError

    with pytest.raises(RuntimeError):
        train(make_settings(images, tmp_path / "run"), Crashing())
    folder = tmp_path / "run" / "tensorboard"
    assert [step for step, _ in read_points(folder)["training/loss"]] == [32, 64]
    resume({"out": str(tmp_path / "run")})
    assert read_points(folder)["training/loss"] == [(32, 2.5), (64, 2.5), (96, 2.5)]
    assert len(list(folder.iterdir())) == 1


@pytest.mark.usefixtures("_without_learning")
def test_curves_of_an_earlier_run_go_with_it_and_other_files_stay(images: Path, tmp_path: Path) -> None:
    train(make_settings(images, tmp_path / "run"))
    (tmp_path / "run" / "tensorboard" / "notes.txt").write_text("years of work")
    train(make_settings(images, tmp_path / "run", overwrite=True, tensorboard=False))
    assert [path.name for path in (tmp_path / "run" / "tensorboard").iterdir()] == ["notes.txt"]


@pytest.mark.usefixtures("_without_learning")
def test_no_folder_without_the_flag(images: Path, tmp_path: Path) -> None:
    train(make_settings(images, tmp_path / "run", tensorboard=False))
    assert not (tmp_path / "run" / "tensorboard").exists()


def test_what_a_full_disk_cut_short_is_written_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    board = Board(tmp_path / "tensorboard", {}, 0.0)
    board.write(HISTORY[:1])

    class Full:
        """An open file with room for ten bytes."""

        def __init__(self, file: Any) -> None:
            self._file = file

        def __enter__(self) -> "Full":
            return self

        def __exit__(self, *error: object) -> None:
            self._file.close()

        def __getattr__(self, name: str) -> Any:
            return getattr(self._file, name)

        def write(self, content: bytes) -> int:
            self._file.write(content[:10])
            raise OSError(errno.ENOSPC, "No space left on device")

    opened = Path.open
    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", lambda path, mode: Full(opened(path, mode)))
        with pytest.raises(OSError, match="No space left"):
            board.write(HISTORY[:2])
    board.write(HISTORY)
    assert [step for step, _ in read_points(tmp_path / "tensorboard")["training/loss"]] == [1000, 2000, 3000]


def test_a_missing_package_is_named_before_anything_is_loaded(tmp_path: Path) -> None:
    code = """
import sys
sys.modules["tensorboard"] = None
from fcn_captcha.train import main
try:
    main(["--generator", "plain", "--tensorboard", "--out", sys.argv[1]])
except SystemExit as end:
    print(end.code, {"keras", "tensorflow"} & set(sys.modules))"""
    command = [sys.executable, "-c", code, str(tmp_path / "run")]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout == "1 set()\n"
    assert done.stderr == (
        "error: tensorboard: the package of that name is needed; pip install 'fcn_captcha[tensorboard]'\n"
    )
    assert not (tmp_path / "run").exists()
