import io
import resource

import cv2
import numpy as np
import pytest
from PIL import Image

from fcn_captcha.data.depth import deepen, find_full, is_whole

RED = np.zeros((20, 40, 3), np.uint16)
RED[:, :, 2] = 1023  # ten bits of sixteen
PNG: bytes = cv2.imencode(".png", RED)[1].tobytes()


def lie(png: bytes) -> bytes:
    """The file, whose pixels say to be two gigabytes."""
    at = png.index(b"IDAT")
    return png[: at - 4] + (2**31 - 1).to_bytes(4, "big") + png[at:]


def test_the_bits_in_use_are_scaled_to_eight() -> None:
    with Image.open(io.BytesIO(PNG)) as image:
        assert np.asarray(deepen(image))[3, 3].tolist() == [255, 0, 0]
        assert np.asarray(image)[3, 3].tolist() == [3, 0, 0]


def test_a_length_that_lies_takes_no_memory() -> None:
    """OpenCV would take two gigabytes for this file of a hundred bytes, and Pillow reads it."""
    with Image.open(io.BytesIO(lie(PNG))) as image:
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        assert deepen(image) is image
        assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100 * 1024  # KiB


@pytest.mark.parametrize(
    ("png", "expected"),
    [(PNG, True), (PNG + b"more", True), (PNG[:-1], False), (PNG[:-12], False), (lie(PNG), False), (b"", False)],
)
def test_whole_is_what_holds_its_parts(png: bytes, expected: bool) -> None:
    assert is_whole(png) == expected


def test_full_is_of_as_many_bits() -> None:
    assert [find_full(largest) for largest in (0, 255, 256, 1000, 65535)] == [255, 255, 511, 1023, 65535]
