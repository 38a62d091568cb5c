"""Requests that nobody but an attacker makes: out of the folder, from another host or page, too large."""

import contextlib
import http.client
from dataclasses import dataclass, field
from itertools import product
from typing import Any
from urllib.parse import quote


@dataclass(frozen=True)
class Attack:
    """A request that must not be answered with content, with the cookie of the page or without."""

    method: str
    path: str
    headers: dict[str, str] = field(default_factory=dict)
    content: bytes | None = None
    with_cookie: bool = True


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes


def send(attack: Attack, port: int, cookie: str) -> Answer:
    """Sends a request as it is, nothing in it put straight."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    headers = {"Host": f"localhost:{port}", **attack.headers} | ({"Cookie": cookie} if attack.with_cookie else {})
    if attack.content is not None:
        headers = {"Content-Length": str(len(attack.content)), **headers}
    try:
        connection.putrequest(attack.method, attack.path, skip_host=True, skip_accept_encoding=True)
        for name, value in headers.items():
            connection.putheader(name, value)
        with contextlib.suppress(BrokenPipeError):  # refused before it was all sent
            connection.endheaders(attack.content)
        answer = connection.getresponse()
        return Answer(answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read())
    except ConnectionError:  # refused, and the reason lost with what was still to be sent
        return Answer(400, {}, b"")
    finally:
        connection.close()


_ADDRESSES = ("/", "/api/folder", "/api/annotation?name=ab.png", "/api/pixels?name=ab.png", "/static/page.js")
_CHANGE = b'{"base": "", "points": [], "done": false}'
_JSON = {"Content-Type": "application/json"}


def list_attacks() -> list[Attack]:
    """Some two hundred of them, always the same."""
    return [*_list_traversals(), *_list_hosts(), *_list_origins(), *_list_strangers(), *_list_oversized()]


def _list_traversals() -> list[Attack]:
    targets = (
        "../secret.png", "..%2fsecret.png", "%2e%2e/secret.png", "..\\secret.png", "....//secret.png", "/etc/passwd",
        "./ab.png", "ab.png/../../secret.png", "ab.png%00.png", "%252e%252e%252fsecret.png", "link.png",
        "folder/secret.png", "..%c0%afsecret.png", "file:///etc/passwd", "\u2025/secret.png", ".hidden.png", "ab.json",
        "AB.PNG", "ab.png ", "",
    )  # fmt: skip
    places = ("/api/annotation", "/api/pixels", "/api/thumbnail")
    asked = [Attack("GET", f"{place}?name={quote(target)}") for place, target in product(places, targets)]
    asked += [Attack("PUT", f"/api/annotation?name={quote(t)}", _JSON, _CHANGE) for t in targets]
    raw = ("/static/../access.py", "/static/%2e%2e/access.py", "/static/..%2faccess.py", "/static/..%5caccess.py",
           "/static//etc/passwd", "/static/%252e%252e/access.py", "/../secret.png", "/%2e%2e/secret.png",
           "/secret.png", "/ab.png", "/static/", "/api/", "/api/pixels/../../ab.png")  # fmt: skip
    return asked + [Attack("GET", path) for path in raw]


def _list_hosts() -> list[Attack]:
    hosts = ("evil.example", "evil.example:8790", "localhost.evil.example", "127.0.0.1.evil.example", "localhost:x",
             "localhost@evil.example", "[::2]:8790", "0.0.0.0:8790", "127.0.0.2", "localhost,evil.example",
             " ")  # fmt: skip
    return [Attack("GET", path, {"Host": host}) for path, host in product(_ADDRESSES, hosts)]


def _list_origins() -> list[Attack]:
    origins = ("http://evil.example", "null", "http://localhost:9999", "https://localhost:8790", "http://localhost",
               "http://localhost:8790.evil.example", "file://")  # fmt: skip
    put = "/api/annotation?name=ab.png"
    sent = [Attack("PUT", put, {**_JSON, "Origin": origin}, _CHANGE) for origin in origins]
    read = [Attack("GET", path, {"Origin": o}) for path, o in product(_ADDRESSES[1:], origins)]
    others = ("cross-site", "same-site")
    sites = [Attack("GET", path, {"Sec-Fetch-Site": site}) for path, site in product(_ADDRESSES[1:], others)]
    forms = ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data")
    return sent + read + sites + [Attack("PUT", put, {"Content-Type": kind}, _CHANGE) for kind in forms]


def _list_strangers() -> list[Attack]:
    tokens = ("?token=", "?token=wrong", "?token=the-token%00", "?token=THE-TOKEN")
    read = [Attack("GET", path, with_cookie=False) for path in _ADDRESSES]
    linked = [Attack("GET", "/" + token, with_cookie=False) for token in tokens]
    # The token opens the page and nothing else.
    beside = [Attack("GET", "/api/folder?token=the-token", with_cookie=False), Attack("POST", "/?token=the-token")]
    methods = ("DELETE", "PATCH", "OPTIONS", "TRACE", "CONNECT", "PROPFIND")
    return read + linked + beside + [Attack(method, "/api/folder") for method in methods]


def _list_oversized() -> list[Attack]:
    put = "/api/annotation?name=ab.png"
    large = b'{"base": "", "points": [], "done": false, "more": "' + b"x" * 2**20 + b'"}'
    deep = b"[" * 200_000
    point = b'{"label": "a", "x": 1, "y": 1}'
    many = b'{"base": "", "done": false, "points": [' + b",".join([point] * 1001) + b"]}"
    bodies = (large, deep, many, b"", b"3", b"{", b"\xff\xfe")
    sent = [Attack("PUT", put, _JSON, body) for body in bodies]
    odd: list[Any] = ["-1", "1e3", "99999999999999999999"]
    return [
        *sent,
        *[Attack("GET", f"/api/images?start={start}&count=5") for start in odd],
        *[Attack("PUT", put, {**_JSON, "Content-Length": value}, _CHANGE) for value in ("99999999", "x", "-5")],
        Attack("GET", "/api/annotation?name=" + "a" * 5000),
    ]
