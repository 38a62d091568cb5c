from collections.abc import Callable
from concurrent.futures import Future
from threading import Event

import pytest

from fcn_captcha.data.errors import DataError
from fcn_captcha.maps.decoding import Reading
from fcn_captcha.serving.batching import Batcher


class Recorder:
    """Reads bytes as their own text; the first batch waits to be let go, so that the others pile up."""

    def __init__(self) -> None:
        self.batches: list[list[bytes]] = []
        self.started, self.go = Event(), Event()

    def __call__(self, images: list[bytes]) -> list[Reading | DataError]:
        self.batches.append(images)
        self.started.set()
        assert self.go.wait(60)
        if b"crash" in images:
            raise MemoryError("crash")
        return [DataError("bad") if image == b"bad" else Reading(image.decode(), 1.0, ()) for image in images]


Run = Callable[[list[bytes], int], tuple[Recorder, list[int], list["Future[Reading]"]]]


@pytest.fixture
def run() -> Run:
    def run(images: list[bytes], pixels: int) -> tuple[Recorder, list[int], list["Future[Reading]"]]:
        """What happens to images that all arrive while another, 'first', is read."""
        recorder, sizes = Recorder(), list[int]()
        batcher = Batcher(recorder, 1000, sizes.append, gather_s=0)
        first = batcher.submit(b"first", 1)
        assert recorder.started.wait(60)
        answers = [batcher.submit(image, pixels) for image in images]
        assert len(batcher) == len(images)
        recorder.go.set()
        batcher.close()
        assert first.result().text == "first"
        assert len(batcher) == 0
        return recorder, sizes, answers

    return run


def test_what_waits_is_read_in_one_batch_and_each_gets_its_own_answer(run: Run) -> None:
    recorder, sizes, answers = run([b"%d" % i for i in range(5)], 10)
    assert [answer.result().text for answer in answers] == ["0", "1", "2", "3", "4"]
    assert [len(batch) for batch in recorder.batches] == sizes == [1, 5]


@pytest.mark.parametrize(("pixels", "expected"), [(1, [1, 64, 6]), (100, [1, *[10] * 7]), (5000, [1] * 71)])
def test_a_batch_has_at_most_64_images_and_so_many_pixels(run: Run, pixels: int, expected: list[int]) -> None:
    _, sizes, _ = run([b"x"] * 70, pixels)
    assert sizes == expected


def test_an_image_that_cannot_be_read_spoils_no_other(run: Run) -> None:
    _, _, (a, bad, crash, b) = run([b"a", b"bad", b"crash", b"b"], 1)
    assert (a.result().text, b.result().text) == ("a", "b")
    assert isinstance(bad.exception(), DataError)
    assert isinstance(crash.exception(), MemoryError)


def test_an_image_that_nobody_waits_for_any_more_is_not_read() -> None:
    recorder = Recorder()
    batcher = Batcher(recorder, 1000, lambda size: None, gather_s=0)
    batcher.submit(b"first", 1)
    assert recorder.started.wait(60)
    assert batcher.submit(b"gone", 1).cancel()
    kept = batcher.submit(b"kept", 1)
    recorder.go.set()
    batcher.close()
    assert kept.result().text == "kept"
    assert recorder.batches == [[b"first"], [b"kept"]]


def test_after_its_end_nothing_is_taken() -> None:
    batcher = Batcher(Recorder(), 1000, lambda size: None)
    batcher.close()
    with pytest.raises(RuntimeError, match="closed"):
        batcher.submit(b"late", 1)
