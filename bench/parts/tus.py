"""`tus` beside those who speak nothing else: whole files, and 500 small PATCHes of one."""

from collections.abc import Mapping
from pathlib import Path

from bench.common import Bench, penstock_server, sample
from bench.measure import RATE, Case, Contender, Sample, metered
from bench.parts.uploads import sent
from bench.peers import PEERS, Peer, serving
from bench.wires import Job, Target, tus, tus_in_parts

PATCHES, SMALL = 500, 1024
TOOK = "500 PATCHes, s"
CPU = "CPU s"


def cases(bench: Bench) -> list[Case]:
    """All of them."""
    return [_small(bench), *(_whole(bench, count) for count in (1, 16))]


def _small(bench: Bench) -> Case:
    patches = bench.few(PATCHES)
    jobs = [Job("small", bench.source, 0, patches * SMALL, SMALL)]
    contenders = {
        "Penstock": _to_penstock(bench, jobs, durability="full"),
        "Penstock, process": _to_penstock(bench, jobs, durability="process"),
        **_to_peers(bench, jobs),
    }
    return Case("tus: small PATCHes of one upload, one after the other", contenders, TOOK)


def _whole(bench: Bench, count: int) -> Case:
    jobs = bench.jobs(count, bench.size // count, bench.size // count)
    contenders = {"Penstock": _to_penstock(bench, jobs), **_to_peers(bench, jobs)}
    return Case(f"tus: {count} at once", contenders, RATE, note="Penstock digests and syncs, the others do neither")


def _to_penstock(bench: Bench, jobs: list[Job], **settings: str) -> Contender:
    def contender(folder: Path) -> Sample:
        with penstock_server(folder, **settings) as (server, target):
            return _measured(bench, target, jobs, server.pid)

    return contender


def _to_peers(bench: Bench, jobs: list[Job]) -> Mapping[str, Contender]:
    return {peer.name: _to_peer(bench, jobs, peer) for peer in PEERS if peer.found is not None and peer.name != "nginx"}


def _to_peer(bench: Bench, jobs: list[Job], peer: Peer) -> Contender:
    def contender(folder: Path) -> Sample:
        with serving(peer, folder) as server:
            return _measured(bench, Target(server.port), jobs, server.pid)

    return contender


def _measured(bench: Bench, target: Target, jobs: list[Job], pid: int) -> Sample:
    sent(bench, target, tus, [bench.warming()])
    with metered(pid) as usage:
        figures = sent(bench, target, tus_in_parts, jobs)
    return {**sample(figures, sum(job.size for job in jobs), usage), TOOK: figures.wall, CPU: usage.cpu}
