"""Files arrive: one and many at once, small and large parts, every dialect, with and without digests and syncs."""

import hashlib
import os
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from bench.common import Bench, penstock_server, sample
from bench.measure import MIB, RATE, Case, Contender, Sample, Usage, metered
from bench.peers import PEERS, Peer, serving
from bench.plans import Figures, Plan
from bench.wires import Job, Sending, Target, Wire, files, instant, oss, put, scratch, tus

PARTS = (1, 4, 8)
CROWDS = (1, 4, 16, 64)
DIGESTED = "nginx + digests + syncs"


def cases(bench: Bench) -> list[Case]:
    """All of them."""
    return [*_crowds(bench), *_without_md5(bench), *_parts(bench), _dialects(bench), _durability(bench), _lanes(bench)]


def _crowds(bench: Bench) -> list[Case]:
    found = []
    for count in CROWDS:
        jobs = bench.jobs(count, bench.size // count)
        contenders = {"Penstock": to_penstock(bench, scratch, jobs), **to_peers(bench, jobs)}
        found.append(Case(f"uploads: {count} at once, MD5 + SHA-256", contenders, RATE))
    return found


def _without_md5(bench: Bench) -> list[Case]:
    return [
        Case(
            f"uploads: {count} at once, SHA-256 alone",
            {
                "Penstock": to_penstock(bench, files, jobs),
                **{name: run for name, run in to_peers(bench, jobs).items() if name == "nginx"},
            },
            RATE,
        )
        for count in (1, 16)
        for jobs in [bench.jobs(count, bench.size // count)]
    ]


def _parts(bench: Bench) -> list[Case]:
    return [
        Case(
            f"uploads: {name} parts",
            {f"{size} MiB": to_penstock(bench, wire, bench.jobs(1, bench.size, size * MIB)) for size in PARTS},
            RATE,
            baseline="8 MiB",
        )
        for name, wire in (("raw", scratch), ("multipart", instant))
    ]


def _dialects(bench: Bench) -> Case:
    wires: Mapping[str, Wire] = {"scratch": scratch, "instant": instant, "files": files, "oss": oss}
    jobs = bench.jobs(1, bench.size)
    contenders = {name: to_penstock(bench, wire, jobs) for name, wire in wires.items()}
    return Case("uploads: each dialect", contenders, RATE, "scratch", "`files` computes no MD5")


def _durability(bench: Bench) -> Case:
    jobs = bench.jobs(4, bench.size // 4)
    contenders = {name: to_penstock(bench, scratch, jobs, durability=name) for name in ("full", "process")}
    return Case("uploads: they survive power loss, or a crash alone", contenders, RATE, "full")


def _lanes(bench: Bench) -> Case:
    jobs = bench.jobs(1, bench.size)
    contenders = {str(lanes): to_penstock(bench, instant, jobs, lanes=lanes) for lanes in (1, 4, 16)}
    return Case("uploads: one file over several connections", contenders, RATE, "1")


def to_penstock(bench: Bench, wire: Wire, jobs: list[Job], *, lanes: int = 1, **settings: str) -> Contender:
    """Sends the jobs to Penstock, all at once, each over so many connections."""

    def contender(folder: Path) -> Sample:
        with penstock_server(folder, **settings) as (server, target):
            sent(bench, target, wire, [bench.warming()])
            with metered(server.pid) as usage:
                figures = sent(bench, target, wire, jobs, lanes)
        return sample(figures, sum(job.size for job in jobs), usage)

    return contender


def to_peers(bench: Bench, jobs: list[Job]) -> dict[str, Contender]:
    """Sends the jobs to each peer that is here, all at once."""
    found: dict[str, Contender] = {}
    for peer in PEERS:
        if peer.found is not None:
            found[peer.name] = _to_peer(bench, peer, jobs, digested=False)
            if peer.name == "nginx":
                found[DIGESTED] = _to_peer(bench, peer, jobs, digested=True)
    return found


def _to_peer(bench: Bench, peer: Peer, jobs: list[Job], *, digested: bool) -> Contender:
    wire = put if peer.name == "nginx" else tus

    def contender(folder: Path) -> Sample:
        with serving(peer, folder) as server:
            target = Target(server.port)
            sent(bench, target, wire, [bench.warming()])
            with metered(server.pid) as usage:
                figures = sent(bench, target, wire, jobs)
            more = digest([server.files / job.key for job in jobs], usage) if digested else 0
        return sample(figures, sum(job.size for job in jobs), usage, more)

    return contender


def sent(bench: Bench, target: Target, wire: Wire, jobs: list[Job], lanes: int = 1) -> Figures:
    """Send files, all at once."""
    return carry(bench, target, [wire(target, job) for job in jobs], lanes)


def carry(bench: Bench, target: Target, sendings: list[Sending], lanes: int = 1) -> Figures:
    """Carry out sendings, all at once. Each has connections of its own, and is ended when all its parts are there."""
    plan = Plan(bench.source.path)
    crowd = plan.phase(lanes * len(sendings))
    for number, sending in enumerate(sendings):
        for index, part in enumerate(sending.parts):
            crowd[number * lanes + index % lanes].send(part)
        if lanes == 1:
            crowd[number].send(*sending.end)
    if lanes > 1:
        for lane, sending in zip(plan.phase(len(sendings)), sendings, strict=True):
            lane.send(*sending.end)
    return plan.run(target.port)


def digest(stored: list[Path], usage: Usage) -> float:
    """Sync files and compute MD5 and SHA-256 of each, on as many threads as there are cores; returns the seconds."""
    begun, cpu = time.perf_counter(), time.process_time()
    with ThreadPoolExecutor(os.cpu_count()) as threads:
        for done in [threads.submit(_digest, path, name) for path in stored for name in ("md5", "sha256")]:
            done.result()
    usage.cpu += time.process_time() - cpu
    return time.perf_counter() - begun


def _digest(path: Path, name: str) -> None:
    with path.open("rb") as file:
        if name == "md5":
            os.fdatasync(file.fileno())
        hashlib.file_digest(file, lambda: hashlib.new(name, usedforsecurity=False))
