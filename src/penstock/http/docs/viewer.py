"""The API documentation: one Swagger UI page per dialect, without any network."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from html import escape
from importlib.metadata import distribution
from pathlib import Path
from posixpath import relpath

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from penstock.http.docs.openapi import openapi
from penstock.http.routing.answers import json_answer
from penstock.http.routing.dialect_app import DialectApp
from penstock.http.routing.pages import Page

ASSETS = {"swagger-ui.js": "swagger_bundle.js", "swagger-ui.css": "swagger_style.css"}
"""Our names of Swagger UI's files, and their names in the package that carries them. The package is never imported:
that would load two other viewers into memory.
"""

Endpoint = Callable[[Request], Awaitable[Response]]

_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1rem; color: #1d2733 }
h1 { font-weight: 600 } li { margin: .4rem 0 } a { color: #0b62a3 } code { background: #eef2f6; padding: .1rem .3rem }
"""
_START = """SwaggerUIBundle({
  url: new URL("openapi.json", document.currentScript.src).href, dom_id: "#ui", deepLinking: true,
})
"""


def documentation_routes(
    dialects: Sequence[DialectApp], version: str, operations: Sequence[str], elsewhere: Mapping[str, str] = {}
) -> list[Page]:
    """`/docs`, and under it a page and an OpenAPI document for each dialect; `operations` are further links, and
    `elsewhere` maps further paths to the dialects that are documented there as well. Every address in a page is
    relative to the page's own: a proxy may serve the documentation under another path.
    """
    routes = [Page(path, _page(_index(path, dialects, version, operations))) for path in ("/docs", "/docs/")]
    for dialect in dialects:
        pages = [
            f"/docs/{dialect.name}",
            f"/docs/{dialect.name}/",
            *(path for path in elsewhere if elsewhere[path] == dialect.name),
        ]
        routes += [Page(path, _page(_viewer(path, dialect))) for path in pages]
        routes.append(Page(f"/docs/{dialect.name}/openapi.json", _document(dialect, version)))
        routes.append(Page(f"/docs/{dialect.name}/start.js", _script))
    routes += [Page(f"/docs/assets/{name}", _asset(inside)) for name, inside in ASSETS.items()]
    return routes


def _from(page: str, address: str) -> str:
    """A path as a relative reference (RFC 3986 §4.2)."""
    return relpath(address, page.rpartition("/")[0] or "/")


def _page(html: str) -> Endpoint:
    async def page(request: Request) -> Response:
        return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})

    return page


def _document(dialect: DialectApp, version: str) -> Endpoint:
    document = openapi(dialect, version)

    async def page(request: Request) -> Response:
        return json_answer(document)

    return page


async def _script(request: Request) -> Response:
    return Response(_START, media_type="text/javascript")


def _asset(inside: str) -> Endpoint:
    path = Path(str(distribution("offapi").locate_file(f"offapi/{inside}")))

    async def page(request: Request) -> Response:
        return FileResponse(path, headers={"Cache-Control": "public, max-age=86400"})

    return page


def _index(page: str, dialects: Sequence[DialectApp], version: str, operations: Sequence[str]) -> str:
    entries = "".join(
        f'<li><a href="{_from(page, f"/docs/{dialect.name}")}">{escape(dialect.title)}</a></li>' for dialect in dialects
    )
    links = " ".join(f'<a href="{_from(page, path)}"><code>{path}</code></a>' for path in operations)
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Penstock</title><style>{_STYLE}</style>
<h1>Penstock {escape(version)}</h1>
<p>The upload server that existing front ends can already talk to. It speaks:</p><ul>{entries}</ul>
<p>Operations: {links}</p></html>"""


def _viewer(page: str, dialect: DialectApp) -> str:
    style, script = (_from(page, f"/docs/assets/{name}") for name in ("swagger-ui.css", "swagger-ui.js"))
    start = _from(page, f"/docs/{dialect.name}/start.js")
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Penstock: {escape(dialect.name)}</title>
<link rel="stylesheet" href="{style}"><div id="ui"></div>
<script src="{script}"></script><script src="{start}"></script></html>"""
