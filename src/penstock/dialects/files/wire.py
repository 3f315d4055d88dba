"""The published shapes of `files`."""

import time
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from penstock.http.routing.answers import rfc3339
from penstock.model.file import File
from penstock.model.upload import Upload


class InitRequest(msgspec.Struct):
    """What a client says of a file before its parts."""

    fileName: Annotated[str | None, Meta(description="What the file is called.")] = None
    fileSize: Annotated[int | None, Meta(description="Its size in bytes.")] = None
    totalChunks: Annotated[int | None, Meta(description="How many parts there will be, 1 to 10000.")] = None


class Envelope(msgspec.Struct):
    """Every answer. `data` is always written out."""

    success: bool
    message: str
    data: Any
    timestamp: str


class FileShown(msgspec.Struct):
    """A file that has just arrived."""

    id: str
    fileName: str
    fileSize: int
    fileType: str
    uploaderId: str


class FileInfo(msgspec.Struct):
    """A file, and whether it lies in the trash."""

    id: str
    fileName: str
    fileSize: int
    fileType: str
    deleted: bool
    deletedAt: str | None


class Begun(msgspec.Struct):
    """An upload that has been opened."""

    uploadId: str
    fileName: str
    fileSize: int
    totalChunks: int


class PartTaken(msgspec.Struct):
    """A part that is stored."""

    uploadId: str
    chunkNumber: int
    success: bool = True
    message: str = "分片上传成功"


class Status(msgspec.Struct):
    """Which parts are here and which are not, from 1; `mergeProgress` (0 to 100) while they become a file."""

    uploadId: str
    fileName: str
    fileSize: int
    totalChunks: int
    uploadedChunks: list[int]
    missingChunks: list[int]
    mergeProgress: int | UnsetType = UNSET


def done(data: Any, message: str = "操作成功") -> Envelope:
    """The envelope of a success."""
    return Envelope(True, message, data, now())


def file_response(file: File) -> FileShown:
    """A new file in the shape of this dialect."""
    return FileShown(file.id, file.name, file.blob.size, file.media_type, file.owner)


def info(file: File) -> FileInfo:
    """A file in the shape of `info`."""
    trashed = file.trashed_at
    when = None if trashed is None else rfc3339(trashed)
    return FileInfo(file.id, file.name, file.blob.size, file.media_type, trashed is not None, when)


def begun(upload: Upload) -> Begun:
    """An opened upload in the shape of this dialect."""
    declared = upload.declared
    return Begun(upload.id, declared.name, declared.size or 0, declared.total or 0)


def status(upload: Upload, here: list[int], missing: list[int]) -> Status:
    """The parts of an upload, given their numbers from 0."""
    declared = upload.declared
    here, missing = ([number + 1 for number in numbers] for numbers in (here, missing))  # files.md §5.3
    return Status(upload.id, declared.name, declared.size or 0, declared.total or 0, here, missing)


def now() -> str:
    """The present time as this dialect writes it."""
    return rfc3339(time.time())
