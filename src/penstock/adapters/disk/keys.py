"""Signing keys in the data folder, shared by every process on it."""

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from penstock.adapters.disk.folder import write_durably, write_once
from penstock.model.signature import Key


class DiskKeys:
    """The port `Keys` over `<folder>/keys.json`. A rotation by another process takes effect at the next use."""

    def __init__(self, folder: Path) -> None:
        """Create the first key if there is none. Existing keys are not rewritten: the disk may be full."""
        self._path = folder / "keys.json"
        self._seen: tuple[int, int] | None = None
        self._keys: Sequence[Key] = ()
        with suppress(FileExistsError):
            if not self._path.exists():
                write_once(self._path, _written([_new()]))

    def all(self) -> Sequence[Key]:
        """See `Keys.all`."""
        status = self._path.stat()
        if (stamp := (status.st_mtime_ns, status.st_ino)) != self._seen:
            self._keys = _read(self._path)
            self._seen = stamp
        return self._keys

    def rotate(self, *, keep: bool) -> None:
        """Add a new key in front; without `keep` the others are removed, and their signatures become invalid."""
        write_durably(self._path, _written([_new(), *(_read(self._path) if keep else ())]))


def _new() -> Key:
    return Key(secrets.token_hex(4), secrets.token_bytes(32))


def _written(keys: Sequence[Key]) -> bytes:
    return json.dumps([{"name": key.name, "secret": b64encode(key.secret).decode()} for key in keys]).encode()


def _read(path: Path) -> Sequence[Key]:
    return [Key(entry["name"], b64decode(entry["secret"])) for entry in json.loads(path.read_text())]
