"""How much room the disk has, and a reserve of it, for what makes room when there is none left."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from penstock.adapters.disk.files import is_full
from penstock.model.faults import StorageFailed, StorageFull

OPENING = 1 << 20
"""What SQLite's log and its shared memory need, in bytes and generously, when a store is opened."""


class Reserve:
    """A file that holds nothing but room on the disk of the database.

    On a full disk most of it is given up when something is removed, since a removal is written down first, and the last
    `OPENING` bytes when a store is opened. Until all of it is there again nothing else may take room.
    """

    def __init__(self, path: Path, size: int) -> None:
        """`size` bytes, 0 for none; no more than an eighth of the disk."""
        self._path = path
        self._opened_up = False
        disk = os.statvfs(path.parent)
        self._size = min(size, disk.f_blocks * disk.f_frsize // 8)

    def spent(self) -> bool:
        """Whether some of it was given up and cannot be had again yet."""
        return bool(self._size) and self._held() < self._size and not self.keep()

    def keep(self) -> bool:
        """Take all of it, or at least what an opening needs, if there is room; returns whether all is there."""
        for size in (self._size, min(OPENING, self._size)):
            missing = size - self._held()
            if missing <= 0 or (_free(self._path.parent) >= missing + OPENING and self._take(size)):
                return size == self._size
        return False

    def give_up(self) -> bool:
        """Make room for what makes room; false when there is nothing to give."""
        if self._held() <= OPENING:
            return False
        os.truncate(self._path, OPENING)
        return True

    def open_up(self) -> None:
        """Make room for an opening, if there is none."""
        if _free(self._path.parent) < OPENING:
            self._path.unlink(missing_ok=True)
            self._opened_up = True

    def close(self) -> None:
        """The store is closed: what its opening took is free again."""
        if self._opened_up:
            self.keep()

    def _held(self) -> int:
        try:
            return self._path.stat().st_size
        except FileNotFoundError:
            return 0

    def _take(self, size: int) -> bool:
        try:
            handle = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError:
            return False
        try:
            os.posix_fallocate(handle, 0, size)
        except OSError:  # somebody else was faster: what is there must be no more than what is held
            with suppress(OSError):
                os.ftruncate(handle, 0)
            return False
        finally:
            os.close(handle)
        return True


class Space:
    """The room on the disk of the data folder."""

    def __init__(self, folder: Path, min_free: int = 0) -> None:
        """Below `min_free` bytes of free space no part is taken."""
        self._folder = folder
        self._min_free = min_free

    def check(self, expected: int = 0) -> None:
        """Raise `StorageFull` when so many bytes more would leave less than is to stay free."""
        if _free(self._folder) - expected < self._min_free:
            raise self.full()

    def full(self) -> StorageFull:
        """The fault, with its numbers."""
        return StorageFull(_free(self._folder), self._min_free)

    @contextmanager
    def as_faults(self, *passing: type[OSError], absent: type[Exception] | None = None) -> Iterator[None]:
        """Turn the operating system's errors into the engine's words, those `passing` aside: a file that is not there
        is `absent`.
        """
        try:
            yield
        except passing:
            raise
        except OSError as error:
            if absent is not None and isinstance(error, FileNotFoundError):
                raise absent(str(error)) from error
            raise (self.full() if is_full(error) else StorageFailed()) from error


def _free(folder: Path) -> int:
    disk = os.statvfs(folder)
    return disk.f_bavail * disk.f_frsize
