"""The API documentation: one Swagger UI page per room, without any network."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from html import escape
from importlib.metadata import distribution
from pathlib import Path

from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, Response

from penstock.http.answers import json_answer
from penstock.http.openapi import openapi
from penstock.http.pages import Page
from penstock.http.rooms import Room

ASSETS = {"swagger-ui.js": "swagger_bundle.js", "swagger-ui.css": "swagger_style.css"}
"""Our names of Swagger UI's files, and their names in the package that carries them. It is never imported: importing it
would load two other viewers into memory.
"""

Endpoint = Callable[[Request], Awaitable[Response]]

_POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; frame-ancestors 'none'"
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 42rem; margin: 4rem auto; padding: 0 1rem; color: #1d2733 }
h1 { font-weight: 600 } li { margin: .4rem 0 } a { color: #0b62a3 } code { background: #eef2f6; padding: .1rem .3rem }
"""


def documentation_routes(rooms: Sequence[Room], version: str, elsewhere: Mapping[str, str] = {}) -> list[Page]:
    """`/docs`, and under it a page and an OpenAPI document for each room; `elsewhere` maps further paths to the rooms
    whose pages are there, too.
    """
    routes = [Page("/docs", _page(_index(rooms, version)))]
    for room in rooms:
        routes.append(Page(f"/docs/{room.name}", _page(_viewer(room))))
        routes.append(Page(f"/docs/{room.name}/openapi.json", _document(room, version)))
        routes.append(Page(f"/docs/{room.name}/start.js", _script(room)))
    routes += [
        Page(path, _page(_viewer(room))) for path, name in elsewhere.items() for room in rooms if room.name == name
    ]
    routes += [Page(f"/docs/assets/{name}", _asset(inside)) for name, inside in ASSETS.items()]
    return routes


def _page(html: str) -> Endpoint:
    async def page(request: Request) -> Response:
        return HTMLResponse(html, headers={"Content-Security-Policy": _POLICY})

    return page


def _document(room: Room, version: str) -> Endpoint:
    document = openapi(room, version)

    async def page(request: Request) -> Response:
        return json_answer(document)

    return page


def _script(room: Room) -> Endpoint:
    script = f'SwaggerUIBundle({{url: "/docs/{room.name}/openapi.json", dom_id: "#ui", deepLinking: true}})'

    async def page(request: Request) -> Response:
        return Response(script, media_type="text/javascript")

    return page


def _asset(inside: str) -> Endpoint:
    path = Path(str(distribution("offapi").locate_file(f"offapi/{inside}")))

    async def page(request: Request) -> Response:
        return FileResponse(path, headers={"Cache-Control": "public, max-age=86400"})

    return page


def _index(rooms: Sequence[Room], version: str) -> str:
    entries = "".join(f'<li><a href="/docs/{room.name}">{escape(room.title)}</a></li>' for room in rooms)
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Penstock</title><style>{_STYLE}</style>
<h1>Penstock {escape(version)}</h1>
<p>The upload server that existing front ends can already talk to. It speaks:</p><ul>{entries}</ul>
<p>Operations: <a href="/healthz"><code>/healthz</code></a> <a href="/readyz"><code>/readyz</code></a>
<a href="/metrics"><code>/metrics</code></a></p></html>"""


def _viewer(room: Room) -> str:
    return f"""<!doctype html><html lang="en"><meta charset="utf-8"><title>Penstock: {escape(room.name)}</title>
<link rel="stylesheet" href="/docs/assets/swagger-ui.css"><div id="ui"></div>
<script src="/docs/assets/swagger-ui.js"></script><script src="/docs/{room.name}/start.js"></script></html>"""
