"""Durable copies of a store's files: hard links where the file system supports them, else copies."""

import errno
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from uuid import uuid4

from penstock.adapters.disk.files import copy_range
from penstock.adapters.disk.folder import make_folders, sync_folder

_CANNOT_LINK = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP}


def bring(source: Path, target: Path, *, link: bool) -> None:
    """Copy `source` to `target`, atomically and surviving power loss. Raises `FileNotFoundError` without a source."""
    make_folders(target.parent)
    if link:
        try:
            with suppress(FileExistsError):
                os.link(source, target)
            sync_folder(target.parent)
            return
        except OSError as error:
            if error.errno not in _CANNOT_LINK:
                raise
    _copy(source, target)


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _copy(source: Path, target: Path) -> None:
    draft = target.with_name(f".{target.name}.{uuid4().hex}")
    try:
        with source.open("rb") as read, open(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
            whole = os.fstat(read.fileno())
            copy_range(read.fileno(), 0, copy.fileno(), 0, whole.st_size)
            os.fchmod(copy.fileno(), whole.st_mode & 0o777)
            os.fsync(copy.fileno())
        draft.rename(target)
    except BaseException:
        draft.unlink(missing_ok=True)
        raise
    sync_folder(target.parent)
