"""Bytes that count against their owner's quota while they come, before anything records them."""

import asyncio
from dataclasses import dataclass, field

from penstock.model.faults import Fault
from penstock.model.ids import PrincipalId, UploadId, new_id
from penstock.model.quota import Headroom
from penstock.ports import ReservationRepository, Reserving

FIRST = 1 << 20
"""How many bytes of an announced length are reserved at first; then twice as many as are there."""

BLOCK = 4096
"""What is reserved for a body of unknown length grows by so many bytes, as a file does on the disk."""

TTL = 60.0
"""How long, in seconds, a reservation outlives its process."""


class Reservations:
    """Every reservation of this process, kept while it is in use."""

    def __init__(self, repository: ReservationRepository) -> None:
        self.repository = repository
        self._ids: set[str] = set()
        self._keeping: asyncio.Task[None] | None = None

    def part(self, owner: PrincipalId, upload: UploadId, number: int, headroom: Headroom) -> "Reservation":
        """For a part, of which its owner's quota leaves so much."""
        return Reservation(self, Reserving(new_id(), owner, upload, number), headroom)

    async def spooling(self, owner: PrincipalId) -> "Reservation | None":
        """For bytes whose upload is not known yet; None when their owner's bytes have no end."""
        headroom = await self.repository.left(owner)
        return None if headroom is None else Reservation(self, Reserving(new_id(), owner), headroom)

    def begin(self, reserved: str) -> None:
        """Keep this one."""
        self._ids.add(reserved)
        if self._keeping is None or self._keeping.done():
            self._keeping = asyncio.create_task(self._keep())

    async def release(self, reserved: str) -> None:
        """Keep it no longer."""
        if reserved in self._ids:
            self._ids.discard(reserved)
            await self.repository.release(reserved)

    async def _keep(self) -> None:
        while self._ids:
            await asyncio.sleep(TTL / 3)
            await self.repository.keep_reserved(list(self._ids), TTL)


@dataclass(slots=True)
class Reservation:
    """What is reserved for one body. `headroom` is what there was when it began; `held` grows as bytes come."""

    reservations: Reservations
    name: Reserving
    headroom: Headroom
    held: int = field(default=0)

    @property
    def id(self) -> str:
        """What the repository calls it."""
        return self.name.id

    async def expect(self, length: int | None, most: int | None) -> None:
        """Make sure of the first bytes. Raises what an exact `length` past the room calls for."""
        if (length or 0) > self.headroom.most:
            raise self.refusal(length or 0)
        first = min(FIRST, length if length is not None else most or 0)
        if first:
            await self._reserve(first)
            if length is not None and self.held < first:
                raise self.refusal(length)

    async def reach(self, length: int, expected: int | None) -> None:
        """Make sure of so many bytes in all, of which there may come `expected`. Raises `QuotaExceeded`, `TooLarge`."""
        if length <= self.held:
            return
        wanted = -(-length // BLOCK) * BLOCK if expected is None else max(length, min(2 * length, expected))
        await self._reserve(wanted)
        if self.held < length:
            raise self.refusal(length)

    async def settle(self, length: int) -> None:
        """There are just so many bytes, and no more will come."""
        if self.held > length:
            await self._reserve(length)

    def become(self, upload: UploadId, number: int, headroom: Headroom | None) -> None:
        """The bytes are those of this part: what it has now is in their place."""
        self.name = Reserving(self.name.id, self.name.owner, upload, number)
        self.headroom = headroom or self.headroom

    def refusal(self, length: int) -> Fault:
        """Why a body of `length` bytes is refused."""
        return self.headroom.refusal(length)

    async def release(self) -> None:
        """The bytes are gone, or counted otherwise."""
        await self.reservations.release(self.id)

    async def _reserve(self, wanted: int) -> None:
        self.reservations.begin(self.id)
        self.held = await self.reservations.repository.reserve(self.name, wanted, TTL)
