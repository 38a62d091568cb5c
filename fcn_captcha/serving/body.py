"""From a request's body to the bytes of one image, within limits."""

import asyncio
import base64
import binascii
import io
import json
from contextlib import suppress
from dataclasses import dataclass

from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request

from fcn_captcha.data.errors import DataError, ImageTooLargeError
from fcn_captcha.data.images import measure_image

RECEIVE_S = 30.0  # a body that takes longer is given up
_DRAIN_S = 5.0
_RAW = ("", "application/octet-stream", "application/x-www-form-urlencoded")  # the last is what curl says by itself
_JSON = "application/json"
_JSON_SLACK = 1024  # bytes of a JSON body beside the image


@dataclass(frozen=True)
class Limits:
    """What one server takes.

    Attributes:
        max_bytes: of an image's file.
        max_pixels: of an image, all frames together; and of the images that are read at once.
        max_requests: under way at once.
    """

    max_bytes: int = 2**21
    max_pixels: int = 2**20
    max_requests: int = 128

    def __post_init__(self) -> None:
        for name in ("max_bytes", "max_pixels", "max_requests"):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: at least 1 is needed, got {getattr(self, name)}")


async def receive_image(request: Request, limits: Limits) -> bytes:
    """The image file in a request: its body, or base64 in JSON. Never more than the limit is held.

    Raises ``HTTPException`` 400 for a body that isn't as it says, 408 for one that doesn't come, 413 for a larger
    one, 415 for another content type.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind != _JSON and kind not in _RAW and not kind.startswith("image/"):
        raise HTTPException(
            415,
            f"content-type: an image type, application/octet-stream or {_JSON} is needed, got {kind!r}; "
            "send the file itself as the body",
        )
    as_json = kind == _JSON
    largest = limits.max_bytes if not as_json else -(-limits.max_bytes // 3) * 4 + _JSON_SLACK
    try:
        async with asyncio.timeout(RECEIVE_S):
            body = await _receive(request, largest, limits.max_bytes)
    except TimeoutError:
        raise HTTPException(408, f"body: it must come within {RECEIVE_S:.0f} s") from None
    content = decode_json(body) if as_json else body
    if len(content) > limits.max_bytes:
        raise _too_large(limits.max_bytes)
    return content


async def _receive(request: Request, largest: int, max_bytes: int) -> bytes:
    stated = request.headers.get("content-length", "")
    if stated.isdecimal() and int(stated) > largest:
        raise _too_large(max_bytes)
    body = bytearray()
    async for chunk in request.stream():
        if len(body) + len(chunk) > largest:
            raise _too_large(max_bytes)
        body += chunk
    return bytes(body)


async def drain(request: Request) -> None:
    """Takes what is left of a refused body, for a few seconds, and drops it.

    Most clients listen only when they have sent all; to them a closed connection would be no answer.
    """
    if "expect" in request.headers:  # this one asks before it sends
        return
    with suppress(TimeoutError, ClientDisconnect, RuntimeError):  # the last where nothing is left
        async with asyncio.timeout(_DRAIN_S):
            async for _ in request.stream():
                pass


def _too_large(max_bytes: int) -> HTTPException:
    return HTTPException(413, f"body: an image of at most {max_bytes:,} bytes is needed, got more")


def decode_json(body: bytes) -> bytes:
    """The image in ``{"image": "<base64>"}``, with or without ``data:image/png;base64,`` before it.

    Raises ``HTTPException`` 400 where it is something else.
    """
    try:
        record = json.loads(body)
    except (ValueError, RecursionError):
        raise HTTPException(400, "body: it is no JSON") from None
    text = record.get("image") if isinstance(record, dict) else None
    if not isinstance(text, str):
        raise HTTPException(400, 'body: {"image": "..."} with the file in base64 is needed')
    if text.startswith("data:"):
        text = text.partition(",")[2]
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise HTTPException(400, "image: it is no base64") from None


def measure(content: bytes, limits: Limits) -> int:
    """How many pixels an image file says that it has; nothing is decoded.

    Raises ``HTTPException`` 400 for what is no image, 413 for more than the limit.
    """
    try:
        pixels = measure_image(io.BytesIO(content))
    except DataError as error:
        raise refuse(error) from None
    if pixels > limits.max_pixels:
        raise HTTPException(413, f"image: at most {limits.max_pixels:,} px are read here, got {pixels:,}")
    return pixels


def refuse(error: DataError) -> HTTPException:
    """The answer to an image that can't be read."""
    return HTTPException(413 if isinstance(error, ImageTooLargeError) else 400, str(error))
