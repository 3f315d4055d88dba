"""How cost grows: with the size of a file, the number of its parts, and the number of records."""

import asyncio
import hashlib
import time
from functools import partial
from pathlib import Path

from bench.common import Bench, penstock_server
from bench.measure import CALLS, GIB, MIB, PEAK, RATE, Case, Contender, Sample, metered, percentile
from bench.parts.calls import CROWD, P50, P99, info
from bench.parts.uploads import carry, to_penstock
from bench.plans import Plan, Request
from bench.wires import Job, Target, instant, json_request, scratch
from penstock.adapters.sql.database import SqliteDatabase
from penstock.adapters.sql.files import insert_file, upsert_blob
from penstock.adapters.sql.tx import Tx
from penstock.model.file import NewFile
from penstock.model.ids import Location, Md5, PrincipalId, Sha256
from penstock.model.upload import Digests
from penstock.ports import Placed

STARTED, LISTED, HIT, STORED = "start, s", "list, ms", "hit by hash, ms", "database, MiB"
FOLK = PrincipalId("anonymous")
ASKED = 4_000
AT_ONCE = 10_000


def cases(bench: Bench) -> list[Case]:
    """All of them."""
    return [_by_size(bench), _by_parts(bench), _by_records(bench)]


def _by_size(bench: Bench) -> Case:
    sizes = {"1 MiB": MIB, "16 MiB": 16 * MIB, "64 MiB": 64 * MIB}
    if not bench.quick:
        sizes |= {"256 MiB": 256 * MIB, "1 GiB": GIB}
    if bench.whole:
        sizes["10 GiB"] = 10 * GIB
    contenders = {name: to_penstock(bench, scratch, bench.jobs(1, size)) for name, size in sizes.items()}
    return Case("growth: by size of a file", contenders, RATE, "64 MiB")


def _by_parts(bench: Bench) -> Case:
    counts = (1, 10, 100) if bench.quick else (1, 10, 100, 1_000, 10_000)
    size = bench.size // 4
    contenders = {
        f"{count} parts": to_penstock(bench, scratch, bench.jobs(1, size, -(-size // count))) for count in counts
    }
    return Case("growth: by number of parts", contenders, RATE, "10 parts", f"{size // MIB} MiB")


def _by_records(bench: Bench) -> Case:
    counts = [1, 1_000] if bench.quick else [1, 1_000, 100_000]
    if bench.whole:
        counts.append(1_000_000)
    contenders = {f"{count:,} records": _among(bench, count) for count in counts}
    return Case("growth: by number of file records", contenders, CALLS, "1,000 records", "calls are reads with a token")


def _among(bench: Bench, count: int) -> Contender:
    """Calls to a server that has so many files of one owner."""

    def contender(folder: Path) -> Sample:
        with penstock_server(folder) as (server, target):
            server.stop()
            asyncio.run(_fill(server.data / "penstock.db", count))
            begun = time.perf_counter()
            server.start()
            started = time.perf_counter() - begun
            call = info(bench, target)
            known = Job("known", bench.source, 0, 1000)
            carry(bench, target, [instant(Target(target.port), known)])
            with metered(server.pid) as usage:
                figures = _asked(bench, target, call, known).run(target.port)
            stored = (server.data / "penstock.db").stat().st_size
        times = {label: figures.times[label] for label in ("list", "hit")}
        return {
            CALLS: len(figures.times["call"]) / figures.phases[0],
            P50: percentile(figures.times["call"], 50) * 1000,
            P99: percentile(figures.times["call"], 99) * 1000,
            HIT: percentile(times["hit"], 50) * 1000,
            LISTED: percentile(times["list"], 50) * 1000,
            STARTED: started,
            STORED: stored / MIB,
            PEAK: usage.peak / MIB,
        }

    return contender


def _asked(bench: Bench, target: Target, call: Request, known: Job) -> Plan:
    """Reads of one record at once; then hits and lists, one after another, by the owner of all those records."""
    plan, nobody = Plan(), Target(target.port)
    for lane in plan.phase(CROWD):
        lane.send(call, repeat=max(1, bench.few(ASKED) // CROWD))
    [lane] = plan.phase(1)
    for number in range(bench.few(200)):
        said = {"file_id": f"hit-{number}", "md5": known.md5(), "name": "again", "size": known.size}
        lane.send(json_request("hit", nobody, "/api/file/instant", said))
    [lane] = plan.phase(1)
    lane.send(Request("list", "GET", "/api/file/list?search=record-7"), repeat=max(1, bench.few(20)))
    return plan


async def _fill(path: Path, count: int) -> None:
    """Record files, each on a blob of its own that is nowhere."""
    database = SqliteDatabase(path, durable=False)
    try:
        for start in range(0, count, AT_ONCE):
            numbers = range(start, min(count, start + AT_ONCE))
            await database.write(partial(_insert, numbers=numbers))
    finally:
        database.close()


async def _insert(tx: Tx, numbers: range) -> None:
    for number in numbers:
        name = f"record-{number}"
        sha256 = Sha256(hashlib.sha256(name.encode()).hexdigest())
        md5 = Md5(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest())
        await upsert_blob(tx, Placed(Location(f"nowhere/{sha256}"), Digests(1, sha256, md5)))
        await insert_file(tx, FOLK, "instant", sha256, NewFile(name, "text/plain", name), None, float(number))
