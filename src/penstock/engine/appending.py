"""Bytes that come in their order: each request goes on where the one before it ended.

Laws kept here:
- What a client was told of is durable, and is accepted next: an offset counts once its bytes are synced and recorded.
- A body that breaks off keeps what came, unless it was to be checked as a whole.
- Whoever comes takes over (`turns`): the request before it commits what it has and ends. One that does not answer is
  cut off, and nothing of it counts any more.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from penstock.crc64 import Crc64, followed
from penstock.engine.hashing import BackgroundHasher
from penstock.engine.regrouping import Regrouper
from penstock.engine.reserving import Reservation, Reservations
from penstock.engine.turns import Turn, Turns
from penstock.model.concat import Concat
from penstock.model.faults import (
    AppendCutOff,
    BodyCut,
    Fault,
    PartDigestWrong,
    StorageFailed,
    StorageFull,
    TooLarge,
    UploadUnknown,
)
from penstock.model.ids import StagedLocation, UploadId
from penstock.model.upload import Part, Upload
from penstock.ports import (
    Admitted,
    AppendRepository,
    BytesMissing,
    Digest,
    Discarded,
    Hint,
    ReservationRepository,
    Sink,
    Staging,
)

SEGMENT = 16 << 20
"""How many bytes of a long body are recorded at a time."""

PACE = 2.0
"""How long, in seconds, bytes of a slow body wait until they are recorded."""


Check = Callable[[], tuple[Digest, str]]
"""Called once a body has ended: what digests it, and the digest (hex) that it must have. Raises the fault of one that
was announced and did not come.
"""


@dataclass(frozen=True, slots=True)
class Appending:
    """A body on its way to an `offset`. `length` is exact, in bytes, or None. One that counts as a `whole`, or has a
    `check`, is kept only when all of it came. `reached` is called with every offset that is recorded on the way.
    """

    offset: int
    body: AsyncIterator[bytes]
    length: int | None = None
    check: Check | None = None
    whole: bool = False
    reached: Callable[[int], object] = lambda _: None


class Appender:
    """Appends to uploads, and knows which are under way."""

    def __init__(
        self,
        appends: AppendRepository,
        reservations: ReservationRepository,
        staging: Staging,
        hashing: BackgroundHasher,
        process: str,
        ttl: float,
        on_part: Callable[[Upload], object],
        *,
        alone: bool,
    ) -> None:
        """`ttl` is how long, in seconds, an upload lives after its last bytes; `on_part` is called whenever some are
        recorded, with the upload as it stands then. `alone`: there is no other process.
        """
        self._appends = appends
        self._reservations = Reservations(reservations)
        self._staging = staging
        self._hashing = hashing
        self._process = process
        self._ttl = ttl
        self._on_part = on_part
        self._turns = Turns(appends, process, alone=alone)
        self._regrouper = Regrouper(appends, staging)

    async def settle(self, upload: UploadId) -> Upload:
        """See `Turns.settle`."""
        return await self._turns.settle(upload)

    async def take_over(self, upload: Upload) -> Upload:
        """See `Turns.take_over`."""
        return await self._turns.take_over(upload)

    async def set_size(self, upload: Upload, size: int) -> Upload:
        """Record the size of the whole. Raises `SizeConflict`, `TooLarge`, and the fault of the upload's state."""
        return await self._appends.set_size(upload.id, size)

    async def append(self, upload: Upload, appending: Appending) -> Upload:
        """Append a body; returns the upload as it stands once all of it is durable and recorded.

        Raises `OffsetWrong`, `BodyCut` (what came before is kept), `AppendCutOff` (likewise), `TooLarge`,
        `QuotaExceeded`, `PartDigestWrong`, the fault of the upload's state, `StorageFull`, `StorageFailed`.
        """
        upload = await self._turns.take_over(upload)
        if appending.offset == upload.bytes and appending.offset + (appending.length or 0) > _bound(upload):
            raise TooLarge(_bound(upload))  # before a byte of it is read
        appending = replace(appending, whole=appending.whole or appending.check is not None)
        async with self._turns.turn(upload) as turn:
            pieces = _Pieces(appending.body, turn.stop)
            try:
                return await self._append(upload, appending, pieces, turn)
            finally:
                await pieces.close()

    async def take_in(self, upload: Upload, path: Path, length: int) -> Upload | None:
        """Begin an upload with the bytes of a file on this machine, without copying them; None when that cannot be."""
        location = await self._staging.take_in(upload.id, path)
        if location is None:
            return None
        crc = Crc64()
        await self._staging.feed(upload.id, location, 0, length, [[crc]])
        return await self._record(upload.id, Part(0, location, length, crc.hexdigest(), 0), Turn(upload.turn))

    async def reuse(self, upload: Upload, source: UploadId, part: Part) -> Upload:
        """Append the bytes of a whole upload's part to a final one. Raises as `append`, and `BytesMissing`."""
        try:
            location = await self._staging.reuse(upload.id, upload.bytes, source, part)
        except Discarded as gone:
            raise UploadUnknown from gone
        return await self._record(upload.id, replace(part, number=upload.bytes, location=location), Turn(upload.turn))

    async def close(self) -> None:
        """End what goes on in the background."""
        self._turns.close()
        await self._regrouper.close()

    async def _append(self, upload: Upload, segment: Appending, pieces: "_Pieces", turn: Turn) -> Upload:
        if segment.length == 0:
            return await self._record(upload.id, Part(segment.offset, _NOWHERE, 0, "", 0), turn)
        while True:
            upload, ended = await self._segment(upload, segment, pieces, turn)
            left = None if segment.length is None else segment.length - (upload.bytes - segment.offset)
            if left == 0 and not ended:
                with suppress(AppendCutOff):  # all of it is recorded, whoever comes
                    ended = await pieces.next(None) is None
            if ended and left:
                raise BodyCut
            if ended or left == 0:
                return upload
            segment.reached(upload.bytes)
            segment = replace(segment, offset=upload.bytes, length=left)

    async def _segment(self, upload: Upload, segment: Appending, pieces: "_Pieces", turn: Turn) -> tuple[Upload, bool]:
        """Write the next bytes, and record them; whether they were the last ones. A body that breaks off, and one that
        is cut off, raise only once what came is recorded.
        """
        admission = _Admission(self._appends, self._reservations, upload, segment, turn.number)
        async with AsyncExitStack() as stack:
            stack.push_async_callback(admission.release)
            sink = await self._begin(upload, segment, admission)
            try:
                length, crc, outcome = await self._write(upload, segment, sink, pieces, admission)
                if outcome is not None and segment.whole:
                    raise outcome
                if segment.check is not None:
                    await self._verify(upload.id, sink, length, segment.check)
            except BaseException:
                await asyncio.shield(sink.release(keep=False))
                raise
            ended = pieces.ended or outcome is not None
            part = Part(segment.offset, sink.location or _NOWHERE, length, crc.hexdigest(), 0)
            upload = await asyncio.shield(
                self._settle(upload.id, part, sink, turn, admission.reserved, goes_on=not ended)
            )
        if outcome is not None:
            raise outcome
        return upload, ended

    async def _begin(self, upload: Upload, segment: Appending, admission: "_Admission") -> Sink:
        # Whatever came of a body that breaks off is kept: a store must not insist on the length that was told.
        length = segment.length if segment.whole else None
        most = None if segment.whole else min(SEGMENT + _PIECE, segment.length or SEGMENT + _PIECE)
        hint = Hint(1, length, most, upload.declared.size, offset=segment.offset)
        try:
            return await self._staging.begin(upload.id, segment.offset, hint, admission.admit)
        except Discarded as gone:
            raise UploadUnknown from gone

    async def _write(
        self, upload: Upload, segment: Appending, sink: Sink, pieces: "_Pieces", admission: "_Admission"
    ) -> tuple[int, Crc64, Fault | None]:
        """Write until the segment is full, the body ends, or somebody else takes over; what broke it off."""
        crc, length, bound = Crc64(), 0, _bound(upload)
        deadline = asyncio.get_running_loop().time() + PACE
        while segment.whole or length < SEGMENT:
            try:
                piece = await pieces.next(deadline if length and not segment.whole else None)
            except AppendCutOff as fault:
                return length, crc, fault if length != segment.length else None  # of a whole one nothing is cut off
            except Fault as fault:
                return length, crc, fault
            if piece is None:
                break
            length += len(piece)
            if segment.offset + length > bound:
                raise TooLarge(bound)
            if segment.length is not None and length > segment.length:
                raise BodyCut
            await admission.reach(length, segment.length)
            try:
                await sink.write(piece)
            except Discarded as gone:
                raise UploadUnknown from gone
            crc.update(piece)
        return length, crc, None

    async def _verify(self, upload: UploadId, sink: Sink, length: int, check: Check) -> None:
        digest, expected = check()
        try:
            await self._staging.feed(upload, sink.location or await sink.commit(), 0, length, [[digest]])
        except (BytesMissing, Discarded) as gone:
            raise StorageFailed from gone
        if digest.hexdigest() != expected:
            raise PartDigestWrong(expected, digest.hexdigest())

    async def _settle(
        self, upload: UploadId, part: Part, sink: Sink, turn: Turn, reserved: str | None, *, goes_on: bool
    ) -> Upload:
        """Make the bytes durable, then record them. When the outcome of the record is unknown, the bytes stay."""
        keep = False
        try:
            location = await sink.commit() if part.length else part.location
            keep = bool(part.length)
            return await self._record(
                upload, replace(part, location=location), turn, goes_on=goes_on, reserved=reserved
            )
        except Discarded as gone:
            raise UploadUnknown from gone
        except (StorageFailed, StorageFull):
            raise
        except Fault:
            keep = False
            raise
        finally:
            await sink.release(keep=keep)

    async def _record(
        self, upload: UploadId, part: Part, turn: Turn, *, goes_on: bool = False, reserved: str | None = None
    ) -> Upload:
        outcome = await self._appends.append(
            upload, part, turn.number, self._ttl, self._process, self._join, goes_on=goes_on, reserved=reserved
        )
        if part.length:
            if outcome.upload.concat is not Concat.PARTIAL:  # whose digests nobody asks for
                self._hashing.appended(outcome.upload, outcome.hashed_by)
            self._regrouper.grown(outcome.upload)
            self._on_part(outcome.upload)
        return outcome.upload

    def _join(self, before: Part, after: Part) -> Part | None:
        location = self._staging.join(before, after)
        if location is None:
            return None
        digest = followed(before.digest, after.digest, after.length)
        return replace(before, location=location, length=before.length + after.length, digest=digest)


