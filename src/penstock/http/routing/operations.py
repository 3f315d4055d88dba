"""Endpoints for operators: health, readiness, metrics."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Generic, TypeVar

from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.core import Metric
from starlette.requests import Request
from starlette.responses import Response

from penstock.http.routing.answers import json_answer
from penstock.http.routing.metrics import Metrics
from penstock.http.routing.pages import Page
from penstock.model.faults import Fault

T = TypeVar("T")

RECENT = 1.0
"""For how many seconds an answer is cached: these calls are unauthenticated, and must not load the disk and the
database.
"""

Check = Callable[[], Awaitable[None]]
"""A check; raises a fault when its subject does not work."""


def operation_routes(
    checks: Mapping[str, Check],
    notices: Callable[[], Awaitable[Mapping[str, object]]],
    metrics: Metrics,
    gauges: Callable[[], Awaitable[Sequence[Metric]]],
) -> list[Page]:
    """`/healthz`, `/readyz` and `/metrics`. The `notices` are reported, but do not make the server unready: low space
    must not cut off clients that remove files.
    """

    async def healthz(request: Request) -> Response:
        return json_answer({"status": "ok"})

    async def exposition() -> bytes:
        return metrics.exposition(await gauges())

    async def report() -> tuple[bool, dict[str, object]]:
        states = {name: await _state(check) for name, check in checks.items()}
        ready = all(state == "ok" for state in states.values())
        return ready, {"status": "ok" if ready else "not ready", "checks": states, **await notices()}

    known_report, known_exposition = Recent(report), Recent(exposition)

    async def readyz(request: Request) -> Response:
        ready, body = await known_report.value()
        return json_answer(body, 200 if ready else 503)

    async def metrics_page(request: Request) -> Response:
        return Response(await known_exposition.value(), media_type=CONTENT_TYPE_LATEST)

    return [Page("/healthz", healthz), Page("/readyz", readyz), Page("/metrics", metrics_page)]


class Recent(Generic[T]):
    """A cached value, at most `RECENT` seconds old. Concurrent requests wait for the same computation."""

    def __init__(self, make: Callable[[], Awaitable[T]]) -> None:
        self._make = make
        self._making: asyncio.Future[T] | None = None
        self._until = 0.0

    async def value(self) -> T:
        """The value; an exception of the computation is raised to every waiter."""
        now = asyncio.get_running_loop().time()
        if self._making is None or (self._making.done() and now >= self._until):
            self._making = asyncio.ensure_future(self._make())
            self._until = now + RECENT
        return await asyncio.shield(self._making)


async def _state(check: Check) -> str:
    try:
        await check()
    except Fault as fault:
        return type(fault).__name__
    return "ok"
