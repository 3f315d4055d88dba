"""The shapes of `drive`. Times are Unix seconds, sizes bytes, digests hex; the root is null."""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from penstock.model.file import File
from penstock.model.folder import Folder
from penstock.model.ids import ROOT, FolderId
from penstock.model.share import Share
from penstock.model.upload import Upload
from penstock.model.upload_request import UploadRequest
from penstock.model.webhook import Delivery, Webhook
from penstock.model.zips import Zip, ZipState

MAX_ITEMS = 100
"""How many files and folders one call changes."""

MAX_ZIPPED = 1000
"""How many files and folders a zip can be asked for, with all that is in them."""

Conflict = Literal["refuse", "rename"]
Size = Literal["small", "medium", "large"]
EXPIRES = Meta(description="When the link ends, in Unix seconds; null: never.")
PASSWORD = Meta(description="What is asked of those who have the link; null: nothing.")
DOWNLOADS = Meta(description="How many downloads may begin; null: any number.")
TITLE = Meta(description="What those read who have the link; null: nothing.")
FILES = Meta(description="How many files may come; null: any number.")
BYTES = Meta(description="How many bytes may come, all files together; null: any number.")
LARGEST = Meta(description="How many bytes a file may have; null: any number.")
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


class ShareShown(msgspec.Struct, frozen=True):
    """A share of the file or folder `item`, whose `name` is empty once it is gone. `url` is its link; null once it was
    revoked, or the key of which it was made is gone. `password` says whether there is one. `downloads` have begun, of
    `most_downloads`.
    """

    id: str
    item: str
    kind: str
    name: str
    url: str | None
    created_at: float
    expires_at: float | None
    password: bool
    most_downloads: int | None
    downloads: int
    revoked_at: float | None


class Shares(msgspec.Struct, frozen=True):
    """A page of shares."""

    shares: list[ShareShown]
    next: str | None


class NewShare(msgspec.Struct):
    """A share to be made."""

    item: Annotated[str | None, Meta(description="The file or the folder.")] = None
    expires_at: Annotated[float | None, EXPIRES] = None
    password: Annotated[str | None, PASSWORD] = None
    most_downloads: Annotated[int | None, DOWNLOADS] = None


class ShareChange(msgspec.Struct):
    """What is named changes."""

    expires_at: Annotated[float | UnsetType | None, EXPIRES] = UNSET
    password: Annotated[str | UnsetType | None, PASSWORD] = UNSET
    most_downloads: Annotated[int | UnsetType | None, DOWNLOADS] = UNSET


class UploadRequestShown(msgspec.Struct, frozen=True):
    """An upload request into a `folder`. `url` is its link; null to who may not write, once it was revoked, and once
    the key of which it was made is gone. So many `files` and `bytes` have come.
    """

    id: str
    folder: str
    title: str
    url: str | None
    created_at: float
    expires_at: float | None
    most_files: int | None
    most_bytes: int | None
    largest: int | None
    files: int
    bytes: int
    revoked_at: float | None


class UploadRequests(msgspec.Struct, frozen=True):
    """A page of upload requests."""

    upload_requests: list[UploadRequestShown]
    next: str | None


class NewUploadRequest(msgspec.Struct):
    """An upload request to be made."""

    folder: Annotated[str | None, Meta(description="The folder that the files are to lie in.")] = None
    title: Annotated[str | None, TITLE] = None
    expires_at: Annotated[float | None, EXPIRES] = None
    most_files: Annotated[int | None, FILES] = None
    most_bytes: Annotated[int | None, BYTES] = None
    largest: Annotated[int | None, LARGEST] = None


class UploadRequestChange(msgspec.Struct):
    """What is named changes."""

    title: Annotated[str | UnsetType | None, TITLE] = UNSET
    expires_at: Annotated[float | UnsetType | None, EXPIRES] = UNSET
    most_files: Annotated[int | UnsetType | None, FILES] = UNSET
    most_bytes: Annotated[int | UnsetType | None, BYTES] = UNSET
    largest: Annotated[int | UnsetType | None, LARGEST] = UNSET


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


class EventShown(msgspec.Struct, frozen=True):
    """An event: its `id` is the same wherever it is told. What `data` are depends on what `kind` says there."""

    id: str
    type: Annotated[str, Meta(description="What happened, such as `file.created`.")]
    time: float
    owner: Annotated[str, Meta(description="The id of the account whose this is.")]
    data: dict[str, Any]


