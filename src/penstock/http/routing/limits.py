"""Rate limits around a dialect, reported on every answer."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from penstock.http.routing.clients import Proxies
from penstock.model.faults import Fault, LimiterUnavailable, RateLimited, StorageFailed
from penstock.ports import Allowance, Limiter

if TYPE_CHECKING:
    from penstock.http.routing.dialect_app import DialectApp  # which imports this module


@dataclass(frozen=True, slots=True)
class RateLimit:
    """A bucket of calls: `limit` calls of one client in `period` seconds."""

    name: str
    limit: int
    period: int = 60


PUBLISHING, QUERIES = RateLimit("chunked", 50), RateLimit("queries", 300)
"""How often one client may begin publications, and ask about them, in a minute (metaid.md, *速率限制*): counted
together, whichever dialect it asks.
"""


class Limited:
    """An ASGI application: a dialect with a rate limit."""

    def __init__(
        self,
        dialect: "DialectApp",
        limiter: Limiter,
        proxies: Proxies,
        rate_limit: Callable[[Request], RateLimit | None],
        clock: Callable[[], float],
    ) -> None:
        self._dialect = dialect
        self._limiter = limiter
        self._proxies = proxies
        self._rate_limit = rate_limit
        self._clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it in the dialect's wording before any of its body is read. While calls cannot
        be counted they are not limited, and no header tells of a limit.
        """
        scope["penstock.dialect"] = self._dialect.name
        request = Request(scope)
        limit, client = self._rate_limit(request), self._proxies.origin(request)
        if limit is None:
            await self._dialect(scope, receive, send)
            return
        try:
            allowance = await self._limiter.hit(limit.name, client, limit.limit, limit.period)
        except LimiterUnavailable:
            await self._dialect(scope, receive, send)
            return
        except Fault:
            await self._dialect.refuse(StorageFailed(), scope, receive, send)
            return
        telling = _telling(allowance, send)
        if allowance.granted:
            await self._dialect(scope, receive, telling)
        else:
            await self._dialect.refuse(RateLimited(allowance.wait(self._clock())), scope, receive, telling)


def _telling(allowance: Allowance, send: Send) -> Send:
    """A `send` that adds the headers (metaid.md, *速率限制*)."""
    headers = [
        (b"x-ratelimit-limit", str(allowance.limit).encode()),
        (b"x-ratelimit-remaining", str(allowance.remaining).encode()),
        (b"x-ratelimit-reset", str(allowance.reset).encode()),
    ]

    async def tell(message: Message) -> None:
        if message["type"] == "http.response.start":
            message = {**message, "headers": [*message["headers"], *headers]}
        await send(message)

    return tell
