"""The system calls that staging and blobs share."""

import ctypes
import errno
import fcntl
import os
import struct
from io import FileIO
from typing import Self, cast

from penstock.pools import Pool
from penstock.ports import BytesMissing

PIECE = 256 * 1024
"""The size of a read, in bytes: larger pieces do not fit the second-level cache."""

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_PUNCH = 0x01 | 0x02  # FALLOC_FL_KEEP_SIZE | FALLOC_FL_PUNCH_HOLE (linux/falloc.h)
_libc = ctypes.CDLL(None, use_errno=True)
_START_WRITING = 2  # SYNC_FILE_RANGE_WRITE (linux/fs.h)
_libc.fallocate.argtypes = [ctypes.c_int, ctypes.c_int, ctypes.c_int64, ctypes.c_int64]
_libc.sync_file_range.argtypes = [ctypes.c_int, ctypes.c_int64, ctypes.c_int64, ctypes.c_uint]


def is_full(error: OSError) -> bool:
    """Whether the error says that the disk or its quota is full."""
    return error.errno in _FULL


def try_lock(handle: int, start: int = 0, length: int = 0) -> bool:
    """Lock [start, start + length) of an open file for this open file description alone (fcntl_locking(2)); length 0
    extends to the end of the file, even as it grows. False when another holder has any of it. Closing the file releases
    the lock.
    """
    request = struct.pack("hhqqi4x", fcntl.F_WRLCK, os.SEEK_SET, start, length, 0)
    try:
        fcntl.fcntl(handle, fcntl.F_OFD_SETLK, request)
    except OSError as error:
        if error.errno in {errno.EAGAIN, errno.EACCES}:
            return False
        raise
    return True


def preallocate(handle: int, start: int, length: int) -> None:
    """Allocate disk space, so that a full disk is noticed before the bytes arrive."""
    if length:
        os.posix_fallocate(handle, start, length)


def punch(handle: int, start: int, length: int) -> None:
    """Free the disk space of [start, start + length), where the file system supports it."""
    if length:
        _libc.fallocate(handle, _PUNCH, start, length)


def start_writing(handle: int, start: int, length: int) -> None:
    """Start writing [start, start + length) to the disk without waiting, so that the later sync, which reports errors,
    has less to do (sync_file_range(2)). Failures are ignored.
    """
    _libc.sync_file_range(handle, start, length, _START_WRITING)


def write_all(handle: int, piece: bytes, offset: int) -> None:
    """Write the whole piece at this offset."""
    written = os.pwrite(handle, piece, offset)
    while written < len(piece):
        written += os.pwrite(handle, memoryview(piece)[written:], offset + written)


def read_cached(path: str, start: int, stop: int) -> bytes | None:
    """Bytes [start, stop) of a file, if they are all in memory and can be read. Raises `FileNotFoundError`."""
    with FileIO(path) as file:
        try:
            piece = _read_cached(file.fileno(), stop - start, start)
        except OSError:
            return None
    return piece if piece is not None and len(piece) == stop - start else None


class Pieces:
    """Bytes [start, stop) of an open file in pieces: from the page cache at once, from the disk on a thread.

    The file is closed at the end, or with this object: a reader may stop early or never begin.
    """

    def __init__(self, file: FileIO, start: int, stop: int, threads: Pool) -> None:
        self._file = file
        self._start = start
        self._stop = stop
        self._threads = threads

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> bytes:
        if self._start >= self._stop:
            self._file.close()
            raise StopAsyncIteration
        want = min(PIECE, self._stop - self._start)
        piece = _read_cached(self._file.fileno(), want, self._start)
        if piece is None:
            piece = await self._threads.run(os.pread, self._file.fileno(), want, self._start)
        if not piece:
            raise BytesMissing(self._file.name)
        self._start += len(piece)
        return piece

    def __del__(self) -> None:
        self._file.close()


def _read_cached(handle: int, want: int, start: int) -> bytes | None:
    buffer = bytearray(want)
    try:
        got = os.preadv(handle, [buffer], start, os.RWF_NOWAIT)
    except OSError as error:
        if error.errno in {errno.EAGAIN, errno.EOPNOTSUPP}:
            return None
        raise
    del buffer[got:]
    return cast("bytes", buffer)  # the buffer is not written again, and a copy would cost as much as the read


def copy_range(source: int, source_at: int, target: int, target_at: int, length: int) -> None:
    """Copy bytes between files inside the kernel. Raises `BytesMissing` when the source is short."""
    while length:
        copied = os.copy_file_range(source, target, length, source_at, target_at)
        if not copied:
            raise BytesMissing
        source_at, target_at, length = source_at + copied, target_at + copied, length - copied
