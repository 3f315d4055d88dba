"""The data folder itself: its version stamp, its lock, its modes."""

import fcntl
import os
import re
import time
from collections.abc import Callable
from contextlib import suppress
from functools import lru_cache
from pathlib import Path
from typing import Self
from uuid import uuid4

from penstock.model.faults import Refusal

FORMAT = 1
"""The version of the layout on disk that this code reads and writes."""

NETWORK_FILE_SYSTEMS = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "9p", "afs", "ceph", "fuse.sshfs", "fuse.glusterfs", "lustre", "ncpfs"}
)


OLD_DRAFT = 3600.0
"""The age, in seconds, from which a draft is abandoned."""

_DRAFT = re.compile(r"\.[a-z.]+\.[0-9a-f]{32}|\.probe-[0-9a-f]{32}")


class FolderRefused(Refusal):
    """The folder cannot be used; the text says why and what to do."""


class Folder:
    """A data folder, locked while this object is open.

    Servers and commands share the lock; a migration and a copy hold it exclusively.
    """

    def __init__(self, path: Path, *, alone: bool = False, make: bool = True) -> None:
        """Open the folder; with `make` create it if missing. Raises `FolderRefused`."""
        self.path = path
        if not make and not path.is_file() and not (path / "format").is_file():
            raise FolderRefused(f"There is no store in {path}. `penstock serve --data {path}` makes one.")
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_network(path)
        self._lock = os.open(path / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._lock, (fcntl.LOCK_EX if alone else fcntl.LOCK_SH) | fcntl.LOCK_NB)
            self._check_stamp()
            remove_drafts(path)
        except BlockingIOError:
            os.close(self._lock)
            other = "A server or another command is" if alone else "A migration or a copy is"
            raise FolderRefused(f"{other} using {path}. Try again when it has finished.") from None
        except BaseException:
            os.close(self._lock)
            raise

    @property
    def database(self) -> Path:
        """The default path of the database."""
        return self.path / "penstock.db"

    def close(self) -> None:
        """Release the lock."""
        os.close(self._lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _check_stamp(self) -> None:
        stamp = self.path / "format"
        try:
            stored = int(stamp.read_text().strip())
        except FileNotFoundError:
            write_durably(stamp, f"{FORMAT}\n".encode())
            return
        except ValueError:
            raise FolderRefused(f"{stamp} does not hold a version number; is {self.path} a Penstock folder?") from None
        if stored > FORMAT:
            raise FolderRefused(
                f"{self.path} has storage format {stored}; this Penstock knows {FORMAT}. Use a newer one."
            )


def write_durably(path: Path, content: bytes) -> None:
    """Write `content` to `path`, atomically and surviving power loss."""
    _draft(path, content).rename(path)
    sync_folder(path.parent)


def move_durably(draft: Path, path: Path) -> None:
    """Rename `draft` to `path`, atomically and surviving power loss."""
    with draft.open("rb") as file:
        os.fsync(file.fileno())
    draft.rename(path)
    sync_folder(path.parent)


def write_once(path: Path, content: bytes) -> None:
    """As `write_durably`, but of several processes one succeeds and the others raise `FileExistsError`."""
    draft = _draft(path, content)
    try:
        os.link(draft, path)
        sync_folder(path.parent)
    finally:
        draft.unlink()


def draft_of(path: Path) -> Path:
    """The name under which `path` is written first; old ones in the data folder go when it is opened."""
    return path.with_name(f".{path.name}.{uuid4().hex}")


def _draft(path: Path, content: bytes) -> Path:
    draft = draft_of(path)
    try:
        with open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    return draft


def remove_drafts(folder: Path) -> None:
    """Remove drafts that a crash left behind: none is in use for an hour."""
    for path in folder.iterdir():
        if _DRAFT.fullmatch(path.name):
            with suppress(FileNotFoundError):
                if path.stat().st_mtime < time.time() - OLD_DRAFT:
                    path.unlink()


class SyncFailed(OSError):
    """The sync itself failed: it is unknown which bytes are on the disk, and a second sync would wrongly succeed
    (fsync(2), *Notes*). Failing to open a file for a sync is an ordinary error.
    """


def synced(sync: Callable[[int], None], handle: int) -> None:
    """Run this sync, `os.fsync` or `os.fdatasync`. Raises `SyncFailed`."""
    try:
        sync(handle)
    except OSError as error:
        raise SyncFailed(error.errno, error.strerror) from error


def sync_folder(path: Path | str) -> None:
    """Make the names in a folder durable. Raises `SyncFailed`."""
    handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        synced(os.fsync, handle)
    finally:
        os.close(handle)


def make_folders(path: Path) -> None:
    """Create `path` and its missing parents, each accessible to the owner alone."""
    if not path.is_dir():
        make_folders(path.parent)
        path.mkdir(mode=0o700, exist_ok=True)


class DurableNames:
    """Makes the names of files below `top` durable. Each process syncs the folders in between once for itself: the
    process that created one may not have synced it yet, or may have died before.
    """

    def __init__(self, top: Path) -> None:
        self._top = top
        self._once = lru_cache(1 << 16)(self._sync_above)

    def sync(self, path: Path) -> None:
        """Make the name of this file durable, and of every folder above it up to `top`."""
        sync_folder(path.parent)
        self._once(path.parent)

    def _sync_above(self, folder: Path) -> None:
        if folder != self._top:
            sync_folder(folder.parent)
            self._once(folder.parent)


def _refuse_network(path: Path) -> None:
    """SQLite's locks and shared memory do not work across a network (sqlite.org/wal.html)."""
    kind = file_system_of(path.resolve(), Path("/proc/self/mountinfo").read_text(errors="surrogateescape"))
    if kind in NETWORK_FILE_SYSTEMS:
        raise FolderRefused(f"{path} lies on a network file system ({kind}); Penstock's folder needs a local disk.")


def file_system_of(path: Path, mountinfo: str) -> str:
    """The type of the file system that holds `path`, read from the text of proc_pid_mountinfo(5)."""
    longest, kind = "", "unknown"
    for line in mountinfo.splitlines():
        before, _, after = line.partition(" - ")
        mounted = _unescaped(before.split()[4])
        if len(mounted) >= len(longest) and path.is_relative_to(mounted):
            longest, kind = mounted, after.split()[0]
    return kind


def _unescaped(name: str) -> str:
    """A name with its octal escapes (`\\040` for a space) undone; other bytes stand for themselves."""
    return os.fsdecode(re.sub(rb"\\([0-7]{3})", lambda octal: bytes([int(octal[1], 8)]), os.fsencode(name)))
