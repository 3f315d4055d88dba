"""Records of zips (`ports.ZipRepository`).

An entry's number is the order in which it is listed: what was asked for first, then what is in each folder, folder by
folder. `listed` is the folder whose contents are being listed, `mark` the place in them; later on `listed` is the entry
that was looked at last.
"""

import zlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import msgspec

from penstock.adapters.sql.files import read_blob
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.model.file import Blob, File
from penstock.model.folder import Folder
from penstock.model.ids import FileId, PrincipalId, Sha256, new_id
from penstock.model.names import folded, numbered
from penstock.model.zip_format import head_length, record_length
from penstock.model.zips import (
    KEPT,
    MANIFEST,
    MANIFEST_LIMIT,
    MAX_ENTRIES,
    MAX_HELD,
    MAX_PATH,
    MAX_PATHS,
    MAX_ZIPS,
    Zip,
    ZipEntry,
    ZipState,
)

FOLDERS, FILES = "folders", "files"
"""What of a folder is being listed."""

MAX_SHOWN = 1024
"""How many characters of a name the manifest shows."""


class SqlZips:
    """The port `ZipRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, owner: PrincipalId, name: str, items: Sequence[File | Folder]) -> Zip:
        """See `ZipRepository.make`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _make(tx, owner, name, items, now))

    async def zip(self, owner: PrincipalId, zip_id: str) -> Zip | None:
        """See `ZipRepository.zip`."""
        row = await self._database.look(_ZIP, id=zip_id)
        if row is None or row["owner"] != owner or row["expires_at"] <= self._database.clock():
            return None
        return _zip_of(row)

    async def list_more(self, zip_id: str, count: int) -> bool:
        """See `ZipRepository.list_more`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _list(tx, zip_id, count, now))

    async def unchecked(self, zip_id: str) -> Blob | None:
        """See `ZipRepository.unchecked`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _unchecked(tx, zip_id, now))

    async def record_crc32(self, blob: Sha256, crc32: int) -> None:
        """See `ZipRepository.record_crc32`."""
        values = {"sha256": blob, "crc32": crc32}
        await self._database.write(lambda tx: tx.run(_RECORD, values), brief=True)

    async def note_checked(self, zip_id: str, checked: int) -> None:
        """See `ZipRepository.note_checked`."""
        values = {"id": zip_id, "checked": checked}
        await self._database.write(lambda tx: tx.run(_NOTE, values), brief=True)

    async def place_more(self, zip_id: str, count: int) -> bool:
        """See `ZipRepository.place_more`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _place(tx, zip_id, count, now))

    async def entries(self, zip_id: str, start: int, count: int) -> list[ZipEntry]:
        """See `ZipRepository.entries`."""
        return [_entry_of(row) for row in await self._database.scan(_ENTRIES, id=zip_id, start=start, count=count)]

    async def number_at(self, zip_id: str, position: int) -> int:
        """See `ZipRepository.number_at`."""
        return await self._last(zip_id, "position", position)

    async def number_recorded_at(self, zip_id: str, position: int) -> int:
        """See `ZipRepository.number_recorded_at`."""
        return await self._last(zip_id, "recorded", position)

    async def forget_old(self, count: int) -> int:
        """See `ZipRepository.forget_old`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _forget(tx, now, count), frees=True)

    async def _last(self, zip_id: str, column: str, position: int) -> int:
        """The last entry with no more than this in a column that never falls from one entry to the next."""
        row = await self._database.look(_ZIP, id=zip_id)
        low, high = 0, row["entries"] if row is not None else 0
        while high - low > 1:
            middle = (low + high) // 2
            entry = await self._database.look(_ENTRY, id=zip_id, number=middle)
            low, high = (middle, high) if entry is not None and entry[column] <= position else (low, middle)
        return low


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where the listing of a folder goes on."""

    kind: str = FOLDERS
    folded: str = ""
    id: str = ""

    def after(self, rows: Sequence[Row], count: int) -> "_Mark | None":
        """Where it goes on behind these; None where the folder ends."""
        if len(rows) == count:
            return _Mark(self.kind, rows[-1]["folded"], rows[-1]["id"])
        return _Mark(FILES) if self.kind == FOLDERS else None


async def _make(tx: Tx, owner: PrincipalId, name: str, items: Sequence[File | Folder], now: float) -> Zip:
    await tx.lock(f"zips of {owner}")
    kept = await tx.all(_OWN, {"owner": owner})
    held = 0
    for number, row in enumerate(kept, 1):
        held += row["entries"] if row["state"] != ZipState.LISTING else MAX_ENTRIES
        if number >= MAX_ZIPS or held > MAX_HELD - MAX_ENTRIES:
            await tx.run(_END, {"id": row["id"], "now": now})
    made = new_id()
    values = {"id": made, "owner": owner, "name": name, "now": now, "until": now + KEPT, "entries": len(items)}
    await tx.run(_ADD, values)
    await tx.run_many(_ADD_ENTRY, list(_top(made, items)))
    return _zip_of(await tx.one(_ZIP, {"id": made}))


def _top(zip_id: str, items: Sequence[File | Folder]) -> Iterable[dict[str, object]]:
    """What was asked for, which may come from many folders, and be called alike."""
    taken, alike = set[str](), Counter[str]()
    for number, item in enumerate(items):
        key = name = folded(item.name)
        while not alike[key] or name in taken:
            alike[key] += 1
            name = folded(numbered(item.name, alike[key]))
        taken.add(name)
        name = numbered(item.name, alike[key])
        if isinstance(item, Folder):
            yield _folder_entry(zip_id, number, f"{name}/", item.id, item.created_at)
        else:
            blob = item.blob
            yield _file_entry(zip_id, number, name, item.id, blob.sha256, blob.size, item.created_at)


def _folder_entry(zip_id: str, number: int, name: str, folder: str, at: float) -> dict[str, object]:
    nothing = {"file": None, "sha256": None, "size": 0}
    return {"zip": zip_id, "number": number, "name": name, "folder": folder, "at": at} | nothing


def _file_entry(
    zip_id: str, number: int, name: str, file: str | None, sha256: str | None, size: int, at: float
) -> dict[str, object]:
    what = {"file": file, "sha256": sha256, "size": size}
    return {"zip": zip_id, "number": number, "name": name, "folder": None, "at": at} | what


async def _list(tx: Tx, zip_id: str, count: int, now: float) -> bool:
    row = await _locked(tx, zip_id, ZipState.LISTING, now)
    if row is None:
        return False
    parent = await tx.one(_NEXT_FOLDER, {"id": zip_id, "listed": row["listed"]})
    if parent is None:
        await tx.run(_LISTED, {"id": zip_id})
        return False
    mark = msgspec.json.decode(row["mark"], type=_Mark) if row["mark"] is not None else _Mark()
    values = {"owner": row["owner"], "parent": parent["folder_id"], "folded": mark.folded, "after": mark.id}
    rows = await tx.all(_CONTENTS[mark.kind], values | {"count": count})
    entries = list(_inner(zip_id, row["entries"], parent["name"], mark.kind, rows))
    paths = row["paths"] + sum(len(str(entry["name"]).encode()) for entry in entries)
    if row["entries"] + len(entries) > MAX_ENTRIES or paths > MAX_PATHS:
        await tx.run(_REFUSE, {"id": zip_id})
        return False
    await tx.run_many(_ADD_ENTRY, entries)
    then, listed = mark.after(rows, count), parent["number"]
    written = msgspec.json.encode(then).decode() if then is not None else None
    listed = listed if then is not None else listed + 1
    reached = {"listed": listed, "mark": written, "entries": row["entries"] + len(rows), "paths": paths}
    await tx.run(_ADVANCE, reached | {"id": zip_id})
    return True


def _inner(zip_id: str, start: int, above: str, kind: str, rows: Sequence[Row]) -> Iterable[dict[str, object]]:
    for number, row in enumerate(rows, start):
        name, at = above + row["name"], row["created_at"]
        if len(name.encode()) >= MAX_PATH:
            yield _file_entry(zip_id, number, _too_long(name), None, None, 0, at)
        elif kind == FOLDERS:
            yield _folder_entry(zip_id, number, f"{name}/", row["id"], at)
        else:
            yield _file_entry(zip_id, number, name, row["id"], row["sha256"], row["size"], at)


def _too_long(name: str) -> str:
    """As much of a name as shows that it is longer than one may be."""
    return name.encode()[: MAX_PATH + 4].decode(errors="ignore").ljust(MAX_PATH + 1, "_")


async def _unchecked(tx: Tx, zip_id: str, now: float) -> Blob | None:
    row = await _locked(tx, zip_id, ZipState.CHECKING, now)
    if row is None:
        return None
    found = await tx.one(_UNCHECKED, {"id": zip_id, "listed": row["listed"]})
    if found is None:
        await tx.run(_CHECKED, {"id": zip_id})
        return None
    await tx.run(_LOOKED_AT, {"id": zip_id, "listed": found["number"]})
    return read_blob(found)


async def _place(tx: Tx, zip_id: str, count: int, now: float) -> bool:
    row = await _locked(tx, zip_id, ZipState.PLACING, now)
    if row is None:
        return False
    layout = _Layout(zip_id, row["directory"], row["length"], row["missing"], row["manifest"] or "")
    rows = await tx.all(_TO_PLACE, {"id": zip_id, "start": row["listed"], "count": count})
    await tx.run_many(_PLACE, [layout.place(entry) for entry in rows])
    entries, ready = row["entries"], len(rows) < count
    if ready and layout.missing:
        name = await _manifest_name(tx, zip_id)
        placed = layout.place_manifest(entries, name)
        size = len(layout.manifest.encode())
        await tx.run(_ADD_ENTRY, _file_entry(zip_id, entries, name, None, None, size, row["made_at"]))
        await tx.run(_PLACE, placed)
        entries += 1
    values = {"id": zip_id, "listed": row["listed"] + len(rows), "entries": entries, "missing": layout.missing}
    values |= {"directory": layout.position, "length": layout.recorded, "manifest": layout.manifest or None}
    await tx.run(_PLACED, values | {"state": ZipState.READY if ready else ZipState.PLACING})
    return not ready


@dataclass(slots=True)
class _Layout:
    """Where the next entry of a zip stands, and its record; and what is missing."""

    zip_id: str
    position: int
    recorded: int
    missing: int
    manifest: str

    def place(self, row: Row) -> dict[str, object]:
        """The place of the next entry."""
        is_file = row["file_id"] is not None
        unreadable = is_file and (row["known"] is None or row["damaged"] == 1)
        lost = unreadable or len(row["name"].encode()) > MAX_PATH
        if lost:
            self._miss(row["name"], row["size"])
        return self._put(row["number"], row["name"], row["size"], row["known"] or 0, missing=lost)

    def place_manifest(self, number: int, name: str) -> dict[str, object]:
        """The place of the manifest, behind all others."""
        text = self.manifest.encode()
        return self._put(number, name, len(text), zlib.crc32(text), missing=False)

    def _put(self, number: int, name: str, size: int, crc32: int, *, missing: bool) -> dict[str, object]:
        at = {"position": self.position, "recorded": self.recorded}
        if not missing:
            self.recorded += record_length(name, size, self.position)
            self.position += head_length(name, size) + size
        return {"zip": self.zip_id, "number": number, "crc32": crc32, "missing": int(missing)} | at

    def _miss(self, name: str, size: int) -> None:
        line = f"{name[:MAX_SHOWN]} ({size} bytes)\n"
        self.missing += 1
        if len((self.manifest + line).encode()) <= MANIFEST_LIMIT:
            self.manifest += line


async def _manifest_name(tx: Tx, zip_id: str) -> str:
    """A name that nothing else in the zip has."""
    count = 1
    while await tx.one(_NAMED, {"id": zip_id, "name": numbered(MANIFEST, count)}) is not None:
        count += 1
    return numbered(MANIFEST, count)


async def _locked(tx: Tx, zip_id: str, state: ZipState, now: float) -> Row | None:
    """The zip, which others leave alone until this transaction ends; None if it is in another state, or has expired."""
    await tx.lock_row("zips", zip_id)
    row: Row | None = await tx.one(_ZIP, {"id": zip_id})
    return row if row is not None and row["state"] == state and row["expires_at"] > now else None


async def _forget(tx: Tx, now: float, count: int) -> int:
    row = await tx.one(_EXPIRED, {"now": now})
    if row is None:
        return 0
    await tx.lock_row("zips", row["id"])
    gone = await tx.run(_DROP_ENTRIES, {"id": row["id"], "count": count})
    return gone + (await tx.run(_DROP, {"id": row["id"]}) if gone < count else 0)


def _zip_of(row: Row) -> Zip:
    return Zip(
        row["id"],
        PrincipalId(row["owner"]),
        row["name"],
        ZipState(row["state"]),
        row["made_at"],
        row["expires_at"],
        row["entries"],
        row["unchecked"],
        row["checked"],
        row["missing"],
        row["manifest"],
        row["directory"],
        row["length"],
    )


def _entry_of(row: Row) -> ZipEntry:
    return ZipEntry(
        row["number"],
        row["name"],
        FileId(row["file_id"]) if row["file_id"] else None,
        Sha256(row["sha256"]) if row["sha256"] else None,
        row["size"],
        row["crc32"] or 0,
        row["modified"],
        bool(row["missing"]),
        row["position"],
        row["recorded"],
    )


_ZIP = "SELECT * FROM zips WHERE id = :id"
_OWN = "SELECT id, entries, state FROM zips WHERE owner = :owner ORDER BY made_at DESC"
_ADD = """
INSERT INTO zips (id, owner, name, state, made_at, expires_at, entries)
VALUES (:id, :owner, :name, 'listing', :now, :until, :entries)
"""
_ADD_ENTRY = """
INSERT INTO zip_entries (zip_id, number, name, folder_id, file_id, sha256, size, modified)
VALUES (:zip, :number, :name, :folder, :file, :sha256, :size, :at)
"""
_NEXT_FOLDER = """
SELECT * FROM zip_entries WHERE zip_id = :id AND number >= :listed AND folder_id IS NOT NULL ORDER BY number LIMIT 1
"""
_CONTENTS = {
    FOLDERS: """
