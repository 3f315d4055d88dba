"""Uploads hashed in the background, while their parts still come.

A run follows one upload's bytes in the order of the part *numbers*, wherever each part lies, on threads, and checks
every part's xxh3-128 on the way. It is a cache, and nothing depends on it: one process holds the lease on hashing an
upload, a run belongs to one epoch, and a sealer waits for it or reads the bytes again.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
import xxhash

from penstock import multibuffer
from penstock.crc32 import Crc32
from penstock.crc64 import PREFIX, Crc64
from penstock.model.faults import Fault, PartsMissing, StorageFailed, UploadUnknown
from penstock.model.ids import Md5, Sha256, StagedLocation, UploadId
from penstock.model.layout import missing
from penstock.model.upload import Digests, Part, State, Upload
from penstock.ports import (
    BytesMissing,
    Committed,
    Digest,
    Frozen,
    Groups,
    Hasher,
    HashingRepository,
    PartOutcome,
    PartRepository,
    Staging,
)

STEP = 8 << 20
"""How many bytes a thread digests of one upload before it takes the next."""

GROWTH = 4 << 20
"""A part in progress is followed once this many more of its bytes are there."""

BATCH_SECONDS, BATCH_LEAST = 0.25, 4
"""Runs that have caught up with their writers wait for the next multiple of this many seconds when there are at least
this many of them: a processor digests many MD5s in the time of two (`multibuffer`), but only when all have bytes at
the same moment.
"""

REMEMBERED = 4096
"""How many uploads, and how many waiting parts of one upload, are tracked."""

LEASE, RENEWAL = 5.0, 2.0
POLL_FIRST, POLL_LAST, IDLE_POLLS = 0.05, 2.0, 20
BATCH_IDLE_POLLS = 3
"""After this many polls without progress (longer than a batch waits) a run no longer counts towards a batch."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Growing:
    """One attempt at a part: `written` bytes of it can be read at `location`. `part` is its record, once it has one."""

    location: StagedLocation
    written: int = 0
    part: Part | None = None


@dataclass(slots=True)
class WholeDigest:
    """What is digested of a whole upload, so far."""

    sha256: Digest = field(default_factory=hashlib.sha256)
    crc32: Crc32 = field(default_factory=Crc32)
    md5: Digest | None = None

    def copy(self) -> "WholeDigest":
        """As it is now, whatever is digested afterwards."""
        return WholeDigest(self.sha256.copy(), self.crc32.copy(), self.md5.copy() if self.md5 else None)


@dataclass(slots=True)
class HashRun:
    """How far the digests of one upload have come: `size` bytes of whole parts, `reached` bytes with the one that is
    under way; its lease was last `renewed` then, by the loop's clock. `goal` is set once a sealer waits for exactly
    that many parts: those are recorded, so the run waits for no request that is still under way.

    In an `appended` upload `next` and `goal` are offsets. The part that begins at `row` may still grow; `crc` is that
    of what is digested of it, None if it was begun in the middle.
    """

    upload: UploadId
    epoch: int
    next: int = 0
    size: int = 0
    reached: int = 0
    renewed: float = 0.0
    whole: WholeDigest = field(default_factory=WholeDigest)
    goal: int | None = None
    void: bool = False
    appended: bool = False
    row: int = -1
    crc: Crc64 | None = None
    waiting: dict[int, Part] = field(default_factory=dict)
    growing: dict[int, Growing] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    @property
    def done(self) -> bool:
        """Whether all parts below `goal` are digested."""
        return self.goal is not None and self.next >= self.goal

    def passed(self, part: Part) -> None:
        """All bytes of the next part are digested. Its announcement may have come after it was read."""
        self.waiting.pop(part.number, None)
        self.next, self.size = part.number + 1, self.size + part.length

    def digests(self) -> Digests:
        """The digests of the parts before `next`."""
        whole = self.whole
        md5 = Md5(whole.md5.hexdigest()) if whole.md5 else None
        return Digests(self.size, Sha256(whole.sha256.hexdigest()), md5, whole.crc32.value)


