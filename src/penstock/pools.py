"""Threads, each kind of work on its own: what waits long must not keep waiting what is over at once."""

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


class Pool:
    """Threads of a name, for one kind of work."""

    def __init__(self, threads: int, name: str) -> None:
        self._threads = ThreadPoolExecutor(threads, f"penstock-{name}")

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Do the work on one of the threads, in its turn. Work that has begun is finished, also when nobody waits."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, lambda: work(*args, **kwargs))

    def close(self) -> None:
        """Wait for what is under way."""
        self._threads.shutdown()


def run_apart(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine, run by a loop of its own on a thread of its own: for what must be over before a loop
    runs, or while one waits.
    """
    with ThreadPoolExecutor(1, "penstock-apart") as thread:
        return thread.submit(asyncio.run, work).result()