class WebhookShown(msgspec.Struct, frozen=True):
    """A webhook. `events` are the kinds that it is told of, all if there are none; `owner` is whose, everybody's if it
    is null. `why` says why it is disabled where no administrator did that: `gone` is a receiver that answered 410.
    """

    id: str
    url: str
    events: list[str]
    owner: str | None
    enabled: bool
    why: str | None
    created_at: float


class WebhookMade(msgspec.Struct, frozen=True):
    """A webhook, and its secret, which is told once."""

    id: str
    url: str
    events: list[str]
    owner: str | None
    enabled: bool
    why: str | None
    created_at: float
    secret: str


class Webhooks(msgspec.Struct, frozen=True):
    """Every webhook."""

    webhooks: list[WebhookShown]


class NewWebhook(msgspec.Struct):
    """A webhook to be made."""

    url: Annotated[str | None, Meta(description="Where to, `https://…`.")] = None
    events: Annotated[list[str] | None, Meta(description="The kinds that it is told of; absent or null: all.")] = None
    user: Annotated[str | None, Meta(description="Whose events, by name; absent or null: everybody's.")] = None


class WebhookChange(msgspec.Struct):
    """What is named changes."""

    url: Annotated[str | UnsetType, Meta(description="Where to.")] = UNSET
    events: Annotated[list[str] | UnsetType, Meta(description="The kinds that it is told of; none: all.")] = UNSET
    enabled: Annotated[bool | UnsetType, Meta(description="Whether it is told of anything.")] = UNSET


class Replay(msgspec.Struct):
    """What is told once more."""

    since: Annotated[float | None, Meta(description="From when on, in Unix seconds.")] = None


class Sent(msgspec.Struct, frozen=True):
    """What will be delivered, by the id of its delivery."""

    delivery: str


class DeliveryShown(msgspec.Struct, frozen=True):
    """What came of telling a webhook of one event so far: `delivered`, `failed` (it is tried again) or `given_up`.
    `status` is that of the last answer, null where there was none, and `why` what was wrong.
    """

    id: str
    event: str
    type: str
    subject: str
    since: float
    at: float
    tries: int
    outcome: str
    status: int | None
    why: str | None
    seconds: float
    payload: msgspec.Raw


class Deliveries(msgspec.Struct, frozen=True):
    """A page of the log of deliveries."""

    deliveries: list[DeliveryShown]
    next: str | None


def webhook_shown(webhook: Webhook) -> WebhookShown:
    """A webhook as administrators see it."""
    return WebhookShown(
        webhook.id,
        webhook.url,
        list(webhook.topics),
        webhook.owner,
        webhook.enabled,
        webhook.why or None,
        webhook.created_at,
    )


def webhook_made(webhook: Webhook) -> WebhookMade:
    """The same with its secret."""
    return WebhookMade(**msgspec.structs.asdict(webhook_shown(webhook)), secret=webhook.secret)


def delivery_shown(delivery: Delivery) -> DeliveryShown:
    """An entry of the log."""
    return DeliveryShown(
        delivery.id,
        delivery.event,
        delivery.topic,
        delivery.subject,
        delivery.since,
        delivery.at,
        delivery.tries,
        delivery.outcome,
        delivery.status,
        delivery.why or None,
        delivery.seconds,
        msgspec.Raw(delivery.payload.encode()),
    )


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


def share_shown(share: Share, url: str | None = None) -> ShareShown:
    """A share as its owner sees it."""
    return ShareShown(
        share.id,
        share.item,
        "folder" if share.of_folder else "file",
        share.name,
        url,
        share.created_at,
        share.expires_at,
        share.password is not None,
        share.most,
        share.downloads,
        share.revoked_at,
    )


def upload_request_shown(upload_request: UploadRequest, url: str | None = None) -> UploadRequestShown:
    """An upload request as its owner sees it."""
    return UploadRequestShown(
        upload_request.id,
        upload_request.folder,
        upload_request.title,
        url,
        upload_request.created_at,
        upload_request.expires_at,
        upload_request.most_files,
        upload_request.most_bytes,
        upload_request.largest,
        upload_request.files,
        upload_request.bytes,
        upload_request.revoked_at,
    )


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
