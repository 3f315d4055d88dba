"""Events: what happened to files, uploads, pictures and publications, as others are told of it (docs/events.md)."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from penstock.model.file import Blob, File
from penstock.model.folder import Folder
from penstock.model.ids import ROOT, FolderId, PrincipalId, Sha256
from penstock.model.publication import Publication
from penstock.model.upload import Upload


class Topic(StrEnum):
    """What may happen."""

    FILE_CREATED = "file.created"
    FILE_CHANGED = "file.changed"
    FILE_TRASHED = "file.trashed"
    FILE_RESTORED = "file.restored"
    FILE_REMOVED = "file.removed"
    FOLDER_CREATED = "folder.created"
    FOLDER_CHANGED = "folder.changed"
    FOLDER_TRASHED = "folder.trashed"
    FOLDER_RESTORED = "folder.restored"
    FOLDER_REMOVED = "folder.removed"
    UPLOAD_CANCELLED = "upload.cancelled"
    UPLOAD_EXPIRED = "upload.expired"
    UPLOAD_REFUSED = "upload.refused"
    PICTURE_MADE = "picture.made"
    PUBLICATION_COMPLETED = "publication.completed"
    PUBLICATION_BURIED = "publication.buried"
    PUBLICATION_FAILED = "publication.failed"
    TEST = "test"


TOPICS: Mapping[Topic, str] = {
    Topic.FILE_CREATED: "a file is there: sent in any dialect, or claimed by its hash",
    Topic.FILE_CHANGED: "a file was renamed, moved, labelled, or given to another owner",
    Topic.FILE_TRASHED: "a file went to the trash: by hand, with its folder, or after `retention`",
    Topic.FILE_RESTORED: "a file came back from the trash",
    Topic.FILE_REMOVED: "a file is gone for good: by hand, after `trash`, or with its owner's account",
    Topic.FOLDER_CREATED: "a folder was made",
    Topic.FOLDER_CHANGED: "a folder was renamed, or moved with all that is in it",
    Topic.FOLDER_TRASHED: "a folder went to the trash; each file and folder in it has an event of its own",
    Topic.FOLDER_RESTORED: "a folder came back from the trash; so has each file and folder in it",
    Topic.FOLDER_REMOVED: "a folder is gone for good",
    Topic.UPLOAD_CANCELLED: "an upload was cancelled",
    Topic.UPLOAD_EXPIRED: "an upload's time ran out, or its only request broke off",
    Topic.UPLOAD_REFUSED: "the scanner or a hook refused an upload that was whole",
    Topic.PICTURE_MADE: "a variant of a picture was made: a thumbnail, a size, a watermark",
    Topic.PUBLICATION_COMPLETED: "a publication is on the chain",
    Topic.PUBLICATION_BURIED: "it is so deep in the chain that it is watched no more",
    Topic.PUBLICATION_FAILED: "a publication failed, or something else on the chain undid it",
    Topic.TEST: "an administrator asked for it, to see whether a webhook is heard",
}
"""Every kind of event, and when it happens."""

Facts = Mapping[str, Any]
"""What an event tells of its subject, as it is encoded in JSON: a file, for instance, as `drive` shows it."""


@dataclass(frozen=True, slots=True)
class News:
    """One event. `number` is its place among all; `id` is its name wherever it is told, `at` when it happened (Unix
    seconds). `data` is the JSON of what it tells of its `subject`, which is an id.
    """

    number: int
    id: str
    topic: str
    owner: PrincipalId
    subject: str
    at: float
    data: str


def file_facts(file: File) -> Facts:
    """A file."""
    blob = file.blob
    return {
        "kind": "file",
        "id": file.id,
        "name": file.name,
        "size": blob.size,
        "type": file.media_type,
        "sha256": blob.sha256,
        "md5": blob.md5,
        "dialect": file.dialect,
        "folder": _or_null(file.folder),
        "labels": list(file.labels),
        "created_at": file.created_at,
        "trashed_at": file.trashed_at,
        "damaged": file.damaged,
    }


def folder_facts(folder: Folder) -> Facts:
    """A folder."""
    return {
        "kind": "folder",
        "id": folder.id,
        "name": folder.name,
        "folder": _or_null(folder.parent),
        "created_at": folder.created_at,
        "trashed_at": folder.trashed_at,
    }


def upload_facts(upload: Upload) -> Facts:
    """An upload."""
    return {
        "kind": "upload",
        "id": upload.id,
        "name": upload.given_name or upload.declared.name,
        "size": upload.declared.size,
        "bytes": upload.bytes,
        "dialect": upload.dialect,
        "folder": upload.folder,
    }


def picture_facts(source: Sha256, file: str | None, recipe: str, made: Blob) -> Facts:
    """A variant of the picture that has these bytes (`source`), as a file of its owner has them."""
    return {
        "kind": "picture",
        "file": file,
        "source": source,
        "recipe": recipe,
        "sha256": made.sha256,
        "size": made.size,
    }


def publication_facts(publication: Publication) -> Facts:
    """A publication."""
    order = publication.order
    return {
        "kind": "publication",
        "id": publication.id,
        "network": order.network,
        "operation": order.operation,
        "path": order.path,
        "name": order.name,
        "file": order.file,
        "sha256": order.blob,
        "size": order.size,
        "state": publication.state,
        "txid": publication.result,
        "cost": publication.cost,
        "message": publication.message,
    }


def _or_null(folder: FolderId) -> str | None:
    return None if folder == ROOT else folder


def told(event: News) -> str:
    """An event as JSON, in the same words wherever it is told. Its `data` is JSON already."""
    facts = {"id": event.id, "type": event.topic, "time": event.at, "owner": event.owner}
    head = json.dumps(facts, separators=(",", ":"))
    return f'{head[:-1]},"data":{event.data}}}'
