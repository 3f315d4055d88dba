"""Zips of many files: what is in one is decided when it is made, and does not change afterwards."""

from dataclasses import dataclass
from enum import StrEnum

from penstock.model.ids import FileId, PrincipalId, Sha256
from penstock.model.zip_format import end

MAX_ENTRIES = 100_000
"""How many files and folders one zip has at most."""

MAX_PATH, MAX_PATHS = 4096, 16 << 20
"""How many bytes the path of a file in a zip may have, and all paths of one together. Longer ones are left out."""

KEPT = 86400.0
"""For how many seconds a zip can be downloaded."""

MAX_ZIPS, MAX_HELD = 100, 500_000
"""How many zips an owner has at most, and how many entries in all of them: the oldest make way for a new one."""

MANIFEST = "missing files.txt"
"""What the file is called that names what could not be put into a zip."""

MANIFEST_LIMIT = 1 << 16
"""How long it is at most, in bytes."""


class ZipState(StrEnum):
    """What is done of a zip, in this order: its entries are listed, CRCs computed that nobody knows, positions given. A
    zip of too many is none.
    """

    LISTING = "listing"
    CHECKING = "checking"
    PLACING = "placing"
    READY = "ready"
    TOO_MANY = "too many"


@dataclass(frozen=True, slots=True)
class Zip:
    """A zip of an owner's. Sizes are in bytes, times Unix seconds.

    Of `unchecked` bytes the CRC was unknown; of `checked` of them it is known by now. `missing` counts the files that
    could not be put into it, which `manifest` names. Its records begin at `directory`, and are `length` bytes.
    """

    id: str
    owner: PrincipalId
    name: str
    state: ZipState
    made_at: float
    expires_at: float
    entries: int
    unchecked: int
    checked: int
    missing: int
    manifest: str | None
    directory: int
    length: int

    @property
    def end(self) -> bytes:
        """What follows its records."""
        return end(self.entries - self.missing, self.directory, self.length)

    @property
    def size(self) -> int:
        """Of a zip that is ready, in bytes."""
        return self.directory + self.length + len(self.end)

    @property
    def progress(self) -> int:
        """How far it is, 0 to 100."""
        if self.state is ZipState.READY:
            return 100
        if self.state is ZipState.LISTING:
            return 0
        return min(99, 100 * self.checked // self.unchecked) if self.unchecked else 99


@dataclass(frozen=True, slots=True)
class ZipEntry:
    """An entry of a zip: a file's `sha256` and id; neither for a folder, and for the manifest. Its head stands at
    `position`, its record at `recorded` of the records. `missing` ones have neither.
    """

    number: int
    name: str
    file: FileId | None
    sha256: Sha256 | None
    size: int
    crc32: int
    modified: float
    missing: bool
    position: int
    recorded: int
