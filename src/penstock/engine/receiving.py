"""One part, from the first byte to the acknowledgement."""

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Self

import xxhash

from penstock import multibuffer
from penstock.engine.hashing import GROWTH, BackgroundHasher
from penstock.engine.reserving import Reservation, Reservations
from penstock.model.faults import (
    BodyCut,
    PartConflict,
    PartDigestWrong,
    QuotaExceeded,
    StorageFailed,
    TooLarge,
    UploadBusy,
    UploadCancelled,
    UploadEnded,
    UploadSealed,
    UploadUnknown,
)
from penstock.model.ids import Md5, StagedLocation, UploadId, new_id
from penstock.model.layout import stride
from penstock.model.principal import Principal
from penstock.model.quota import Headroom
from penstock.model.upload import LIVE, UNSEEN, Declared, Part, State, Upload, declared_length, refuse_unless_open
from penstock.ports import (
    Admit,
    Admitted,
    Arrived,
    BytesMissing,
    Committed,
    Discarded,
    Hint,
    PartOutcome,
    PartRepository,
    ReservationRepository,
    Sink,
    Staging,
    UploadRepository,
)

GATHERED = 1 << 20
"""From how many bytes on a piece is digested on a thread."""


COLLECTED = 64
"""How many parts that the store took are recorded together."""


@dataclass(frozen=True, slots=True)
class Incoming:
    """A part on its way. `length` is exact, `most` an upper bound (both in bytes, None when unknown); `md5` returns the
    MD5 that the client declared, once the body has ended.
    """

    number: int
    body: AsyncIterator[bytes]
    length: int | None = None
    most: int | None = None
    md5: Callable[[], Md5 | None] = lambda: None


