"""Past one machine: nodes beside each other on an S3 store, and beside tusd on the same kind of store."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from bench.common import Bench, sample
from bench.measure import CPU_PER_GIB, GIB, MIB, RATE, Case, Contender, Sample, Usage, metered
from bench.parts.records import by_records
from bench.parts.sealing import SEAL
from bench.parts.uploads import carry, sent
from bench.peers import TUSD, serving
from bench.plans import Figures
from bench.wires import Job, Sending, Target, Wire, instant, oss, scratch, tus
from cluster.cluster import Cluster
from cluster.s3 import REGION
from cluster.seaweed import Seaweed

NOTE = "on SeaweedFS; the CPU is that of the servers alone, without the store's, the rate that of all on one machine"
UNHURRIED = {"merge_wait": "0", "scratch_limit": "1TiB", "tier_normal": "1TiB"}

Carry = Callable[[Cluster, Target, list[Job]], Figures]
"""Sends the jobs to a cluster."""


def cases(bench: Bench) -> list[Case]:
    """All of them."""
    return [by_records(bench), _by_nodes(bench), *_beside_tusd(bench), _presigned(bench), _sealing(bench)]


def _by_nodes(bench: Bench) -> Case:
    jobs = bench.jobs(16, bench.size // 16)
    contenders = {
        f"{count} node{'s' if count > 1 else ''}": _to(bench, jobs, _streamed(bench, scratch), nodes=count)
        for count in (1, 2, 3)
    }
    return Case("cluster: by number of nodes", contenders, CPU_PER_GIB, "1 node", f"through nginx, {NOTE}")


def _beside_tusd(bench: Bench) -> list[Case]:
    found = []
    for count in (1, 16, 64):
        jobs = bench.jobs(count, bench.size // count)
        contenders = {"Penstock": _to(bench, jobs, _streamed(bench, scratch))}
        if TUSD.found is not None:
            contenders["tusd"] = _to_tusd(bench, jobs)
        found.append(Case(f"cluster: {count} at once onto S3, MD5 + SHA-256", contenders, RATE, note=NOTE))
    return found


def _presigned(bench: Bench) -> Case:
    jobs = bench.jobs(16, bench.size // 16)
    contenders = {
        "streamed": _to(bench, jobs, _streamed(bench, scratch)),
        "presigned": _to(bench, jobs, _to_the_store(bench)),
    }
    return Case("cluster: presigned beside streamed, 16 at once", contenders, CPU_PER_GIB, "streamed", NOTE)


def _sealing(bench: Bench) -> Case:
    sizes = [bench.size, 10 * GIB] if bench.whole else [bench.size]
    contenders = {
        f"{size // MIB:,} MiB, parts of {part} MiB": _to(
            bench, bench.jobs(1, size, part * MIB), _streamed(bench, instant), timed=True
        )
        for size in sizes
        for part in (8, 64)
    }
    note = "from the last part's answer to the file's, in order, over one connection"
    return Case("cluster: sealing on S3", contenders, SEAL, next(iter(contenders)), note)


def _to(bench: Bench, jobs: list[Job], carried: Carry, *, nodes: int = 1, timed: bool = False) -> Contender:
    """Sends the jobs, all at once: to one node, or through nginx to several. `timed`: the longest seal is told."""

    def contender(folder: Path) -> Sample:
        with Cluster(folder, nodes=nodes, settings=UNHURRIED) as cluster, ExitStack() as metering:
            token = cluster.token("bench")
            target = Target(cluster.nginx.port if nodes > 1 else cluster.nodes[0].port, token)
            sent(bench, target, scratch, [bench.warming()])
            usages = [metering.enter_context(metered(node.pid)) for node in cluster.nodes]
            figures = carried(cluster, target, jobs)
            metering.close()
        usage = Usage(sum(usage.cpu for usage in usages), max(usage.peak for usage in usages))
        found = sample(figures, sum(job.size for job in jobs), usage)
        return {**found, SEAL: max(figures.times["seal"]) * 1000} if timed else found

    return contender


def _streamed(bench: Bench, wire: Wire) -> Carry:
    return lambda _, target, jobs: sent(bench, target, wire, jobs)


def _to_the_store(bench: Bench) -> Carry:
    """Parts go to the store itself, at the addresses that a node signed; then the node is told to merge."""

    def carried(cluster: Cluster, target: Target, jobs: list[Job]) -> Figures:
        sendings = [oss(target, job) for job in jobs]
        parts = carry(bench, Target(cluster.store.port), [Sending(sending.parts) for sending in sendings])
        ends = carry(bench, target, [Sending(sending.end) for sending in sendings])
        return replace(
            parts, cpu=parts.cpu + ends.cpu, phases=parts.phases + ends.phases, times=parts.times | ends.times
        )

    return carried


def _to_tusd(bench: Bench, jobs: list[Job]) -> Contender:
    """The same, to tusd: it checks nothing, and spools each part into a file first."""

    def contender(folder: Path) -> Sample:
        with Seaweed(folder / "store") as store:
            store.make("tusd")
            told = store.credentials | {"AWS_REGION": REGION, "TMPDIR": str(folder)}

            def command(program: Path, folder: Path, port: int) -> list[str]:
                where = ["-s3-bucket", "tusd", "-s3-endpoint", store.url]
                variables = [f"{name}={value}" for name, value in told.items()]
                return ["env", *variables, *TUSD.command(program, folder, port), *where]

            with serving(replace(TUSD, command=command), folder) as server:
                target = Target(server.port)
                sent(bench, target, tus, [bench.warming()])
                with metered(server.pid) as usage:
                    figures = sent(bench, target, tus, jobs)
        return sample(figures, sum(job.size for job in jobs), usage)

    return contender
