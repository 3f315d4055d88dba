"""What administrators see of a whole store, and do in it."""

from penstock.engine.appending import Appender
from penstock.engine.uploads import Uploads
from penstock.engine.usage import Reports
from penstock.identity.access import Access
from penstock.identity.audit import Audit
from penstock.model.audit import Act, Actor
from penstock.model.ids import PrincipalId, UploadId
from penstock.model.upload import Upload
from penstock.model.usage import DiskState, Stock
from penstock.ports import Disk


class Administration:
    """The whole store, whoever its files belong to."""

    def __init__(
        self,
        uploads: Uploads,
        appender: Appender,
        access: Access,
        reports: Reports,
        audit: Audit,
        disk: Disk | None,
    ) -> None:
        """`disk` is None where bytes lie in a store of their own, which has no end that we know."""
        self._uploads = uploads
        self._appender = appender
        self._access = access
        self._reports = reports
        self._audit = audit
        self._disk = disk

    async def storage(self) -> tuple[Stock, DiskState | None]:
        """What is stored, as counted within the last minute, and the disk as it is now."""
        return await self._reports.stock(), self._disk.state() if self._disk is not None else None

    async def uploads(self, after: str, count: int) -> list[tuple[Upload, str]]:
        """At most `count` of all uploads that may still become files, behind this id, with their owners' names."""
        found = await self._uploads.every(after, count)
        names = await self._names({upload.owner for upload in found})
        return [(upload, names[upload.owner]) for upload in found]

    async def cancel(self, upload: UploadId, by: Actor) -> None:
        """End anybody's upload. Raises `UploadUnknown`, and as `Uploads.cancel`."""
        found = await self._uploads.anybodys(upload)
        if found.appended:
            await self._appender.settle(found.id)  # whoever appends is asked to stop
        await self._uploads.cancel(found)
        await self._audit.note(by, Act.UPLOAD_CANCELLED, found.id)

    async def _names(self, owners: set[PrincipalId]) -> dict[PrincipalId, str]:
        return {owner: await self._access.name_of(owner) for owner in owners}
