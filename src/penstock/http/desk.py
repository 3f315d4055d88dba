"""The front desk: which room a request belongs to, and the one log line about it."""

import re
import time
from collections.abc import Awaitable, Mapping

import structlog
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from penstock.http.answers import json_answer
from penstock.http.metrics import Metrics

_log = structlog.get_logger("penstock.request")


class Desk:
    """Sends every request to the room whose path it begins with; the longest path wins."""

    def __init__(self, rooms: Mapping[str, ASGIApp], metrics: Metrics) -> None:
        """`rooms` maps the beginnings of paths to applications."""
        self._rooms = rooms
        self._start = re.compile("|".join(map(re.escape, sorted(rooms, key=len, reverse=True))))
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request and say so in the log: who, what, how long, how many bytes. Queries are never logged."""
        seen = _Seen(receive, send)
        begun = time.perf_counter()
        try:
            await self._room(scope["path"])(scope, seen.receive, seen.send)
        except Exception:
            if seen.status:
                raise  # the answer has begun: only breaking the connection tells the truth now
            _log.exception("unexpected", path=scope["path"])
            await json_answer({"error": "internal error"}, 500)(scope, receive, seen.send)
        finally:
            seconds = time.perf_counter() - begun
            room = scope.get("penstock.room", "")
            self._metrics.request(room, scope["method"], seen.status, seconds, seen.bytes_in, seen.bytes_out)
            _log.info(
                "request",
                method=scope["method"],
                path=scope.get("penstock.call", scope["path"]),
                status=seen.status,
                who=scope.get("penstock.who"),
                fault=scope.get("penstock.fault"),
                client=scope["client"][0] if scope.get("client") else None,
                bytes_in=seen.bytes_in,
                bytes_out=seen.bytes_out,
                ms=round(seconds * 1000, 2),
            )

    def _room(self, path: str) -> ASGIApp:
        start = self._start.match(path)
        return self._rooms[start[0]] if start is not None else nobody


class _Seen:
    """Counts what passes."""

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

    def send(self, message: Message) -> Awaitable[None]:
        if message["type"] == "http.response.start":
            self.status = message["status"]
        else:
            self.bytes_out += len(message.get("body", b""))
        return self._send(message)


async def nobody(scope: Scope, receive: Receive, send: Send) -> None:
    """Outside every dialect: a plain JSON 404."""
    await json_answer({"error": "not found", "docs": "/docs"}, 404)(scope, receive, send)
