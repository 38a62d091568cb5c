"""The HTTP endpoint as an ASGI application."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from fcn_captcha.data.errors import DataError
from fcn_captcha.maps.decoding import Reading
from fcn_captcha.reading.reader import Reader
from fcn_captcha.reading.records import make_record
from fcn_captcha.serving.batching import Batcher
from fcn_captcha.serving.body import Limits, drain, measure, receive_image, refuse
from fcn_captcha.serving.metrics import Metrics
from fcn_captcha.serving.openapi import make_openapi, make_page


class Endpoint:
    """Answers requests with one reader's readings; those that arrive together are read together."""

    def __init__(self, reader: Reader, limits: Limits) -> None:
        self._limits = limits
        self._held = 0
        self.metrics = Metrics()
        self._batcher = Batcher(reader.try_many, limits.max_pixels, self.metrics.add_batch)
        self._openapi = make_openapi(limits)

    def close(self) -> None:
        """Answers what waits."""
        self._batcher.close()

    @contextmanager
    def _hold(self) -> Iterator[None]:
        """Room for one more request: what they hold has a bound."""
        if self._held >= self._limits.max_requests:
            raise HTTPException(
                503, f"overloaded: at most {self._limits.max_requests} requests at once", {"Retry-After": "1"}
            )
        self._held += 1
        try:
            yield
        finally:
            self._held -= 1

    async def read(self, request: Request) -> Response:
        try:
            reading = await self._read(request)
        except HTTPException:
            await drain(request)
            raise
        return JSONResponse(make_record(reading))

    async def _read(self, request: Request) -> Reading:
        with self._hold():
            content = await receive_image(request, self._limits)
            pixels = await run_in_threadpool(measure, content, self._limits)
            try:
                return await asyncio.wrap_future(self._batcher.submit(content, pixels))
            except DataError as error:
                raise refuse(error) from None

    async def show_page(self, request: Request) -> Response:
        return HTMLResponse(make_page(self._openapi))

    async def show_openapi(self, request: Request) -> Response:
        return JSONResponse(self._openapi)

    async def show_health(self, request: Request) -> Response:
        return JSONResponse({"status": "ok"})

    async def show_metrics(self, request: Request) -> Response:
        return PlainTextResponse(
            self.metrics.render(len(self._batcher), self._held), media_type="text/plain; version=0.0.4"
        )


class CountRequests:
    """Tells the metrics each answer's status and how long it took."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started, status = time.monotonic(), 500

        async def note(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            await send(message)

        try:
            await self._app(scope, receive, note)
        finally:
            self._metrics.add_request(status, time.monotonic() - started)


def make_app(reader: Reader, limits: Limits) -> Starlette:
    """``POST /read``, ``GET /``, ``/openapi.json``, ``/health`` and ``/metrics``; errors are JSON.

    The application takes and ends its threads in its lifespan.
    """
    endpoint = Endpoint(reader, limits)

    @asynccontextmanager
    async def live(app: Starlette) -> AsyncIterator[None]:
        try:
            yield
        finally:
            await run_in_threadpool(endpoint.close)

    return Starlette(
        routes=[
            Route("/", endpoint.show_page),
            Route("/openapi.json", endpoint.show_openapi),
            Route("/health", endpoint.show_health),
            Route("/metrics", endpoint.show_metrics),
            Route("/read", endpoint.read, methods=["POST"]),
        ],
        middleware=[Middleware(CountRequests, endpoint.metrics)],
        exception_handlers={
            HTTPException: answer_refusal,
            ClientDisconnect: answer_nobody,
            Exception: answer_failure,
        },
        lifespan=live,
    )


async def answer_refusal(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    return JSONResponse({"error": error.detail}, error.status_code, error.headers)


async def answer_nobody(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "body: it ended early"}, 400)


async def answer_failure(request: Request, error: Exception) -> Response:
    return JSONResponse({"error": "the server failed; its console says why"}, 500)
