"""Records of files and blobs (`ports.FileRepository`)."""

from collections.abc import Sequence

import msgspec

from penstock.adapters.sql.ended import refuse_ended
from penstock.adapters.sql.fragments import add_fragments, new_number
from penstock.adapters.sql.limits import count_hit
from penstock.adapters.sql.news import note_file, note_picture
from penstock.adapters.sql.outbox import announce
from penstock.adapters.sql.places import place
from penstock.adapters.sql.quotas import Quotas, add_usage, take_usage
from penstock.adapters.sql.tx import Database, Row, Tx, within
from penstock.adapters.sql.variants import (
    USUAL_BOUNDS,
    Bounds,
    check_recipe,
    drop_recipe,
    drop_unowned,
    make_way,
    put_counted,
    record_recipe,
)
from penstock.model.faults import RateLimited
from penstock.model.file import Blob, File, NewFile
from penstock.model.ids import FileId, FolderId, Location, Md5, PrincipalId, Sha256, UploadId, new_id
from penstock.model.image import Recipe
from penstock.model.names import folded
from penstock.model.news import Topic
from penstock.model.principal import Quota
from penstock.ports import Placed, TellFile

MINUTE = 60
MAX_CLAIMS = 600
"""The default limit of new records by hash of one owner in a minute."""


