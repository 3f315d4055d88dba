"""Blocks of many readings digested together, on a few threads: MD5s side by side (`multibuffer`)."""

import asyncio
import math
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field

from penstock import multibuffer
from penstock.ports import Groups, Hasher


@dataclass(eq=False, slots=True)
class _Work:
    """A block for the hashers of one group."""

    group: Sequence[Hasher]
    block: bytes
    done: Future[None] = field(default_factory=Future)

    def pieces(self) -> Iterator[tuple[Hasher, memoryview]]:
        return ((hasher, memoryview(self.block)) for hasher in self.group)


class Digester:
    """The digest threads of a process."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, "penstock-digest")
        self._count = threads
        self._waiting: deque[_Work] = deque()

    async def update(self, groups: Groups, block: bytes) -> None:
        """Give a block to every hasher, the groups side by side. What has begun is finished, also when nobody waits."""
        works = [_Work(group, block) for group in groups]
        self._waiting.extend(works)
        for _ in works:
            self._threads.submit(self._work)
        await asyncio.gather(*(asyncio.wrap_future(work.done) for work in works))

    def close(self) -> None:
        """Wait for what is under way."""
        self._threads.shutdown()

    def _work(self) -> None:
        """Take a fair share of what waits. Called once for each work, so that none is missed; often none is left."""
        works = self._share()
        try:
            multibuffer.update_all(piece for work in works for piece in work.pieces())
        except BaseException as error:
            for work in works:
                work.done.set_exception(error)
        else:
            for work in works:
                work.done.set_result(None)

    def _share(self) -> list[_Work]:
        share, taken = min(multibuffer.width(), math.ceil(len(self._waiting) / self._count)), list[_Work]()
        while len(taken) < max(share, 1):
            try:
                work = self._waiting.popleft()
            except IndexError:  # another thread was first
                break
            if work.done.set_running_or_notify_cancel():
                taken.append(work)
        return taken
