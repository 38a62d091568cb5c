"""What the page asks for, over HTTP."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request
from starlette.responses import FileResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp

from annotation.access import LARGEST_BODY, LARGEST_IMPORT, Guard
from annotation.formats import export_folder, import_file
from annotation.learning import Learning
from annotation.overview import View
from annotation.project import Project, describe_entry
from annotation.record import parse_state
from annotation.store import ConflictError
from fcn_captcha.data.errors import DataError

_STATIC = Path(__file__).parent / "static"
_PNG = {"Cache-Control": "private, max-age=3600"}  # its address holds the file's version


class _FaultError(Exception):
    """What is answered instead of content."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status, self.reason = status, reason


def make_app(project: Project, token: str, learning: Learning | None = None) -> ASGIApp:
    """The page of a project for whoever has the token; without ``learning`` it offers no training."""
    handlers = _Handlers(project, learning)

    @asynccontextmanager
    async def survey(app: Starlette) -> AsyncIterator[None]:
        project.begin_survey()
        yield
        if learning is not None:
            await run_in_threadpool(learning.stop)

    routes = [
        Route("/", handlers.send_page),
        Mount("/static", StaticFiles(directory=_STATIC)),
        Route("/api/folder", handlers.describe_folder),
        Route("/api/images", handlers.list_images),
        Route("/api/step", handlers.step),
        Route("/api/annotation", handlers.show, methods=["GET"]),
        Route("/api/annotation", handlers.save, methods=["PUT"]),
        Route("/api/proposal", handlers.propose, methods=["POST"]),
        Route("/api/pixels", handlers.send_pixels),
        Route("/api/thumbnail", handlers.send_thumbnail),
        Route("/api/progress", handlers.measure_progress),
        Route("/api/train", handlers.train, methods=["POST"]),
        Route("/api/export", handlers.export),
        Route("/api/import", handlers.take_import, methods=["POST"]),
    ]
    app = Starlette(
        routes=routes, lifespan=survey, exception_handlers={_FaultError: _answer_fault, DataError: _answer_data}
    )
    return Guard(app, token)


