"""The shapes of `drive`. Times are Unix seconds, sizes bytes, digests hex; the root is null."""

from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from penstock.model.file import File
from penstock.model.folder import Folder
from penstock.model.ids import ROOT, FolderId
from penstock.model.upload import Upload
from penstock.model.zips import Zip, ZipState

MAX_ITEMS = 100
"""How many files and folders one call changes."""

MAX_ZIPPED = 1000
"""How many files and folders a zip can be asked for, with all that is in them."""

Conflict = Literal["refuse", "rename"]
Size = Literal["small", "medium", "large"]
ON_CONFLICT = Meta(description="Where the name is taken: `refuse` (409, with a free one) or `rename`.")


class Problem(msgspec.Struct, frozen=True, omit_defaults=True):
    """Why a request is refused (RFC 9457): `field` is what was wrong in it, `free_name` a name that is not taken."""

    title: str
    status: int
    type: str = "about:blank"
    field: str | None = None
    free_name: str | None = None


class FileShown(msgspec.Struct, frozen=True, tag_field="kind", tag="file"):
    """A file. `folder` is the one that it lies in, `md5` null until it is known."""

    id: str
    name: str
    size: int
    type: str
    sha256: str
    md5: str | None
    dialect: str
    folder: str | None
    labels: list[str]
    created_at: float
    trashed_at: float | None
    damaged: bool


class FolderShown(msgspec.Struct, frozen=True, tag_field="kind", tag="folder"):
    """A folder."""

    id: str
    name: str
    folder: str | None
    created_at: float
    trashed_at: float | None


class Files(msgspec.Struct, frozen=True):
    """A page of files; `next` is the cursor of the next one, null at the end."""

    files: list[FileShown]
    next: str | None


class Folders(msgspec.Struct, frozen=True):
    """A page of folders."""

    folders: list[FolderShown]
    next: str | None


class FolderTold(msgspec.Struct, frozen=True):
    """A folder, and the folders from the root down to it."""

    folder: FolderShown
    path: list[FolderShown]


class Items(msgspec.Struct, frozen=True):
    """A page of files and folders."""

    items: list[FileShown | FolderShown]
    next: str | None


class Claimed(msgspec.Struct, frozen=True):
    """The file that was made; else one with these bytes that lies in the caller's trash, and can be restored."""

    file: FileShown | None
    trashed: FileShown | None


class Claim(msgspec.Struct):
    """A file that need not be sent, because its bytes are here."""

    name: Annotated[str | None, Meta(description="What it is to be called.")] = None
    size: Annotated[int | None, Meta(description="Its size in bytes.")] = None
    md5: Annotated[str | None, Meta(description="Its MD5.")] = None
    folder: Annotated[str | None, Meta(description="Where it is to lie; absent or null: in the root.")] = None


class NewFolder(msgspec.Struct):
    """A folder to be made."""

    name: Annotated[str | None, Meta(description="What it is to be called.")] = None
    folder: Annotated[str | None, Meta(description="Where it is to lie; absent or null: in the root.")] = None
    on_conflict: Annotated[Conflict, ON_CONFLICT] = "refuse"


class FileChange(msgspec.Struct):
    """What is named changes."""

    name: Annotated[str | UnsetType, Meta(description="A new name.")] = UNSET
    folder: Annotated[str | UnsetType | None, Meta(description="Where it is to lie; null: in the root.")] = UNSET
    labels: Annotated[list[str] | UnsetType, Meta(description="At most 32 short texts, instead of what it has.")] = (
        UNSET
    )
    on_conflict: Annotated[Conflict, ON_CONFLICT] = "refuse"


class FolderChange(msgspec.Struct):
    """What is named changes."""

    name: Annotated[str | UnsetType, Meta(description="A new name.")] = UNSET
    folder: Annotated[str | UnsetType | None, Meta(description="Where it is to lie; null: in the root.")] = UNSET
    on_conflict: Annotated[Conflict, ON_CONFLICT] = "refuse"


class Ids(msgspec.Struct):
    """Files and folders, at most 100."""

    ids: Annotated[list[str] | None, Meta(description="Their ids.")] = None


class ItemChange(msgspec.Struct):
    """What is named changes."""

    id: Annotated[str, Meta(description="The file or the folder.")]
    name: Annotated[str | UnsetType, Meta(description="A new name.")] = UNSET
    folder: Annotated[str | UnsetType | None, Meta(description="Where it is to lie; null: in the root.")] = UNSET
    labels: Annotated[list[str] | UnsetType, Meta(description="The labels of a file.")] = UNSET
    on_conflict: Annotated[Conflict, ON_CONFLICT] = "refuse"


