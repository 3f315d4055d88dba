"""Signing keys in the data folder, shared by every process on it."""

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from penstock.adapters.disk.folder import write_durably, write_once
from penstock.model.signature import Key, keys_as_json, keys_of_json, rotated


class DiskKeys:
    """The port `Keys` over `<folder>/keys.json`. A rotation by another process takes effect at the next use."""

    def __init__(self, folder: Path) -> None:
        """Create the first key if there is none. Existing keys are not rewritten: the disk may be full."""
        self._path = folder / "keys.json"
        self._seen: tuple[int, int] | None = None
        self._keys: Sequence[Key] = ()
        with suppress(FileExistsError):
            if not self._path.exists():
                write_once(self._path, keys_as_json(rotated((), keep=False)))

    def all(self) -> Sequence[Key]:
        """See `Keys.all`."""
        status = self._path.stat()
        if (stamp := (status.st_mtime_ns, status.st_ino)) != self._seen:
            self._keys = keys_of_json(self._path.read_bytes())
            self._seen = stamp
        return self._keys

    async def load(self) -> None:
        """See `Keys.load`. They are read when they are used."""

    async def follow(self) -> None:
        """See `Keys.follow`. There is nothing to wait for."""

    async def rotate(self, *, keep: bool) -> None:
        """See `Keys.rotate`."""
        write_durably(self._path, keys_as_json(rotated(self.all(), keep=keep)))
