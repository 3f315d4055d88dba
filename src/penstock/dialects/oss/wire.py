"""The published shapes of `oss`."""

import time
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType


class Envelope(msgspec.Struct, kw_only=True):
    """Every answer: `code` is the HTTP status, `timestamp` in Unix milliseconds; `error` names what was refused."""

    code: int = 200
    message: str
    data: Any
    error: str | UnsetType = UNSET
    timestamp: int


class OssFileDto(msgspec.Struct):
    """What a client says of a file before its parts."""

    identifier: str | None = None
    fileName: str | None = None
    fileSize: int | None = None
    partNum: int | None = None
    partSize: int | None = None
    contentType: str | None = None
    bucketName: str | None = None
    fileType: str | None = None
    objectKey: str | None = None
    uploadId: str | None = None


class OssFileMediaInfoDto(msgspec.Struct):
    """What is to be done to a picture. Sides in pixels."""

    width: int | None = None
    height: int | None = None
    watermarkPath: str | None = None
    watermarkPosition: str | None = None
    opacity: float | None = None
    scale: float | None = None
    ratio: float | None = None
    format: str | None = None


class ProcessRequest(OssFileMediaInfoDto):
    """A stored picture, by its MD5, and what is to be done to it."""

    identifier: str | None = None


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
