"""How long sealing takes after the last part: by size, by number of parts, by order, and at what pace they came.

The uploads are `instant`'s, whose merge is a call of its own: its time is what is told, in which the digests are
finished, the file is named, and its records are made durable.
"""

import hashlib
import random
import time
from collections.abc import Callable
from pathlib import Path

from bench.common import Bench, penstock_server, sample
from bench.measure import GIB, MIB, Case, Contender, Sample, metered
from bench.parts.uploads import sent
from bench.plans import Plan, Request
from bench.wires import Job, instant

LINE = 300 * MIB
SEAL, SEAL_PER_GIB, WHOLE, AGAINST = (
    "seal, ms",
    "seal, ms/GiB",
    "first byte to sealed, s",
    "sealed ÷ max(received, MD5)",
)
WINDOW = 4

Order = Callable[[list[Request]], list[Request]]


def cases(bench: Bench) -> list[Case]:
    """All of them."""
    return [_orders(bench), _sizes(bench), _counts(bench)]


def _orders(bench: Bench) -> Case:
    [job] = bench.jobs(1, bench.size)
    contenders = {
        "in order, 300 MiB/s": sealed(bench, job, rate=LINE),
        "roughly in order, 300 MiB/s": sealed(bench, job, _roughly, rate=LINE, lanes=WINDOW),
        "backwards, 300 MiB/s": sealed(bench, job, _backwards, rate=LINE),
        "in order, line rate": sealed(bench, job),
        "roughly in order, line rate": sealed(bench, job, _roughly, lanes=WINDOW),
        "shuffled, line rate": sealed(bench, job, _shuffled, lanes=WINDOW),
    }
    return Case("sealing: by order", contenders, SEAL, "in order, 300 MiB/s", f"{bench.size // MIB} MiB in parts of 8")


def _sizes(bench: Bench) -> Case:
    sizes = [bench.size // share for share in (64, 16, 4, 1)]
    contenders = {f"{size // MIB} MiB": sealed(bench, bench.jobs(1, size)[0], rate=LINE) for size in sizes}
    return Case("sealing: by size", contenders, SEAL, f"{sizes[-1] // MIB} MiB", "in order, at 300 MiB/s")


def _counts(bench: Bench) -> Case:
    counts = (10, 100) if bench.quick else (10, 100, 1_000, 10_000)
    contenders = {
        f"{count} parts": sealed(bench, bench.jobs(1, bench.size, -(-bench.size // count))[0], lanes=WINDOW)
        for count in counts
    }
    return Case("sealing: by number of parts", contenders, SEAL_PER_GIB, "10 parts", f"{bench.size // MIB} MiB")


def sealed(bench: Bench, job: Job, order: Order = lambda parts: parts, *, rate: float = 0, lanes: int = 1) -> Contender:
    """Sends a file in an order, at a rate (bytes a second, a part at a time; 0 for as fast as it goes), over so many
    connections.
    """

    def contender(folder: Path) -> Sample:
        with penstock_server(folder) as (server, target):
            sent(bench, target, instant, [bench.warming()])
            sending, plan = instant(target, job), Plan(bench.source.path)
            crowd = plan.phase(lanes)
            apart = job.part / rate if rate else 0
            for index, part in enumerate(order(sending.parts)):
                crowd[index % lanes].send(part, pace=min(index + 1, lanes) * apart)
            plan.phase(1)[0].send(*sending.end)
            with metered(server.pid) as usage:
                figures = plan.run(target.port)
        seal = figures.times["seal"][0]
        return {
            SEAL: seal * 1000,
            SEAL_PER_GIB: seal * 1000 / job.size * GIB,
            WHOLE: figures.wall,
            AGAINST: figures.wall / max(figures.phases[0], _md5_seconds(job)),
            **sample(figures, job.size, usage),
        }

    return contender


def _md5_seconds(job: Job) -> float:
    """How long MD5 alone takes here and now, for so many bytes."""
    block, begun = bytes(16 * MIB), time.perf_counter()
    hashlib.md5(block, usedforsecurity=False)
    return (time.perf_counter() - begun) * job.size / len(block)


def _roughly(parts: list[Request]) -> list[Request]:
    """Overtaking each other within a few places."""
    places = random.Random(0)
    windows = [parts[at : at + WINDOW] for at in range(0, len(parts), WINDOW)]
    return [part for window in windows for part in places.sample(window, len(window))]


def _shuffled(parts: list[Request]) -> list[Request]:
    return random.Random(0).sample(parts, len(parts))


def _backwards(parts: list[Request]) -> list[Request]:
    return parts[::-1]
