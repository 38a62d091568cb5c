"""The command ``serve``: a real server, asked over HTTP, and told to stop."""

import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from untrained import write_untrained_onnx

from fcn_captcha.reading.reader import Reader
from fcn_captcha.reading.records import make_record
from fcn_captcha.serve import main


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_untrained_onnx(tmp_path_factory.mktemp("model") / "model.onnx")


def draw(seed: int, height: int = 30, width: int = 90) -> bytes:
    file = io.BytesIO()
    Image.fromarray(np.random.default_rng(seed).integers(0, 255, (height, width), np.uint8)).save(file, "PNG")
    return file.getvalue()


def start(model: Path, *flags: str) -> tuple["subprocess.Popen[str]", str]:
    """A server on a free port, and its address, once it listens."""
    command = [sys.executable, "-m", "fcn_captcha.serve", str(model), "--port", "0", *flags]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert server.stdout is not None
    line = server.stdout.readline()
    match = re.match(r"(http://\S+/) answers", line)
    assert match, f"{line}{server.communicate()[1]}"
    return server, match[1]


def post(url: str, content: bytes) -> Any:
    with urllib.request.urlopen(urllib.request.Request(url + "read", content)) as answer:
        return json.load(answer)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_it_answers_as_the_reader_does_and_told_to_stop_answers_what_is_under_way(
    model: Path, number: signal.Signals
) -> None:
    reader = Reader.load(model, length="3")
    images = [draw(seed, 300, 300) for seed in range(4)]  # a moment's work each
    server, url = start(model, "--length", "3")
    try:
        assert post(url, draw(9)) == json.loads(json.dumps(make_record(reader.read(draw(9)))))
        with ThreadPoolExecutor(4) as pool:
            answers = [pool.submit(post, url, image) for image in images]
            while "images_total 5" not in (metrics := read_metrics(url)) and "requests_held 4" not in metrics:
                time.sleep(0.01)
            server.send_signal(number)
            texts = [answer.result()["text"] for answer in answers]
    finally:
        _, errors = finish(server)
    assert texts == [reader.read(image).text for image in images]
    assert (server.returncode, errors) == (0, "")


def read_metrics(url: str) -> str:
    with urllib.request.urlopen(url + "metrics") as answer:
        text: str = answer.read().decode()
        return text


def finish(server: "subprocess.Popen[str]") -> tuple[str, str]:
    server.send_signal(signal.SIGTERM)
    return server.communicate()


def test_a_body_far_too_large_is_refused_though_the_client_goes_on_sending(model: Path) -> None:
    server, url = start(model, "--max-bytes", "1000")
    try:
        for headers in ({}, {"Transfer-encoding": "chunked"}):
            sent = iter([b"x" * 2**20] * 8) if headers else b"x" * 2**23
            request = urllib.request.Request(url + "read", sent, headers)
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(request)
            assert refused.value.code == 413
            assert "at most 1,000 bytes" in json.load(refused.value)["error"]
    finally:
        _, errors = finish(server)
    assert (server.returncode, errors) == (0, "")


def test_another_host_than_loopback_is_warned_of(model: Path) -> None:
    server, url = start(model, "--host", "0.0.0.0")
    try:
        assert re.fullmatch(r"http://0\.0\.0\.0:\d+/", url)
    finally:
        _, errors = finish(server)
    assert errors == "warning: --host 0.0.0.0: whoever reaches this machine can use it\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none"], "error: none: no such model file or folder"),
        (["{model}", "--max-bytes", "0"], "error: max_bytes: at least 1 is needed, got 0"),
        (["{model}", "--port", "70000"], "error: --port: a number of 0 to 65535 is needed, got 70000"),
        (["{model}", "--length", "5-4"], "error: length: the least must not exceed the most"),
    ],
)
def test_what_it_refuses(model: Path, arguments: list[str], message: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        main([argument.format(model=model) for argument in arguments])
    assert end.value.code == 1
    assert message in capsys.readouterr().err


def test_without_its_extra_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['uvicorn'] = None; from fcn_captcha.serve import main; main(['m'])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, env=os.environ)
    assert done.returncode == 1
    assert "pip install 'fcn_captcha[serve]' brings Starlette and Uvicorn" in done.stderr
    assert "Traceback" not in done.stderr
