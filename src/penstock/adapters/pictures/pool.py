"""Rendering in separate processes, so that a hostile picture or a crash affects one job only."""

import asyncio
import contextlib
import math
import os
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Self

import structlog

from penstock.adapters.pictures.turns import QueueFull, Turns
from penstock.imaging.wire import FRAME, MAX_FRAME, READY, Job, read_answer
from penstock.model.faults import Fault, PictureRefused, PicturesBusy, TooLarge
from penstock.model.image import EVERY_KIND, MAX_PIXELS, Recipe, Rendered

COMMAND = (sys.executable, "-P", "-m", "penstock.imaging.worker")
"""The command of a worker. No module is imported from the current folder."""

_INHERITED = ("PATH", "PYTHONPATH", "PYTHONHOME", "LD_LIBRARY_PATH", "LANG")
"""A worker's whole environment, without the server's secrets."""

RETRY_AFTER = 5
"""`Retry-After` of `PicturesBusy`, in seconds."""

_READY_SECONDS = 30.0
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class RenderLimits:
    """Limits of one job and of one worker.

    `memory` is address space, in bytes; `seconds` are of the clock, from the first byte to the last, and of the
    processor; `drawing` is of the processor, for drawings (SVG): a few bytes of those may ask for any amount of work;
    `size` in bytes; `pixels` of one picture; a worker is replaced after so many `jobs`.
    """

    memory: int = 1 << 30
    seconds: float = 20.0
    drawing: float = 2.0
    size: int = 128 << 20
    pixels: int = MAX_PIXELS
    jobs: int = 200


class PicturePool:
    """Implements `Pictures` with at most `workers` processes, started when they are needed; further jobs wait for their
    turns, at most `waiting` of them.

    They end with the pool, and, since their input ends, with the server, however that ends.
    """

    def __init__(
        self,
        limits: RenderLimits | None = None,
        *,
        workers: int | None = None,
        waiting: int = 64,
        command: Sequence[str] = COMMAND,
    ) -> None:
        self._limits = limits or RenderLimits()
        budgets = (self._limits.memory, math.ceil(self._limits.seconds), math.ceil(self._limits.drawing))
        self._command = (*command, *map(str, budgets))
        self._turns = Turns(workers or len(os.sched_getaffinity(0)), waiting)
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._starting = asyncio.Lock()
        self._closed = False

    async def render(
        self,
        whose: str,
        picture: AsyncIterator[bytes],
        size: int,
        recipes: Sequence[Recipe],
        *,
        watermark: Callable[[], Awaitable[bytes]] | None = None,
        accept: frozenset[str] = EVERY_KIND,
    ) -> list[Rendered]:
        """As `Pictures.render`. Raises `TooLarge` as well; `RuntimeError` once closed, or when no worker starts.

        The picture is passed on piece by piece; what comes back is held whole.
        """
        if size > self._limits.size:
            raise TooLarge(self._limits.size)
        try:
            async with self._turns.turn(whose):
                mark = None if watermark is None else await watermark()
                job = Job(size, None if mark is None else len(mark), recipes, accept, self._limits.pixels)
                return await self._rendered(job, picture, mark)
        except QueueFull:
            raise PicturesBusy(RETRY_AFTER) from None

    async def _rendered(self, job: Job, picture: AsyncIterator[bytes], watermark: bytes | None) -> list[Rendered]:
        worker = await self._worker()
        try:
            return await self._run(worker, job, picture, watermark)
        finally:
            self._busy.discard(worker)
            await self._after(worker)

    async def close(self) -> None:
        """End every worker: idle ones at once, busy ones in the middle of their jobs."""
        self._closed = True
        async with self._starting:
            workers = [*self._idle, *self._busy]
        self._idle.clear()
        for worker in workers:
            worker.kill()
        await asyncio.gather(*(worker.gone() for worker in workers))

    async def _worker(self) -> "_Worker":
        """Take an idle worker or start one. It counts as busy at once, and none starts while the pool closes."""
        while self._idle:
            worker = self._idle.pop()
            if worker.alive:
                self._busy.add(worker)
                return worker
            await worker.gone()
        async with self._starting:
            if self._closed:
                raise RuntimeError("the pool is closed")
            worker = await _Worker.start(self._command)
            self._busy.add(worker)
            return worker

    async def _run(
        self, worker: "_Worker", job: Job, picture: AsyncIterator[bytes], watermark: bytes | None
    ) -> list[Rendered]:
        if not await worker.ready():
            reason = "the pool is closed" if self._closed else "no picture worker starts; standard error says more"
            raise RuntimeError(reason)
        try:
            async with asyncio.timeout(self._limits.seconds) as deadline:
                return await worker.work(job, picture, watermark)
        except TimeoutError:
            if not deadline.expired():
                raise
            _log.warning("picture took too long", seconds=self._limits.seconds)
            raise PictureRefused("it takes too long") from None
        except _WorkerLost as lost:
            if self._closed:
                raise RuntimeError("the pool is closed") from None
            _log.warning("picture worker lost", reason=str(lost))
            raise PictureRefused("it takes more memory or time than there is") from None

    async def _after(self, worker: "_Worker") -> None:
        """Keep a worker for the next job, unless it is in the middle of one, or has had enough."""
        if worker.between_jobs and worker.jobs < self._limits.jobs and not self._closed:
            self._idle.append(worker)
            return
        worker.kill()
        await worker.gone()