class SqlFiles:
    """The port `FileRepository`."""

    def __init__(
        self, database: Database, quota: Quota, claims: int = MAX_CLAIMS, bounds: Bounds = USUAL_BOUNDS
    ) -> None:
        """`quota` is that of owners without one of their own; each may make this many `claims` a minute. `bounds` are
        those of one picture's variants.
        """
        self._bounds = bounds
        self._database = database
        self._most_claims = claims
        self._quotas = Quotas(quota, database.clock)

    async def file(self, file: FileId) -> File | None:
        """See `FileRepository.file`."""
        return _file_or_none(await self._database.look(f"{FILES} WHERE f.id = :id", id=file))

    async def named(self, identifier: str) -> File | None:
        """See `FileRepository.named`."""
        return _file_or_none(await self._database.look(_NAMED, id=identifier))

    async def of_key(self, owner: PrincipalId, dialect: str, key: str) -> File | None:
        """See `FileRepository.of_key`."""
        return _file_or_none(await self._database.look(_OF_KEY, owner=owner, dialect=dialect, key=key))

    async def of_hash(self, readers: PrincipalId | None, md5: Md5, size: int | None) -> File | None:
        """See `FileRepository.of_hash`."""
        sql = _OF_HASH[readers is not None, size is not None]
        return _file_or_none(await self._database.look(sql, owner=readers, md5=md5, size=size))

    async def trashed_of_hash(self, owner: PrincipalId, md5: Md5, size: int) -> File | None:
        """See `FileRepository.trashed_of_hash`."""
        return _file_or_none(await self._database.look(_TRASHED, owner=owner, md5=md5, size=size))

    async def blob(self, sha256: Sha256) -> Blob | None:
        """See `FileRepository.blob`."""
        row = await self._database.look("SELECT * FROM blobs WHERE sha256 = :sha256 AND damaged = 0", sha256=sha256)
        return read_blob(row) if row is not None else None

    async def unhashed(self, readers: PrincipalId | None, size: int | None, count: int) -> list[Blob]:
        """See `FileRepository.unhashed`."""
        sql, values = _UNHASHED[readers is not None, size is not None], {"owner": readers, "size": size}
        if await self._database.look(sql, **values, count=1) is None:
            return []
        rows = await self._database.scan(sql, **values, count=count)
        return [read_blob(row) for row in rows]

    async def record_md5(self, blob: Sha256, md5: Md5) -> None:
        """See `FileRepository.record_md5`."""
        await self._change("UPDATE blobs SET md5 = :md5 WHERE sha256 = :blob", blob=blob, md5=md5)

    async def claim(
        self, owner: PrincipalId, dialect: str, blob: Sha256, file: NewFile, tell: TellFile | None = None
    ) -> File | None:
        """See `FileRepository.claim`."""
        return await self._database.write(lambda tx: self._claim(tx, owner, dialect, blob, file, tell), brief=True)

    async def _claim(
        self, tx: Tx, owner: PrincipalId, dialect: str, blob: Sha256, file: NewFile, tell: TellFile | None
    ) -> File | None:
        await self._quotas.lock(tx, owner)  # owners before blobs (`Tx.lock_row`)
        pardoned = await tx.one(_PARDON, {"blob": blob})
        if pardoned is None:
            return None
        mine = await tx.one(
            _MINE, {"owner": owner, "dialect": dialect, "key": file.key, "blob": blob, "name": file.name}
        )
        if mine is not None:
            return file_of(mine)
        await self._quotas.check_file(tx, owner, pardoned["size"])
        now = self._database.clock()
        allowance = await count_hit(tx, "claims", owner, self._most_claims, MINUTE, now)
        if not allowance.granted:
            raise RateLimited(allowance.wait(now))
        claimed = await read_file(tx, await insert_file(tx, owner, dialect, blob, file, None, now))
        await note_file(tx, Topic.FILE_CREATED, claimed, now)
        await announce(tx, claimed, now, tell)
        return claimed

    async def add_picture(
        self,
        owner: PrincipalId,
        dialect: str,
        picture: Placed,
        file: NewFile,
        variants: Sequence[tuple[str, Placed]],
        tell: TellFile | None = None,
    ) -> tuple[File, list[Location]]:
        """See `FileRepository.add_picture`."""
        return await self._database.write(
            lambda tx: self._add_picture(tx, owner, dialect, picture, file, variants, tell)
        )

    async def _add_picture(
        self,
        tx: Tx,
        owner: PrincipalId,
        dialect: str,
        picture: Placed,
        file: NewFile,
        variants: Sequence[tuple[str, Placed]],
        tell: TellFile | None,
    ) -> tuple[File, list[Location]]:
        await self._quotas.lock(tx, owner)
        garbage = await upsert_blob(tx, picture)
        digests = picture.digests
        same = {"owner": owner, "dialect": dialect, "key": file.key, "blob": digests.sha256, "name": file.name}
        row = await tx.one(_MY_PICTURE, same | {"label": file.label})
        if row is not None:
            file_id = FileId(row["id"])
        else:
            await self._quotas.check_file(tx, owner, digests.size)
            file_id = await insert_file(tx, owner, dialect, digests.sha256, file, None, self._database.clock())
        # The file answered last becomes the key's newest (RULINGS, `oss`).
        await tx.run(_MAKE_CURRENT, same | {"id": file_id, "now": self._database.clock()})
        for recipe, variant in variants:
            garbage += await _put_variant(tx, digests.sha256, recipe, variant)
        taken, now = await read_file(tx, file_id), self._database.clock()
        if row is None:
            await note_file(tx, Topic.FILE_CREATED, taken, now)
            await announce(tx, taken, now, tell)
            for recipe, variant in variants:
                await note_picture(tx, owner, file_id, digests.sha256, recipe, _blob(variant), now)
        return taken, garbage

    async def add_variant(
        self, owner: PrincipalId, source: Sha256, recipe: Recipe, variant: Placed, *, anew: bool = False
    ) -> tuple[Blob, list[Location]] | None:
        """See `FileRepository.add_variant`."""
        return await self._database.write(lambda tx: self._add_variant(tx, owner, source, recipe, variant, anew=anew))

    async def _add_variant(
        self,
        tx: Tx,
        owner: PrincipalId,
        source: Sha256,
        recipe: Recipe,
        variant: Placed,
        *,
        anew: bool,
    ) -> tuple[Blob, list[Location]] | None:
        await self._quotas.lock(tx, owner)
        await tx.lock(f"picture {source}")
        if await tx.one("SELECT 1 FROM blobs WHERE sha256 = :source", {"source": source}) is None:
            return None
        values = {"source": source, "recipe": recipe.name()}
        if await tx.one(_KEPT, values) is not None:
            garbage = await _put_variant(tx, source, recipe.name(), variant)
        else:
            await check_recipe(within(tx), source, recipe, self._bounds)
            await record_recipe(tx, source, recipe)
            await drop_recipe(tx, source, recipe.name())
            size = variant.digests.size
            await make_way(tx, self._quotas, source, owner, size, self._bounds, anew=anew)
            garbage, now = await upsert_blob(tx, variant), self._database.clock()
            await put_counted(tx, source, recipe.name(), variant.digests.sha256, owner, now)
            mine = await tx.one(_FILE_OF, {"owner": owner, "source": source})
            file = mine["id"] if mine is not None else None
            await note_picture(tx, owner, file, source, recipe.name(), _blob(variant), now)
        return read_blob(await tx.one(_VARIANT, values)), garbage

    async def check_recipe(self, source: Sha256, recipe: Recipe) -> None:
        """See `FileRepository.check_recipe`."""
        await check_recipe(self._database.look, source, recipe, self._bounds)

    async def recipe(self, source: Sha256, name: str) -> Recipe | None:
        """See `FileRepository.recipe`."""
        row = await self._database.look(_RECIPE, source=source, recipe=name)
        return msgspec.json.decode(row["spec"], type=Recipe) if row is not None else None

    async def touch_variant(self, source: Sha256, recipe: str) -> None:
        """See `FileRepository.touch_variant`."""
        if await self._database.look(_COUNTED, source=source, recipe=recipe) is not None:
            values = {"source": source, "recipe": recipe, "now": self._database.clock()}
            await self._database.write(lambda tx: tx.run(_TOUCH, values), brief=True)

    async def variant(self, source: Sha256, recipe: str) -> Blob | None:
        """See `FileRepository.variant`."""
        row = await self._database.look(_VARIANT, source=source, recipe=recipe)
        return read_blob(row) if row is not None else None

    async def page(self, owner: PrincipalId, search: str, start: int, count: int) -> tuple[int, list[File]]:
        """See `FileRepository.page`."""
        values: dict[str, str] = {"owner": owner}
        counting, listing = _COUNT, _PAGE
        if search:
            pattern = search.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
            values, counting, listing = values | {"pattern": f"%{pattern}%"}, _COUNT_SEARCHED, _PAGE_SEARCHED
        [counted] = await self._database.scan(counting, **values)
        rows = await self._database.scan(listing, **values, start=start, count=count)
        return counted["number"], [file_of(row) for row in rows]

    async def remove(self, owner: PrincipalId, file: FileId, tell: TellFile | None = None) -> bool:
        """See `FileRepository.remove`."""
        now, kept = self._database.clock(), self._bounds.tombstones
        return await self._database.write(lambda tx: remove_file(tx, owner, file, now, kept, tell), frees=True)

    async def bury(self, owner: PrincipalId, identifier: str) -> None:
        """See `FileRepository.bury`."""
        now = self._database.clock()
        await self._database.write(lambda tx: _bury(tx, owner, identifier, now, self._bounds.tombstones), frees=True)

    async def damage(self, location: Location) -> None:
        """See `FileRepository.damage`."""
        await self._change("UPDATE blobs SET damaged = 1 WHERE location = :location", frees=True, location=location)

    async def _change(self, sql: str, *, frees: bool = False, **values: object) -> None:
        await self._database.write(lambda tx: tx.run(sql, values), frees=frees)