class _Pieces:
    """The pieces of a body, as long as nobody else takes over."""

    def __init__(self, body: AsyncIterator[bytes], stop: asyncio.Event) -> None:
        self._body = body
        self._stop = stop
        self._next: asyncio.Task[bytes | None] | None = None
        self._stopping: asyncio.Task[bool] | None = None
        self.ended = False

    async def next(self, deadline: float | None) -> bytes | None:
        """The next piece; None at the end, and at the deadline (by the loop's clock). Raises `AppendCutOff`, and what
        the body raises.
        """
        if self._stop.is_set():
            raise AppendCutOff
        if self._next is None:
            self._next = asyncio.create_task(_anext(self._body))
        if not self._next.done():
            await asyncio.sleep(0)
        if not self._next.done():
            self._stopping = self._stopping or asyncio.create_task(self._stop.wait())
            timeout = None if deadline is None else max(0.0, deadline - asyncio.get_running_loop().time())
            await asyncio.wait([self._next, self._stopping], timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        if not self._next.done():
            if self._stop.is_set():
                raise AppendCutOff
            return None
        done, self._next = self._next, None
        piece = done.result()
        self.ended = piece is None
        return piece

    async def close(self) -> None:
        """Ask for nothing more."""
        waiting = [task for task in (self._next, self._stopping) if task is not None]
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)