class Receiver:
    """Writes parts into staging and records them."""

    def __init__(
        self,
        uploads: UploadRepository,
        parts: PartRepository,
        reservations: ReservationRepository,
        staging: Staging,
        hashing: BackgroundHasher,
        process: str,
        ttl: float,
        on_part: Callable[[Upload], object],
    ) -> None:
        """`ttl` is how long, in seconds, an upload lives after its last part; `on_part` is called for each acknowledged
        part, with the upload as it stands then.
        """
        self._uploads = uploads
        self._parts = parts
        self._staging = staging
        self._hashing = hashing
        self._process = process
        self._ttl = ttl
        self._on_part = on_part
        self._reservations = Reservations(reservations)

    async def receive(self, upload: Upload, incoming: Incoming) -> PartOutcome:
        """Store a part; return once it is durable and recorded. When the upload takes no more parts, a part whose bytes
        are stored already still succeeds, and the outcome holds the upload's state.

        Raises `UploadEnded`, `PartConflict`, `TooLarge`, `QuotaExceeded`, `BodyCut`, `PartDigestWrong`, `StorageFull`,
        `StorageFailed`; then nothing is recorded and the space is given back.
        """
        if (incoming.length or 0) > upload.limit:
            raise TooLarge(upload.limit)
        try:
            return await self._receive(upload, incoming)
        except (UploadUnknown, UploadCancelled) as over:
            await self._staging.discard(upload.id)  # the upload's folder may have been created again for this part
            raise UploadEnded from over

    async def _receive(self, upload: Upload, incoming: Incoming) -> PartOutcome:
        """As `receive`, with the part's bytes reserved against the owner's quota, if there is one, while they
        arrive.
        """
        admission = _Admission(self._parts, self._reservations, upload, incoming)
        try:
            return await self._place(upload, incoming, admission)
        finally:
            if admission.reservation is not None:
                await asyncio.shield(admission.reservation.release())

    async def _place(self, upload: Upload, incoming: Incoming, admission: "_Admission") -> PartOutcome:
        try:
            refuse_unless_open(upload.state, upload.file)
            sink = await self._staging.begin(upload.id, incoming.number, _hint(upload, incoming), admission.admit)
        except (UploadBusy, UploadSealed, Discarded):
            return await self._compare(upload, incoming)
        try:
            length, digest = await self._write(upload, incoming, sink, admission.reservation)
            await self._check_md5(upload.id, sink, length, incoming.md5())
        except BaseException:
            self._hashing.stopped(upload.id, incoming.number)
            await asyncio.shield(sink.release(keep=False))
            raise
        try:
            return await asyncio.shield(
                self._settle(upload.id, incoming.number, sink, length, digest, admission.reservation)
            )
        except (UploadBusy, UploadSealed, Discarded):
            return await self._same(upload.id, incoming.number, length, digest)

    async def _compare(self, upload: Upload, incoming: Incoming) -> PartOutcome:
        """Read a part that can no longer be stored; returns what `receive` would."""
        check, length = xxhash.xxh3_128(), 0
        async for piece in incoming.body:
            length += len(piece)
            if length > upload.limit:
                raise TooLarge(upload.limit)
            check.update(piece)
        return await self._same(upload.id, incoming.number, length, check.hexdigest())

    async def _same(self, upload: UploadId, number: int, length: int, digest: str) -> PartOutcome:
        """The outcome of a part that arrived too late: the upload's state decides, whatever stopped the part.

        Raises `PartConflict` unless its bytes are those recorded, `UploadUnknown`, `UploadCancelled`, and
        `StorageFailed` when the upload takes parts after all.
        """
        row, now = await self._parts.part(upload, number), await self._uploads.upload(upload)
        if now is None:
            raise UploadUnknown
        if now.state is State.CANCELLED:
            raise UploadCancelled
        if now.state not in LIVE:
            await self._staging.discard(upload)
        if row is not None and (row.length, row.digest) == (length, digest):
            return PartOutcome(Committed.SAME, now, row, None)
        raise StorageFailed if now.state is State.OPEN else PartConflict(number)

    async def collect(self, upload: Upload) -> None:
        """Record the parts that were PUT to the store itself (`Links.offered`), as long as the upload is open. One that
        is shorter or longer than was declared is not taken for there. Raises `TooLarge`, `QuotaExceeded`.
        """
        arrived = await self._staging.arrived(upload.id) if upload.state is State.OPEN else ()
        if not arrived:
            return
        known = await self._parts.locations(upload.id)
        new = [one for one in arrived if known.get(one.number) != one.location and _is_whole(upload.declared, one)]
        for start in range(0, len(new), COLLECTED):
            recording = [self._record(upload.id, one) for one in new[start : start + COLLECTED]]
            for failed in filter(None, await asyncio.gather(*recording, return_exceptions=True)):
                if not isinstance(failed, (UploadBusy, UploadCancelled, UploadSealed, UploadUnknown)):
                    raise failed

    async def _record(self, upload: UploadId, one: Arrived) -> None:
        part = Part(one.number, one.location, one.length, f"{UNSEEN}{one.tag}", 0)
        outcome = await self._parts.commit_part(upload, part, self._ttl, self._process)
        self._hashing.committed(outcome.part, outcome)
        if outcome.committed is Committed.REPLACED and outcome.before is not None:
            await self._staging.drop(upload, outcome.before)
        self._on_part(outcome.upload)

    async def matches(self, upload: Upload, number: int, body: AsyncIterator[bytes]) -> bool:
        """Whether the body equals that part of the upload, byte for byte. Raises as `receive` (no `PartConflict`)."""
        try:
            await self._compare(upload, Incoming(number, body))
        except PartConflict:
            return False
        return True

    async def spool(
        self, principal: Principal | None, body: AsyncIterator[bytes], limit: int, most: int | None
    ) -> "SpooledBody":
        """Store bytes whose upload is not known yet (a form may name it after the file). They count against the
        caller's quota as a part does; without a caller they count against none. Raises as `receive`.
        """
        reservation = await self._reservations.spooling(principal.id) if principal is not None else None
        try:
            with never_discarded():
                return await self._hold(body, limit, most, reservation)
        except BaseException:
            if reservation is not None:
                await asyncio.shield(reservation.release())
            raise

    async def _hold(
        self, body: AsyncIterator[bytes], limit: int, most: int | None, reservation: Reservation | None
    ) -> "SpooledBody":
        holder, length = UploadId(new_id()), 0
        if reservation is not None:
            await reservation.expect(None, most)
        sink = await self._staging.begin(holder, 0, Hint(1, most=most), admitting(ahead=reservation is None))
        try:
            async for piece in body:
                length += len(piece)
                if length > limit:
                    raise TooLarge(limit)
                if reservation is not None:
                    await reservation.reach(length, most)
                await sink.write(piece)
            location = sink.location or await sink.commit()
            if reservation is not None:
                await reservation.settle(length)
            await sink.release(keep=True)
        except BaseException:
            await asyncio.shield(sink.release(keep=False))
            await asyncio.shield(self._staging.discard(holder))
            raise
        return SpooledBody(self._staging, holder, location, length, reservation)

    async def _write(
        self, upload: Upload, incoming: Incoming, sink: Sink, reservation: Reservation | None
    ) -> tuple[int, str]:
        """Write the body; returns its length and digest, also when the upload is discarded meanwhile."""
        check, length, announced, gone = xxhash.xxh3_128(), 0, 0, False
        async for piece in incoming.body:
            length += len(piece)
            if length > upload.limit:
                raise TooLarge(upload.limit)
            if incoming.length is not None and length > incoming.length:
                raise BodyCut
            if reservation is not None:
                await reservation.reach(length, incoming.length if incoming.length is not None else incoming.most)
            try:
                if not gone:
                    await sink.write(piece)
            except Discarded:
                gone = True
            check.update(piece)
            if length - announced >= GROWTH and not gone:
                announced = length
                self._hashing.grew(upload.id, incoming.number, sink.location, length)
        if incoming.length is not None and length != incoming.length:
            raise BodyCut
        return length, check.hexdigest()

    async def _check_md5(self, upload: UploadId, sink: Sink, length: int, expected: Md5 | None) -> None:
        if expected is None:
            return
        try:
            actual = await md5_of(self._staging, upload, sink.location or await sink.commit(), length)
        except (BytesMissing, Discarded):
            return  # the upload was discarded: the record decides
        if actual != expected:
            raise PartDigestWrong(expected, actual)

    async def _settle(
        self,
        upload: UploadId,
        number: int,
        sink: Sink,
        length: int,
        digest: str,
        reservation: Reservation | None,
    ) -> PartOutcome:
        """Make the bytes durable, then record them. When the outcome of the record is unknown, the bytes stay."""
        keep = False
        try:
            location = await sink.commit()
            part = Part(number, location, length, digest, 0)
            keep = True
            reserved = reservation.id if reservation is not None else None
            outcome = await self._parts.commit_part(upload, part, self._ttl, self._process, reserved)
            keep = outcome.committed is not Committed.SAME
            self._hashing.committed(part, outcome)
        except (UploadUnknown, UploadBusy, UploadCancelled, UploadSealed, TooLarge, QuotaExceeded, Discarded):
            keep = False
            raise
        finally:
            self._hashing.stopped(upload, number)
            await sink.release(keep=keep)
        if outcome.committed is Committed.REPLACED and outcome.before is not None:
            await self._staging.drop(upload, outcome.before)
        self._on_part(outcome.upload)
        return outcome


