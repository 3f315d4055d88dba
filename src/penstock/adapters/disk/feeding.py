"""Feeding files to hashers on a few threads, many files together.

A thread takes its fair share of the waiting files and feeds a piece of each to its hashers in turn, so that MD5s are
computed in parallel. A single file is read at once, without waiting for others. Where a file has several groups of
hashers, each piece is read once, and the groups behind the first take it on threads beside, before the next is read.
"""

import asyncio
import errno
import math
import os
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import suppress
from dataclasses import dataclass, field
from io import FileIO

from penstock import multibuffer
from penstock.adapters.disk.files import PIECE
from penstock.ports import BytesMissing, Groups, Hasher

NICER = 10
"""The niceness of digest threads, behind the event loop."""


LONE_PIECE = 4 * PIECE
"""How many bytes of a file that is alone are read at a time. Each piece is handed to other threads, and whoever wants
Python's lock back from a busy event loop may wait milliseconds for it: with pieces of 256 KiB the digests fell behind a
sender of 300 MiB/s by a quarter of a second in each GiB, with these they do not.
"""


@dataclass(eq=False, slots=True)
class Feed:
    """Bytes [start, stop) of a file, on their way to the groups of hashers. `start` moves on; `beside` are groups that
    are taking the piece just now.
    """

    path: str
    start: int
    stop: int
    groups: Groups
    outcome: Future[None] = field(default_factory=Future)
    file: FileIO | None = None
    beside: list[Future[None]] = field(default_factory=list)

    def read(self, buffer: memoryview) -> memoryview:
        """The next piece. Raises `BytesMissing` when there is none."""
        self.file = self.file or FileIO(self.path)
        wanted = buffer[: self.stop - self.start]
        try:
            got = os.preadv(self.file.fileno(), [wanted], self.start)
        except OSError as error:
            if error.errno == errno.EIO:
                raise BytesMissing(self.path) from error
            raise
        if wanted and not got:
            raise BytesMissing(self.path)
        self.start += got
        return wanted[:got]

    def end(self, error: BaseException | None) -> None:
        """End the feed, with an error if one is given."""
        if self.file is not None:
            self.file.close()
        if error is not None:
            self.outcome.set_exception(error)
        else:
            self.outcome.set_result(None)


class Feeder:
    """All files being digested. Belongs to one event loop."""

    def __init__(self, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, "penstock-digest", _step_back)
        self._beside = ThreadPoolExecutor(threads, "penstock-digest-beside", _step_back)
        self._count = threads
        self._unfinished = 0
        self._waiting: deque[Feed] = deque()
        self._own = threading.local()

    async def feed(self, path: str, start: int, stop: int, groups: Groups) -> None:
        """Give bytes [start, stop) of a file to every hasher.

        Raises `FileNotFoundError`, and `BytesMissing` when the file is short or the disk cannot read it.
        """
        feed = Feed(path, start, stop, groups)
        self._unfinished += 1
        try:
            self._waiting.append(feed)
            self._threads.submit(self._work)
            await asyncio.wrap_future(feed.outcome)
        finally:
            self._unfinished -= 1

    def close(self) -> None:
        """Wait for feeds under way."""
        self._threads.shutdown()
        self._beside.shutdown()

    def _work(self) -> None:
        """Feed until nothing waits. Called once per feed, so that none is missed; often nothing is left to do."""
        feeds: list[Feed] = []
        while feeds := self._joined(feeds):
            try:
                multibuffer.update_all(self._pieces(feeds))
                for feed in feeds:
                    for group in feed.beside:
                        group.result()
                    feed.beside.clear()
            except Exception as error:
                for feed in feeds:
                    wait(feed.beside)  # a thread must not touch a hasher whose feed has ended
                    if not feed.outcome.done():
                        feed.end(error)
            for feed in feeds:
                if feed.start == feed.stop and not feed.outcome.done():
                    feed.end(None)

    def _joined(self, feeds: list[Feed]) -> list[Feed]:
        """The unfinished feeds, and more from the queue up to this thread's share."""
        taken = [feed for feed in feeds if not feed.outcome.done()]
        share = min(multibuffer.width(), math.ceil(self._unfinished / self._count))
        while self._waiting and len(taken) < max(share, 1):
            try:
                feed = self._waiting.popleft()
            except IndexError:  # another thread was first
                break
            if feed.outcome.set_running_or_notify_cancel():
                taken.append(feed)
        return taken

    def _pieces(self, feeds: list[Feed]) -> Iterator[tuple[Hasher, memoryview]]:
        """The next piece of each file, for each of its hashers."""
        for feed, buffer in zip(feeds, self._buffers(len(feeds)), strict=False):
            try:
                piece = feed.read(buffer)
            except (OSError, BytesMissing) as error:
                feed.end(error)
                continue
            first, *others = feed.groups
            feed.beside += [self._beside.submit(_update, group, piece) for group in others]
            for hasher in first:
                yield hasher, piece

    def _buffers(self, count: int) -> list[memoryview]:
        """This thread's buffers, at least this many; the first is whole for a file that is alone."""
        buffers: list[memoryview] = self._own.__dict__.setdefault("buffers", [])
        while len(buffers) < count:
            buffers.append(memoryview(bytearray(PIECE if buffers else LONE_PIECE)))
        return buffers if count == 1 else [buffers[0][:PIECE], *buffers[1:]]


def _update(group: Sequence[Hasher], piece: memoryview) -> None:
    multibuffer.update_all((hasher, piece) for hasher in group)


def _step_back() -> None:
    """Lower the thread's priority; Linux has one per thread (sched(7)), elsewhere nothing changes."""
    with suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), os.getpriority(os.PRIO_PROCESS, 0) + NICER)
