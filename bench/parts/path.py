"""Where the time goes: one upload under `perf`, its CPU seconds told apart by what they were spent on."""

import re
import shutil
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.common import Bench, penstock_server
from bench.measure import CPU_PER_GIB, GIB, Case, Contender, Sample, metered
from bench.parts.uploads import sent
from bench.wires import scratch

PERF = shutil.which("perf")
IN_ALL = "in all"
BEGIN = 1.0
"""Seconds that perf takes to look at a process."""

STEPS = {
    "receiving: socket to memory": re.compile(r"sock_read_iter|sock_recvmsg"),
    "writing: memory to page cache": re.compile(r"sys_pwrite"),
    "syncs, and sending bytes on": re.compile(r"sys_(fdatasync|fsync|sync_file_range)"),
    "reading back for the digests": re.compile(r"sys_pread|do_preadv|filemap_read"),
    "MD5 and SHA-256": re.compile(r"libcrypto|md5|_sha"),
    "XXH3 of each part": re.compile(r"xxhash"),
    "records: SQLite": re.compile(r"sqlite"),
    "Python, uvloop, HTTP": re.compile(r"python|uvloop|httptools|libc\."),
}
"""The steps of a byte's way, by what a stack of theirs has in it; the first that fits counts."""

REST = "everything else"


def cases(bench: Bench) -> list[Case]:
    """One, where there is a perf."""
    if PERF is None:
        return []
    profile = _Profile(bench)
    contenders: dict[str, Contender] = {IN_ALL: profile.take}
    contenders |= {step: profile.share(step) for step in [*STEPS, REST]}
    return [Case("path: one upload, MD5 + SHA-256, step by step", contenders, CPU_PER_GIB, IN_ALL)]


class _Profile:
    """One upload in each round, whose steps are contenders of their own."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._cpu = 0.0
        self._shares: dict[str, float] = {}

    def take(self, folder: Path) -> Sample:
        """Send a file while perf looks."""
        job = self._bench.jobs(1, self._bench.size)[0]
        with penstock_server(folder) as (server, target):
            sent(self._bench, target, scratch, [self._bench.warming()])
            with watched(server.pid, folder / "perf.data") as stacks, metered(server.pid) as usage:
                sent(self._bench, target, scratch, [job])
        self._shares = shares(stacks)
        self._cpu = usage.cpu / job.size * GIB
        return {CPU_PER_GIB: self._cpu}

    def share(self, step: str) -> Contender:
        """What of the last upload was this step."""
        return lambda _: {CPU_PER_GIB: self._cpu * self._shares.get(step, 0.0)}


@contextmanager
def watched(pid: int, data: Path) -> Iterator[list[str]]:
    """Look a thousand times a second at what a process does; the list has a stack of each look afterwards."""
    assert PERF is not None
    looking = [PERF, "record", "-q", "-e", "cpu-clock", "-F", "999", "-g", "-o", str(data), "-p", str(pid)]
    process = subprocess.Popen(looking, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    stacks: list[str] = []
    try:
        time.sleep(BEGIN)
        yield stacks
    finally:
        process.send_signal(signal.SIGINT)
        process.wait()
    telling = [PERF, "script", "-i", str(data), "-F", "ip,sym,dso"]
    told = subprocess.run(telling, capture_output=True, text=True, errors="replace", check=True)
    stacks += [stack for stack in told.stdout.split("\n\n") if stack.strip()]


def shares(stacks: Iterable[str]) -> dict[str, float]:
    """How much of all looks each step has."""
    counted = Counter(step_of(stack) for stack in stacks)
    return {step: count / counted.total() for step, count in counted.items()}


def step_of(stack: str) -> str:
    """The step that a stack, innermost first, belongs to. What is not the kernel's is told by where it is itself."""
    inner = stack.strip().partition("\n")[0]
    looked_at = stack if "[kernel" in inner else inner
    return next((step for step, sign in STEPS.items() if sign.search(looked_at)), REST)
