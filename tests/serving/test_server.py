import socket

import pytest

from fcn_captcha.serving.server import find_url, is_loopback, open_socket


@pytest.mark.parametrize(
    ("host", "expected"), [("127.0.0.1", True), ("localhost", True), ("::1", True), ("0.0.0.0", False), ("::", False)]
)
def test_which_hosts_only_this_machine_reaches(host: str, expected: bool) -> None:
    assert is_loopback(host) == expected


def test_a_port_in_use_is_named() -> None:
    with open_socket("127.0.0.1", 0) as listener:
        port = listener.getsockname()[1]
        assert find_url(listener) == f"http://127.0.0.1:{port}/"
        with socket.create_connection(("127.0.0.1", port)):
            pass
        with pytest.raises(OSError, match=rf"--host 127.0.0.1 --port {port}: can't listen there: .*in use"):
            open_socket("127.0.0.1", port)


def test_a_port_that_can_not_be_is_refused() -> None:
    with pytest.raises(ValueError, match="--port: a number of 0 to 65535 is needed, got 70000"):
        open_socket("127.0.0.1", 70000)
