"""Uploads that grow at their end, as the clients see them that send them so (`tus`, `resumable`)."""

from dataclasses import dataclass

from penstock.crc64 import Crc64
from penstock.engine.appending import Appending
from penstock.engine.engine import Engine
from penstock.model.faults import (
    ContentRefused,
    FileUnknown,
    TooLarge,
    UploadCancelled,
    UploadEnded,
    UploadRefused,
    UploadUnknown,
)
from penstock.model.file import File
from penstock.model.ids import FileId, UploadId
from penstock.model.principal import Principal
from penstock.model.upload import State, Upload


@dataclass(frozen=True, slots=True)
class AppendedUploads:
    """The uploads of one dialect. Once the record of a finished one is gone, its file still has its id."""

    engine: Engine
    dialect: str

    async def find(self, principal: Principal, identifier: str, *, goes_on: bool = False) -> Upload:
        """The caller's upload. Raises `UploadUnknown`, `UploadCancelled` once it was ended or its file removed, and
        `UploadEnded` once its bytes were refused: to whoever goes on, that refusal.
        """
        try:
            upload = await self.engine.uploads.find(principal, self.dialect, UploadId(identifier))
        except (ContentRefused, UploadRefused):
            if goes_on:
                raise
            raise UploadEnded from None
        if upload.state is State.CANCELLED:
            raise UploadCancelled
        if upload.state is State.SEALED and not await self.engine.catalog.holds(principal, upload.file or ""):
            raise UploadCancelled
        return upload

    async def file(self, principal: Principal, identifier: str) -> File:
        """The file that an upload became. Raises as `find`, and `UploadUnknown` while it is none, and always to those
        who send by an upload request: what came is the owner's alone.
        """
        if principal.upload_request is not None:
            raise UploadUnknown
        try:
            return await self.engine.catalog.file(principal, FileId(identifier))
        except FileUnknown:
            await self.find(principal, identifier)
            raise UploadUnknown from None

    async def end(self, principal: Principal, identifier: str, sudo: str | None, address: str) -> None:
        """End an upload, or remove the file that it became. Raises as `find`, `UploadBusy`, `SudoRequired`."""
        try:
            upload = await self.find(principal, identifier)
        except UploadUnknown:
            upload = None
        if upload is None or upload.state is State.SEALED:
            file = await self.file(principal, identifier)
            await self.engine.delete(principal, file.id, sudo, address)
        else:
            await self.engine.appender.take_over(upload)
            await self.engine.uploads.cancel(upload)

    async def repeats(self, upload: Upload, appending: Appending) -> bool:
        """Whether a body is what the upload ends with: its last append once more, or nothing at its end. Raises
        `TooLarge` for one that goes beyond it, and what the body raises.
        """
        if appending.offset not in {upload.last, upload.bytes}:
            return False
        digest, length = Crc64(), 0
        async for piece in appending.body:
            length += len(piece)
            if appending.offset + length > upload.bytes:
                raise TooLarge(upload.bytes)
            digest.update(piece)
        if appending.offset + length != upload.bytes:
            return False
        return not length or digest.hexdigest() == upload.last_digest
