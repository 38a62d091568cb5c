"""A training's curves for TensorBoard: its own file format, written without TensorFlow."""

import io
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import cv2
from tensorboard.compat.proto.event_pb2 import Event, SessionLog
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.plugins.text.summary_v2 import text_pb
from tensorboard.summary.writer.record_writer import RecordWriter

from fcn_captcha.data.files import format_json
from fcn_captcha.data.images import Pixels
from fcn_captcha.evaluation.result import Epoch

EVENTS = "events.out.tfevents.*"  # TensorBoard knows its files by that name


class Board:
    """Writes each epoch as points over the images shown so far, and the settings as text.

    A training that goes on writes a file of its own with all epochs so far, in place of the older one, so no point
    is missing or there twice; of the pictures only the last stays.
    """

    def __init__(self, folder: Path, settings: dict[str, Any], seconds: float) -> None:
        """``settings`` are shown as JSON; ``seconds`` is how long the training has been going on."""
        self._folder = folder
        self._path = folder / EVENTS.replace("*", str(int(time.time())))
        self._settings = settings
        self._begun = time.time() - seconds
        self._size, self._epochs = 0, 0  # bytes and epochs that are written

    def write(self, history: Sequence[Epoch], picture: Pixels | None = None) -> None:
        """Adds the epochs that were not there before and, to the last one, a picture: RGB, uint8.

        Raises ``OSError``; the next call then tries the epochs again.
        """
        events = [] if self._size else list(self._make_head())
        for i, epoch in enumerate(history[self._epochs :], self._epochs):
            events.append(self._make_point(epoch, history[i - 1] if i else None))
        if picture is not None:
            events.append(self._make_picture(history[-1], picture))
        file = io.BytesIO()
        writer = RecordWriter(file)
        for event in events:
            writer.write(event.SerializeToString())
        self._append(file.getvalue())
        self._epochs = len(history)

    def _append(self, content: bytes) -> None:
        if not self._size:
            self._folder.mkdir(exist_ok=True)
            for old in self._folder.glob(EVENTS):
                old.unlink()
            self._path.touch()
        with self._path.open("r+b") as file:
            file.truncate(self._size)  # what a full disk cut short
            file.seek(self._size)
            file.write(content)
        self._size += len(content)

    def _make_head(self) -> Iterator[Event]:
        """What tells the format, that points of an earlier file don't count, and the settings."""
        yield Event(wall_time=self._begun, file_version="brain.Event:2")
        yield Event(wall_time=self._begun, step=0, session_log=SessionLog(status=SessionLog.START))
        text = "".join(f"    {line}\n" for line in format_json(self._settings).splitlines())  # Markdown for: verbatim
        yield Event(wall_time=self._begun, step=0, summary=text_pb("settings", text))

    def _make_point(self, epoch: Epoch, before: Epoch | None) -> Event:
        images, seconds = (before.images, before.seconds) if before else (0, 0.0)
        row = {
            "training/loss": epoch.loss,
            "training/learning_rate": epoch.learning_rate,
            "training/images_per_second": (epoch.images - images) / max(1e-3, epoch.seconds - seconds),
            "training/waiting_share": epoch.waiting,
            "training/centre_movement_px": epoch.movement_px,
            "validation/exact_match": epoch.exact,
            "validation/character_accuracy": epoch.characters,
        }
        values = [Summary.Value(tag=tag, simple_value=value) for tag, value in row.items() if value is not None]
        return self._make_event(epoch, values)

    def _make_picture(self, epoch: Epoch, picture: Pixels) -> Event:
        content = cv2.imencode(".jpg", picture[..., ::-1], (cv2.IMWRITE_JPEG_QUALITY, 90))[1].tobytes()
        height, width = picture.shape[:2]
        image = Summary.Image(height=height, width=width, colorspace=3, encoded_image_string=content)
        return self._make_event(epoch, [Summary.Value(tag="validation/readings", image=image)])

    def _make_event(self, epoch: Epoch, values: list[Any]) -> Event:
        return Event(wall_time=self._begun + epoch.seconds, step=epoch.images, summary=Summary(value=values))
