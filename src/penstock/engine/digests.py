"""Digests chased behind the writers.

A chase follows one upload's bytes in the order of the part *numbers*, wherever each part lies, on threads, and checks
every part's xxh3-128 on the way. It is a cache and nothing rests on it: one process holds the lease on an upload's
chase, the chase belongs to one epoch, and whoever seals waits for it or reads the bytes again.
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Awaitable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field

import structlog
import xxhash

from penstock import lanes
from penstock.model.faults import Fault, PartsMissing, StorageFailed
from penstock.model.ids import Md5, Sha256, UploadId, Where
from penstock.model.layout import missing
from penstock.model.upload import Digests, Part, State, Upload
from penstock.ports import Committed, Digest, Frozen, Hasher, PartOutcome, Staging, UploadRepository

STEP = 8 << 20
"""How many bytes one thread takes before another upload's turn."""

GROWTH = 4 << 20
"""A part in progress is followed once this many more of its bytes are there."""

BEAT, COMPANY = 0.25, 4
"""Chases that have caught up wait for the next beat (in seconds) when there are so many: their MD5s then go together.
"""

REMEMBERED = 4096
"""How many uploads, and how many waiting parts of one upload, are kept in mind."""

LEASE, RENEWAL = 5.0, 2.0
POLL_FIRST, POLL_LAST, IDLE_POLLS = 0.05, 2.0, 20
STILL = 3
"""After so many polls without news (they come to more than a beat) a chase is no company any more."""

_log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Growing:
    """One attempt at a part: `written` bytes of it can be read at `where`. `part` is its record, once it has one."""

    where: Where
    written: int = 0
    part: Part | None = None


@dataclass(slots=True)
class Chase:
    """How far the digests of one upload have come: `size` bytes of whole parts, `reached` bytes with the one that is
    under way; its lease was last `renewed` then, by the loop's clock. `goal` is set once somebody waits for exactly so
    many parts: those have their records, and no request that is still under way is waited for.
    """

    upload: UploadId
    epoch: int
    next: int = 0
    size: int = 0
    reached: int = 0
    renewed: float = 0.0
    sha256: Digest = field(default_factory=hashlib.sha256)
    md5: Digest | None = None
    goal: int | None = None
    void: bool = False
    waiting: dict[int, Part] = field(default_factory=dict)
    growing: dict[int, Growing] = field(default_factory=dict)
    wake: asyncio.Event = field(default_factory=asyncio.Event)
    task: asyncio.Task[None] | None = None

    @property
    def done(self) -> bool:
        """Whether everything that was asked for is digested."""
        return self.goal is not None and self.next >= self.goal

    def passed(self, part: Part) -> None:
        """All bytes of the next part are digested. It may have been announced only after it was taken."""
        self.waiting.pop(part.number, None)
        self.next, self.size = part.number + 1, self.size + part.length

    def found(self) -> Digests:
        """The digests of the parts before `next`."""
        md5 = Md5(self.md5.hexdigest()) if self.md5 else None
        return Digests(self.size, Sha256(self.sha256.hexdigest()), md5)


