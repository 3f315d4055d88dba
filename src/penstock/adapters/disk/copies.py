"""Durable copies of a store's files: hard links where the file system supports them, else copies."""

import errno
import hashlib
import os
from pathlib import Path

from penstock.adapters.disk.files import copy_range
from penstock.adapters.disk.folder import draft_of, make_folders, sync_folder

_CANNOT_LINK = {errno.EXDEV, errno.EPERM, errno.EMLINK, errno.EOPNOTSUPP}


def bring(source: Path, target: Path, *, link: bool, sha256: str | None = None) -> bool:
    """Make `target`, which must not be there, have the bytes of `source`, whole or not at all, surviving power loss.
    False, and no `target`, when the bytes are not those of `sha256` (hex). Raises `FileNotFoundError` without a source.

    The bytes are verified under a draft's name: a name that is there says that what it names was verified, so that a
    run which was killed can be gone on with by looking at names alone.
    """
    make_folders(target.parent)
    draft = draft_of(target)
    try:
        if not (link and _linked(source, draft)):
            _copy(source, draft)
        if sha256 is not None and sha256_of(draft) != sha256:
            return False
        draft.rename(target)
    finally:
        draft.unlink(missing_ok=True)
    sync_folder(target.parent)
    return True


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _linked(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError as error:
        if error.errno not in _CANNOT_LINK:
            raise
        return False
    return True


def _copy(source: Path, target: Path) -> None:
    with source.open("rb") as read, open(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as copy:
        whole = os.fstat(read.fileno())
        copy_range(read.fileno(), 0, copy.fileno(), 0, whole.st_size)
        os.fchmod(copy.fileno(), whole.st_mode & 0o777)
        os.fsync(copy.fileno())
