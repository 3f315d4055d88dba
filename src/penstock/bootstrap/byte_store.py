"""Where bytes are kept: in the data folder, or in a bucket of an S3 store."""

import os
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

from penstock.adapters.disk import DiskBlobs, DiskStaging, Feeder, Pools, Space
from penstock.pools import Pool
from penstock.ports import Blobs, Staging
from penstock.settings import Settings, SettingsRefused

FOLDER = "the folder"
"""The name of the data folder as a store of bytes."""


@dataclass(frozen=True)
class ByteStore:
    """Staging and blobs, under a `name` that the records know them by. `check` raises `Refusal` when the store cannot
    be used until an operator does something; `close` finishes what is under way.
    """

    name: str
    staging: Staging
    blobs: Blobs
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

    return ByteStore(FOLDER, staging, blobs, check, close)


def _bucket(settings: Settings, folder: Path) -> ByteStore:
    os.environ.setdefault("BOTO_DISABLE_CRT", "true")  # where awscrt is installed, it would be loaded for nothing
    from penstock.adapters.s3 import Bucket, S3Blobs, S3Staging, spool_folder, store_address

    try:
        address = store_address(settings.store)
        bucket = Bucket(address)
    except ValueError as error:
        raise SettingsRefused(f"store: {error}") from None
    threads = Pool(_threads(), "digest")
    staging = S3Staging(bucket, spool_folder(folder), threads)

    async def close() -> None:
        await staging.close()
        await bucket.close()
        threads.close()

    return ByteStore(
        f"s3://{address.bucket}", staging, S3Blobs(bucket, threads, offers=settings.store_redirect), bucket.check, close
    )


def _threads() -> int:
    return max(2, os.cpu_count() or 1)
