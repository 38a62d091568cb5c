"""The endpoint's description: as OpenAPI, and as a page to look at and try."""

from html import escape
from typing import Any

import fcn_captcha
from fcn_captcha.serving.body import Limits

Record = dict[str, Any]

_NUMBER = {"type": "number"}
_CHARACTER = {
    "type": "object",
    "required": ["character", "x", "y", "score"],
    "properties": {
        "character": {"type": "string"},
        "x": _NUMBER | {"description": "of its centre, in pixels of the image from the left"},
        "y": _NUMBER | {"description": "in pixels from the top"},
        "score": _NUMBER | {"description": "how sure it is, 0 to 1"},
    },
}
_READING = {
    "type": "object",
    "required": ["text", "confidence", "characters"],
    "properties": {
        "text": {"type": "string"},
        "confidence": _NUMBER | {"description": "of the whole string, 0 to 1"},
        "characters": {"type": "array", "items": _CHARACTER},
    },
}
_ERROR = {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}
_IN_JSON = {
    "type": "object",
    "required": ["image"],
    "properties": {"image": {"type": "string", "format": "byte", "description": "the file in base64"}},
}
_BINARY = {"schema": {"type": "string", "format": "binary"}}


def make_openapi(limits: Limits) -> Record:
    """The OpenAPI 3.1 record of a server with these limits."""
    errors = {
        400: "Not an image, or one that can't be read",
        408: "The body did not come in time",
        413: f"More than {limits.max_bytes:,} bytes or {limits.max_pixels:,} pixels, all frames together",
        415: "Another content type, such as a form: send the file itself as the body",
        503: f"More than {limits.max_requests} requests at once: try again",
    }
    read = {
        "summary": "Read the text in an image",
        "description": "The body is the image file itself, or JSON with the file in base64.",
        "requestBody": {
            "required": True,
            "content": {
                "image/*": _BINARY,
                "application/octet-stream": _BINARY,
                "application/json": {"schema": _IN_JSON},
            },
        },
        "responses": {
            "200": _answer("What the image says", "application/json", _READING),
            **{str(status): _answer(why, "application/json", _ERROR) for status, why in errors.items()},
        },
    }
    text = {"type": "string"}
    return {
        "openapi": "3.1.0",
        "info": {"title": "fcn_captcha", "version": fcn_captcha.__version__},
        "paths": {
            "/read": {"post": read},
            "/health": {"get": _describe("Whether the server answers", "application/json", {"type": "object"})},
            "/metrics": {"get": _describe("Counts for Prometheus", "text/plain", text)},
            "/openapi.json": {"get": _describe("This description as JSON", "application/json", {"type": "object"})},
            "/": {"get": _describe("This description as a page", "text/html", text)},
        },
    }


def _describe(summary: str, kind: str, schema: Record) -> Record:
    return {"summary": summary, "responses": {"200": _answer(summary, kind, schema)}}


def _answer(what: str, kind: str, schema: Record) -> Record:
    return {"description": what, "content": {kind: {"schema": schema}}}


def make_page(record: Record) -> str:
    """The record as HTML that needs nothing from elsewhere, with a field to try it."""
    rows = [
        _PART.format(
            method=method.upper(),
            path=f'<a href="{escape(path)}">{escape(path)}</a>' if method == "get" else escape(path),
            summary=escape(operation["summary"]),
            more=f"<p>{escape(operation['description'])}</p>" if "description" in operation else "",
            takes=_list_takes(operation),
            answers="".join(_list_answer(status, answer) for status, answer in operation["responses"].items()),
        )
        for path, operations in record["paths"].items()
        for method, operation in operations.items()
    ]
    return _PAGE.format(
        title=escape(record["info"]["title"]), version=escape(record["info"]["version"]), parts="".join(rows)
    )


def _list_takes(operation: Record) -> str:
    content = operation.get("requestBody", {}).get("content", {})
    return "".join(
        f"<tr><td>takes</td><td><code>{escape(kind)}</code></td><td>{_show(form['schema'])}</td></tr>"
        for kind, form in content.items()
    )


def _list_answer(status: str, answer: Record) -> str:
    (schema,) = (form["schema"] for form in answer["content"].values())
    return f"<tr><td>{status}</td><td>{escape(answer['description'])}</td><td>{_show(schema)}</td></tr>"


def _show(schema: Record) -> str:
    return f"<code>{escape(outline(schema))}</code>"


def outline(schema: Record) -> str:
    """A schema in one line: ``{text: string, characters: [{x: number}]}``."""
    if "properties" in schema:
        return "{" + ", ".join(f"{name}: {outline(part)}" for name, part in schema["properties"].items()) + "}"
    if schema["type"] == "array":
        return f"[{outline(schema['items'])}]"
    return str({"binary": "bytes", "byte": "base64"}.get(schema.get("format", ""), schema["type"]))


_PART = """<section><h2><b>{method}</b> {path}</h2><p>{summary}.</p>{more}
<table>{takes}{answers}</table></section>
"""

_PAGE = """<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title} {version}</title>
<style>
body {{ font: 16px/1.45 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #222 }}
h1, h2 {{ font-weight: 600 }} h2 {{ font-size: 1.1rem; margin: 2rem 0 0 }} p {{ margin: .3rem 0 }}
b {{ background: #235; color: #fff; border-radius: 4px; padding: .1rem .5rem; font-size: .85rem }}
table {{ border-collapse: collapse; margin-top: .5rem }}
td {{ border-top: 1px solid #ddd; padding: .3rem 1rem .3rem 0; vertical-align: top }}
td:first-child {{ white-space: nowrap }} pre {{ background: #f3f3f3; padding: 1rem; white-space: pre-wrap }}
</style>
<h1>{title} {version}</h1>
<p>Reads distorted text images. This page as <a href="openapi.json">OpenAPI</a>.</p>
<p><label>Try it: <input type="file" accept="image/*"></label></p>
<pre hidden></pre>
{parts}
<script>
document.querySelector("input").addEventListener("change", async (event) => {{
  const shown = document.querySelector("pre");
  shown.hidden = false;
  shown.textContent = "…";
  const headers = {{"Content-Type": "application/octet-stream"}};
  const answer = await fetch("read", {{method: "POST", headers, body: event.target.files[0]}});
  shown.textContent = answer.status + " " + JSON.stringify(await answer.json(), null, 1);
}});
</script>
</html>
"""
