"""The published shapes of `metaid`."""

from collections.abc import Sequence
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, UnsetType

from penstock.dialects.metaid.words import UNDER_WAY, worded
from penstock.http.routing.answers import rfc3339
from penstock.model.publication import Publication, Stage


class Envelope(msgspec.Struct, kw_only=True):
    """Every answer: `code` 0 on success (metaid.md, *错误响应格式*)."""

    code: int = 0
    message: str = "success"
    data: Any


class DirectRequest(msgspec.Struct):
    """What a client says beside `content`, which is taken out of the body as it streams in."""

    metaId: Annotated[str | None, Meta(description="The SHA-256 of the address, in lowercase hexadecimal.")] = None
    address: Annotated[str | None, Meta(description="Who is to own the file: an address of the chain.")] = None
    fileName: Annotated[str | None, Meta(description="What the file is called.")] = None
    content: Annotated[str | None, Meta(description="The file, in base64.")] = None
    path: Annotated[str | None, Meta(description="`/file` by default; `@<pinId>` for modify and revoke.")] = None
    operation: Annotated[str | None, Meta(description="create (the default), modify or revoke.")] = None
    contentType: Annotated[str | None, Meta(description="`type/subtype;binary`, or a text type.")] = None
    feeRate: Annotated[int | None, Meta(description="Satoshi per byte, 1 by default.")] = None


class ChunkedRequest(DirectRequest):
    """As a direct upload, with the chain to publish on."""

    chain: Annotated[str | None, Meta(description="mvc, which is the default.")] = None


class RetryRequest(msgspec.Struct):
    """What a client may say when it asks for a failed task again."""

    feeRate: Annotated[int | None, Meta(description="Satoshi per byte of what is built anew.")] = None


class UploadMethods(msgspec.Struct):
    """Which call takes files of which size."""

    direct: str = "≤5MB"
    chunked: str = ">5MB"


class Config(msgspec.Struct):
    """What this service takes; sizes in bytes."""

    maxFileSize: int
    swaggerBaseUrl: str
    uploadMethods: UploadMethods


class Direct(msgspec.Struct):
    """A file that is on the chain."""

    txId: str
    pinId: str
    status: str = "success"


class Created(msgspec.Struct):
    """A task that was begun."""

    taskId: str
    status: str = "created"
    message: str = "Task created successfully"


class Task(msgspec.Struct):
    """How a task stands. What is not known yet is left out."""

    taskId: str
    status: str
    progress: int
    stage: str
    message: str
    createdAt: str
    indexTxId: str | UnsetType = UNSET
    chunkTxIds: list[str] | UnsetType = UNSET
    updatedAt: str | UnsetType = UNSET
    completedAt: str | UnsetType = UNSET
    failedAt: str | UnsetType = UNSET


class TaskListed(msgspec.Struct):
    """A task in a list."""

    taskId: str
    fileName: str
    status: str
    progress: int
    createdAt: str
    indexTxId: str | UnsetType = UNSET
    completedAt: str | UnsetType = UNSET


class Tasks(msgspec.Struct):
    """A page of tasks, newest first."""

    tasks: list[TaskListed]
    hasMore: bool
    nextCursor: int


def task_of(publication: Publication, chunks: Sequence[str]) -> Task:
    """A task; `chunks` are the ids of its chunks' transactions."""
    task = Task(
        publication.id,
        status_of(publication),
        publication.progress,
        stage_of(publication),
        worded(publication.message),
        rfc3339(publication.created_at),
    )
    if publication.completed_at is not None:
        task.message = "Upload completed successfully"
        task.indexTxId, task.chunkTxIds = publication.result or "", list(chunks)
        task.completedAt = rfc3339(publication.completed_at)
    elif publication.failed_at is not None:
        task.failedAt = rfc3339(publication.failed_at)
    else:
        task.message = task.message or UNDER_WAY[Stage(task.stage)]
        task.updatedAt = rfc3339(publication.updated_at)
    return task


def listed(publication: Publication) -> TaskListed:
    """A task in the shape of a list."""
    entry = TaskListed(
        publication.id,
        publication.order.name,
        status_of(publication),
        publication.progress,
        rfc3339(publication.created_at),
    )
    if publication.completed_at is not None:
        entry.indexTxId, entry.completedAt = publication.result or "", rfc3339(publication.completed_at)
    return entry


def status_of(publication: Publication) -> str:
    """created, processing, success or failed."""
    if publication.completed_at is not None:
        return "success"
    if publication.failed_at is not None:
        return "failed"
    return "processing" if publication.message or publication.stage is not Stage.CREATED else "created"


def stage_of(publication: Publication) -> Stage:
    """The current or failed step (metaid.md: *当前处理阶段*); in the model, a stage means "done"."""
    return Stage.CREATED if status_of(publication) == "created" else publication.next_stage
