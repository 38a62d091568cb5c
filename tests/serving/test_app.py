import asyncio
import base64
import io
import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Event

import numpy as np
import pytest
from http_server import Served
from PIL import Image
from shaded import make_shaded_reader, shade

from fcn_captcha.model.prediction import Maps
from fcn_captcha.reading.reader import Reader
from fcn_captcha.reading.records import make_record
from fcn_captcha.serving.app import make_app
from fcn_captcha.serving.body import Limits


def draw(seed: int, width: int = 60) -> bytes:
    """A PNG of a few dark spots."""
    pixels = np.full((24, width), 255, np.uint8)
    for x in np.random.default_rng(seed).choice(width // 8, 3, replace=False) * 8:
        pixels[8:16, x : x + 4] = 0
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return file.getvalue()


def encode_json(image: bytes) -> bytes:
    return json.dumps({"image": base64.b64encode(image).decode()}).encode()


@pytest.fixture
def client() -> Iterator[Served]:
    with Served(make_app(make_shaded_reader(), Limits(max_bytes=5000, max_pixels=4000))) as client:
        yield client


def test_an_image_is_answered_with_what_the_reader_reads(client: Served) -> None:
    image = draw(0)
    expected = json.loads(json.dumps(make_record(make_shaded_reader().read(image))))
    assert len(expected["text"]) > 1
    assert set(expected["characters"][0]) == {"character", "x", "y", "score"}
    for answer in (
        client.post("/read", image),
        client.post("/read", image, "image/png"),
        client.post("/read", encode_json(image), "application/json"),
    ):
        assert answer.status == 200
        assert answer.json() == expected


@pytest.mark.parametrize(
    ("content", "kind", "status", "message"),
    [
        (b"hello", None, 400, "image in memory: not an image in a known format"),
        (b"", None, 400, "image in memory: not an image"),
        (draw(0)[:80], None, 400, "image in memory: the image can't be read"),
        (b"x" * 5001, None, 413, "body: an image of at most 5,000 bytes is needed, got more"),
        (draw(0, 200), None, 413, "image: at most 4,000 px are read here, got 4,800"),
        (b"x", "multipart/form-data; boundary=a", 415, "content-type: "),
    ],
    ids=["text", "empty", "cut", "bytes", "pixels", "form"],
)
def test_refusals_are_json(client: Served, content: bytes, kind: str | None, status: int, message: str) -> None:
    answer = client.post("/read", content, kind)
    assert answer.status == status
    assert set(answer.json()) == {"error"}
    assert message in answer.json()["error"]


def test_unknown_paths_and_methods_are_refused_in_json_too(client: Served) -> None:
    for answer, status in ((client.get("/none"), 404), (client.get("/read"), 405), (client.post("/health"), 405)):
        assert answer.status == status
        assert set(answer.json()) == {"error"}
    assert client.get("/read").headers["allow"] == "POST"


def test_health_description_and_page(client: Served) -> None:
    assert client.get("/health").json() == {"status": "ok"}
    assert client.get("/openapi.json").json()["paths"].keys() >= {"/read", "/health", "/metrics"}
    page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "POST" in page.text


def test_metrics_count_what_was_answered(client: Served) -> None:
    client.post("/read", draw(0))
    client.post("/read", b"hello")
    client.get("/none")
    answer = client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain")
    lines = answer.text.splitlines()
    for status in (200, 400, 404):
        assert f'fcn_captcha_requests_total{{status="{status}"}} 1' in lines
    assert "fcn_captcha_images_total 1" in lines
    assert "fcn_captcha_requests_held 0" in lines


class Gate:
    """The shading network, which waits to be let go."""

    def __init__(self) -> None:
        self.started, self.go, self.sizes = Event(), Event(), list[int]()

    def __call__(self, ink: Maps) -> Maps:
        self.started.set()
        assert self.go.wait(60)
        self.sizes.append(len(ink))
        return shade(ink)


@pytest.fixture
def gate() -> Gate:
    return Gate()


def test_requests_that_come_together_are_read_together_and_beyond_a_bound_refused(gate: Gate) -> None:
    reader = Reader(gate, make_shaded_reader().config)
    images = [draw(seed) for seed in range(4)]
    expected = [make_shaded_reader().read(image).text for image in images]
    with Served(make_app(reader, Limits(max_requests=4))) as client, ThreadPoolExecutor(4) as pool:
        first = pool.submit(client.post, "/read", images[0])
        assert gate.started.wait(60)
        others = [pool.submit(client.post, "/read", image) for image in images[1:]]
        while "fcn_captcha_queue_length 3\n" not in client.get("/metrics").text:
            pass
        refused = client.post("/read", images[0])
        assert refused.status == 503
        assert refused.headers["retry-after"] == "1"
        assert refused.json() == {"error": "overloaded: at most 4 requests at once"}
        gate.go.set()
        assert [answer.result().json()["text"] for answer in (first, *others)] == expected
        assert client.post("/read", images[0]).status == 200
    assert gate.sizes[:2] == [1, 3]


def test_an_unforeseen_failure_is_told_apart_and_the_server_goes_on() -> None:
    def fail(ink: Maps) -> Maps:
        if ink.max() > 0:
            raise MemoryError
        return shade(ink)

    app = make_app(Reader(fail, make_shaded_reader().config), Limits())
    with Served(app) as client:
        failed = client.post("/read", draw(0))
        assert (failed.status, set(failed.json())) == (500, {"error"})
        blank = io.BytesIO()
        Image.new("L", (20, 20), 255).save(blank, "PNG")
        assert client.post("/read", blank.getvalue()).json()["text"] == ""
        assert 'requests_total{status="500"} 1' in client.get("/metrics").text


def test_a_client_that_leaves_is_no_failure() -> None:
    app = make_app(make_shaded_reader(), Limits())
    sent = []

    async def leave() -> dict[str, str]:
        return {"type": "http.disconnect"}

    async def note(message: object) -> None:
        sent.append(message)

    scope = {"type": "http", "method": "POST", "path": "/read", "headers": [], "query_string": b""}
    asyncio.run(app(scope, leave, note))
    assert sent[0]["status"] == 400  # type: ignore[index]
