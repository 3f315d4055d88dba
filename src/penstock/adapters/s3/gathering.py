"""Composing behind the writers: pieces are made while other parts still come."""

import asyncio
from collections.abc import Sequence

import structlog

from penstock.adapters.s3.errors import MultipartGone
from penstock.adapters.s3.multipart import Composition, Lost
from penstock.adapters.s3.plan import Bounds, Piece, Plan
from penstock.model.faults import Fault
from penstock.model.upload import Part
from penstock.ports import BytesMissing

_log = structlog.get_logger(__name__)


class Gathering:
    """The composition of an upload whose parts are added in their order. What fails is left to whoever composes."""

    def __init__(self, composition: Composition, bounds: Bounds) -> None:
        self.composition = composition
        self._plan = Plan(bounds)
        self._added = 0
        self._begun = 0
        self._making: set[asyncio.Task[None]] = set()

    @property
    def begun(self) -> bool:
        """Whether anything was made."""
        return self._begun > 0

    def add(self, part: Part) -> None:
        """The next part. Nothing is begun before there is a second one: a single part is copied in one request."""
        if part.number != self._added:
            return
        self._added += 1
        try:
            self._plan.add(part)
        except BytesMissing:  # of another store
            return
        if self._added > 1:
            pieces, self._begun = self._plan.pieces[self._begun :], len(self._plan.pieces)
            self._begin(pieces)

    async def settled(self) -> Composition:
        """The composition, once nothing is under way."""
        if self._making:
            await asyncio.wait(self._making)
        return self.composition

    def end(self) -> None:
        """Begin nothing more."""
        for task in self._making:
            task.cancel()

    def _begin(self, pieces: Sequence[Piece]) -> None:
        for piece in pieces:
            task = asyncio.create_task(self._make(piece))
            self._making.add(task)
            task.add_done_callback(self._making.discard)

    async def _make(self, piece: Piece) -> None:
        try:
            await self.composition.make(piece)
        except (Fault, Lost, MultipartGone) as error:
            _log.info("gathering_ended", piece=piece.number, error=repr(error))
            self.end()
