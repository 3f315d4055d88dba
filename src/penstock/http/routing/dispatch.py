"""Which dialect a request belongs to, and the one log line about it."""

import re
import time
from collections.abc import Mapping
from http import HTTPStatus

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from penstock.http.routing.answers import json_answer
from penstock.http.routing.metrics import Metrics
from penstock.http.routing.statuses import STATUS
from penstock.http.server.exchange import ENDLESS, ClientGone
from penstock.http.server.heads import REFUSED, head_fault
from penstock.model.signature import LENGTH

MAX_LOGGED_PATH = 512
"""How many characters of a path are logged."""

_SIGNATURE = re.compile(rf"\.[A-Za-z0-9_-]{{{LENGTH}}}(?=/|$)")
_TOKEN = re.compile(r"^/s/(?!assets/)[^/]+")
_log = structlog.get_logger("penstock.request")


class PathDispatcher:
    """Routes every request to the dialect with the longest matching path prefix."""

    def __init__(self, dialects: Mapping[str, ASGIApp], metrics: Metrics) -> None:
        """`dialects` maps path prefixes to applications."""
        self._dialects = dialects
        self._start = re.compile("|".join(map(re.escape, sorted(dialects, key=len, reverse=True))))
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and log it: principal, path, duration, bytes. Queries are never logged."""
        seen = _Seen(receive, send)
        begun = time.perf_counter()
        if REFUSED not in scope and (fault := head_fault(scope)) is not None:
            scope[REFUSED] = fault
        try:
            await self._dialect(scope["path"])(scope, seen.receive, seen.send)
        except ClientGone:
            scope["penstock.fault"] = ClientGone.__name__
            raise
        except Exception:
            if seen.status:
                raise  # the answer has begun: only breaking the connection can report the fault
            _log.exception("unexpected", path=scope["path"])
            await json_answer({"error": "internal error"}, 500)(scope, receive, seen.send)
        finally:
            seconds = time.perf_counter() - begun
            dialect = scope.get("penstock.dialect", "")
            spent = 0.0 if scope.get(ENDLESS) else seconds  # an answer that nobody waits for the end of
            self._metrics.request(dialect, scope["method"], seen.status, spent, seen.bytes_in, seen.bytes_out)
            _log.info(
                "request",
                method=scope["method"],
                path=scope.get("penstock.call") or loggable(scope["path"]),
                status=seen.status,
                who=scope.get("penstock.principal"),
                fault=scope.get("penstock.fault"),
                client=scope["client"][0] if scope.get("client") else None,
                bytes_in=seen.bytes_in,
                bytes_out=seen.bytes_out,
                ms=round(seconds * 1000, 2),
            )

    def _dialect(self, path: str) -> ASGIApp:
        start = self._start.match(path)
        return self._dialects[start[0]] if start is not None else nobody


class ByListener:
    """Routes requests that arrive at a second address to another application."""

    def __init__(self, address: tuple[str, int], own: ASGIApp, others: ASGIApp) -> None:
        """`address` is a host and a port; a wildcard host is recognised by its port alone."""
        host, self._port = address
        self._host = None if host in {"0.0.0.0", "::", "localhost"} else host  # noqa: S104  compared, not bound
        self._own = own
        self._others = others

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        host, port = scope.get("server") or (None, None)
        mine = port == self._port and self._host in {None, host}
        await (self._own if mine else self._others)(scope, receive, send)


class _Seen:
    """Counts the bytes and the status of a response."""

    def __init__(self, receive: Receive, send: Send) -> None:
        self._receive = receive
        self._send = send
        self.status = 0
        self.bytes_in = 0
        self.bytes_out = 0

    async def receive(self) -> Message:
        message = await self._receive()
        self.bytes_in += len(message.get("body", b""))
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        await self._send(message)
        self.bytes_out += len(message.get("body", b""))  # the bytes that were sent, not those announced


class Plain:
    """Endpoints outside every dialect, with plain JSON for requests whose head is refused."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        fault = scope.get(REFUSED)
        if fault is None:
            await self._app(scope, receive, send)
        else:
            scope["penstock.fault"] = type(fault).__name__
            status = STATUS[type(fault)]
            await json_answer({"error": HTTPStatus(status).phrase.lower(), "docs": "/docs"}, status)(
                scope, receive, send
            )


async def _not_found(scope: Scope, receive: Receive, send: Send) -> None:
    await json_answer({"error": "not found", "docs": "/docs"}, 404)(scope, receive, send)


nobody = Plain(_not_found)
"""A plain JSON 404, for paths outside every dialect."""


def loggable(path: str) -> str:
    """A path as it is logged: shortened, and without signatures (model/signature.py) and tokens of links."""
    return _TOKEN.sub("/s/…", _SIGNATURE.sub(".…", path))[:MAX_LOGGED_PATH]
