"""The shapes of links that others have: shares, and upload requests."""

from typing import Annotated

import msgspec
from msgspec import UNSET, Meta, UnsetType

from penstock.model.share import Share
from penstock.model.upload_request import UploadRequest

EXPIRES = Meta(description="When the link ends, in Unix seconds; null: never.")
PASSWORD = Meta(description="What is asked of those who have the link; null: nothing.")
DOWNLOADS = Meta(description="How many downloads may begin; null: any number.")
TITLE = Meta(description="What those read who have the link; null: nothing.")
FILES = Meta(description="How many files may come; null: any number.")
BYTES = Meta(description="How many bytes may come, all files together; null: any number.")
LARGEST = Meta(description="How many bytes a file may have; null: any number.")


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
