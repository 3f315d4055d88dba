"""A server without its HTTP: real disk, real SQLite, a clock that is set by hand, and ports that can be wrapped.

Several servers on one folder stand for several processes: nothing is shared between them but the folder.
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Self

from penstock.adapters.disk import DiskBlobs, DiskStaging
from penstock.adapters.sql.database import SqliteDatabase
from penstock.adapters.sql.files import SqlFiles
from penstock.adapters.sql.tx import run_at_once
from penstock.adapters.sql.upkeep import SqlUpkeep
from penstock.bootstrap import Container
from penstock.bootstrap.container import build_container
from penstock.bootstrap.storage import Storage, open_storage
from penstock.engine.engine import Engine
from penstock.engine.fsck import Checked
from penstock.engine.hashing import BackgroundHasher
from penstock.engine.receiving import Incoming
from penstock.engine.sealing import Sealer
from penstock.engine.upkeep import Upkeep
from penstock.http.routing.metrics import Metrics
from penstock.model.file import File
from penstock.model.ids import Md5, PrincipalId
from penstock.model.principal import Principal, Quota
from penstock.model.upload import Declared, Part, Upload
from penstock.ports import PartOutcome
from penstock.settings import settings_type
from tests.ports.records import Clock, parts_of
from tests.support.bodies import flip, pieces
from tests.support.sql import SqlUploading

ALICE = Principal(PrincipalId("alice"), "alice")
BOB = Principal(PrincipalId("bob"), "bob")
DIALECT = "dialect"
PLENTY = 1 << 40
PATIENCE = 15.0
"""No seal here waits longer, in seconds; the leases, which are shorter, go by the clock that is set by hand."""
TTL = 1000.0
GRACE = 100.0
ORPHAN_GRACE = 500.0
TRASH = 300.0


WRAPPED = ("uploads", "parts", "reservations", "sealing", "hashing", "files", "staging", "blobs", "leases")
"""What of `Storage` may be wrapped."""

Wrap = Callable[[str, Any], Any]
"""Given a name in `WRAPPED` and the real port, what the engine sees in its place."""


def unwrapped(name: str, port: Any) -> Any:
    """The port as it is."""
    return port


@dataclass
class EngineServer:
    """One process: the container, and the storage as it is, with nothing wrapped."""

    clock: Clock
    path: Path
    container: Container
    storage: Storage
    quota: Quota

    @property
    def database(self) -> SqliteDatabase:
        """The database."""
        assert isinstance(self.storage.database, SqliteDatabase)
        return self.storage.database

    @property
    def uploads(self) -> SqlUploading:
        """The records of uploads, their parts and what becomes of them."""
        return SqlUploading(self.database, self.quota)

    @property
    def files(self) -> SqlFiles:
        """The records of files."""
        return self.storage.files

    @property
    def repository(self) -> SqlUpkeep:
        """The records that the background looks after."""
        return self.storage.upkeep

    @property
    def staging(self) -> DiskStaging:
        """The bytes of what is unfinished."""
        assert isinstance(self.storage.staging, DiskStaging)
        return self.storage.staging

    @property
    def blobs(self) -> DiskBlobs:
        """The bytes of files."""
        assert isinstance(self.storage.blobs, DiskBlobs)
        return self.storage.blobs

    @property
    def hashing(self) -> BackgroundHasher:
        """The one that digests in the background."""
        return self.container.uploading.hashing

    @property
    def engine(self) -> Engine:
        """The use cases."""
        return self.container.engine

    @property
    def sealer(self) -> Sealer:
        """The one that seals."""
        return self.engine.sealer

    @property
    def upkeep(self) -> Upkeep:
        """The background work."""
        return self.container.upkeep

    # --- what a client does ------------------------------------------------------------------------------------------

    async def open(
        self,
        total: int | None = None,
        size: int | None = None,
        *,
        principal: Principal = ALICE,
        key: str | None = None,
        name: str = "a.bin",
        part_size: int | None = None,
        md5: str | None = None,
        limit: int = PLENTY,
        needs_md5: bool = True,
    ) -> Upload:
        """Open an upload."""
        declared = Declared(name, None, size, total, part_size, Md5(md5) if md5 else None)
        return await self.engine.uploads.open(principal, DIALECT, declared, limit=limit, needs_md5=needs_md5, key=key)

    async def send(
        self,
        upload: Upload,
        number: int,
        content: bytes | AsyncIterator[bytes],
        *,
        told: bool = True,
        most: int | None = None,
        md5: str | None = None,
    ) -> PartOutcome:
        """Send a part. `told`: its length is announced."""
        length = len(content) if told and isinstance(content, bytes) else None
        body = pieces(content) if isinstance(content, bytes) else content
        now = await self.engine.uploads.find(Principal(upload.owner, ""), DIALECT, upload.id)
        said = Md5(md5) if md5 is not None else None
        return await self.engine.receiver.receive(now, Incoming(number, body, length, most, lambda: said))

    async def seal(self, upload: Upload, total: int, *, size: int | None = None, md5: str | None = None) -> File:
        """Seal an upload of so many parts."""
        declared = Declared(upload.declared.name, None, size, total, None, Md5(md5) if md5 else None)
        async with asyncio.timeout(PATIENCE):
            return await self.sealer.seal(upload.id, declared)

    async def store(
        self, content: bytes, *, principal: Principal = ALICE, name: str = "a.bin", needs_md5: bool = True
    ) -> File:
        """A whole file at once."""
        declared = Declared(name, None, len(content), 1)
        file = await self.engine.store(
            principal, DIALECT, declared, pieces(content), limit=PLENTY, needs_md5=needs_md5, most=len(content)
        )
        await self.sealer.close()
        return file

    async def content(self, file: File) -> bytes:
        """What is downloaded."""
        return b"".join([piece async for piece in await self.engine.catalog.read(file, 0, file.blob.size)])

    # --- what lies on the disk ---------------------------------------------------------------------------------------

    async def parts(self, upload: Upload) -> list[Part]:
        """The rows."""
        return await parts_of(self.uploads, upload.id)

    async def staged(self, upload: Upload, part: Part) -> bytes:
        """The bytes that a row names."""
        return b"".join([piece async for piece in await self.staging.read(upload.id, part.location, 0, part.length)])

    def place(self, upload: Upload, part: Part) -> tuple[Path, int]:
        """The file that holds a part, and where in it."""
        name, _, start = part.location.partition("@")
        return self.path / "staging" / upload.id[:2] / upload.id / name, int(start)

    def tear(self, upload: Upload, part: Part, at: int = 0) -> None:
        """Flip one bit of a part's bytes."""
        path, start = self.place(upload, part)
        flip(path, start + at)

    def blob(self, file: File) -> Path:
        """The file that holds a blob."""
        return self.path / "blobs" / file.blob.location

    def blob_files(self) -> list[Path]:
        """Every blob on the disk."""
        return sorted(path for path in (self.path / "blobs").rglob("*") if path.is_file())

    def staging_folders(self) -> list[Path]:
        """The folder of every upload that has bytes in staging."""
        return sorted((self.path / "staging").glob("*/*"))

    def row(self, sql: str, **values: object) -> Any:
        """One row, as it lies in the database."""
        return run_at_once(self.database.look(sql, **values))

    def state(self, upload: Upload) -> str:
        """The state on record."""
        found = self.row("SELECT state FROM uploads WHERE id = :id", id=upload.id)
        return found["state"] if found is not None else "gone"

    async def checked(self, *, repair: bool = False) -> list[Checked]:
        """What fsck says."""
        return [checked async for checked in self.container.fsck.run(repair=repair)]

    # --- ends --------------------------------------------------------------------------------------------------------

    async def close(self) -> None:
        """Stop in good order."""
        await self.container.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()