SELECT id, name, folded, created_at FROM folders WHERE owner = :owner AND parent = :parent AND trashed_at IS NULL
AND (folded, id) > (:folded, :after) ORDER BY folded, id LIMIT :count
""",
    FILES: """
SELECT f.id, f.name, f.folded, f.created_at, b.sha256, b.size FROM files f JOIN blobs b ON b.sha256 = f.sha256
WHERE f.owner = :owner AND f.folder = :parent AND f.trashed_at IS NULL
AND (f.folded, f.id) > (:folded, :after) ORDER BY f.folded, f.id LIMIT :count
""",
}
_ADVANCE = "UPDATE zips SET listed = :listed, mark = :mark, entries = :entries, paths = :paths WHERE id = :id"
_LISTED = """
UPDATE zips SET state = 'checking', listed = 0, unchecked = (
    SELECT COALESCE(SUM(b.size), 0) FROM zip_entries e JOIN blobs b ON b.sha256 = e.sha256
    WHERE e.zip_id = :id AND b.crc32 IS NULL AND b.damaged = 0
) WHERE id = :id
"""
_REFUSE = "UPDATE zips SET state = 'too many' WHERE id = :id"
_UNCHECKED = """
SELECT e.number, b.* FROM zip_entries e JOIN blobs b ON b.sha256 = e.sha256
WHERE e.zip_id = :id AND e.number >= :listed AND b.crc32 IS NULL AND b.damaged = 0 ORDER BY e.number LIMIT 1
"""
_LOOKED_AT = "UPDATE zips SET listed = :listed WHERE id = :id"
_CHECKED = "UPDATE zips SET state = 'placing', listed = 0 WHERE id = :id"
_RECORD = "UPDATE blobs SET crc32 = :crc32 WHERE sha256 = :sha256"
_NOTE = "UPDATE zips SET checked = checked + :checked WHERE id = :id"
_TO_PLACE = """
SELECT e.number, e.name, e.file_id, e.size, b.crc32 AS known, b.damaged
FROM zip_entries e LEFT JOIN blobs b ON b.sha256 = e.sha256
WHERE e.zip_id = :id AND e.number >= :start ORDER BY e.number LIMIT :count
"""
_PLACE = """
UPDATE zip_entries SET position = :position, recorded = :recorded, crc32 = :crc32, missing = :missing
WHERE zip_id = :zip AND number = :number
"""
_PLACED = """
UPDATE zips SET state = :state, listed = :listed, entries = :entries, missing = :missing, directory = :directory,
    length = :length, manifest = :manifest WHERE id = :id
"""
_NAMED = "SELECT 1 FROM zip_entries WHERE zip_id = :id AND name = :name"
_ENTRIES = "SELECT * FROM zip_entries WHERE zip_id = :id AND number >= :start ORDER BY number LIMIT :count"
_ENTRY = "SELECT position, recorded FROM zip_entries WHERE zip_id = :id AND number = :number"
_END = "UPDATE zips SET expires_at = :now, owner = '' WHERE id = :id"
_EXPIRED = "SELECT id FROM zips WHERE expires_at <= :now ORDER BY expires_at LIMIT 1"
_DROP_ENTRIES = """
DELETE FROM zip_entries WHERE zip_id = :id AND number IN (
    SELECT number FROM zip_entries WHERE zip_id = :id LIMIT :count
)
"""
_DROP = "DELETE FROM zips WHERE id = :id"