async def upsert_blob(tx: Tx, placed: Placed) -> list[Location]:
    """Record a blob, or un-condemn and heal the existing one of these bytes; returns the superfluous location."""
    digests = placed.digests
    values = {"sha256": digests.sha256, "md5": digests.md5, "crc32": digests.crc32}
    row = await tx.one(_UPSERT_BLOB, values | {"size": digests.size, "location": placed.location})
    return [] if row["location"] == placed.location else [placed.location]


async def insert_file(
    tx: Tx,
    owner: PrincipalId,
    dialect: str,
    blob: Sha256,
    file: NewFile,
    upload: UploadId | None,
    now: float,
) -> FileId:
    """Record a file on an existing blob, and count it; returns its new id. Raises `BadToken` if the owner ended."""
    await refuse_ended(tx, owner)
    file_id, number = FileId(new_id()), new_number(now)
    folder, name = await place(tx, owner, file)
    await tx.run(
        _INSERT,
        {
            "id": file_id,
            "folder": folder,
            "folded": folded(name),
            "number": number,
            "owner": owner,
            "dialect": dialect,
            "key": file.key,
            "upload": upload,
            "name": name,
            "media_type": file.media_type,
            "label": file.label,
            "identifier_md5": file.identifier_md5,
            "blob": blob,
            "now": now,
        },
    )
    await add_fragments(tx, owner, number, folded(name))
    await add_usage(tx, owner, blob)
    return file_id


