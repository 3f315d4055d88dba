"""The published shapes of `scratch`."""

from typing import Literal

import msgspec
from msgspec import UNSET, UnsetType

from penstock.model.file import File


class FileShown(msgspec.Struct):
    """What is told of a finished file."""

    id: str
    name: str
    size: int
    type: str
    md5: str | None
    sha256: str
    url: str


class PartTaken(msgspec.Struct, kw_only=True):
    """The answer to a part; `file` is there once the upload is complete."""

    status: Literal["success"] = "success"
    message: str
    uploadedChunks: int
    totalChunks: int
    file: FileShown | UnsetType = UNSET


class Status(msgspec.Struct, kw_only=True):
    """Which parts are here; `completed` is told of complete uploads only, and `mergeProgress` (0 to 100) of those that
    become a file just now.
    """

    status: Literal["success"] = "success"
    uploadedChunks: int
    chunks: list[int]
    completed: bool | UnsetType = UNSET
    mergeProgress: int | UnsetType = UNSET


class Done(msgspec.Struct, kw_only=True):
    """An act that has no more to tell."""

    status: Literal["success"] = "success"
    message: str


class ErrorEnvelope(msgspec.Struct, kw_only=True):
    """The envelope of every error."""

    status: Literal["error"] = "error"
    message: str
    code: str | UnsetType = UNSET


def file_response(file: File, base: str) -> FileShown:
    """A finished file in the shape of this dialect; `base` precedes the path of its download."""
    return FileShown(
        id=file.id,
        name=file.name,
        size=file.blob.size,
        type=file.media_type,
        md5=file.blob.md5,
        sha256=file.blob.sha256,
        url=f"{base}/api/scratch/download/{file.id}",
    )
