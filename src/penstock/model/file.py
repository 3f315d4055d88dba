"""A file record, and the blob beneath it."""

from dataclasses import dataclass

from penstock.model.ids import FileId, Location, Md5, PrincipalId, Sha256, UploadId


@dataclass(frozen=True, slots=True)
class Blob:
    """Immutable bytes, known by their SHA-256. `md5` is of these bytes and None until it is needed."""

    sha256: Sha256
    md5: Md5 | None
    size: int
    location: Location


@dataclass(frozen=True, slots=True)
class File:
    """What makes a blob visible to its owner. Times are Unix seconds.

    `key` is the client's own name for it within (owner, dialect); `upload` is the upload it came from, None for a claim
    by hash. `damaged` is set while the blob's bytes are known to be wrong: such a file is never served.
    """

    id: FileId
    owner: PrincipalId
    dialect: str
    key: str
    upload: UploadId | None
    name: str
    media_type: str
    label: str | None
    identifier_md5: Md5 | None
    blob: Blob
    created_at: float
    trashed_at: float | None
    damaged: bool


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file before it is recorded."""

    name: str
    media_type: str
    key: str
    label: str | None = None
    identifier_md5: Md5 | None = None