async def read_file(tx: Tx, file: FileId) -> File:
    """The recorded file of this id."""
    return file_of(await tx.one(f"{FILES} WHERE f.id = :id", {"id": file}))


async def read_files(tx: Tx, rows: Sequence[Row]) -> list[File]:
    """The files of these ids, as they are now."""
    return [await read_file(tx, FileId(row["id"])) for row in rows]


async def removed_files(tx: Tx, rows: Sequence[Row]) -> list[File]:
    """What these rows, which a statement has just deleted, were files of: their blobs are still on record."""
    blobs = {row["sha256"]: await tx.one(_BLOB, {"sha256": row["sha256"]}) for row in rows}
    return [file_of(row, blobs[row["sha256"]]) for row in rows]


def read_blob(row: Row) -> Blob:
    """A blob from a row of its table."""
    return Blob(Sha256(row["sha256"]), Md5(row["md5"]) if row["md5"] else None, row["size"], Location(row["location"]))


def _blob(placed: Placed) -> Blob:
    digests = placed.digests
    return Blob(digests.sha256, digests.md5, digests.size, placed.location)


async def _put_variant(tx: Tx, source: Sha256, recipe: str, variant: Placed) -> list[Location]:
    garbage = await upsert_blob(tx, variant)
    await tx.run(_PUT_VARIANT, {"source": source, "recipe": recipe, "blob": variant.digests.sha256})
    return garbage


async def _bury(tx: Tx, owner: PrincipalId, identifier: str, now: float, kept: int) -> None:
    """Record the removal, and drop the oldest beyond the limit."""
    await tx.run(_BURY, {"owner": owner, "id": identifier, "now": now})
    await tx.run(_FORGET_BURIED, {"owner": owner, "kept": kept})


async def remove_file(tx: Tx, owner: PrincipalId, file: FileId, now: float, kept: int, tell: TellFile | None) -> bool:
    """Remove a file's record, as `FileRepository.remove` has it."""
    removed = await tx.one(_DELETE, {"id": file, "owner": owner})
    if removed is None:
        return await tx.one(_BURIED, {"owner": owner, "id": file}) is not None
    [gone] = await removed_files(tx, [removed])
    await take_usage(tx, owner, removed["sha256"])
    await drop_unowned(tx, owner, removed["sha256"])
    await _bury(tx, owner, file, now, kept)
    await note_file(tx, Topic.FILE_REMOVED, gone, now)
    await announce(tx, gone, now, tell)
    return True


def _file_or_none(row: Row | None) -> File | None:
    return file_of(row) if row is not None else None


