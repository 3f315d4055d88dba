"""The published shapes of `oss`."""

import time
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

Identifier = Annotated[str | None, Meta(description="The file's MD5: 32 hexadecimal digits.")]
Ignored = Annotated[str | None, Meta(description="Taken, and without effect.")]


class Envelope(msgspec.Struct, kw_only=True):
    """Every answer: `code` is the HTTP status, `timestamp` in Unix milliseconds; `error` names what was refused."""

    code: int = 200
    message: str
    data: Any
    error: str | UnsetType = UNSET
    timestamp: int


class OssFileDto(msgspec.Struct):
    """What a client says of a file before its parts."""

    identifier: Identifier = None
    fileName: Annotated[str | None, Meta(description="What the file is called.")] = None
    fileSize: Annotated[int | None, Meta(description="Its size in bytes.")] = None
    partNum: Annotated[int | None, Meta(description="How many parts there will be, 1 to 10000.")] = None
    partSize: Annotated[int | None, Meta(description="The size of each part but the last, in bytes.")] = None
    contentType: Annotated[str | None, Meta(description="The file's media type.")] = None
    bucketName: Annotated[str | None, Meta(description="What its `key` begins with; by its ending without.")] = None
    fileType: Ignored = None
    objectKey: Ignored = None
    uploadId: Ignored = None


class OssFileMediaInfoDto(msgspec.Struct):
    """What is to be done to a picture. Sides in pixels."""

    width: Annotated[int | None, Meta(description="The widest it may be, 1 to 4096; proportions are kept.")] = None
    height: Annotated[int | None, Meta(description="The highest it may be, 1 to 4096.")] = None
    watermarkPath: Annotated[
        str | None, Meta(description="A stored picture of the caller's: its path or its identifier.")
    ] = None
    watermarkPosition: Annotated[
        str | None,
        Meta(description="TOP_LEFT, TOP_CENTER, TOP_RIGHT, CENTER, BOTTOM_LEFT, BOTTOM_CENTER, BOTTOM_RIGHT."),
    ] = None
    opacity: Annotated[float | None, Meta(description="0 to 1.")] = None
    scale: Annotated[float | None, Meta(description="How much the watermark is enlarged, 0.1 to 2.")] = None
    ratio: Annotated[float | None, Meta(description="The largest share of either side it takes, 0.05 to 1.")] = None
    format: Annotated[str | None, Meta(description="png, jpeg, jpg or webp.")] = None


class ProcessRequest(OssFileMediaInfoDto):
    """A stored picture, by its MD5, and what is to be done to it."""

    identifier: Identifier = None


class FileVo(msgspec.Struct):
    """A file. `path` opens without a header; the thumbnail is told of pictures only."""

    identifier: str
    name: str
    size: int
    type: str | None
    path: str | None
    thumbnailPath: str | UnsetType = UNSET
    thumbPath: str | UnsetType = UNSET
    sizes: dict[str, str] | UnsetType = UNSET
    key: str | UnsetType = UNSET
    suffix: str | UnsetType = UNSET


class FileChunkVo(msgspec.Struct):
    """Where to PUT each part, by its number from 1."""

    uploadUrl: dict[str, str]
    uploadId: str


class FileUploadProgressVo(msgspec.Struct):
    """How far an upload has come. `undoneChunkMap` says where to PUT each part that is missing; `mergeProgress` (0 to
    100) is there while the parts become a file.
    """

    isNew: int
    isFinish: int
    path: str | None
    uploadId: str | None
    undoneChunkMap: dict[str, str] | None
    mergeProgress: int | UnsetType = UNSET


def done(message: str, data: Any) -> Envelope:
    """The envelope of a success."""
    return Envelope(message=message, data=data, timestamp=now())


def now() -> int:
    """The present time as this dialect writes it."""
    return int(time.time() * 1000)
