"""Rate limits (`ports.Limiter`) in Redis or Valkey, counted over all nodes."""

import asyncio
from collections.abc import Callable
from time import monotonic

import structlog
from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import ConnectionError as ConnectionLost
from redis.exceptions import RedisError

from penstock.model.faults import LimiterUnavailable
from penstock.ports import Allowance

PATIENCE = 0.5
"""For how many seconds a call waits for a connection, and then for an answer."""

PAUSE = 2.0
"""For how many seconds after a failure nobody asks. Then one call does, and the others do not wait for it."""

RETRY_AFTER = 5
"""`Retry-After` of `LimiterUnavailable`, in seconds."""

CONNECTIONS = 16
"""The most connections of a process: a count takes a fraction of a millisecond. Calls wait for one of them without a
time-out: with one a crowd would make Redis look away, and switch its own limits off.
"""

NOW = "redis.call('TIME')[1]"
"""The clock of Redis, in Lua: the clocks of nodes differ, and windows must not."""

_log = structlog.get_logger("penstock.limits")


class RedisLimiter:
    """The port `Limiter`: fixed windows. `hit` raises `LimiterUnavailable` while Redis does not answer."""

    def __init__(self, url: str, on_unavailable: Callable[[], object], *, clock: str = NOW) -> None:
        """`url` is a `redis://`, `rediss://` or `unix://` address; `on_unavailable` is called for each call that was
        not counted; `clock` tells Unix seconds in Lua. Raises `ValueError` for an address that cannot be used.
        """
        self._redis = Redis.from_url(
            url,
            socket_connect_timeout=PATIENCE,
            socket_timeout=PATIENCE,
            retry=Retry(NoBackoff(), 1, supported_errors=(ConnectionLost,)),  # one that died unseen; not a time-out
        )
        self._count = self._redis.register_script(_COUNT.replace("CLOCK", clock))
        self._turns = asyncio.Semaphore(CONNECTIONS)
        self._on_unavailable = on_unavailable
        self._away = False
        self._silent_until = 0.0

    async def hit(self, bucket: str, client: str, limit: int, period: int) -> Allowance:
        """See `Limiter.hit`."""
        async with self._turns:
            self._keep_silence()
            try:
                hits, reset = await self._count([f"penstock:limits:{bucket}|{client}"], [period])
            except (RedisError, OSError) as error:
                raise self._lost(error) from error
            self._found()
        return Allowance(limit, max(0, limit - hits), reset, hits <= limit)

    async def close(self) -> None:
        """Close the connections."""
        await self._redis.aclose()

    def _keep_silence(self) -> None:
        """Raise `LimiterUnavailable` within the pause; after it, the first call begins the next one and asks."""
        if not self._away:
            return
        if monotonic() < self._silent_until:
            raise self._unavailable()
        self._silent_until = monotonic() + PAUSE

    def _lost(self, error: Exception) -> LimiterUnavailable:
        if not self._away:
            _log.warning("rate limits unavailable", error=str(error))
        self._away, self._silent_until = True, monotonic() + PAUSE
        return self._unavailable()

    def _found(self) -> None:
        if self._away:
            self._away = False
            _log.info("rate limits available again")

    def _unavailable(self) -> LimiterUnavailable:
        self._on_unavailable()
        return LimiterUnavailable(RETRY_AFTER)


_COUNT = """
local period, now = tonumber(ARGV[1]), tonumber(CLOCK)
local since = now - now % period
local known = tonumber(redis.call('HGET', KEYS[1], 'since') or -1)
if known < since then
    redis.call('HSET', KEYS[1], 'since', since, 'hits', 0)
    redis.call('EXPIRE', KEYS[1], period)
    known = since
end
return {redis.call('HINCRBY', KEYS[1], 'hits', 1), known + period}
"""
"""A window never goes back: a replica that took over may have a clock that lags."""
