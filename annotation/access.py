"""Who may ask: only this machine's browser that opened the link, and only in the ways that the page does."""

import re
import secrets
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

LARGEST_BODY = 2**20  # bytes of a request
LARGEST_IMPORT = 2**26  # of one that brings a file of another tool
_IMPORT = "/api/import"
_LONGEST_QUERY = 4096
_LOOPBACK = re.compile(r"(?:localhost|127\.0\.0\.1|\[::1\])(?::\d{1,5})?", re.IGNORECASE)
_METHODS = ("GET", "HEAD", "PUT", "POST")
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
}


class Guard:
    """Lets a request through to ``app`` where each rule holds, and answers with the rule where one doesn't."""

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token
        # A browser sends a cookie to every port of a machine, so that two servers need two names.
        self._cookie = f"annotation-{secrets.token_hex(4)}"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        if scope["type"] != "http":
            return
        headers = Headers(scope=scope)
        by_link = scope["path"] == "/" and scope["method"] == "GET" and self._has_token(scope)
        refusal = _find_fault(scope, headers, by_link) or self._find_stranger(headers, by_link)

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                answer = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    answer[name] = value
                answer.setdefault("Cache-Control", "no-store")
                if by_link and refusal is None:
                    answer.append("Set-Cookie", f"{self._cookie}={self._token}; Path=/; HttpOnly; SameSite=Strict")
            await send(message)

        if refusal is not None:
            status, reason = refusal
            answer = PlainTextResponse(reason + "\n", status, headers={"Connection": "close"})
            await answer(scope, receive, send_guarded)
            return
        await self._app(scope, _limit(receive, _find_largest(scope)), send_guarded)

    def _has_token(self, scope: Scope) -> bool:
        tokens = parse_qs(scope["query_string"].decode("latin-1")).get("token", [])
        return any(self._is_token(token) for token in tokens)

    def _find_stranger(self, headers: Headers, by_link: bool) -> tuple[int, str] | None:
        cookies = cookie_parser(headers.get("cookie", ""))
        if by_link or self._is_token(cookies.get(self._cookie, "")):
            return None
        return 401, "Open the link that python -m annotation printed; it holds the token."

    def _is_token(self, value: str) -> bool:
        return secrets.compare_digest(value.encode("utf-8", "replace"), self._token.encode())


def _find_fault(scope: Scope, headers: Headers, by_link: bool) -> tuple[int, str] | None:
    """The status and the rule that a request breaks, None where it breaks none."""
    hosts = headers.getlist("host")
    if len(hosts) != 1 or not _LOOPBACK.fullmatch(hosts[0]):
        return 403, "This page answers to localhost only."
    if any(origin != f"http://{hosts[0]}" for origin in headers.getlist("origin")):
        return 403, "This page answers to itself only."
    navigates = by_link or (scope["path"] == "/" and headers.get("sec-fetch-mode") == "navigate")
    if headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none") and not navigates:
        return 403, "This page answers to itself only."
    if scope["method"] not in _METHODS:
        return 405, "GET, HEAD, PUT and POST are answered."
    path = scope["path"] + scope.get("raw_path", b"").decode("latin-1").lower()
    if any(odd in path for odd in ("..", "\\", "\0", "%")) or len(scope["query_string"]) > _LONGEST_QUERY:
        return 400, "There is no such address."
    stated = headers.get("content-length", "0")
    if not stated.isdigit() or int(stated) > _find_largest(scope):
        return 413, f"At most {_find_largest(scope):,} bytes are taken."
    changes = scope["method"] in ("PUT", "POST")
    wanted = "application/octet-stream" if scope["path"] == _IMPORT else "application/json"
    if changes and headers.get("content-type", "").partition(";")[0].strip() != wanted:
        return 415, f"Changes are taken as {wanted}."
    return None


def _find_largest(scope: Scope) -> int:
    return LARGEST_IMPORT if scope["path"] == _IMPORT else LARGEST_BODY


def _limit(receive: Receive, largest: int) -> Receive:
    """The body of a request, cut off where it is longer than it said or than is taken."""
    got = 0

    async def receive_limited() -> Message:
        nonlocal got
        message = await receive()
        got += len(message.get("body", b""))
        if got > largest:
            return {"type": "http.disconnect"}
        return message

    return receive_limited