def file_of(row: Row, blob: Row | None = None) -> File:
    """A file from a row of `FILES`, or from one of its table alone and that of its blob."""
    blob = row if blob is None else blob
    return File(
        id=FileId(row["id"]),
        owner=PrincipalId(row["owner"]),
        dialect=row["dialect"],
        key=row["client_key"],
        upload=row["upload_id"],
        name=row["name"],
        media_type=row["media_type"],
        label=row["label"],
        identifier_md5=row["identifier_md5"],
        blob=read_blob(blob),
        created_at=row["created_at"],
        trashed_at=row["trashed_at"],
        damaged=bool(blob["damaged"]),
        folder=FolderId(row["folder"]),
        labels=tuple(msgspec.json.decode(row["labels"])),
        trashed_with=row["trashed_with"],
    )


_UPSERT_BLOB = """
INSERT INTO blobs (sha256, md5, crc32, size, location, condemned_at, damaged)
VALUES (:sha256, :md5, :crc32, :size, :location, NULL, 0)
ON CONFLICT (sha256) DO UPDATE SET condemned_at = NULL, md5 = COALESCE(excluded.md5, blobs.md5),
    crc32 = COALESCE(excluded.crc32, blobs.crc32),
    location = CASE WHEN blobs.damaged = 1 THEN excluded.location ELSE blobs.location END, damaged = 0
RETURNING location
"""
_PUT_VARIANT = """
INSERT INTO variants (source, recipe, sha256) VALUES (:source, :recipe, :blob)
ON CONFLICT (source, recipe) DO UPDATE SET sha256 = excluded.sha256
"""
_KEPT = "SELECT 1 FROM variants WHERE source = :source AND recipe = :recipe AND owner IS NULL"
_COUNTED = "SELECT 1 FROM variants WHERE source = :source AND recipe = :recipe AND owner IS NOT NULL"
_TOUCH = "UPDATE variants SET used_at = :now WHERE source = :source AND recipe = :recipe AND owner IS NOT NULL"
_RECIPE = "SELECT spec FROM recipes WHERE source = :source AND recipe = :recipe"
_VARIANT = """
SELECT b.* FROM variants v JOIN blobs b ON b.sha256 = v.sha256
WHERE v.source = :source AND v.recipe = :recipe AND b.damaged = 0
"""
FILES = """
SELECT f.id, f.owner, f.dialect, f.client_key, f.upload_id, f.name, f.media_type, f.label, f.identifier_md5,
       f.created_at, f.trashed_at, f.folded, f.bytes, f.number, f.folder, f.labels, f.trashed_with,
       b.sha256, b.md5, b.size, b.location, b.damaged
FROM files f JOIN blobs b ON b.sha256 = f.sha256
"""
_NAMED = f"""{FILES} WHERE f.id = (
    SELECT id FROM files WHERE id = :id UNION ALL SELECT id FROM files WHERE upload_id = :id LIMIT 1
)
"""
_NEWEST = "ORDER BY f.created_at DESC LIMIT 1"
_OF_KEY = f"{FILES} WHERE f.owner = :owner AND f.dialect = :dialect AND f.client_key = :key {_NEWEST}"
_WITH_HASH = """
AND f.id = (SELECT id FROM files WHERE sha256 = b.sha256 AND trashed_at IS NULL {of} ORDER BY created_at DESC LIMIT 1)
WHERE b.md5 = :md5 {size} AND b.damaged = 0
"""
_WITHOUT_HASH = """
SELECT * FROM blobs b WHERE md5 IS NULL AND damaged = 0 {size}
AND EXISTS (SELECT 1 FROM files WHERE sha256 = b.sha256 {of}) LIMIT :count
"""


def _each_way(sql: str) -> dict[tuple[bool, bool], str]:
    """A statement with and without an owner, with and without a size. PostgreSQL plans a statement once for all values
    only where no value decides what is looked for; otherwise each look costs a millisecond of planning.
    """
    owners, sizes = {False: "", True: "AND owner = :owner"}, {False: "", True: "AND b.size = :size"}
    return {(of, size): sql.format(of=owners[of], size=sizes[size]) for of in owners for size in sizes}


