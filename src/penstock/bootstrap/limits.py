"""Where calls are counted: in the database, or in Redis for many nodes."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from penstock.adapters.sql.limits import SqlLimiter
from penstock.bootstrap.storage import Storage
from penstock.ports import Limiter
from penstock.settings import Settings, SettingsRefused


@dataclass(frozen=True)
class Limits:
    """The limiter, and what ends it."""

    limiter: Limiter
    close: Callable[[], Awaitable[None]]


def open_limits(settings: Settings, storage: Storage, on_unavailable: Callable[[], object]) -> Limits:
    """The limiter of the settings; `on_unavailable` is called for each call that was not counted. Connects to nothing
    yet. Raises `SettingsRefused`.
    """
    if not settings.limits:
        return Limits(SqlLimiter(storage.database), _nothing)
    if urlsplit(settings.limits).scheme not in {"redis", "rediss", "unix"}:
        raise SettingsRefused("limits: this is not redis://HOST:PORT/DB, rediss://HOST:PORT/DB or unix:///PATH")
    from penstock.adapters.redis_limits import RedisLimiter

    try:
        limiter = RedisLimiter(settings.limits, on_unavailable)
    except ValueError as error:
        raise SettingsRefused(f"limits: {error}") from error
    return Limits(limiter, limiter.close)


async def _nothing() -> None:
    """The database is closed by whoever opened it."""
