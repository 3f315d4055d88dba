"""Verification: every byte is read again and compared with its record."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from enum import StrEnum

import xxhash

from penstock import multibuffer
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


class Verdict(StrEnum):
    """The result of one check."""

    SOUND = "sound"
    DAMAGED = "damaged"
    MISSING = "missing"
    KNOWN = "known to be damaged"
    UNREFERENCED = "unreferenced"

    @property
    def wrong(self) -> bool:
        """Whether acknowledged bytes are lost and no record said so yet."""
        return self in {Verdict.DAMAGED, Verdict.MISSING}


@dataclass(frozen=True, slots=True)
class Checked:
    """One checked item: `what` names it, `bytes` were read, `repaired` says whether it was repaired."""

    what: str
    verdict: Verdict
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
            if not await self._repository.located(location):
                yield Checked(f"bytes {location}", Verdict.UNREFERENCED, 0)

    async def _check(self, finding: Finding, repair: bool) -> Checked:
        if finding.blob is not None:
            return await self._check_blob(finding.blob, finding.damaged, repair)
        assert finding.upload is not None
        assert finding.part is not None
        return await self._check_part(finding.upload, finding.part, repair)

    async def _check_blob(self, blob: Blob, damaged: bool, repair: bool) -> Checked:
        what = f"blob {blob.sha256}"
        if damaged:
            return Checked(what, Verdict.KNOWN, 0)
        verdict = await self._read_blob(blob)
        if verdict is not Verdict.SOUND and not await self._repository.located(blob.location):
            return Checked(what, Verdict.SOUND, 0)  # it was collected while we read
        if verdict is not Verdict.SOUND and repair:
            await self._files.damage(blob.location)
            await self._blobs.quarantine(blob.location)
        return Checked(what, verdict, blob.size, repaired=repair and verdict is not Verdict.SOUND)

    async def _read_blob(self, blob: Blob) -> Verdict:
        sha256, md5 = hashlib.sha256(), multibuffer.md5()
        size = await self._blobs.size(blob.location)
        if size is None:
            return Verdict.MISSING
        try:
            await self._blobs.feed(blob.location, 0, size, [[sha256] if blob.md5 is None else [sha256, md5]])
        except BytesMissing:
            return Verdict.DAMAGED
        right = size == blob.size and sha256.hexdigest() == blob.sha256 and blob.md5 in {None, md5.hexdigest()}
        return Verdict.SOUND if right else Verdict.DAMAGED

    async def _check_part(self, upload: UploadId, part: Part, repair: bool) -> Checked:
        what, digest = f"part {part.number} of upload {upload}", xxhash.xxh3_128()
        try:
            await self._staging.feed(upload, part.location, 0, part.length, [[digest]])
        except BytesMissing:
            verdict = Verdict.MISSING
        else:
            verdict = Verdict.SOUND if digest.hexdigest() == part.digest else Verdict.DAMAGED
        if verdict is not Verdict.SOUND and not await self._still_staged(upload, part):
            verdict = Verdict.SOUND  # it was replaced or sealed while we read
        if verdict is not Verdict.SOUND and repair:
            await self._parts.forget_part(upload, part)
        return Checked(what, verdict, part.length, repaired=repair and verdict is not Verdict.SOUND)

    async def _still_staged(self, upload: UploadId, part: Part) -> bool:
        now = await self._uploads.upload(upload)
        return now is not None and now.state in LIVE and await self._parts.part(upload, part.number) == part
