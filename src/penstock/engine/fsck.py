"""Verification: every byte is read again and compared with its record."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

from penstock import multibuffer
from penstock.engine.hashing import check_of
from penstock.model.file import Blob
from penstock.model.ids import UploadId
from penstock.model.upload import LIVE, Part
from penstock.ports import (
    Blobs,
    BytesMissing,
    FileRepository,
    Finding,
    PartRepository,
    Staging,
    UpkeepRepository,
    UploadRepository,
)

BATCH = 100


class Condition(StrEnum):
    """The result of one check."""

    SOUND = "sound"
    DAMAGED = "damaged"
    MISSING = "missing"
    KNOWN = "known to be damaged"
    UNREFERENCED = "unreferenced"

    @property
    def wrong(self) -> bool:
        """Whether acknowledged bytes are lost and no record said so yet."""
        return self in {Condition.DAMAGED, Condition.MISSING}


@dataclass(frozen=True, slots=True)
class Checked:
    """One checked item: `what` names it, `bytes` were read, `repaired` says whether it was repaired."""

    what: str
    condition: Condition
    bytes: int
    repaired: bool = False


class Fsck:
    """The check of a whole store. It may run beside a server."""

    def __init__(
        self,
        repository: UpkeepRepository,
        uploads: UploadRepository,
        parts: PartRepository,
        files: FileRepository,
        staging: Staging,
        blobs: Blobs,
    ) -> None:
        self._repository = repository
        self._uploads = uploads
        self._parts = parts
        self._files = files
        self._staging = staging
        self._blobs = blobs

    async def volume(self) -> int:
        """How many bytes a full check reads."""
        return await self._repository.volume()

    async def run(self, *, repair: bool) -> AsyncIterator[Checked]:
        """Check every blob and every part of a live upload. With `repair`, a wrong blob is quarantined and its files
        are never served again; the record of a wrong part is dropped, so that its client sends it again.
        """
        mark, findings = await self._repository.findings("", BATCH)
        while findings:
            for finding in findings:
                yield await self._check(finding, repair)
            mark, findings = await self._repository.findings(mark, BATCH)
        async for location, _ in self._blobs.each():
            if not await self._repository.located([location]):
                yield Checked(f"bytes {location}", Condition.UNREFERENCED, 0)

    async def _check(self, finding: Finding, repair: bool) -> Checked:
        if finding.blob is not None:
            return await self._check_blob(finding.blob, finding.damaged, repair)
        assert finding.upload is not None
        assert finding.part is not None
        return await self._check_part(finding.upload, finding.part, repair)

    async def _check_blob(self, blob: Blob, damaged: bool, repair: bool) -> Checked:
        what = f"blob {blob.sha256}"
        if damaged:
            return Checked(what, Condition.KNOWN, 0)
        condition = await self._read_blob(blob)
        if condition is not Condition.SOUND and not await self._repository.located([blob.location]):
            return Checked(what, Condition.SOUND, 0)  # it was collected while we read
        if condition is not Condition.SOUND and repair:
            await self._files.damage(blob.location)
            await self._blobs.quarantine(blob.location)
        return Checked(what, condition, blob.size, repaired=repair and condition is not Condition.SOUND)

    async def _read_blob(self, blob: Blob) -> Condition:
        sha256, md5 = hashlib.sha256(), multibuffer.md5()
        size = await self._blobs.size(blob.location)
        if size is None:
            return Condition.MISSING
        try:
            await self._blobs.feed(blob.location, 0, size, [[sha256] if blob.md5 is None else [sha256, md5]])
        except BytesMissing:
            return Condition.DAMAGED
        right = size == blob.size and sha256.hexdigest() == blob.sha256 and blob.md5 in {None, md5.hexdigest()}
        return Condition.SOUND if right else Condition.DAMAGED

    async def _check_part(self, upload: UploadId, part: Part, repair: bool) -> Checked:
        what, digest = f"part {part.number} of upload {upload}", check_of(part)
        try:
            await self._staging.feed(upload, part.location, 0, part.length, [[digest]])
        except BytesMissing:
            condition = Condition.MISSING
        else:
            condition = Condition.SOUND if part.is_of(digest.hexdigest()) else Condition.DAMAGED
        if condition is not Condition.SOUND and not await self._still_staged(upload, part):
            condition = Condition.SOUND  # it was replaced or sealed while we read
        if condition is not Condition.SOUND and repair:
            await self._parts.forget_part(upload, part)
        return Checked(what, condition, part.length, repaired=repair and condition is not Condition.SOUND)

    async def _still_staged(self, upload: UploadId, part: Part) -> bool:
        now = await self._uploads.upload(upload)
        return now is not None and now.state in LIVE and await self._parts.part(upload, part.number) == part
