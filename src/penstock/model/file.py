"""A file record, and the blob beneath it."""

import json
from dataclasses import dataclass
from hashlib import sha256

from penstock.model.ids import ROOT, FileId, FolderId, Location, Md5, PrincipalId, Sha256, UploadId


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
    by hash. `damaged` is set while the blob's bytes are known to be wrong: such a file is never served. `labels` are
    its owner's own short texts on it. `trashed_with` is the folder with which it went to the trash.
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
    folder: FolderId = ROOT
    labels: tuple[str, ...] = ()
    trashed_with: FolderId | None = None

    @property
    def tag(self) -> str:
        """Stands for all of it that can be edited (RFC 9110 §8.8.3)."""
        return tag_of(self.name, self.folder, self.labels, self.trashed_at)


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file before it is recorded. In a `folder` it gets a name that nothing else there has; where its client knows of
    no folders, it lies in the root under the name that it has.
    """

    name: str
    media_type: str
    key: str
    label: str | None = None
    identifier_md5: Md5 | None = None
    folder: FolderId | None = None


def tag_of(*facts: object) -> str:
    """A short text that stands for these facts."""
    return sha256(json.dumps(facts).encode()).hexdigest()[:32]
