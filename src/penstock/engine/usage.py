"""Reports on what is stored. What has to be counted is counted once a minute at most."""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

from penstock.model.ids import PrincipalId
from penstock.model.principal import Principal
from penstock.model.usage import Breakdown, Stock, Usage
from penstock.ports import UsageRepository

T = TypeVar("T")

FRESH = 60.0
"""For how many seconds what was counted is told again."""

REMEMBERED = 1000
"""Of how many owners it is remembered."""


class Reports:
    """What somebody has, and what the whole store holds."""

    def __init__(self, repository: UsageRepository) -> None:
        self._repository = repository
        self._breakdowns = _Counted[PrincipalId, Breakdown](repository.breakdown)
        self._stock = _Counted[None, Stock](lambda _: repository.stock())

    async def usage(self, principal: Principal) -> Usage:
        """What counts against the caller's quota, now."""
        return await self._repository.usage(principal.id)

    async def breakdown(self, principal: Principal) -> Breakdown:
        """What the caller has, as it was counted within the last minute."""
        return await self._breakdowns.of(principal.id)

    async def stock(self) -> Stock:
        """What the whole store holds, as it was counted within the last minute."""
        return await self._stock.of(None)


K = TypeVar("K")


class _Counted(Generic[K, T]):
    """What costs much to count, counted once for all who ask within a minute."""

    def __init__(self, count: Callable[[K], Awaitable[T]]) -> None:
        self._count = count
        self._kept: OrderedDict[K, tuple[float, asyncio.Future[T]]] = OrderedDict()

    async def of(self, key: K) -> T:
        now = asyncio.get_running_loop().time()
        kept = self._kept.get(key)
        if kept is None or _is_stale(kept[1], now - kept[0]):
            kept = self._kept[key] = (now, asyncio.ensure_future(self._count(key)))
            self._kept.move_to_end(key)
            if len(self._kept) > REMEMBERED:
                self._kept.popitem(last=False)
        return await asyncio.shield(kept[1])


def _is_stale(count: "asyncio.Future[T]", age: float) -> bool:
    """Whether to count anew: never while a count is under way, however long it takes."""
    if not count.done():
        return False
    return age > FRESH or count.cancelled() or count.exception() is not None
