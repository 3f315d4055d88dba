"""Small calls: JSON with and without a token, hits by hash, and what a part costs beside its bytes."""

from collections.abc import Callable
from pathlib import Path

from bench.common import Bench, penstock_server
from bench.measure import CALLS, CLIENT, PEAK, Case, Contender, Sample, Usage, metered, percentile
from bench.parts.uploads import carry
from bench.peers import PEERS, serving
from bench.plans import Body, Figures, Plan, Request
from bench.wires import Job, Target, files, instant, json_request

MANY = 40_000
FEW = 10_000
CROWD = 16
TINY = 64
CPU_PER_CALL = "CPU µs/call"
P50, P99 = "p50, ms", "p99, ms"

Asking = Callable[[Bench, Target], Plan]
"""Prepares what is asked about, and plans the asking."""


def cases(bench: Bench) -> list[Case]:
    """All of them."""
    nginx = {peer.name: _nginx(bench) for peer in PEERS if peer.name == "nginx" and peer.found}
    calls = {"Penstock": asking(bench, _info), "Penstock, /healthz": asking(bench, _health), **nginx}
    return [
        Case("calls: JSON with a token", calls, CALLS, note="nginx answers a constant and checks nothing"),
        Case(
            "calls: hits by hash",
            {"Penstock": asking(bench, _hits, claims_per_minute="1000000")},
            CALLS,
            note="each makes a record",
        ),
        Case(
            f"calls: parts of {TINY} bytes",
            {
                "surviving a crash": asking(bench, _tiny, durability="process"),
                "surviving power loss": asking(bench, _tiny),
            },
            CALLS,
            "surviving power loss",
            "what a part costs beside its bytes, HTTP included",
        ),
    ]


def asking(bench: Bench, plan: Asking, **settings: str) -> Contender:
    """Asks Penstock."""

    def contender(folder: Path) -> Sample:
        with penstock_server(folder, **settings) as (server, target):
            _health(bench, target).run(target.port)
            asked = plan(bench, target)
            with metered(server.pid) as usage:
                figures = asked.run(target.port)
        return told(figures, "call", usage)

    return contender


def told(figures: Figures, label: str, usage: Usage) -> Sample:
    """What calls came to."""
    times = figures.times[label]
    return {
        CALLS: len(times) / figures.wall,
        CPU_PER_CALL: usage.cpu / len(times) * 1e6,
        P50: percentile(times, 50) * 1000,
        P99: percentile(times, 99) * 1000,
        PEAK: usage.peak / (1 << 20),
        CLIENT: 100 * figures.cpu / figures.wall,
    }


def info(bench: Bench, target: Target) -> Request:
    """A call with a token that reads one record: of a file that is sent first."""
    sending = files(target, Job("small", bench.source, 0, 1000))
    carry(bench, target, [sending])
    return Request("call", "GET", f"/api/files/{sending.file}/info", target.headers)


def _info(bench: Bench, target: Target) -> Plan:
    return _repeated(info(bench, target), bench.few(MANY))


def _health(bench: Bench, target: Target) -> Plan:
    return _repeated(Request("call", "GET", "/healthz"), bench.few(MANY))


def _hits(bench: Bench, target: Target) -> Plan:
    job = Job("known", bench.source, 0, 100_000)
    carry(bench, target, [instant(target, job)])
    plan, said = Plan(), {"md5": job.md5(), "name": "again", "size": job.size}
    lanes = plan.phase(CROWD)
    for number in range(bench.few(FEW)):
        hit = json_request("call", target, "/api/file/instant", said | {"file_id": f"hit-{number}"})
        lanes[number % CROWD].send(hit)
    return plan


def _tiny(bench: Bench, target: Target) -> Plan:
    plan, total = Plan(bench.source.path), bench.few(FEW)
    lanes = plan.phase(CROWD)
    told = {"x-filename": "tiny", "x-filesize": str(TINY * total), "x-upload-id": "tiny", "x-total-chunks": str(total)}
    for index in range(total - 1):  # one is left out: sealing is not what is asked about
        headers = target.headers | told | {"x-chunk-index": str(index)}
        part = Request("call", "POST", "/api/scratch/stream-upload", headers, Body(index * TINY, TINY))
        lanes[index % CROWD].send(part)
    return plan


def _repeated(request: Request, count: int) -> Plan:
    plan = Plan()
    for lane in plan.phase(CROWD):
        lane.send(request, repeat=-(-count // CROWD))
    return plan


def _nginx(bench: Bench) -> Contender:
    [nginx] = [peer for peer in PEERS if peer.name == "nginx"]

    def contender(folder: Path) -> Sample:
        with serving(nginx, folder) as server:
            plan = _repeated(Request("call", "GET", "/json"), bench.few(MANY))
            with metered(server.pid) as usage:
                figures = plan.run(server.port)
        return told(figures, "call", usage)

    return contender