_OF_HASH = _each_way(f"{FILES} {_WITH_HASH} {_NEWEST}")
_TRASHED = f"""{FILES} WHERE b.md5 = :md5 AND b.size = :size AND f.owner = :owner AND f.trashed_at IS NOT NULL
ORDER BY f.trashed_at DESC LIMIT 1
"""
_UNHASHED = _each_way(_WITHOUT_HASH)
_PARDON = "UPDATE blobs SET condemned_at = NULL WHERE sha256 = :blob AND damaged = 0 RETURNING size"
_OF_MINE = f"""{FILES} WHERE f.owner = :owner AND f.dialect = :dialect AND f.client_key = :key AND f.name = :name
AND f.sha256 || '' = :blob AND f.trashed_at IS NULL
"""  # by key, never by blob: one key has few files, one blob may have many
_MINE = f"{_OF_MINE} {_NEWEST}"
_MY_PICTURE = f"{_OF_MINE} AND (f.label = :label OR (f.label IS NULL AND CAST(:label AS TEXT) IS NULL)) {_NEWEST}"
_MAKE_CURRENT = """
UPDATE files SET created_at = (SELECT MAX(moment) FROM (
    SELECT files.created_at AS moment UNION ALL SELECT CAST(:now AS DOUBLE PRECISION) UNION ALL
    SELECT MAX(other.created_at) + 1e-6 FROM files AS other
    WHERE other.owner = :owner AND other.dialect = :dialect AND other.client_key = :key AND other.id <> :id
) AS moments) WHERE id = :id
"""  # newer than every other, even when the clock stands still or was set back
_INSERT = """
INSERT INTO files (id, owner, dialect, client_key, upload_id, name, media_type, label, identifier_md5, sha256,
                   created_at, trashed_at, folder, folded, bytes, number)
VALUES (:id, :owner, :dialect, :key, :upload, :name, :media_type, :label, :identifier_md5, :blob, :now, NULL, :folder,
        :folded, (SELECT blobs.size FROM blobs WHERE blobs.sha256 = :blob), :number)
"""
_COUNT = """
SELECT COALESCE((SELECT usage.files FROM usage WHERE usage.owner = :owner), 0)
    - (SELECT count(*) FROM files WHERE owner || '' = :owner AND trashed_at > 0) AS number
"""  # what is counted anyway, less the few in the trash (`files_in_trash`): an owner may have millions
_LISTED = "WHERE f.owner = :owner AND f.trashed_at IS NULL"
_SEARCHED = rf"{_LISTED} AND LOWER(f.name) LIKE LOWER(:pattern) ESCAPE '\'"
_COUNT_SEARCHED = f"SELECT count(*) AS number FROM files f {_SEARCHED}"
_NEWEST_FIRST = "ORDER BY f.created_at DESC, f.id LIMIT :count OFFSET :start"
_PAGE = f"{FILES} {_LISTED} {_NEWEST_FIRST}"
_PAGE_SEARCHED = f"{FILES} {_SEARCHED} {_NEWEST_FIRST}"
_BLOB = "SELECT * FROM blobs WHERE sha256 = :sha256"
_FILE_OF = "SELECT id FROM files WHERE sha256 = :source AND owner = :owner ORDER BY created_at DESC LIMIT 1"
_DELETE = "DELETE FROM files WHERE id = :id AND owner = :owner RETURNING *"
_BURY = """
INSERT INTO tombstones (owner, identifier, buried_at) VALUES (:owner, :id, :now) ON CONFLICT DO NOTHING
"""
_FORGET_BURIED = """
DELETE FROM tombstones WHERE owner = :owner AND buried_at <= (
    SELECT buried_at FROM tombstones WHERE owner = :owner ORDER BY buried_at DESC LIMIT 1 OFFSET :kept
)
"""
_BURIED = "SELECT 1 FROM tombstones WHERE owner = :owner AND identifier = :id"
