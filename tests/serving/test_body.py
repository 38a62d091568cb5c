import asyncio
import base64
import io
import json
from collections.abc import Iterable

import pytest
from PIL import Image
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.types import Message

from fcn_captcha.data.errors import DataError, ImageTooLargeError
from fcn_captcha.serving import body
from fcn_captcha.serving.body import Limits, decode_json, drain, measure, receive_image, refuse

LIMITS = Limits(max_bytes=1000, max_pixels=800)


def receive(chunks: Iterable[bytes], **headers: str) -> tuple[bytes, int]:
    """The image in a request whose body comes in chunks, and how many of them were taken."""
    waiting, taken = list(chunks), 0

    async def give() -> Message:
        nonlocal taken
        taken += 1
        return {"type": "http.request", "body": waiting[taken - 1], "more_body": taken < len(waiting)}

    named = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    request = Request({"type": "http", "method": "POST", "path": "/read", "headers": named}, give)
    return asyncio.run(receive_image(request, LIMITS)), taken


def get_status(chunks: Iterable[bytes], **headers: str) -> int:
    with pytest.raises(HTTPException) as refused:
        receive(chunks, **headers)
    return refused.value.status_code


@pytest.mark.parametrize(
    "kind", [None, "image/png", "Image/JPEG; q=1", "application/octet-stream", "application/x-www-form-urlencoded"]
)
def test_a_raw_body_is_the_image_as_curl_and_others_send_it(kind: str | None) -> None:
    headers = {} if kind is None else {"content_type": kind}
    assert receive([b"ab", b"", b"cd"], **headers) == (b"abcd", 3)


@pytest.mark.parametrize("before", ["", "data:image/png;base64,"])
def test_base64_in_json(before: str) -> None:
    image = bytes(range(250)) * 4
    assert len(image) == LIMITS.max_bytes
    sent = json.dumps({"image": before + base64.b64encode(image).decode()}).encode()
    assert receive([sent], content_type="application/json")[0] == image


@pytest.mark.parametrize("kind", ["multipart/form-data; boundary=x", "text/plain", "video/mp4"])
def test_another_content_type_is_refused(kind: str) -> None:
    assert get_status([b"ab"], content_type=kind) == 415


def test_a_body_too_large_is_refused_before_more_of_it_is_taken() -> None:
    assert receive([b"x" * 600, b"x" * 400])[1] == 2
    taken = []

    def count() -> Iterable[bytes]:
        for i in range(3):
            taken.append(i)
            yield b"x" * 600

    async def give() -> Message:
        return {"type": "http.request", "body": next(chunks), "more_body": True}

    chunks = iter(count())
    with pytest.raises(HTTPException) as refused:
        asyncio.run(receive_image(Request({"type": "http", "headers": []}, give), LIMITS))
    assert (refused.value.status_code, taken) == (413, [0, 1])
    assert get_status([], content_length="1001") == 413  # the chunks are not even asked for


def test_base64_of_too_much_is_refused() -> None:
    sent = json.dumps({"image": base64.b64encode(b"x" * 1001).decode()}).encode()
    assert get_status([sent], content_type="application/json") == 413


def test_a_body_that_does_not_come_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    async def never() -> Message:
        await asyncio.Event().wait()
        raise AssertionError

    monkeypatch.setattr(body, "RECEIVE_S", 0.0)
    with pytest.raises(HTTPException) as refused:
        asyncio.run(receive_image(Request({"type": "http", "headers": []}, never), LIMITS))
    assert refused.value.status_code == 408


@pytest.mark.parametrize(("headers", "left"), [([], 0), ([(b"expect", b"100-continue")], 3)])
def test_what_is_left_of_a_refused_body_is_taken_unless_the_client_asks_first(
    headers: list[tuple[bytes, bytes]], left: int
) -> None:
    waiting = [b"a", b"b", b"c"]

    async def give() -> Message:
        return {"type": "http.request", "body": waiting.pop(), "more_body": bool(waiting)}

    async def drain_twice() -> None:
        request = Request({"type": "http", "headers": headers}, give)
        await drain(request)
        await drain(request)

    asyncio.run(drain_twice())
    assert len(waiting) == left


@pytest.mark.parametrize(
    ("sent", "message"),
    [
        (b"", "no JSON"),
        (b"\xff{", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"[]", "is needed"),
        (b"{}", "is needed"),
        (b'{"image": 3}', "is needed"),
        (b'{"image": "a"}', "no base64"),
        ('{"image": "äöü="}'.encode(), "no base64"),
    ],
)
def test_json_that_holds_no_image(sent: bytes, message: str) -> None:
    with pytest.raises(HTTPException, match=message) as refused:
        decode_json(sent)
    assert refused.value.status_code == 400


def encode(width: int, height: int, frames: int = 1, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    pictures = [Image.new("RGB", (width, height), (i, i, i)) for i in range(frames)]
    pictures[0].save(file, kind, save_all=frames > 1, append_images=pictures[1:])
    return file.getvalue()


def test_pixels_are_counted_before_anything_is_decoded() -> None:
    whole = encode(40, 20)
    assert measure(whole, LIMITS) == measure(whole[:60], LIMITS) == 800
    assert measure(encode(20, 20, 2, "GIF"), LIMITS) == 800
    for large in (encode(41, 20), encode(20, 20, 3, "GIF"), encode(5000, 5000)):
        with pytest.raises(HTTPException, match="px") as refused:
            measure(large, LIMITS)
        assert refused.value.status_code == 413
    with pytest.raises(HTTPException, match="image in memory: not an image") as refused:
        measure(b"hello", LIMITS)
    assert refused.value.status_code == 400


def test_errors_get_their_status() -> None:
    assert refuse(DataError("image: x")).status_code == 400
    assert refuse(ImageTooLargeError("image: y")).status_code == 413


def test_limits_are_at_least_one() -> None:
    with pytest.raises(ValueError, match="max_pixels: at least 1 is needed, got 0"):
        Limits(max_pixels=0)
