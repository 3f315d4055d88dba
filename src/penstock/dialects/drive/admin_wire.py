"""The shapes of what administrators see, and of usage. Times are Unix seconds, sizes bytes."""

from typing import Annotated

import msgspec
from msgspec import Meta

from penstock.dialects.drive.wire import UploadShown
from penstock.http.routing.services import SettingInForce
from penstock.model.audit import Entry
from penstock.model.job import Job
from penstock.model.sample import Sample
from penstock.model.usage import Amount, Breakdown, DiskState, Stock, Usage

DAY = 86400


class AmountShown(msgspec.Struct, frozen=True):
    """Files, and their bytes."""

    files: int
    bytes: int


class KindShown(msgspec.Struct, frozen=True):
    """Files of one kind: `image`, `video`, `audio`, `text`, `application` or `other`."""

    kind: str
    files: int
    bytes: int


class DayShown(msgspec.Struct, frozen=True):
    """What came on a day that began at `day` (UTC)."""

    day: int
    files: int
    bytes: int


class QuotaShown(msgspec.Struct, frozen=True):
    """How much one may have; null is as much as there is room for."""

    bytes: int | None
    files: int | None
    uploads: int | None


class UsageShown(msgspec.Struct, frozen=True):
    """What counts against a `quota`: what is `stored`, the `trash` too, and the `unfinished` bytes of `uploads`. The
    rest was counted at `counted_at`, at most a minute ago; of the last thirty days `by_day` has those with files.
    """

    stored: AmountShown
    uploads: int
    unfinished: int
    quota: QuotaShown
    trash: AmountShown
    by_kind: list[KindShown]
    by_day: list[DayShown]
    counted_at: float


class DiskShown(msgspec.Struct, frozen=True):
    """The disk: below `min_free` no part is taken."""

    free: int
    min_free: int
    total: int


class StorageShown(msgspec.Struct, frozen=True):
    """What is stored: equal bytes once, in `blobs`. `disk` is null where bytes lie in an object store."""

    blobs: int
    bytes: int
    files: int
    users: int
    uploads: int
    unfinished: int
    disk: DiskShown | None


class OwnedUpload(msgspec.Struct, frozen=True):
    """An upload in flight, and whose it is."""

    owner: str
    upload: UploadShown


class OwnedUploads(msgspec.Struct, frozen=True):
    """A page of uploads."""

    uploads: list[OwnedUpload]
    next: str | None


class ActShown(msgspec.Struct, frozen=True):
    """A sensitive act."""

    at: float
    who: str
    origin: str
    act: str
    about: str
    outcome: str


class Acts(msgspec.Struct, frozen=True):
    """A page of acts, newest first."""

    acts: list[ActShown]
    next: str | None


class SettingShown(msgspec.Struct, frozen=True):
    """A setting. `source` is the flag, the variable or the file it comes from, or `default`. Secrets are hidden."""

    name: str
    variable: str
    value: str
    source: str
    about: str


class SettingsShown(msgspec.Struct, frozen=True):
    """All of them."""

    settings: list[SettingShown]


class NewJob(msgspec.Struct):
    """A job to be started."""

    kind: Annotated[str | None, Meta(description="`fsck`: every byte is read again; `gc`: what is due is removed.")] = (
        None
    )
    repair: Annotated[bool, Meta(description="`fsck`: what is wrong is quarantined, or asked for again.")] = False


class JobShown(msgspec.Struct, frozen=True):
    """A job: `running`, `done`, `failed`, `cancelled`, or `lost` with its server. In its `step` so much is `done`, of
    `total` (0: unknown); `findings` are the first thousand, in words.
    """

    id: str
    kind: str
    repair: bool
    state: str
    started_by: str
    started_at: float
    ended_at: float | None
    step: str
    done: int
    total: int
    counts: dict[str, int]
    findings: list[str]


class JobsShown(msgspec.Struct, frozen=True):
    """The newest hundred, the newest first."""

    jobs: list[JobShown]


class Point(msgspec.Struct, frozen=True):
    """What all servers did in the span that began at `at`: `failures` are answers of 5xx, `seconds` what all answers
    took together. `free` is the least free space of a disk, `stored` what all users had.
    """

    at: int
    requests: int
    failures: int
    bytes_in: int
    bytes_out: int
    parts: int
    seconds: float
    free: int | None
    stored: int


class Series(msgspec.Struct, frozen=True):
    """The last day in spans of `step` seconds, the oldest first; none where no server ran."""

    step: int
    points: list[Point]


def job_shown(job: Job) -> JobShown:
    """A job."""
    progress = job.progress
    return JobShown(
        job.id,
        job.kind,
        job.repair,
        job.state,
        job.started_by,
        job.started_at,
        job.ended_at,
        progress.step,
        progress.done,
        progress.total,
        dict(progress.counts or {}),
        list(progress.findings),
    )


def point_of(sample: Sample) -> Point:
    """A span of the series."""
    work = sample.work
    return Point(
        sample.at,
        work.requests,
        work.failures,
        work.came,
        work.went,
        work.parts,
        round(work.seconds, 3),
        sample.free,
        sample.stored,
    )


def usage_shown(usage: Usage, breakdown: Breakdown) -> UsageShown:
    """What somebody has."""
    quota = usage.quota
    return UsageShown(
        _amount(usage.stored),
        usage.uploads,
        usage.unfinished,
        QuotaShown(quota.bytes, quota.files, quota.uploads),
        _amount(breakdown.trash),
        [KindShown(kind, amount.files, amount.bytes) for kind, amount in breakdown.by_kind],
        [DayShown(day * DAY, amount.files, amount.bytes) for day, amount in breakdown.by_day],
        breakdown.counted_at,
    )


def storage_shown(stock: Stock, disk: DiskState | None) -> StorageShown:
    """What the whole store holds."""
    return StorageShown(
        stock.blobs,
        stock.bytes,
        stock.files,
        stock.users,
        stock.uploads,
        stock.unfinished,
        DiskShown(disk.free, disk.min_free, disk.total) if disk is not None else None,
    )


def act_shown(entry: Entry) -> ActShown:
    """An act."""
    return ActShown(entry.at, entry.actor.name, entry.actor.origin, entry.act, entry.about, entry.outcome)


def setting_shown(setting: SettingInForce) -> SettingShown:
    """A setting."""
    return SettingShown(setting.name, setting.variable, setting.value, setting.source, setting.about)


def _amount(amount: Amount) -> AmountShown:
    return AmountShown(amount.files, amount.bytes)