@dataclass(frozen=True, slots=True)
class SpooledBody:
    """Stored bytes whose upload is not named yet. The holder must call `discard`, whatever happens."""

    staging: Staging
    holder: UploadId
    location: StagedLocation
    length: int
    reservation: Reservation | None = None

    def read(self) -> "SpooledPieces":
        """The bytes, in pieces; reading them raises `BytesMissing` when they are discarded meanwhile."""
        return SpooledPieces(self)

    async def window(self, start: int, stop: int) -> AsyncIterator[bytes]:
        """Bytes [start, stop), in pieces. Raises `BytesMissing` when they were discarded."""
        return await self.staging.read(self.holder, self.location, start, stop)

    async def discard(self) -> None:
        """Forget the bytes."""
        await self.staging.discard(self.holder)
        await self.count_no_more()

    async def count_no_more(self) -> None:
        """Release the reservation: the record made of these bytes counts from now on."""
        if self.reservation is not None:
            await self.reservation.release()


class SpooledPieces:
    """Spooled bytes in pieces, opened at the first read. They are counted already, by `reservation`."""

    def __init__(self, spooled: SpooledBody) -> None:
        self.reservation = spooled.reservation
        self._spooled = spooled
        self._pieces: AsyncIterator[bytes] | None = None

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._pieces is None:
            self._pieces = await self._spooled.window(0, self._spooled.length)
        return await anext(self._pieces)


