"""Many small pieces of an appended upload made few, where a store can join none: each is an object there, and a record.

64 small pieces in a row, which nothing has been made of yet, become one; 64 of those become one again, and so on: so of
any number of appends a few hundred small pieces are left, and a byte is written again at most four times.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from functools import reduce
from itertools import groupby

from penstock.crc64 import Crc64, followed
from penstock.model.faults import Fault
from penstock.model.ids import UploadId
from penstock.model.upload import Part, Upload
from penstock.ports import Admitted, AppendRepository, BytesMissing, Discarded, Hint, Sink, Staging

RUN = 64
"""How many pieces become one."""

LARGE = 5 << 20
"""Pieces of so many bytes stay as they are: S3 copies them when the file is put together."""

TIERS = 5
"""How often a byte may have been written, at most: 64⁵ pieces are more than an upload ever has."""


class Regrouper:
    """The regrouping of this process, behind the appends."""

    def __init__(self, repository: AppendRepository, staging: Staging) -> None:
        self._repository = repository
        self._staging = staging
        self._at_work: dict[UploadId, asyncio.Task[None]] = {}
        self._exchanging = set[asyncio.Task[bool]]()

    def grown(self, upload: Upload) -> None:
        """There is one more piece."""
        if upload.received >= RUN and upload.id not in self._at_work:
            task = self._at_work[upload.id] = asyncio.create_task(self._regroup(upload.id))
            task.add_done_callback(lambda _: self._at_work.pop(upload.id, None))

    async def close(self) -> None:
        """End what is under way: nothing of it counts yet, but for an exchange of records that has begun."""
        for task in (working := list(self._at_work.values())):
            task.cancel()
        await asyncio.gather(*working, return_exceptions=True)
        await asyncio.gather(*self._exchanging, return_exceptions=True)

    async def _regroup(self, upload: UploadId) -> None:
        with suppress(Fault, BytesMissing, Discarded):  # it is tried again with the next piece
            while (run := _run(await self._repository.tail(upload, TIERS * RUN))) and await self._join(upload, run):
                pass

    async def _join(self, upload: UploadId, run: Sequence[Part]) -> bool:
        """Write the bytes of these pieces as one, and exchange their records; false when that cannot be."""
        whole = reduce(_joined, run)
        sink, check = await self._staging.begin(upload, whole.number, Hint(1, whole.length), _aside), Crc64()
        try:
            for part in run:
                async for piece in await self._staging.read(upload, part.location, 0, part.length):
                    check.update(piece)
                    await sink.write(piece)
            location = await sink.commit()
        except BaseException:
            await asyncio.shield(sink.release(keep=False))
            raise
        if check.hexdigest() != whole.digest:  # sealing finds out which of them is wrong
            await sink.release(keep=False)
            return False
        new = replace(whole, location=location, generation=whole.generation + 1)
        exchanging = asyncio.create_task(self._exchange(upload, run, new, sink))
        self._exchanging.add(exchanging)
        exchanging.add_done_callback(self._exchanging.discard)
        return await asyncio.shield(exchanging)

    async def _exchange(self, upload: UploadId, run: Sequence[Part], new: Part, sink: Sink) -> bool:
        """Exchange the records. When the outcome is unknown, all bytes stay."""
        known, kept = False, True
        try:
            kept = await self._repository.regroup(upload, run, new)
            known = True
        finally:
            await sink.release(keep=kept)
        for part in run if known and kept else ():
            await self._staging.drop(upload, part.location)
        return kept


async def _aside() -> Admitted:
    """Nothing that is recorded is written over."""
    return Admitted(taken=True)


def _run(parts: Sequence[Part]) -> Sequence[Part]:
    """The first small pieces in a row that were regrouped equally often, if there are enough of them."""
    for (small, _), group in groupby(parts, lambda part: (part.length < LARGE, part.generation)):
        run = list(group)[:RUN]
        if small and len(run) == RUN:
            return run
    return ()


def _joined(before: Part, after: Part) -> Part:
    digest = followed(before.digest, after.digest, after.length)
    return Part(before.number, before.location, before.length + after.length, digest, before.generation)