class Chaser:
    """Every chase of this process."""

    def __init__(self, uploads: UploadRepository, staging: Staging, process: str, threads: int) -> None:
        """`process` holds the leases; with fewer than `threads` chases at work, MD5 gets a thread of its own."""
        self._uploads = uploads
        self._staging = staging
        self._process = process
        self._threads = threads
        self._chases: OrderedDict[UploadId, Chase] = OrderedDict()
        self._at_work = 0
        self._lively = set[UploadId]()
        self._called = asyncio.Event()

    @property
    def backlog(self) -> int:
        """How many committed bytes of live chases wait to be digested."""
        return sum(part.length for chase in self._chases.values() for part in chase.waiting.values())

    def opened(self, upload: Upload) -> None:
        """This process opened the upload and so follows it."""
        self._remember(_fresh(upload))

    def grew(self, upload: UploadId, number: int, where: Where | None, written: int) -> None:
        """More of a part in progress can be read."""
        chase = self._chases.get(upload)
        if chase is None or chase.void or where is None:
            return
        growing = chase.growing.get(number)
        if growing is None or growing.where != where:
            growing = chase.growing[number] = Growing(where)
        growing.written = written
        self._stir(chase)

    def stopped(self, upload: UploadId, number: int) -> None:
        """A part in progress is over, well or badly."""
        chase = self._chases.get(upload)
        if chase is not None and chase.growing.pop(number, None) is not None:
            chase.wake.set()

    def committed(self, part: Part, outcome: PartOutcome) -> None:
        """A part's record was decided on."""
        upload = outcome.upload
        chase = self._chases.get(upload.id)
        if chase is None and outcome.chaser == self._process and upload.epoch == 0:
            chase = self._remember(_fresh(upload))
        if chase is None or chase.void or outcome.committed is Committed.SAME:
            return
        replaced_ahead = outcome.committed is Committed.REPLACED and part.number > chase.next
        if replaced_ahead and upload.epoch == chase.epoch + 1:
            chase.epoch = upload.epoch
        if upload.epoch != chase.epoch:
            self._void(chase)
        else:
            chase.waiting.pop(part.number, None)  # what it replaced must not be taken for it
            if chase.next <= part.number and len(chase.waiting) < REMEMBERED:
                chase.waiting[part.number] = part
            growing = chase.growing.get(part.number)
            if growing is not None and growing.where == part.where:
                growing.part = part
            self._stir(chase)

    async def digests(self, frozen: Frozen) -> Digests:
        """The digests of a frozen upload: from the chase here, from the chase of another process, or by reading all.

        Raises `PartsMissing` after dropping the record of a part whose bytes are wrong.
        """
        chase = self._chases.get(frozen.upload.id)
        if chase is None and frozen.chaser not in {None, self._process}:
            found = await self._found_elsewhere(frozen)
            if found is not None:
                return found
        if chase is None or not await self._reached(chase, frozen):
            await self._refuse_gaps(frozen)
            chase = self._remember(_fresh(frozen.upload))
            if not await self._reached(chase, frozen):
                await self._refuse_gaps(frozen)
                raise StorageFailed
        return chase.found()

    async def _reached(self, chase: Chase, frozen: Frozen) -> bool:
        """Let the chase run to its end; false when it cannot be used."""
        epoch, total = frozen.upload.epoch, len(frozen.parts)
        if frozen.upload.needs_md5 and chase.md5 is None:
            return False
        if not chase.void and chase.epoch == epoch and chase.next <= total:
            chase.goal = total
            self._call()
            await asyncio.wait([self._stir(chase)])
        return not chase.void and chase.epoch == epoch and chase.next == total

    async def _refuse_gaps(self, frozen: Frozen) -> None:
        """Raise `PartsMissing` for parts that were found to be lost since the rows were frozen."""
        total = len(frozen.parts)
        if gaps := missing(await self._uploads.numbers(frozen.upload.id), total):
            raise PartsMissing(gaps, received=total - len(gaps), total=total)

    def forget(self, upload: UploadId) -> None:
        """Nobody will ask for this upload's digests any more."""
        chase = self._chases.pop(upload, None)
        if chase is not None:
            self._void(chase)

    async def close(self) -> None:
        """End every chase."""
        tasks = [chase.task for chase in self._chases.values() if chase.task is not None]
        for upload in list(self._chases):
            self.forget(upload)
        self._call()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _remember(self, chase: Chase) -> Chase:
        self.forget(chase.upload)
        self._chases[chase.upload] = chase
        if len(self._chases) > REMEMBERED:
            self.forget(next(iter(self._chases)))
        return chase

    def _void(self, chase: Chase) -> None:
        """A void chase is not begun anew before somebody seals: changing early parts again and again costs nothing."""
        chase.void = True
        chase.waiting.clear()
        chase.growing.clear()
        chase.wake.set()

    def _stir(self, chase: Chase) -> asyncio.Task[None]:
        chase.wake.set()
        if chase.task is None or chase.task.done():
            chase.task = asyncio.create_task(self._run(chase))
        return chase.task

    async def _run(self, chase: Chase) -> None:
        """Follow until done, voided, or idle for long. The lease is kept while there is something to do."""
        chase.renewed = asyncio.get_running_loop().time()
        idle = 0
        try:
            while not (chase.void or chase.done) and idle < IDLE_POLLS:
                chase.wake.clear()
                if await self._advance(chase):
                    idle = 0
                    self._lively.add(chase.upload)
                elif await _woken(chase, idle):
                    idle = 0
                    await self._together(chase)
                    await self._report(chase)
                else:
                    idle += 1
                    if idle == STILL:
                        self._lively.discard(chase.upload)
                    await self._report(chase)
                await self._renew(chase)
        except Fault as fault:
            _log.warning("chase_ended", upload=chase.upload, fault=repr(fault))
            self._void(chase)
        finally:
            self._lively.discard(chase.upload)

    async def _renew(self, chase: Chase) -> None:
        """Keep the lease, and leave word of how far the digests are for whoever asks how a seal goes on."""
        if (now := asyncio.get_running_loop().time()) - chase.renewed > RENEWAL:
            chase.renewed = now
            await self._uploads.lease_chase(chase.upload, self._process, LEASE, max(chase.size, chase.reached))

    async def _together(self, chase: Chase) -> None:
        """Wait for the others, unless there are few of them, or nothing to gain, or somebody waits for this one."""
        alone = chase.md5 is None or lanes.width() == 1 or len(self._lively) < COMPANY
        if not alone and chase.goal is None and not chase.void:
            with suppress(TimeoutError):
                async with asyncio.timeout(BEAT - asyncio.get_running_loop().time() % BEAT):
                    await self._called.wait()

    def _call(self) -> None:
        """Somebody waits for one of them: the others go along with it."""
        self._called.set()
        self._called = asyncio.Event()

    async def _advance(self, chase: Chase) -> bool:
        """Take the next part if its record is there, or what has come of it; false when there is nothing to take."""
        part = chase.waiting.pop(chase.next, None) or await self._uploads.part(chase.upload, chase.next)
        if part is not None:
            await self._take(chase, part)
        elif chase.next in chase.growing and chase.goal is None:
            await self._follow(chase, chase.growing[chase.next])
        else:
            return False
        return True

    async def _take(self, chase: Chase, part: Part) -> None:
        """Digest one committed part, checking its bytes."""
        check = xxhash.xxh3_128()
        try:
            await self._feed(chase, part.where, 0, part.length, check)
        except (FileNotFoundError, EOFError) as error:
            _log.warning("part_unreadable", upload=chase.upload, number=part.number, error=str(error))
        if check.hexdigest() == part.digest:
            chase.passed(part)
        elif not chase.void:
            await self._lose(chase, part)

    async def _lose(self, chase: Chase, part: Part) -> None:
        """The bytes are not what the record says: drop the record, so that the part is asked for again."""
        _log.warning("part_lost", upload=chase.upload, number=part.number)
        self._void(chase)
        await self._uploads.forget_part(chase.upload, part)

    async def _follow(self, chase: Chase, growing: Growing) -> None:
        """Digest a part while it is received. Only this very attempt's record makes it count, because the next one may
        write into the same slot; else all is undone.
        """
        number, check, done = chase.next, xxhash.xxh3_128(), 0
        before = chase.sha256.copy(), chase.md5.copy() if chase.md5 else None
        try:
            while chase.growing.get(number) is growing and chase.goal is None:
                chase.wake.clear()
                written = growing.written
                if written > done:
                    await self._feed(chase, growing.where, done, written, check)
                    done = written
                else:
                    await chase.wake.wait()
                    await self._together(chase)
            part = growing.part
            if part is not None and not chase.void:
                await self._feed(chase, part.where, done, part.length, check)
                if check.hexdigest() == part.digest:
                    chase.passed(part)
                    return
        except (FileNotFoundError, EOFError):  # the attempt was given up and its place is gone
            chase.growing.pop(number, None)
        chase.sha256, chase.md5 = before

    async def _feed(self, chase: Chase, where: Where, start: int, stop: int, check: Hasher) -> None:
        self._at_work += 1
        try:
            for step in range(start, stop, STEP):
                end = min(step + STEP, stop)
                lanes = self._lanes(chase, check)
                await _all(self._staging.feed(chase.upload, where, step, end, lane) for lane in lanes)
                chase.reached = chase.size + end
                await self._renew(chase)
        finally:
            self._at_work -= 1

    def _lanes(self, chase: Chase, check: Hasher) -> list[list[Hasher]]:
        if chase.md5 is None:
            return [[chase.sha256, check]]
        if self._at_work < self._threads:
            return [[chase.md5], [chase.sha256, check]]
        return [[chase.md5, chase.sha256, check]]

    async def _report(self, chase: Chase) -> None:
        """Leave the digests for a sealer in another process, if one waits for just these parts."""
        seen = await self._uploads.chase(chase.upload)
        if seen is None or seen.upload.state not in {State.OPEN, State.SEALING}:
            self._void(chase)
            return
        if seen.upload.epoch != chase.epoch:
            if chase.goal is not None or seen.upload.state is State.SEALING:
                self._void(chase)  # while nobody seals, this process may be about to hear of the part that it replaced
            return
        total = seen.upload.declared.total or 0
        if seen.upload.state is not State.SEALING or total > chase.next:
            return
        if total < chase.next:
            self._void(chase)  # a sealer wants fewer parts than are digested already
        elif seen.digests is None or seen.digests.size != chase.size:
            await self._uploads.record_digests(chase.upload, chase.epoch, chase.found(), self._process)

    async def _found_elsewhere(self, frozen: Frozen) -> Digests | None:
        """What the process that follows the upload found; None when it stopped following, or knows too little.

        Digests of another size are of other parts: an earlier seal, with another total, asked for them.
        """
        upload, size = frozen.upload, sum(part.length for part in frozen.parts)
        while (seen := await self._uploads.chase(upload.id)) is not None and seen.chaser not in {None, self._process}:
            if seen.digests is not None and seen.digests.size == size:
                return None if upload.needs_md5 and seen.digests.md5 is None else seen.digests
            await asyncio.sleep(POLL_FIRST / 2)
        return None


async def _woken(chase: Chase, idle: int) -> bool:
    """Wait for news from this process; false when none came before it is time to look what other processes did."""
    try:
        async with asyncio.timeout(min(POLL_FIRST * 2**idle, POLL_LAST)):
            await chase.wake.wait()
    except TimeoutError:
        return False
    return True


def _fresh(upload: Upload) -> Chase:
    md5 = lanes.md5() if upload.needs_md5 else None
    return Chase(upload.id, upload.epoch, md5=md5)


async def _all(work: Iterable[Awaitable[None]]) -> None:
    """Wait for every piece of work, also when one fails: no hasher may be touched while a thread still feeds it."""
    for outcome in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
