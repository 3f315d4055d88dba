"""Backup of a store to another folder while it serves, and restoration.

The database is copied first and the bytes second, so that every record finds its bytes: bytes are written before their
records, and nothing is collected during a backup.
"""

import asyncio
import fcntl
import json
import os
import shutil
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from penstock.adapters.disk.copies import bring
from penstock.adapters.disk.folder import FORMAT, Folder, draft_of, sync_folder, write_durably
from penstock.adapters.sql.backup import SqlBackups, sound_blobs
from penstock.adapters.sql.database import SqliteDatabase
from penstock.bootstrap.store import database_path, refuse_missing
from penstock.model.faults import Refusal
from penstock.model.file import Blob
from penstock.ports import BytesMissing
from penstock.settings import Settings

HOLD, RENEWED = 120.0, 20.0
"""For how many seconds a dead backup still prevents collection, and how often a live one renews that."""

STATE, DATABASE = "backup.json", "penstock.db"
BESIDE = ("keys.json", "wallet.json")
"""The keys that are backed up beside the database and the blobs: without them signed URLs and the wallet's coins are
lost.
"""

Heard = Callable[[int, int], None]
"""Called with the number of bytes done, and of all bytes."""


class BackupRefused(Refusal):
    """A folder is no backup, or cannot become one; the text says why and what to do."""


@dataclass(slots=True)
class Copied:
    """The result of a backup or a restoration."""

    blobs: int = 0
    new: int = 0
    bytes: int = 0
    removed: int = 0
    wrong: list[str] = field(default_factory=list)
    """Blobs that are missing, or whose bytes differ from their record."""


async def back_up(settings: Settings, target: Path, progress: Heard) -> Copied:
    """Bring `target` up to date with the store. Whatever was a file before is in it, and verified; a server may run
    meanwhile. An interrupted run leaves the backup before it as it was, and the next one goes on. Raises
    `BackupRefused`, `FolderRefused`.
    """
    if settings.store:
        raise BackupRefused(f"The blobs lie in {settings.store}: copy the bucket by its own means, after the database.")
    with Folder(settings.folder, make=False) as folder:
        _refuse_inside(settings.folder, target)
        with _locked(target):
            path = database_path(settings, folder)
            refuse_missing(path, folder, make=False)
            database = SqliteDatabase(path, durable=settings.durable)
            try:
                async with _held(SqlBackups(database, path)) as records:
                    return await asyncio.to_thread(_back_up, records, folder.path, target, progress)
            finally:
                database.close()


def restore(source: Path, target: Path, progress: Heard) -> Copied:
    """Make a store of a backup, in a place where nothing is yet; every blob is verified. An interrupted run leaves
    nothing that looks like a store. Raises `BackupRefused`.
    """
    state = _state(source)
    if state is None or not state.get("complete"):
        raise BackupRefused(f"There is no whole backup in {source}.")
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise BackupRefused(f"{target} is not empty: a backup is restored into a new folder.")
    draft = draft_of(target)
    draft.mkdir(mode=0o700, parents=True)
    try:
        copied = _bring_blobs(source, draft, list(sound_blobs(source / DATABASE)), progress, link=False)
        for name in (*BESIDE, DATABASE):
            with suppress(FileNotFoundError):
                bring(source / name, draft / name, link=False)
        write_durably(draft / "format", f"{FORMAT}\n".encode())
        with suppress(FileNotFoundError):
            target.rmdir()
        draft.rename(target)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    return copied


def _back_up(records: SqlBackups, store: Path, target: Path, progress: Heard) -> Copied:
    # The backup before this one stays good until the last moment: its database is replaced by one rename, once every
    # blob that the new one names is there and verified, and only behind that go the blobs that only the old one names.
    # `complete` may therefore stay as it is meanwhile.
    if _state(target) is None:
        _write_state(target, complete=False)
    draft = draft_of(target / DATABASE)
    try:
        records.snapshot(draft)
        for name in BESIDE:
            with suppress(FileNotFoundError):
                write_durably(target / name, (store / name).read_bytes())
        blobs = list(sound_blobs(draft))
        copied = _bring_blobs(store, target, blobs, progress, link=True)
        draft.rename(target / DATABASE)
        sync_folder(target)  # before blobs go that only the database before this one knows
    finally:
        draft.unlink(missing_ok=True)
    copied.removed = _remove_others(target / "blobs", {blob.location for blob in blobs})
    _write_state(target, complete=not copied.wrong)
    return copied


def _bring_blobs(source: Path, target: Path, blobs: list[Blob], progress: Heard, *, link: bool) -> Copied:
    copied, total = Copied(blobs=len(blobs)), sum(blob.size for blob in blobs)
    (target / "blobs").mkdir(mode=0o700, exist_ok=True)
    done = 0
    progress(done, total)
    for blob in blobs:
        there = target / "blobs" / blob.location
        if not _is_whole(there, blob.size):
            there.unlink(missing_ok=True)
            sound = False
            with suppress(FileNotFoundError, BytesMissing):
                sound = bring(source / "blobs" / blob.location, there, link=link, sha256=blob.sha256)
            if sound:
                copied.new += 1
                copied.bytes += blob.size
            else:
                copied.wrong.append(blob.location)
        done += blob.size
        progress(done, total)
    return copied


def _is_whole(path: Path, size: int) -> bool:
    """Whether the blob was copied before. It was verified before it got its name, and is immutable."""
    try:
        return path.stat().st_size == size
    except FileNotFoundError:
        return False


def _remove_others(root: Path, kept: set[str]) -> int:
    """Remove blobs that are no longer in the store, once the backup's database does not list them."""
    others = [path for path in root.glob("*/*/*") if str(path.relative_to(root)) not in kept]
    for path in others:
        path.unlink()
    return len(others)


@asynccontextmanager
async def _held(records: SqlBackups) -> AsyncIterator[SqlBackups]:
    """Prevent collection while the context lasts."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(RENEWED)
            await records.hold(HOLD)

    await records.hold(HOLD)
    renewing = asyncio.create_task(renew())
    try:
        yield records
    finally:
        renewing.cancel()
        await records.release()


def _refuse_inside(store: Path, target: Path) -> None:
    if target.resolve().is_relative_to(store.resolve()) or store.resolve().is_relative_to(target.resolve()):
        raise BackupRefused(f"{target} and the store {store} lie in each other: a backup is made elsewhere.")


@contextmanager
def _locked(target: Path) -> Iterator[None]:
    """The folder of a backup, held by one command at a time. Raises `BackupRefused`."""
    if target.exists() and (not target.is_dir() or (any(target.iterdir()) and _state(target) is None)):
        raise BackupRefused(f"{target} is not empty, and no backup of Penstock.")
    target.mkdir(mode=0o700, parents=True, exist_ok=True)
    handle = os.open(target, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise BackupRefused(f"Another backup into {target} is under way.") from None
    finally:
        os.close(handle)


def _state(target: Path) -> dict[str, object] | None:
    try:
        state = json.loads((target / STATE).read_text())
    except (FileNotFoundError, ValueError):
        return None
    return state if isinstance(state, dict) and state.get("format") == FORMAT else None


def _write_state(target: Path, *, complete: bool) -> None:
    state = {"format": FORMAT, "complete": complete, "made": int(time.time())}
    write_durably(target / STATE, json.dumps(state).encode())
