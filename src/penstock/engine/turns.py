"""Whose turn it is to append to an upload: whoever comes takes over from whoever is at it, in whatever process."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

from penstock.model.faults import StorageFailed, StorageFull
from penstock.model.ids import UploadId
from penstock.model.upload import State, Upload
from penstock.ports import AppendRepository

QUICK = 0.02
"""An append that takes longer than this, in seconds, is on record, so that other processes can ask it to let go."""

YOUNG = 0.2
"""How long, in seconds, whoever asks how far an upload is waits for appends that are not on record yet: of those
nothing would be kept.
"""

LOOK_EVERY = 0.2
"""How often, in seconds, a process looks whether it is asked to."""

PATIENCE = 0.7
"""After how many seconds a process that does not let go is cut off."""


@dataclass(slots=True)
class Turn:
    """An append under way in this process: the turn of its upload that it belongs to, and whether it is to `stop`."""

    number: int
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    ended: asyncio.Event = field(default_factory=asyncio.Event)
    holding: asyncio.Future[None] | None = None


class Turns:
    """The appends of this process."""

    def __init__(self, repository: AppendRepository, process: str, *, alone: bool) -> None:
        """`alone`: there is no other process."""
        self._repository = repository
        self._process = process
        self._alone = alone
        self._here: dict[UploadId, Turn] = {}
        self._looking: asyncio.Task[None] | None = None

    async def settle(self, upload: UploadId) -> Upload:
        """The upload once nobody appends to it any more, for somebody who asks how far it is: whoever did has committed
        what it had, or is cut off. Raises `UploadUnknown`.
        """
        if not await self._stop_here(upload) and not await self._stop_elsewhere(upload) and not self._alone:
            await asyncio.sleep(YOUNG)
            await self._stop_elsewhere(upload)
        return await self._repository.cut_off(upload)

    async def take_over(self, upload: Upload) -> Upload:
        """The same for somebody who goes on, who need not end the turn of an upload that nobody holds: of two that
        append at one offset one is recorded. The upload is as its record has it. Raises `UploadUnknown`.
        """
        if upload.state is not State.OPEN:
            return upload
        stopped = await self._stop_here(upload.id)
        if upload.holder not in {None, self._process}:
            stopped = await self._stop_elsewhere(upload.id) or stopped
        return await self._repository.cut_off(upload.id) if stopped else upload

    @asynccontextmanager
    async def turn(self, upload: Upload) -> AsyncIterator[Turn]:
        """The turn of an append, until it has ended. One that takes its time is put on record meanwhile."""
        mine = self._here[upload.id] = Turn(upload.turn)
        marking = asyncio.get_running_loop().call_later(QUICK, self._mark, upload.id, mine)
        try:
            yield mine
        finally:
            marking.cancel()
            if mine.holding is not None:
                await asyncio.shield(self._let_go(upload.id, mine.number, mine.holding))
            mine.ended.set()
            if self._here.get(upload.id) is mine:
                del self._here[upload.id]

    def close(self) -> None:
        """Look after nothing any more."""
        if self._looking is not None:
            self._looking.cancel()

    def _mark(self, upload: UploadId, mine: Turn) -> None:
        mine.holding = asyncio.ensure_future(self._repository.hold(upload, mine.number, self._process))
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._look())

    async def _let_go(self, upload: UploadId, number: int, holding: asyncio.Future[None]) -> None:
        await asyncio.wait([holding])
        with suppress(StorageFailed, StorageFull):
            holding.result()
            await self._repository.let_go(upload, number)

    async def _look(self) -> None:
        """Let go of what other processes ask for, as long as something is held."""
        while any(turn.holding is not None for turn in self._here.values()):
            await asyncio.sleep(LOOK_EVERY)
            with suppress(StorageFailed):
                for upload in await self._repository.asked(self._process):
                    if (turn := self._here.get(upload)) is not None:
                        turn.stop.set()

    async def _stop_here(self, upload: UploadId) -> bool:
        """Let whoever appends in this process commit what it has, and end; whether anybody did."""
        stopped = False
        while (turn := self._here.get(upload)) is not None:
            stopped = True
            turn.stop.set()
            await turn.ended.wait()
        return stopped

    async def _stop_elsewhere(self, upload: UploadId) -> bool:
        """Ask another process that appends to let go, and wait for it, but not for long; whether any did."""
        stopped, loop = False, asyncio.get_running_loop()
        deadline = loop.time() + PATIENCE
        while await self._repository.ask(upload, self._process):
            stopped = True
            if loop.time() >= deadline:
                break
            await asyncio.sleep(LOOK_EVERY / 4)
        return stopped
