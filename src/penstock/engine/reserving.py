"""Reservations: bytes that count against their owner's quota while they arrive, before they are recorded."""

import asyncio
from dataclasses import dataclass, field

from penstock.model.faults import Fault
from penstock.model.ids import PrincipalId, UploadId, new_id
from penstock.model.quota import Headroom
from penstock.ports import ReservationRepository, Reserving

FIRST = 1 << 20
"""How many bytes of an announced length are reserved at first; afterwards twice what has arrived."""

BLOCK = 4096
"""The reservation of a body of unknown length grows by this many bytes, as its file does on the disk."""

TTL = 60.0
"""How long, in seconds, a reservation outlives its process."""


class Reservations:
    """The reservations of this process, renewed while they are in use."""

    def __init__(self, repository: ReservationRepository) -> None:
        self.repository = repository
        self._ids: set[str] = set()
        self._keeping: asyncio.Task[None] | None = None

    def part(self, owner: PrincipalId, upload: UploadId, number: int, headroom: Headroom) -> "Reservation":
        """A reservation for a part; `headroom` is what the owner's quota leaves for it."""
        return Reservation(self, Reserving(new_id(), owner, upload, number), headroom)

    async def spooling(self, owner: PrincipalId) -> "Reservation | None":
        """A reservation for bytes whose upload is not known yet; None when the owner's quota is unlimited."""
        headroom = await self.repository.left(owner)
        return None if headroom is None else Reservation(self, Reserving(new_id(), owner), headroom)

    def begin(self, reserved: str) -> None:
        """Renew this reservation from now on."""
        self._ids.add(reserved)
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep())

    async def release(self, reserved: str) -> None:
        """Release a reservation and stop renewing it."""
        if reserved in self._ids:
            self._ids.discard(reserved)
            await self.repository.release(reserved)

    async def _keep(self) -> None:
        while self._ids:
            await asyncio.sleep(TTL / 3)
            await self.repository.keep_reserved(list(self._ids), TTL)


@dataclass(slots=True)
class Reservation:
    """The reservation of one body. `headroom` is what the quota left when it began; `held` grows as bytes arrive."""

    reservations: Reservations
    reserving: Reserving
    headroom: Headroom
    held: int = field(default=0)

    @property
    def id(self) -> str:
        """Its id in the repository."""
        return self.reserving.id

    async def expect(self, length: int | None, most: int | None) -> None:
        """Reserve the first bytes. Raises `QuotaExceeded` or `TooLarge` when an exact `length` exceeds the headroom."""
        if (length or 0) > self.headroom.most:
            raise self.refusal(length or 0)
        first = min(FIRST, length if length is not None else most or 0)
        if first:
            await self._reserve(first)
            if length is not None and self.held < first:
                raise self.refusal(length)

    async def reach(self, length: int, expected: int | None) -> None:
        """Have at least this many bytes reserved in all, where `expected` may come. Raises `QuotaExceeded`,
        `TooLarge`.
        """
        if length <= self.held:
            return
        wanted = -(-length // BLOCK) * BLOCK if expected is None else max(length, min(2 * length, expected))
        await self._reserve(wanted)
        if self.held < length:
            raise self.refusal(length)

    async def settle(self, length: int) -> None:
        """Reduce the reservation to exactly this many bytes: the body has ended."""
        if self.held > length:
            await self._reserve(length)

    def become(self, upload: UploadId, number: int, headroom: Headroom | None) -> None:
        """Assign the bytes to this part, whose recorded bytes they replace."""
        self.reserving = Reserving(self.reserving.id, self.reserving.owner, upload, number)
        self.headroom = headroom or self.headroom

    def refusal(self, length: int) -> Fault:
        """The fault for a body of `length` bytes."""
        return self.headroom.refusal(length)

    async def release(self) -> None:
        """Release the reservation: the bytes are deleted or recorded."""
        await self.reservations.release(self.id)

    async def _reserve(self, wanted: int) -> None:
        self.reservations.begin(self.id)
        self.held = await self.reservations.repository.reserve(self.reserving, wanted, TTL)
