"""The shapes of what administrators see, and of usage. Times are Unix seconds, sizes bytes."""

import msgspec

from penstock.dialects.drive.wire import UploadShown
from penstock.engine.administration import DiskState
from penstock.http.routing.services import SettingInForce
from penstock.model.audit import Entry
from penstock.model.usage import Amount, Breakdown, Stock, Usage

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
