"""The published shapes of `instant`."""

from datetime import UTC, datetime
from typing import Annotated, Any
from urllib.parse import quote

import msgspec
from msgspec import UNSET, Meta, UnsetType

from penstock.model.file import File

MAX_PARTS = 100_000
PartMd5 = Annotated[str, Meta(min_length=32, max_length=32)]
Text = str | int
"""Clients send ids as strings or as numbers."""
FileId = Annotated[Text | None, Meta(description="The file's id, chosen by its client.")]
WholeMd5 = Annotated[str | None, Meta(description="The MD5 of the whole file, in hexadecimal.")]
Name = Annotated[str | None, Meta(description="What the file is called.")]
Size = Annotated[int | None, Meta(description="Its size in bytes.")]
Label = Annotated[Text | None, Meta(description="A label; it grants nothing.")]


class InstantRequest(msgspec.Struct):
    """What a client says of a file before it sends any of it; `chunk_md5s` are the MD5s of its parts, in order."""

    file_id: FileId = None
    md5: WholeMd5 = None
    name: Name = None
    size: Size = None
    user_id: Label = None
    chunk_md5s: Annotated[
        Annotated[list[PartMd5], Meta(max_length=MAX_PARTS)] | None,
        Meta(description="The MD5s of its parts, in order; the answer says which of them are here."),
    ] = None


class MergeRequest(msgspec.Struct):
    """What a client says of a file whose parts it has sent."""

    file_id: FileId = None
    md5: WholeMd5 = None
    name: Name = None
    size: Size = None
    total: Annotated[int | None, Meta(description="How many parts there are.")] = None
    user_id: Label = None


class Envelope(msgspec.Struct, kw_only=True):
    """Every answer: `code` repeats the HTTP status."""

    code: int = 200
    message: str = "ok"
    data: Any


class FileShown(msgspec.Struct):
    """What is told of a finished file."""

    file_id: str
    file_name: str
    size: int
    md5: str | None
    user_id: str | None
    createdAt: str
    updatedAt: str
    url: str
    status: int = 1


class Taken(msgspec.Struct):
    """A part that is stored: there is no more to tell."""


class PartCheck(msgspec.Struct):
    """Whether a part is here, and whether the bytes that are here have the announced MD5."""

    index: int
    exist: bool
    match: bool


class Instant(msgspec.Struct):
    """`file` only when `uploaded`; `chunkCheckResult` only for a client that announced its parts."""

    uploaded: bool
    file: FileShown | UnsetType = UNSET
    chunkCheckResult: list[PartCheck] | UnsetType = UNSET


class Status(msgspec.Struct):
    """The numbers of the parts that are here, ascending; `mergeProgress` (0 to 100) while they become a file."""

    chunks: list[int]
    mergeProgress: int | UnsetType = UNSET


class Merged(msgspec.Struct):
    """The file that the parts became."""

    file: FileShown


class FileListed(msgspec.Struct):
    """A file in a list."""

    id: str
    fileName: str
    fileSize: int
    fileType: str
    fileExt: str
    url: str
    thumbnailUrl: str | None
    createdAt: str
    md5: str | None


class Listing(msgspec.Struct):
    """The newest files; `total` counts all that match."""

    total: int
    files: list[FileListed]


def file_response(file: File, base: str) -> FileShown:
    """A finished file in the shape of this dialect; `base` precedes the path of its download."""
    time = _time(file.created_at)
    name = file.key if file.dialect == "instant" else file.id
    address = file.id if name in {".", ".."} else name  # clients resolve dot segments before they send the request
    return FileShown(name, file.name, file.blob.size, file.blob.md5, file.label, time, time, _url(address, base))


def listed(file: File, base: str) -> FileListed:
    """A finished file in the shape of a list."""
    ending = file.name.rpartition(".")[2] if "." in file.name else ""
    return FileListed(
        id=file.id,
        fileName=file.name,
        fileSize=file.blob.size,
        fileType=file.media_type,
        fileExt=ending,
        url=_url(file.id, base),
        thumbnailUrl=None,
        createdAt=_time(file.created_at),
        md5=file.blob.md5,
    )


def _url(name: str, base: str) -> str:
    return f"{base}/api/file/download/{quote(name, safe='')}"


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