class Changes(msgspec.Struct):
    """Changes of files and folders, at most 100."""

    changes: Annotated[list[ItemChange] | None, Meta(description="Each with the `id` of what it changes.")] = None


class Outcome(msgspec.Struct, frozen=True):
    """What came of one of many: what it is now, if it is still there, or why it is refused."""

    id: str
    status: int
    item: FileShown | FolderShown | None = None
    problem: Problem | None = None


class Outcomes(msgspec.Struct, frozen=True):
    """What came of each, in the order in which they were named."""

    outcomes: list[Outcome]


class NewZip(msgspec.Struct):
    """A zip to be made."""

    ids: Annotated[list[str] | None, Meta(description="At most 1000 files and folders.")] = None
    name: Annotated[str | None, Meta(description="What it is to be called; `files` without it.")] = None


class ZipShown(msgspec.Struct, frozen=True):
    """A zip. `state` is `preparing` or `ready`; only then `size` and `files` are known, and how many files are
    `missing`, because their bytes are damaged. `progress` is how far it is, 0 to 100.
    """

    id: str
    name: str
    state: Literal["preparing", "ready"]
    progress: int
    size: int | None
    files: int | None
    missing: int
    expires_at: float


class Target(msgspec.Struct):
    """What is to be opened by an address: the `content` of a file, as a download or as it is shown in a page, its
    `preview`, or a zip.
    """

    file: Annotated[str | None, Meta(description="The file.")] = None
    zip: Annotated[str | None, Meta(description="The zip, in place of a file.")] = None
    what: Annotated[Literal["content", "preview"], Meta(description="What of the file.")] = "content"
    size: Annotated[Size, Meta(description="Of the preview of a picture.")] = "medium"
    download: Annotated[bool, Meta(description="The content is to be saved, and not shown.")] = False


class Targets(msgspec.Struct):
    """What addresses are asked for, at most 100."""

    targets: Annotated[list[Target] | None, Meta(description="What each is to open.")] = None


class Link(msgspec.Struct, frozen=True):
    """What came of one target: an address for ten minutes, in Unix seconds until when, or why there is none."""

    status: int
    file: str | None = None
    zip: str | None = None
    url: str | None = None
    expires_at: int | None = None
    problem: Problem | None = None


class Links(msgspec.Struct, frozen=True):
    """What came of each target, in the order in which they were named."""

    links: list[Link]


class UploadShown(msgspec.Struct, frozen=True):
    """An upload in flight. `bytes` of it are here; `size` is null until it is told. While it is made a file, `progress`
    is how far, 0 to 100.
    """

    id: str
    name: str
    size: int | None
    bytes: int
    dialect: str
    state: str
    progress: int | None
    folder: str | None
    expires_at: float


class Uploads(msgspec.Struct, frozen=True):
    """A page of uploads."""

    uploads: list[UploadShown]
    next: str | None


def upload_shown(upload: Upload, progress: int | None) -> UploadShown:
    """An upload as its owner sees it."""
    declared = upload.declared
    return UploadShown(
        upload.id,
        upload.given_name or declared.name,
        declared.size,
        upload.bytes,
        upload.dialect,
        upload.state,
        progress,
        upload.folder,
        upload.expires_at,
    )


def zip_shown(made: Zip) -> ZipShown:
    """A zip as its owner sees it."""
    ready = made.state is ZipState.READY
    size, files = (made.size, made.entries - made.missing) if ready else (None, None)
    state: Literal["preparing", "ready"] = "ready" if ready else "preparing"
    return ZipShown(made.id, made.name, state, made.progress, size, files, made.missing, made.expires_at)


def shown(item: File | Folder) -> FileShown | FolderShown:
    """A file or a folder as clients see it."""
    return file_shown(item) if isinstance(item, File) else folder_shown(item)


def file_shown(file: File) -> FileShown:
    """A file as clients see it."""
    blob = file.blob
    return FileShown(
        file.id,
        file.name,
        blob.size,
        file.media_type,
        blob.sha256,
        blob.md5,
        file.dialect,
        _or_null(file.folder),
        list(file.labels),
        file.created_at,
        file.trashed_at,
        file.damaged,
    )


def folder_shown(folder: Folder) -> FolderShown:
    """A folder as clients see it."""
    return FolderShown(folder.id, folder.name, _or_null(folder.parent), folder.created_at, folder.trashed_at)


def _or_null(folder: FolderId) -> str | None:
    return None if folder == ROOT else folder
