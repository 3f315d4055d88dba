"""Free disk space, and a reserve of it for removals on a full disk."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from penstock.adapters.disk.files import is_full
from penstock.model.faults import StorageFailed, StorageFull
from penstock.model.usage import DiskState

OPENING = 1 << 20
"""The bytes, generously, that SQLite's log and shared memory need when a store is opened."""


class DiskReserve:
    """A file that reserves space on the database's disk.

    On a full disk most of it is released for removals, since a removal is recorded first, and the last `OPENING` bytes
    when a store is opened. Until all of it is reserved again nothing else may use space.
    """

    def __init__(self, path: Path, size: int) -> None:
        """`size` bytes, 0 for none; no more than an eighth of the disk."""
        self._path = path
        self._opened_up = False
        disk = os.statvfs(path.parent)
        self._size = min(size, disk.f_blocks * disk.f_frsize // 8)

    def spent(self) -> bool:
        """Whether some of it was released and cannot be reserved again yet."""
        return bool(self._size) and self._held() < self._size and not self.keep()

    def keep(self) -> bool:
        """Reserve all of it, or at least what an opening needs, if there is space; returns whether all is reserved."""
        for size in (self._size, min(OPENING, self._size)):
            missing = size - self._held()
            if missing <= 0 or (_free(self._path.parent) >= missing + OPENING and self._take(size)):
                return size == self._size
        return False

    def give_up(self) -> bool:
        """Release space for removals; false when nothing is left to release."""
        if self._held() <= OPENING:
            return False
        os.truncate(self._path, OPENING)
        return True

    def open_up(self) -> None:
        """Release space for an opening, if there is none."""
        if _free(self._path.parent) < OPENING:
            self._path.unlink(missing_ok=True)
            self._opened_up = True

    def close(self) -> None:
        """Reserve the opening's space again: the store is closed."""
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
        except OSError:  # another process was faster: the file must not exceed the reservation
            with suppress(OSError):
                os.ftruncate(handle, 0)
            return False
        finally:
            os.close(handle)
        return True


class Space:
    """The free space on the data folder's disk."""

    def __init__(self, folder: Path, min_free: int = 0) -> None:
        """Below `min_free` bytes of free space no part is accepted."""
        self._folder = folder
        self._min_free = min_free

    def check(self, expected: int = 0) -> None:
        """Raise `StorageFull` when this many bytes more would leave less than `min_free`."""
        if _free(self._folder) - expected < self._min_free:
            raise self.full()

    def state(self) -> DiskState:
        """See `Disk.state`."""
        disk = os.statvfs(self._folder)
        return DiskState(_free(self._folder), self._min_free, disk.f_blocks * disk.f_frsize)

    def full(self) -> StorageFull:
        """`StorageFull` with the present numbers."""
        return StorageFull(_free(self._folder), self._min_free)

    @contextmanager
    def as_faults(self, *passing: type[OSError], absent: type[Exception] | None = None) -> Iterator[None]:
        """Translate the operating system's errors into faults, except those `passing`; a missing file becomes
        `absent`.
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
