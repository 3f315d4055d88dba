"""Lists of files (`ports.FileLists`)."""

from collections.abc import Mapping, Sequence
from itertools import product

from penstock.adapters.sql.files import FILES, file_of
from penstock.adapters.sql.folders import folder_of
from penstock.adapters.sql.fragments import add_fragments, digest, drop_fragments, new_number
from penstock.adapters.sql.tx import GROUP, Database, Row, Tx, among
from penstock.model.file import File
from penstock.model.folder import Folder
from penstock.model.ids import PrincipalId
from penstock.model.listing import Listing, Mark, Sort
from penstock.model.names import folded, fragments

LOOKS = 20
"""How many groups of records one call looks at, if hardly any of them is wanted."""

SAMPLED, COMPARED = 8, 5000
"""Of how many fragments of what is searched the rarest is taken, and up to how many entries that is counted."""

COLUMNS: Mapping[Sort, str] = {
    Sort.NAME: "folded",
    Sort.SIZE: "bytes",
    Sort.TIME: "created_at",
    Sort.TYPE: "media_type",
}


class SqlFileLists:
    """The port `FileLists`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def files(
        self, owner: PrincipalId, listing: Listing, after: Mark | None, count: int
    ) -> tuple[list[File], Mark | None]:
        """See `FileLists.files`."""
        found: list[File] = []
        group = count if listing.wanted.is_everything else max(count, GROUP)
        for _ in range(LOOKS):
            rows = await self._rows(owner, listing, after, group)
            for row in rows:
                after, file = Mark(row[COLUMNS[listing.sort]], row["id"]), file_of(row)
                found += [file] if listing.wanted.takes(file) else []
                if len(found) == count:
                    return found, after
            if len(rows) < group:
                return found, None
        return found, after

    async def _rows(self, owner: PrincipalId, listing: Listing, after: Mark | None, count: int) -> list[Row]:
        sql = _LISTS[listing.folder is not None, listing.sort, listing.descending, after is not None]
        values = {"value": after.value, "id": after.id} if after is not None else {}
        return await self._database.scan(sql, owner=owner, folder=listing.folder, count=count, **values)

    async def search(
        self, owner: PrincipalId, words: Sequence[str], before: int | None, count: int
    ) -> tuple[list[File], int | None]:
        """See `FileLists.search`."""
        rarest = await self._rarest(owner, words)
        reached, found = before or 1 << 62, list[str]()
        for _ in range(LOOKS if rarest is not None else 0):
            rows = await self._database.scan(_ENTRIES, fragment=rarest, before=reached, count=GROUP)
            numbers = [row["number"] for row in rows]
            names = {row["number"]: row for row in await among(self._database, _NAMES, numbers, owner=owner)}
            for reached in numbers:
                if reached in names and all(word in names[reached]["folded"] for word in words):
                    found.append(names[reached]["id"])
                if len(found) == count:
                    return await self._all(found), reached
            if len(numbers) < GROUP:
                return await self._all(found), None
        return await self._all(found), reached if rarest is not None else None

    async def _rarest(self, owner: PrincipalId, words: Sequence[str]) -> int | None:
        """Of what has to be in a name, that which the fewest have; None when nobody has it."""
        pieces = sorted({piece for word in words for piece in fragments(word)}, key=lambda piece: (-len(piece), piece))
        counts = {}
        for piece in pieces[:SAMPLED]:
            fragment = digest(owner, piece)
            [row] = await self._database.scan(_COUNT, fragment=fragment, most=COMPARED)
            counts[fragment] = row["number"]
        rarest = min(counts, key=lambda fragment: int(counts[fragment]))
        return rarest if counts[rarest] else None

    async def _all(self, files: Sequence[str]) -> list[File]:
        """The files of these ids, in their order, but for those that went meanwhile."""
        rows = {row["id"]: row for row in await among(self._database, _OF_IDS, files)} if files else {}
        return [file_of(rows[file]) for file in files if file in rows]

    async def trash(
        self, owner: PrincipalId, before: Mark | None, count: int
    ) -> tuple[list[File | Folder], Mark | None]:
        """See `FileLists.trash`."""
        mark = before or Mark(1e18, "")
        values = {"owner": owner, "value": mark.value, "id": mark.id, "count": count}
        there: list[File | Folder] = [file_of(row) for row in await self._database.scan(_TRASHED_FILES, **values)]
        there += [folder_of(row) for row in await self._database.scan(_TRASHED_FOLDERS, **values)]
        there.sort(key=lambda each: (each.trashed_at or 0.0, each.id), reverse=True)
        last = there[count - 1] if len(there) >= count else None
        return there[:count], Mark(last.trashed_at or 0.0, last.id) if last is not None else None

    async def index(self, count: int) -> int:
        """See `FileLists.index`."""
        rows = await self._database.scan(_UNINDEXED, count=count)
        if rows:
            await self._database.write(lambda tx: _index(tx, rows))
        return len(rows)

    async def forget_names(self, count: int) -> int:
        """See `FileLists.forget_names`."""
        if await self._database.look("SELECT 1 FROM stale_names LIMIT 1") is None:
            return 0
        return await self._database.write(lambda tx: _forget(tx, count), frees=True)


async def _index(tx: Tx, rows: Sequence[Row]) -> None:
    for row in rows:
        number, name = new_number(row["created_at"]), folded(row["name"])
        values = {"id": row["id"], "owner": row["owner"], "name": row["name"], "folded": name, "number": number}
        if await tx.run(_ENTER, values | {"bytes": row["size"]}):
            await add_fragments(tx, row["owner"], number, name)


async def _forget(tx: Tx, count: int) -> int:
    rows = await tx.all(_STALE, {"count": count})
    for row in rows:
        await drop_fragments(tx, row["owner"], row["number"], row["folded"])
        await tx.run(_FORGET, {"owner": row["owner"], "number": row["number"], "folded": row["folded"]})
    return len(rows)


def _list(in_folder: bool, sort: Sort, descending: bool, begun: bool) -> str:  # the key of a table
    column, order, beyond = f"f.{COLUMNS[sort]}", "DESC" if descending else "ASC", "<" if descending else ">"
    return f"""{FILES} WHERE f.owner = :owner {"AND f.folder = :folder" if in_folder else ""} AND f.trashed_at IS NULL
{f"AND ({column}, f.id) {beyond} (:value, :id)" if begun else ""}
ORDER BY {column} {order}, f.id {order} LIMIT :count"""


_LISTS = {key: _list(*key) for key in product((False, True), Sort, (False, True), (False, True))}
_ENTRIES = """
SELECT number FROM fragments WHERE fragment = :fragment AND number < :before ORDER BY number DESC LIMIT :count
"""
_NAMES = """
SELECT id, number, folded FROM files WHERE number IN ({}) AND owner || '' = :owner AND trashed_at IS NULL
"""  # by number, never by owner: without statistics SQLite takes a million of somebody's for fewer than these
_COUNT = "SELECT count(*) AS number FROM (SELECT 1 FROM fragments WHERE fragment = :fragment LIMIT :most) AS entries"
_OF_IDS = f"{FILES} WHERE f.id IN ({{}})"
_TRASHED_FILES = f"""{FILES} WHERE f.owner = :owner AND f.trashed_at IS NOT NULL AND f.trashed_with IS NULL
AND (f.trashed_at, f.id) < (:value, :id) ORDER BY f.trashed_at DESC, f.id DESC LIMIT :count
"""
_TRASHED_FOLDERS = """
SELECT * FROM folders WHERE owner = :owner AND trashed_at IS NOT NULL AND trashed_with = id
AND COALESCE(work, '') <> 'purge' AND (trashed_at, id) < (:value, :id)
ORDER BY trashed_at DESC, id DESC LIMIT :count
"""
_UNINDEXED = """
SELECT f.id, f.owner, f.name, f.created_at, b.size FROM files f JOIN blobs b ON b.sha256 = f.sha256
WHERE f.number IS NULL LIMIT :count
"""
_ENTER = """
UPDATE files SET folded = :folded, bytes = :bytes, number = :number
WHERE id = :id AND owner = :owner AND name = :name AND number IS NULL
"""
_STALE = "SELECT * FROM stale_names ORDER BY number LIMIT :count"
_FORGET = "DELETE FROM stale_names WHERE owner = :owner AND number = :number AND folded = :folded"
