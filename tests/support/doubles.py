"""Ports that misbehave on purpose, and ports that count."""

import asyncio
from collections import Counter
from collections.abc import Callable
from typing import Any


class Sabotage(Exception):
    """What a sabotaged call raises: a defect that nobody expects."""


class CrashPlan:
    """A process that dies. Every call of every wrapped port goes through here, and those `watched` are named.

    At the `fatal`-th of these (from 0) the process dies, `before` or after the call did its work: that call raises, and
    so does every one after it.
    """

    def __init__(self, watched: frozenset[str], fatal: int | None, *, before: bool = True) -> None:
        self.calls: list[str] = []
        self.dead = False
        self._watched = watched
        self._fatal = fatal
        self._before = before

    def wrap(self, name: str, port: Any) -> Any:
        """The port, as the process that dies sees it."""
        return Watched(name, port, self)

    async def call(self, label: str, work: Callable[[], Any]) -> Any:
        """Do the work of one call, or die."""
        fatal = label in self._watched and len(self.calls) == self._fatal
        if label in self._watched:
            self.calls.append(label)
        if self.dead or (fatal and self._before):
            self.dead = True
            raise Sabotage(label)
        result = await work()
        if fatal:
            self.dead = True
            raise Sabotage(label)
        return result


class Watched:
    """A port whose coroutine methods go through a plan. What is not a coroutine passes through."""

    def __init__(self, name: str, port: Any, plan: CrashPlan) -> None:
        self._name = name
        self._port = port
        self._plan = plan

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._port, attribute)
        if not asyncio.iscoroutinefunction(found):
            return found

        async def call(*args: Any, **kwargs: Any) -> Any:
            return await self._plan.call(f"{self._name}.{attribute}", lambda: found(*args, **kwargs))

        return call


class Hold:
    """Stops the calls of one method of one port, before their work, until they are let go."""

    def __init__(self, name: str, method: str) -> None:
        self.method = method
        self.reached = asyncio.Event()
        self.go = asyncio.Event()
        self._name = name

    def wrap(self, name: str, port: Any) -> Any:
        """The port, as the process that is held up sees it."""
        return _Held(port, self) if name == self._name else port


class _Held:
    def __init__(self, port: Any, hold: Hold) -> None:
        self._port = port
        self._hold = hold

    def __getattr__(self, attribute: str) -> Any:
        found = getattr(self._port, attribute)
        if attribute != self._hold.method:
            return found

        async def wait(*args: Any, **kwargs: Any) -> Any:
            self._hold.reached.set()
            await self._hold.go.wait()
            return await found(*args, **kwargs)

        return wait


class Counted:
    """A staging whose digested bytes are counted, by place."""

    def __init__(self, port: Any) -> None:
        self._port = port
        self.fed: Counter[str] = Counter()

    def __getattr__(self, attribute: str) -> Any:
        return getattr(self._port, attribute)

    async def feed(self, upload: Any, location: Any, start: int, stop: int, groups: Any) -> None:
        """Count and pass on."""
        self.fed[str(location)] += (stop - start) * sum(map(len, groups))
        await self._port.feed(upload, location, start, stop, groups)
