"""Records on PostgreSQL as they grow: what a part, a look-up and a list cost among so many files of one owner."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import asyncpg

from bench.common import Bench
from bench.measure import MIB, Case, Contender, Sample, metered, percentile
from cluster.postgres import Postgres, debian
from penstock.adapters.sql.files import SqlFiles
from penstock.adapters.sql.postgresql import PostgresDatabase, PostgresParts, check_schema
from penstock.adapters.sql.uploads import SqlUploads
from penstock.model.ids import FileId, Md5, PrincipalId, StagedLocation, UploadId, new_id
from penstock.model.principal import Quota
from penstock.model.upload import Declared, Part, State, Upload
from penstock.ports import Opening

OWNER = PrincipalId("anonymous")
AT_ONCE = 8
"""How many writers record parts side by side."""

PART, CLIENT, SERVER = "part, ms", "part, client CPU us", "part, server CPU us"
ADMIT, NAMED, HIT, LISTED = "admit, ms", "file by id, ms", "hit by hash, ms", "list, ms"


def by_records(bench: Bench) -> Case:
    """Of them all by number."""
    counts = [1, 1_000] if bench.quick else [1, 1_000, 1_000_000]
    if bench.whole:
        counts.append(10_000_000)
    contenders = {f"{count:,} records": _among(bench, count) for count in counts}
    return Case("cluster: by number of file records", contenders, PART, "1,000 records", "PostgreSQL on this machine")


def _among(bench: Bench, count: int) -> Contender:
    """Records of parts, and look-ups, among so many files of one owner."""

    def contender(folder: Path) -> Sample:
        with Postgres(folder / "postgres" / "data", debian()) as server:
            return asyncio.run(_measured(bench, server, count))

    return contender


async def _measured(bench: Bench, server: Postgres, count: int) -> Sample:
    url = await server.make("bench")
    await check_schema(url, pooled=False, make=True)
    await _fill(url, count)
    database = PostgresDatabase(url, connections=AT_ONCE)
    try:
        uploads, parts = SqlUploads(database, Quota()), PostgresParts(database, Quota())
        files = SqlFiles(database, Quota())
        upload = await uploads.open(Opening(_upload(database.clock()), "bench"))
        some = max(1, count // 2)
        look_ups: dict[str, Callable[[], Awaitable[object]]] = {
            ADMIT: lambda: parts.admit(upload.id, 0),
            NAMED: lambda: files.named(FileId(f"file-{some}")),
            HIT: lambda: files.of_hash(OWNER, Md5(f"{some:032x}"), 1),
            LISTED: lambda: files.page(OWNER, "", 0, 20),
        }
        figures = {name: await _milliseconds(bench.few(500), look) for name, look in look_ups.items()}
        return {**figures, **await _recorded(bench, server, parts, upload.id)}
    finally:
        await database.close()


async def _recorded(bench: Bench, server: Postgres, parts: PostgresParts, upload: UploadId) -> Sample:
    """Parts recorded side by side."""
    many = bench.few(4_000)
    times: list[float] = []

    async def write(writer: int) -> None:
        for number in range(writer, many, AT_ONCE):
            begun = time.perf_counter()
            part = Part(number, StagedLocation(new_id()), MIB, f"{number:032x}", 0)
            await parts.commit_part(upload, part, 1000.0, "bench")
            times.append(time.perf_counter() - begun)

    await asyncio.gather(*(write(writer) for writer in range(AT_ONCE)))
    times.clear()
    with metered(server.pid) as usage:
        cpu = time.process_time()
        await asyncio.gather(*(write(writer) for writer in range(AT_ONCE)))
        cpu = time.process_time() - cpu
    return {PART: percentile(times, 50) * 1000, CLIENT: cpu / many * 1e6, SERVER: usage.cpu / many * 1e6}


async def _milliseconds(many: int, look: Callable[[], Awaitable[object]]) -> float:
    """The median of so many look-ups, one after the other."""
    await look()
    times = []
    for _ in range(many):
        begun = time.perf_counter()
        await look()
        times.append(time.perf_counter() - begun)
    return percentile(times, 50) * 1000


async def _fill(url: str, count: int) -> None:
    """Files of one owner, each on a blob of its own that is nowhere."""
    connection = await asyncpg.connect(url)
    try:
        for statement in _FILL:
            await connection.execute(statement.format(count=count), timeout=3600)
    finally:
        await connection.close()


def _upload(now: float) -> Upload:
    made = UploadId(new_id())
    return Upload(
        id=made,
        owner=OWNER,
        dialect="files",
        key=made,
        declared=Declared("bench.bin"),
        limit=1 << 60,
        needs_md5=False,
        state=State.OPEN,
        epoch=0,
        received=0,
        bytes=0,
        largest=0,
        expires_at=now + 1000,
        file=None,
        completed_by=None,
    )


_FILL = (
    """
    INSERT INTO blobs (sha256, md5, size, location, damaged)
    SELECT lpad(to_hex(n), 64, '0'), lpad(to_hex(n), 32, '0'), 1, 'nowhere/' || n, 0 FROM generate_series(1, {count}) n
    """,
    """
    INSERT INTO files (id, owner, dialect, client_key, name, media_type, sha256, created_at)
    SELECT 'file-' || n, 'anonymous', 'files', 'key-' || n, 'record-' || n, 'text/plain', lpad(to_hex(n), 64, '0'), n
    FROM generate_series(1, {count}) n
    """,
    "INSERT INTO usage (owner, bytes, files) VALUES ('anonymous', {count}, {count})",
    "VACUUM ANALYZE",
    "CHECKPOINT",
)
