"""A way to an S3 store on which things go wrong."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO

import aiohttp
from aiohttp import web
from yarl import URL

from cluster.programs import free_port
from cluster.s3 import REGION, S3Program
from tests.support.stores import fresh_store

Meddle = Callable[[web.Request, bytes], Awaitable[web.StreamResponse | bytes | None]]
"""Given a request and its body: the answer in the store's place, or the body that goes on, changed or not."""

HOP = {"connection", "transfer-encoding", "keep-alive"}
SLOW_DOWN = "<Error><Code>SlowDown</Code><Message>later</Message></Error>"


@dataclass
class Way:
    """The way from `place`, which `--store` is told, to the store."""

    place: str
    asked: list[str] = field(default_factory=list)
    meddle: Meddle | None = None
    answered: Callable[[web.Request, bytes], bytes] = lambda _, body: body

    def count(self, what: str) -> int:
        """How many requests had this in them: a method, a part of an address."""
        return sum(what in one for one in self.asked)


@asynccontextmanager
async def way_to(store: S3Program) -> AsyncIterator[Way]:
    """A way to a fresh place in the store, on which nothing goes wrong yet."""
    port = free_port()
    way = Way(fresh_store(store).replace(store.url, f"http://127.0.0.1:{port}"))
    assert REGION in way.place
    async with aiohttp.ClientSession(auto_decompress=False) as onwards:

        async def handle(request: web.Request) -> web.StreamResponse:
            body = await request.read()
            way.asked.append(f"{request.method} {request.raw_path}")
            changed = await way.meddle(request, body) if way.meddle is not None else body
            if isinstance(changed, web.StreamResponse):
                return changed
            url = URL(f"{store.url}{request.raw_path}", encoded=True)
            headers = {name: value for name, value in request.headers.items() if name.lower() not in HOP}
            async with onwards.request(
                request.method,
                url,
                headers=headers,
                data=BytesIO(changed if changed is not None else body),
                skip_auto_headers=("Accept-Encoding", "Content-Type", "User-Agent", "Accept"),
            ) as answer:
                told = {name: value for name, value in answer.headers.items() if name.lower() not in HOP}
                content = way.answered(request, await answer.read())
                if request.method != "HEAD":
                    told["Content-Length"] = str(len(content))
                return web.Response(status=answer.status, headers=told, body=BytesIO(content))

        app = web.Application(client_max_size=1 << 30)
        app.router.add_route("*", "/{path:.*}", handle)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield way
        finally:
            await runner.cleanup()


def times(count: int, answer: Callable[[], web.StreamResponse], where: str = "") -> Meddle:
    """So many times this answer, to requests that have this in them."""
    left = [count]

    async def meddle(request: web.Request, body: bytes) -> web.StreamResponse | None:
        if where in f"{request.method} {request.raw_path}" and left[0]:
            left[0] -= 1
            return answer()
        return None

    return meddle


def slow_down() -> web.Response:
    """What a store says that has too much to do."""
    return web.Response(status=503, text=SLOW_DOWN, content_type="application/xml")
