"""What publishing costs: `python -m bench.publishing [MIB] [ROUNDS]`.

A file is sent as base64 inside JSON and published in chunks on the embedded chain by a server that runs on one core
(signing, hashing, validating and storing included); then one PIN of 2 MiB is built alone.
"""

import base64
import json
import os
import statistics
import sys
import tempfile
import time
from pathlib import Path

import httpx
from rich.console import Console
from rich.table import Table

from penstock.publishing.pins import pushes
from penstock.publishing.plans import CHUNK, CHUNK_HEAD
from tests.dialects.metaid_client import BASE, asked
from tests.live import LiveServer

MIB = 1 << 20


def main(size: int, rounds: int) -> None:
    """Run and print."""
    with tempfile.TemporaryDirectory() as folder:
        server = LiveServer(Path(folder) / "data", publish_limit=str(size)).start()
        try:
            os.sched_setaffinity(server.pid, {0})
            for task in (Path("/proc") / str(server.pid) / "task").iterdir():
                os.sched_setaffinity(int(task.name), {0})
            server.command("wallet", "fund")
            figures = [_round(server, size) for _ in range(rounds)]
        finally:
            server.stop()
    names = ("taking in, MiB/s", "publishing, MB/s", "CPU, s/GiB")
    table = Table("figure", "min", "median", "max", title=f"{size // MIB} MiB, one core, {rounds} rounds")
    for name, values in zip(names, zip(*figures, strict=True), strict=True):
        table.add_row(name, *(f"{value:.1f}" for value in (min(values), statistics.median(values), max(values))))
    built = sorted(_built(os.urandom(CHUNK)) for _ in range(50))
    table.add_row("a PIN of 2 MiB, ms", *(f"{value:.2f}" for value in (built[0], built[25], built[-1])))
    Console().print(table)


def _round(server: LiveServer, size: int) -> tuple[float, float, float]:
    """MiB/s of the request, MB/s from its answer to the end of its task, and CPU seconds per GiB of both."""
    body = json.dumps(asked(b"") | {"content": base64.b64encode(os.urandom(size)).decode()}).encode()
    used, begun = _cpu(server), time.perf_counter()
    answer = httpx.post(f"{server.url}{BASE}/files/chunked-upload-task", content=body, timeout=300)
    taken = time.perf_counter()
    task = answer.json()["data"]["taskId"]
    while httpx.get(f"{server.url}{BASE}/files/task/{task}").json()["data"]["status"] != "success":
        time.sleep(0.25)
    ended = time.perf_counter()
    return size / MIB / (taken - begun), size / 1e6 / (ended - taken), (_cpu(server) - used) / size * (1 << 30)


def _cpu(server: LiveServer) -> float:
    fields = (Path("/proc") / str(server.pid) / "stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _built(payload: bytes) -> float:
    begun = time.perf_counter()
    CHUNK_HEAD + pushes(payload)
    return (time.perf_counter() - begun) * 1000


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    mib, rounds = [*arguments, *(100, 5)[len(arguments) :]]
    main(mib * MIB, rounds)
