"""Small calls while uploads saturate the server: how long they take, and what the uploads still get."""

from pathlib import Path

from bench.common import Bench, penstock_server
from bench.measure import CLIENT, CPU_PER_GIB, GIB, MIB, PEAK, RATE, Case, Contender, Sample, metered, percentile
from bench.parts.calls import P50, P99, info
from bench.peers import PEERS, serving
from bench.plans import UNTIL_THE_OTHERS_END, Figures, Plan, Request
from bench.wires import Job, Target, Wire, instant, put, scratch

CROWDS = (4, 16)
NAMES = RAW, MULTIPART = "Penstock, raw parts", "Penstock, multipart"
CALLERS = 2
PACE = 0.01


def cases(bench: Bench) -> list[Case]:
    """All of them."""
    return [
        Case(
            f"mix: small calls beside {count} uploads",
            {
                RAW: _in_penstock(bench, scratch, jobs),
                MULTIPART: _in_penstock(bench, instant, jobs),
                **{peer.name: _in_nginx(bench, jobs) for peer in PEERS if peer.name == "nginx" and peer.found},
            },
            P99,
            RAW,
            "the uploads keep MD5 + SHA-256; nginx computes none, and answers a constant",
        )
        for count in CROWDS
        for jobs in [bench.jobs(count, 2 * bench.size // count)]
    ]


def _in_penstock(bench: Bench, wire: Wire, jobs: list[Job]) -> Contender:
    def contender(folder: Path) -> Sample:
        with penstock_server(folder) as (server, target):
            return _mixed(bench, target, server.pid, wire, jobs, info(bench, target))

    return contender


def _in_nginx(bench: Bench, jobs: list[Job]) -> Contender:
    [nginx] = [peer for peer in PEERS if peer.name == "nginx"]

    def contender(folder: Path) -> Sample:
        with serving(nginx, folder) as server:
            call = Request("call", "GET", "/json")
            return _mixed(bench, Target(server.port), server.pid, put, jobs, call)

    return contender


def _mixed(bench: Bench, target: Target, pid: int, wire: Wire, jobs: list[Job], call: Request) -> Sample:
    """Uploads as fast as they go; beside them a few callers that ask every hundredth of a second."""
    plan = Plan(bench.source.path)
    lanes = plan.phase(len(jobs) + CALLERS)
    for lane, job in zip(lanes, jobs, strict=False):
        sending = wire(target, job)
        lane.send(*sending.parts, *sending.end)
    for lane in lanes[-CALLERS:]:
        lane.send(call, repeat=UNTIL_THE_OTHERS_END, pace=PACE)
    with metered(pid) as usage:
        figures = plan.run(target.port)
    return _told(figures, sum(job.size for job in jobs), usage.cpu, usage.peak)


def _told(figures: Figures, size: int, cpu: float, peak: int) -> Sample:
    times = figures.times["call"]
    return {
        P50: percentile(times, 50) * 1000,
        P99: percentile(times, 99) * 1000,
        RATE: size / MIB / figures.wall,
        CPU_PER_GIB: cpu / size * GIB,
        PEAK: peak / MIB,
        CLIENT: 100 * figures.cpu / figures.wall,
    }