async def hash_body(body: AsyncIterator[bytes], limit: int) -> tuple[Md5, int]:
    """The MD5 and the length of a body that is not kept, digested on a thread. Raises `TooLarge` past `limit` bytes."""
    digest, length, waiting, gathered = hashlib.md5(usedforsecurity=False), 0, [], 0
    async for piece in body:
        length, gathered = length + len(piece), gathered + len(piece)
        if length > limit:
            raise TooLarge(limit)
        waiting.append(piece)
        if gathered >= GATHERED:
            await asyncio.to_thread(digest.update, b"".join(waiting))
            waiting, gathered = [], 0
    digest.update(b"".join(waiting))
    return Md5(digest.hexdigest()), length


async def md5_of(staging: Staging, upload: UploadId, location: StagedLocation, length: int) -> Md5:
    """The MD5 of staged bytes."""
    digest = multibuffer.md5()
    await staging.feed(upload, location, 0, length, [[digest]])
    return Md5(digest.hexdigest())


def _is_whole(declared: Declared, one: Arrived) -> bool:
    return declared_length(declared, one.number) in {None, one.length}


def _hint(upload: Upload, incoming: Incoming) -> Hint:
    declared = upload.declared
    regular = stride(
        incoming.number,
        length=incoming.length,
        size=declared.size,
        total=declared.total,
        part_size=declared.part_size,
        seen=upload.largest or None,
        body=incoming.most,
    )
    return Hint(regular, incoming.length, incoming.most, declared.size)


@contextmanager
def never_discarded() -> Iterator[None]:
    """Translate `Discarded` and `BytesMissing` to `StorageFailed` for bytes that only their writer discards."""
    try:
        yield
    except (BytesMissing, Discarded) as gone:
        raise StorageFailed from gone


def admitting(*, ahead: bool = True) -> Admit:
    """An `Admit` for bytes that belong to no upload, and so have no recorded part."""

    async def admit() -> Admitted:
        return Admitted(ahead=ahead)

    return admit


class _Admission:
    """Checks with the repository whether a part may be written, and holds its reservation from then on."""

    def __init__(self, parts: PartRepository, reservations: Reservations, upload: Upload, incoming: Incoming) -> None:
        self._parts = parts
        self._reservations = reservations
        self._upload = upload
        self._incoming = incoming
        self._reserved = False
        self.reservation = incoming.body.reservation if isinstance(incoming.body, SpooledPieces) else None

    async def admit(self) -> Admitted:
        """See `ports.Admit`. Also raises `QuotaExceeded` or `TooLarge` for an exact length beyond the quota."""
        reserved = self.reservation.id if self.reservation is not None else None
        admission = await self._parts.admit(self._upload.id, self._incoming.number, reserved)
        if not self._reserved:  # on the second call only `taken` can differ
            self._reserved = True
            await self._reserve(admission.headroom)
        return Admitted(admission.taken, ahead=self.reservation is None)

    async def _reserve(self, headroom: Headroom | None) -> None:
        upload, number = self._upload, self._incoming.number
        if self.reservation is not None:
            self.reservation.become(upload.id, number, headroom)
        elif headroom is not None:
            self.reservation = self._reservations.part(upload.owner, upload.id, number, headroom)
        if self.reservation is not None:
            await self.reservation.expect(self._incoming.length, self._incoming.most)