class _Handlers:
    """One method a route; those that are not async run in a thread."""

    def __init__(self, project: Project, learning: Learning | None) -> None:
        self._project, self._learning = project, learning

    def send_page(self, request: Request) -> Response:
        return FileResponse(_STATIC / "index.html")

    def describe_folder(self, request: Request) -> Response:
        return _answer(self._project.describe())

    def list_images(self, request: Request) -> Response:
        view = _find_view(request)
        start, count = _find_number(request, "start"), _find_number(request, "count")
        own = self._find_image(request) if "name" in request.query_params else None
        place = None if own is None else self._project.find_place(view, own)
        return _answer(self._project.list(view, start, count) | {"place": place})

    def step(self, request: Request) -> Response:
        """The image before or after another in a view, with all that there is to show; by=0 where it stands."""
        view, by = _find_view(request), request.query_params.get("by", "1")
        if "name" not in request.query_params:
            numbers = self._project.overview.find(view)
            found = int(numbers[0]) if len(numbers) else None
        elif by in ("1", "-1"):
            found = self._project.overview.step(view, self._find_image(request), int(by))
        else:
            found = self._find_image(request)
        if found is None:
            return _answer({"image": None, "place": None})
        return _answer({"image": self._project.show(found), "place": self._project.find_place(view, found)})

    def show(self, request: Request) -> Response:
        return _answer(self._project.show(self._find_image(request)))

    async def save(self, request: Request) -> Response:
        number, record = self._find_image(request), await _read_json(request)
        return await run_in_threadpool(self._save, number, record)

    def _save(self, number: int, record: dict[str, Any]) -> Response:
        base = record.get("base")
        if not isinstance(base, str):
            raise _FaultError(422, f"base: the revision that was changed is needed, got {base!r}")
        try:
            entry = self._project.save(number, base, parse_state(record))
        except ConflictError as conflict:
            return _answer(describe_entry(conflict.entry), 409)
        except DataError:
            raise
        except ValueError as error:
            raise _FaultError(422, str(error)) from None
        except OSError as error:
            raise _FaultError(507, f"not saved: {error.strerror}") from None
        return _answer(describe_entry(entry))

    async def propose(self, request: Request) -> Response:
        number, record = self._find_image(request), await _read_json(request)
        text = record.get("text")
        if text is not None and not (isinstance(text, str) and len(text) <= 1000):
            raise _FaultError(422, "text: a string of at most 1000 characters, or null, is needed")
        return _answer(await run_in_threadpool(self._project.propose, number, text))

    def send_pixels(self, request: Request) -> Response:
        return self._send(request, self._project.pictures.make_png)

    def send_thumbnail(self, request: Request) -> Response:
        return self._send(request, self._project.pictures.make_thumbnail)

    def measure_progress(self, request: Request) -> Response:
        training = None if self._learning is None else self._learning.measure()
        return _answer(self._project.measure_progress() | {"training": training})

    def train(self, request: Request) -> Response:
        if self._learning is None:
            raise _FaultError(404, "no training is offered")
        return _answer({"count": self._learning.start()})

    def export(self, request: Request) -> Response:
        """All that is done as a file of another tool's format."""
        format = request.query_params.get("format", "")
        with TemporaryDirectory() as folder:
            path = Path(folder) / "annotations"
            try:
                export_folder(self._project.folder.root, format, path)
            except ValueError as error:
                raise _FaultError(422, str(error)) from None
            content = path.read_bytes()
        kind = {"cvat": "xml", "csv": "csv"}.get(format, "json")
        headers = {"Content-Disposition": f'attachment; filename="annotations-{format}.{kind}"'}
        return Response(content, media_type="application/octet-stream", headers=headers)

    async def take_import(self, request: Request) -> Response:
        """Another tool's file, whose annotations are written beside the images that have none."""
        try:
            content = await request.body()
        except ClientDisconnect:
            raise _FaultError(413, f"at most {LARGEST_IMPORT:,} bytes are taken") from None
        return await run_in_threadpool(self._import, request.query_params.get("format", ""), content)

    def _import(self, format: str, content: bytes) -> Response:
        with TemporaryDirectory() as folder:
            path = Path(folder) / {"csv": "annotations.csv"}.get(format, "annotations.json")
            path.write_bytes(content)
            try:
                count = import_file(self._project.folder.root, format, path)
            except ValueError as error:
                raise _FaultError(422, str(error).replace(f"{path}: ", "")) from None
        self._project.begin_survey()
        return _answer({"count": count})

    def _send(self, request: Request, make: Callable[[int], bytes]) -> Response:
        return Response(make(self._find_image(request)), media_type="image/png", headers=_PNG)

    def _find_image(self, request: Request) -> int:
        """The number of an image by its name, which must be one of the list: no path is ever made of it."""
        number = self._project.numbers.get(request.query_params.get("name", ""))
        if number is None:
            raise _FaultError(404, "no such image in this folder")
        return number


async def _read_json(request: Request) -> dict[str, Any]:
    try:
        record = json.loads(await request.body())
    except ClientDisconnect:
        raise _FaultError(413, f"at most {LARGEST_BODY:,} bytes are taken") from None
    except (ValueError, RecursionError):
        record = None
    if not isinstance(record, dict):
        raise _FaultError(400, "a JSON object is needed")
    return record


def _find_view(request: Request) -> View:
    given = {key: request.query_params[key] for key in ("show", "order", "character") if key in request.query_params}
    try:
        return View(**given)
    except ValueError as error:
        raise _FaultError(422, str(error)) from None


def _find_number(request: Request, key: str) -> int:
    value = request.query_params.get(key, "0")
    if not value.isdecimal() or len(value) > 9:
        raise _FaultError(422, f"{key}: a whole number is needed, got {value!r}")
    return int(value)


def _answer(record: dict[str, Any], status: int = 200) -> Response:
    return Response(json.dumps(record), status, media_type="application/json")


def _answer_fault(request: Request, fault: Exception) -> Response:
    assert isinstance(fault, _FaultError)
    return _answer({"error": fault.reason}, fault.status)


def _answer_data(request: Request, error: Exception) -> Response:
    return _answer({"error": str(error)}, 422)
