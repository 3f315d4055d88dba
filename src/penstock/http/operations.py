"""What operators ask: is it alive, is it ready, how much has it done."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from prometheus_client import CONTENT_TYPE_LATEST
from prometheus_client.core import Metric
from starlette.requests import Request
from starlette.responses import Response

from penstock.http.answers import json_answer
from penstock.http.metrics import Metrics
from penstock.http.pages import Page
from penstock.model.faults import Fault, StorageFull

Check = Callable[[], Awaitable[None]]
"""Raises a fault when what it looks at cannot be trusted."""


def operation_routes(
    checks: Mapping[str, Check], space: Check, metrics: Metrics, gauges: Callable[[], Awaitable[Sequence[Metric]]]
) -> list[Page]:
    """`/healthz`, `/readyz` and `/metrics`. Little `space` is told of, and no reason to hang up on those who remove."""

    async def healthz(request: Request) -> Response:
        return json_answer({"status": "ok"})

    async def readyz(request: Request) -> Response:
        states = {name: await _state(check) for name, check in checks.items()}
        ready = all(state == "ok" for state in states.values())
        told = {"status": "ok" if ready else "not ready", "checks": states, **await _shortage(space)}
        return json_answer(told, 200 if ready else 503)

    async def shown(request: Request) -> Response:
        return Response(metrics.exposition(await gauges()), media_type=CONTENT_TYPE_LATEST)

    return [Page("/healthz", healthz), Page("/readyz", readyz), Page("/metrics", shown)]


async def _shortage(space: Check) -> dict[str, object]:
    try:
        await space()
    except StorageFull as full:
        return {"space": {"free": full.free, "minFree": full.min_free}}
    return {}


async def _state(check: Check) -> str:
    try:
        await check()
    except Fault as fault:
        return type(fault).__name__
    return "ok"
