"""Where bytes are kept: in the data folder, or in a bucket of an S3 store."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from penstock.adapters.disk import DiskBlobs, DiskStaging, Feeder, Pools, Space, blob_location, upload_of
from penstock.model.ids import Location, UploadId
from penstock.pools import Pool
from penstock.ports import Blobs, Staging
from penstock.settings import Settings, SettingsRefused

FOLDER = "the folder"
"""The name of the data folder as a store of bytes."""


@dataclass(frozen=True)
class ByteStore:
    """Staging and blobs, under a `name` that the records know them by. `location_of` says where an upload's blob comes
    to lie, and `upload_of` whose blob lies there. `check` raises `Refusal` when the store cannot be used until an
    operator does something; `close` finishes what is under way.
    """

    name: str
    staging: Staging
    blobs: Blobs
    location_of: Callable[[UploadId], Location]
    upload_of: Callable[[Location], UploadId]
    check: Callable[[], Awaitable[None]]
    close: Callable[[], Awaitable[None]]


def open_byte_store(settings: Settings, folder: Path, space: Space) -> ByteStore:
    """The store of the settings. Raises `SettingsRefused`."""
    return _bucket(settings, folder) if settings.store else _folder(settings, folder, space)


def _folder(settings: Settings, folder: Path, space: Space) -> ByteStore:
    feeder, pools = Feeder(_threads()), Pools()
    blobs = DiskBlobs(folder, feeder, space, pools, durable=settings.durable)
    staging = DiskStaging(folder, blobs, feeder, space, pools, durable=settings.durable)

    async def check() -> None:
        pass

    async def close() -> None:
        feeder.close()
        pools.close()

    return ByteStore(FOLDER, staging, blobs, blob_location, upload_of, check, close)


def _bucket(settings: Settings, folder: Path) -> ByteStore:
    os.environ.setdefault("BOTO_DISABLE_CRT", "true")  # where awscrt is installed, it would be loaded for nothing
    from penstock.adapters import s3

    try:
        address = s3.store_address(settings.store)
        bucket = s3.Bucket(address)
    except ValueError as error:
        raise SettingsRefused(f"store: {error}") from None
    threads = Pool(_threads(), "digest")
    staging = s3.S3Staging(bucket, s3.spool_folder(folder), threads)
    blobs = s3.S3Blobs(bucket, threads, offers=settings.store_redirect)

    async def close() -> None:
        await staging.close()
        await bucket.close()
        threads.close()

    name = f"s3://{address.bucket}"
    return ByteStore(name, staging, blobs, s3.blob_location, s3.upload_of, bucket.check, close)


def _threads() -> int:
    return max(2, os.cpu_count() or 1)