class BackgroundHasher:
    """Every run of this process."""

    def __init__(
        self, hashing: HashingRepository, parts: PartRepository, staging: Staging, process: str, threads: int
    ) -> None:
        """`process` holds the leases; with fewer than `threads` runs at work, MD5 gets a thread of its own."""
        self._hashing = hashing
        self._parts = parts
        self._staging = staging
        self._process = process
        self._threads = threads
        self._runs: OrderedDict[UploadId, HashRun] = OrderedDict()
        self._at_work = 0
        self._batchable = set[UploadId]()
        self._batch_ready = asyncio.Event()

    @property
    def backlog(self) -> int:
        """How many committed bytes of live runs wait to be digested."""
        return sum(part.length for run in self._runs.values() for part in run.waiting.values())

    def opened(self, upload: Upload) -> None:
        """Follow an upload that this process opened."""
        self._remember(_fresh(upload))

    def grew(self, upload: UploadId, number: int, location: StagedLocation | None, written: int) -> None:
        """More of a part in progress can be read."""
        run = self._runs.get(upload)
        if run is None or run.void or location is None:
            return
        growing = run.growing.get(number)
        if growing is None or growing.location != location:
            growing = run.growing[number] = Growing(location)
        growing.written = written
        self._stir(run)

    def stopped(self, upload: UploadId, number: int) -> None:
        """A part in progress has ended, successfully or not."""
        run = self._runs.get(upload)
        if run is not None and run.growing.pop(number, None) is not None:
            run.wake.set()

    def committed(self, part: Part, outcome: PartOutcome) -> None:
        """A part's record was written or refused.

        The upload's `epoch` counts its replaced parts. One more than the run's is explained by this very replacement,
        which costs the run nothing if it is strictly ahead of `next` (that part may be half digested). Any other
        difference means that this process missed a replacement, perhaps of a part that is digested already. A run that
        is missing at a later epoch was forgotten or void: `_void` says why it is not begun anew here.
        """
        upload = outcome.upload
        run = self._runs.get(upload.id)
        if run is None and outcome.hashed_by == self._process and upload.epoch == 0:
            run = self._remember(_fresh(upload))
        if run is None or run.void or outcome.committed is Committed.SAME:
            return
        replaced_ahead = outcome.committed is Committed.REPLACED and part.number > run.next
        if replaced_ahead and upload.epoch == run.epoch + 1:
            run.epoch = upload.epoch
        if upload.epoch != run.epoch:
            self._void(run)
        else:
            run.waiting.pop(part.number, None)  # the part that it replaced must not be mistaken for it
            if run.next <= part.number and len(run.waiting) < REMEMBERED:
                run.waiting[part.number] = part
            growing = run.growing.get(part.number)
            if growing is not None and growing.location == part.location:
                growing.part = part
            self._stir(run)

    def appended(self, upload: Upload, hashed_by: str | None) -> None:
        """More bytes of an upload are recorded. A run at work finds a few of them itself before long: to wake it for
        each of many small appends would cost more than to digest them.
        """
        run = self._runs.get(upload.id)
        if run is None and hashed_by == self._process:
            run = self._remember(_fresh(upload))
        if run is None or run.void:
            return
        if run.task is None or run.task.done() or upload.bytes - run.next >= GROWTH:
            self._stir(run)

    async def digests(self, frozen: Frozen) -> Digests:
        """The digests of a frozen upload: from the run here, from the run of another process, or by reading all.

        Raises `PartsMissing` after dropping the record of a part whose bytes are wrong.
        """
        run = self._runs.get(frozen.upload.id)
        if run is None and frozen.hashed_by not in {None, self._process}:
            existing = await self._existing_digests(frozen)
            if existing is not None:
                return existing
        if run is None or not await self._reached(run, frozen):
            await self._refuse_gaps(frozen)
            run = self._remember(_fresh(frozen.upload))
            if not await self._reached(run, frozen):
                await self._refuse_gaps(frozen)
                raise StorageFailed
        return run.digests()

    async def _reached(self, run: HashRun, frozen: Frozen) -> bool:
        """Wait until the run has reached its goal; false when its digests cannot be used."""
        epoch, total = frozen.upload.epoch, _end(frozen)
        if frozen.upload.needs_md5 and run.whole.md5 is None:
            return False
        if not run.void and run.epoch == epoch and run.next <= total:
            run.goal = total
            self._release_batch()
            await asyncio.wait([self._stir(run)])
        return not run.void and run.epoch == epoch and run.next == total

    async def _refuse_gaps(self, frozen: Frozen) -> None:
        """Raise `PartsMissing` for parts whose records were dropped since the rows were frozen; `UploadUnknown` for
        those of an appended upload, which is over then.
        """
        total, numbers = len(frozen.parts), await self._parts.numbers(frozen.upload.id)
        if frozen.upload.appended and len(numbers) != total:
            raise UploadUnknown
        if not frozen.upload.appended and (gaps := missing(numbers, total)):
            raise PartsMissing(gaps, received=total - len(gaps), total=total)

    def forget(self, upload: UploadId) -> None:
        """This upload's digests are no longer needed."""
        run = self._runs.pop(upload, None)
        if run is not None:
            self._void(run)

    async def close(self) -> None:
        """End every run."""
        tasks = [run.task for run in self._runs.values() if run.task is not None]
        for upload in list(self._runs):
            self.forget(upload)
        self._release_batch()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _remember(self, run: HashRun) -> HashRun:
        self.forget(run.upload)
        self._runs[run.upload] = run
        if len(self._runs) > REMEMBERED:
            self.forget(next(iter(self._runs)))
        return run

    def _void(self, run: HashRun) -> None:
        """A void run is restarted only when somebody seals, so that replacing early parts again and again costs
        nothing.
        """
        run.void = True
        run.waiting.clear()
        run.growing.clear()
        run.wake.set()

    def _stir(self, run: HashRun) -> asyncio.Task[None]:
        run.wake.set()
        if run.task is None or run.task.done():
            run.task = asyncio.create_task(self._run(run))
        return run.task

    async def _run(self, run: HashRun) -> None:
        """Follow until done, voided, or idle for long. The lease is kept while there is something to do."""
        run.renewed = asyncio.get_running_loop().time()
        idle = 0
        try:
            while not (run.void or run.done) and idle < IDLE_POLLS:
                run.wake.clear()
                if await self._advance(run):
                    idle = 0
                    self._batchable.add(run.upload)
                elif await _woken(run, idle):
                    idle = 0
                    await self._join_batch(run)
                    await self._report(run)
                else:
                    idle += 1
                    if idle == BATCH_IDLE_POLLS:
                        self._batchable.discard(run.upload)
                    await self._report(run)
                await self._renew(run)
        except Fault as fault:
            _log.warning("hashing_ended", upload=run.upload, fault=repr(fault))
            self._void(run)
        finally:
            self._batchable.discard(run.upload)

    async def _renew(self, run: HashRun) -> None:
        """Keep the lease, and record how far the digests are for callers who ask how a seal progresses."""
        if (now := asyncio.get_running_loop().time()) - run.renewed > RENEWAL:
            run.renewed = now
            await self._hashing.lease_hashing(run.upload, self._process, LEASE, max(run.size, run.reached))

    async def _join_batch(self, run: HashRun) -> None:
        """Wait for the other runs of a batch, unless there are few, nothing is gained, or a sealer waits for this
        one.
        """
        alone = run.whole.md5 is None or multibuffer.width() == 1 or len(self._batchable) < BATCH_LEAST
        if not alone and run.goal is None and not run.void:
            with suppress(TimeoutError):
                async with asyncio.timeout(BATCH_SECONDS - asyncio.get_running_loop().time() % BATCH_SECONDS):
                    await self._batch_ready.wait()

    def _release_batch(self) -> None:
        """A sealer waits for one of them: start the whole batch with it."""
        self._batch_ready.set()
        self._batch_ready = asyncio.Event()

    async def _advance(self, run: HashRun) -> bool:
        """Digest the next part if it is recorded, or what has arrived of it; false when there is nothing to digest."""
        if run.appended:
            holding = await self._parts.part_at(run.upload, run.next)
            if holding is not None:
                await self._take_on(run, holding)
            return holding is not None
        part = run.waiting.pop(run.next, None) or await self._parts.part(run.upload, run.next)
        if part is not None:
            await self._take(run, part)
        elif run.next in run.growing and run.goal is None:
            await self._follow(run, run.growing[run.next])
        else:
            return False
        return True

    async def _take(self, run: HashRun, part: Part) -> None:
        """Digest one committed part, checking its bytes."""
        check, read = xxhash.xxh3_128(), False
        try:
            await self._feed(run, part.location, 0, part.length, check)
            read = True
        except BytesMissing as error:
            _log.warning("part_unreadable", upload=run.upload, number=part.number, error=str(error))
        if read and part.is_of(check.hexdigest()):
            self._pass(run, part)
        elif not run.void:
            await self._lose(run, part)

    async def _take_on(self, run: HashRun, part: Part) -> None:
        """Digest what is not digested yet of a part that may have grown."""
        start = run.next - part.number
        if part.number != run.row:
            run.row, run.crc = part.number, Crc64() if start == 0 else None
        check, read = run.crc or Crc64(), False
        before = run.whole.copy()
        run.size = part.number
        try:
            await self._feed(run, part.location, start, part.length, check)
            read = True
        except BytesMissing as error:
            now = await self._parts.part_at(run.upload, run.next)
            if now is not None and now.location != part.location:  # it was regrouped meanwhile
                run.whole, run.row = before, -1
                return
            _log.warning("part_unreadable", upload=run.upload, number=part.number, error=str(error))
        if read and (run.crc is None or part.is_of(check.hexdigest())):
            run.next = run.size = part.number + part.length
        elif not run.void:
            await self._lose(run, part)

    def _pass(self, run: HashRun, part: Part) -> None:
        run.passed(part)
        self._staging.follow(run.upload, part)

    async def _lose(self, run: HashRun, part: Part) -> None:
        """The bytes differ from the record: drop the record, so that the client sends the part again."""
        _log.warning("part_lost", upload=run.upload, number=part.number)
        self._void(run)
        await self._parts.forget_part(run.upload, part)

    async def _follow(self, run: HashRun, growing: Growing) -> None:
        """Digest a part while it is received. The result counts only if this very attempt is recorded, because the next
        attempt may write into the same slot; otherwise it is undone.
        """
        number, check, done = run.next, xxhash.xxh3_128(), 0
        before = run.whole.copy()
        try:
            while run.growing.get(number) is growing and run.goal is None:
                run.wake.clear()
                written = growing.written
                if written > done:
                    await self._feed(run, growing.location, done, written, check)
                    done = written
                else:
                    await run.wake.wait()
                    await self._join_batch(run)
            part = growing.part
            if part is not None and not run.void:
                await self._feed(run, part.location, done, part.length, check)
                if part.is_of(check.hexdigest()):
                    self._pass(run, part)
                    return
        except BytesMissing:  # the attempt was given up and its bytes are gone
            run.growing.pop(number, None)
        run.whole = before

    async def _feed(self, run: HashRun, location: StagedLocation, start: int, stop: int, check: Hasher) -> None:
        self._at_work += 1
        try:
            for step in range(start, stop, STEP):
                end = min(step + STEP, stop)
                await self._staging.feed(run.upload, location, step, end, self._groups(run, check))
                run.reached = run.size + end
                await self._renew(run)
        finally:
            self._at_work -= 1

    def _groups(self, run: HashRun, check: Hasher) -> Groups:
        whole = run.whole
        others: Sequence[Hasher] = [whole.sha256, whole.crc32, check]
        if whole.md5 is None:
            return [others]
        if self._at_work < self._threads:
            return [[whole.md5], others]
        return [[whole.md5, *others]]

    async def _report(self, run: HashRun) -> None:
        """Record the digests for a sealer in another process, if one waits for exactly these parts."""
        seen = await self._hashing.hash_lease(run.upload)
        if seen is None or seen.upload.state not in {State.OPEN, State.SEALING}:
            self._void(run)
            return
        if seen.upload.epoch != run.epoch:
            if run.goal is not None or seen.upload.state is State.SEALING:
                self._void(run)  # while nobody seals, this process may be about to learn that the part was replaced
            return
        total = seen.upload.bytes if run.appended else seen.upload.declared.total or 0
        if seen.upload.state is not State.SEALING or total > run.next:
            return
        if total < run.next:
            self._void(run)  # a sealer wants fewer parts than are digested already
        elif seen.digests is None or seen.digests.size != run.size:
            await self._hashing.record_digests(run.upload, run.epoch, run.digests(), self._process)

    async def _existing_digests(self, frozen: Frozen) -> Digests | None:
        """The digests recorded by the process that follows the upload; None when it stopped, or has digested too
        little.

        Digests of another size belong to other parts: to an earlier seal with another total.
        """
        upload, size = frozen.upload, sum(part.length for part in frozen.parts)
        while (seen := await self._hashing.hash_lease(upload.id)) is not None and seen.hashed_by not in {
            None,
            self._process,
        }:
            if seen.digests is not None and seen.digests.size == size:
                return None if upload.needs_md5 and seen.digests.md5 is None else seen.digests
            await asyncio.sleep(POLL_FIRST / 2)
        return None


async def _woken(run: HashRun, idle: int) -> bool:
    """Wait for an event in this process; false when none came before other processes' progress is due to be read."""
    try:
        async with asyncio.timeout(min(POLL_FIRST * 2**idle, POLL_LAST)):
            await run.wake.wait()
    except TimeoutError:
        return False
    return True


def _fresh(upload: Upload) -> HashRun:
    md5 = multibuffer.md5() if upload.needs_md5 else None
    return HashRun(upload.id, upload.epoch, whole=WholeDigest(md5=md5), appended=upload.appended)


def _end(frozen: Frozen) -> int:
    """Where a run over all of it ends."""
    return frozen.upload.bytes if frozen.upload.appended else len(frozen.parts)


def check_of(part: Part) -> Digest:
    """A new hasher for what is recorded of a part's bytes."""
    return Crc64() if part.digest.startswith(PREFIX) else xxhash.xxh3_128()