def open_engine_server(
    path: Path,
    clock: Clock | None = None,
    *,
    wrap: Wrap = unwrapped,
    durable: bool = False,
    everyone: bool = False,
    retention: float | None = None,
    min_free: int = 0,
    quota: Quota = Quota(),  # noqa: B008  # frozen
    **others: Any,
) -> EngineServer:
    """Open this folder with these settings, and put what `wrap` makes of its ports in their places."""
    clock, metrics = clock or Clock(), Metrics()
    values: dict[str, Any] = {
        "data": str(path),
        "min_free": min_free,
        "reserve": 0,
        "durability": "full" if durable else "process",
        "instant_scope": "everyone" if everyone else "owner",
        "upload_ttl": TTL,
        "blob_grace": GRACE,
        "orphan_grace": ORPHAN_GRACE,
        "trash": TRASH,
        "retention": retention,
        "quota_bytes": quota.bytes,
        "quota_files": quota.files,
        "quota_uploads": quota.uploads,
        "quota_guest_uploads": quota.guest_uploads,
    } | others
    settings = settings_type()(**values)
    storage = open_storage(settings, clock, metrics.group)
    wrapped = replace(storage, **{name: wrap(name, getattr(storage, name)) for name in WRAPPED})
    return EngineServer(clock, path, build_container(settings, metrics, wrapped), storage, quota)