class _WorkerLost(Exception):
    """The worker has died, or has sent a malformed answer."""


class _Worker:
    """One process, doing one job at a time."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdin is not None
        assert process.stdout is not None
        self._process = process
        self._to, self._from = process.stdin, process.stdout
        self.jobs = 0
        self.between_jobs = False

    @classmethod
    async def start(cls, command: Sequence[str]) -> Self:
        """Start a process, and do not wait until it is ready."""
        pipe = asyncio.subprocess.PIPE
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        return cls(
            await asyncio.create_subprocess_exec(
                *command, stdin=pipe, stdout=pipe, env=environment, cwd="/", start_new_session=True
            )
        )

    async def ready(self) -> bool:
        """Wait until it accepts jobs; False when it never will."""
        if self.between_jobs:
            return True
        with contextlib.suppress(asyncio.IncompleteReadError, TimeoutError):
            async with asyncio.timeout(_READY_SECONDS):
                self.between_jobs = await self._from.readexactly(len(READY)) == READY
        return self.between_jobs

    @property
    def alive(self) -> bool:
        """Whether the process is alive, by the kernel: the event loop learns of a death a moment later."""
        try:
            return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None
        except ChildProcessError:
            return False

    async def work(self, job: Job, picture: AsyncIterator[bytes], watermark: bytes | None) -> list[Rendered]:
        """Do a job. Raises what reading the picture raises, the refusal in the answer, and `_WorkerLost`."""
        self.jobs += 1
        self.between_jobs = False
        await self._send(job.framed())
        left = job.size
        async for piece in picture:
            left -= len(piece)
            if left < 0:
                break
            await self._send(piece)
        if left:
            raise ValueError(f"a picture of {job.size} bytes that is not")
        await self._send(watermark or b"")
        return await self._answer(len(job.recipes))

    async def _send(self, piece: bytes) -> None:
        try:
            self._to.write(piece)
            await self._to.drain()
        except ConnectionError as error:
            raise _WorkerLost("closed its input") from error

    async def _answer(self, expected: int) -> list[Rendered]:
        try:
            length = FRAME.unpack(await self._from.readexactly(FRAME.size))[0]
            answer = read_answer(await self._from.readexactly(min(length, MAX_FRAME)), expected)
            listed = answer if isinstance(answer, list) else []
            rendered = [
                Rendered(await self._from.readexactly(one.size), one.format, one.width, one.height) for one in listed
            ]
        except (asyncio.IncompleteReadError, ConnectionError, ValueError) as error:
            raise _WorkerLost(str(error)) from error
        self.between_jobs = True
        if isinstance(answer, Fault):
            raise answer
        return rendered

    def kill(self) -> None:
        """End the process, whatever it is doing."""
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def gone(self) -> None:
        """Wait until it has ended."""
        self._to.close()
        await self._process.wait()