class _Admission:
    """Asks whether bytes may come, and holds their reservation from then on."""

    def __init__(
        self, appends: AppendRepository, reservations: Reservations, upload: Upload, segment: Appending, turn: int
    ) -> None:
        self._appends = appends
        self._reservations = reservations
        self._upload = upload
        self._segment = segment
        self._turn = turn
        self._reservation: Reservation | None = None

    @property
    def reserved(self) -> str | None:
        """The id of the reservation."""
        return self._reservation.id if self._reservation is not None else None

    async def admit(self) -> Admitted:
        """See `ports.Admit`. Raises as `AppendRepository.admit_at`."""
        segment = self._segment
        admission = await self._appends.admit_at(self._upload.id, segment.offset, self._turn, self.reserved)
        if self._reservation is None and admission.headroom is not None:
            self._reservation = self._reservations.part(
                self._upload.owner, self._upload.id, segment.offset, admission.headroom
            )
            await self._reservation.expect(segment.length, None)
        return Admitted(ahead=self._reservation is None and segment.length is not None)

    async def reach(self, length: int, expected: int | None) -> None:
        """See `Reservation.reach`."""
        if self._reservation is not None:
            await self._reservation.reach(length, expected)

    async def release(self) -> None:
        """The bytes are recorded, or gone."""
        if self._reservation is not None:
            await asyncio.shield(self._reservation.release())


async def _anext(body: AsyncIterator[bytes]) -> bytes | None:
    return await anext(body, None)


def _bound(upload: Upload) -> int:
    size = upload.declared.size
    return upload.limit if size is None else min(upload.limit, size)


_PIECE = 1 << 20
"""More than one piece of a body has, in bytes: so far a segment may go beyond its end."""

_NOWHERE = StagedLocation("")
