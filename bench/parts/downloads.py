"""Files leave: whole and in ranges, one at a time and many at once. nginx sends them with sendfile."""

import os
import random
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

from bench.common import Bench, penstock_server, sample
from bench.measure import MIB, RATE, Case, Contender, Sample, metered
from bench.parts.uploads import carry
from bench.peers import PEERS, Peer, serving
from bench.plans import Plan, Request
from bench.wires import Target, files

CROWDS = (1, 16)
RANGES = {"whole": 0, "ranges of 1 MiB": MIB, "ranges of 64 KiB": 64 * 1024}

FileServer = Callable[[Path], AbstractContextManager[tuple[int, Target, str]]]
"""A server that has the file: its process, where to reach it, and the path."""


def cases(bench: Bench) -> list[Case]:
    """All of them."""
    return [
        Case(
            f"downloads: {name}, {count} at once",
            {
                name_of_server: _read(bench, file_server, length, count)
                for name_of_server, file_server in _file_servers(bench).items()
            },
            RATE,
        )
        for name, length in RANGES.items()
        for count in CROWDS
    ]


def _file_servers(bench: Bench) -> dict[str, FileServer]:
    servers = {"Penstock": _in_penstock(bench)}
    return servers | {peer.name: _in_nginx(bench, peer) for peer in PEERS if peer.name == "nginx" and peer.found}


def _in_penstock(bench: Bench) -> FileServer:
    @contextmanager
    def file_server(folder: Path) -> Iterator[tuple[int, Target, str]]:
        with penstock_server(folder) as (server, target):
            sending = files(target, bench.jobs(1, _size(bench))[0])
            carry(bench, target, [sending])
            yield server.pid, target, f"/api/files/{sending.file}/download"

    return file_server


def _in_nginx(bench: Bench, peer: Peer) -> FileServer:
    @contextmanager
    def file_server(folder: Path) -> Iterator[tuple[int, Target, str]]:
        with serving(peer, folder) as server, bench.source.path.open("rb") as source:
            (server.files / "file").write_bytes(source.read(_size(bench)))
            yield server.pid, Target(server.port), "/file"

    return file_server


def _read(bench: Bench, file_server: FileServer, length: int, count: int) -> Contender:
    size = _size(bench)

    def contender(folder: Path) -> Sample:
        with file_server(folder) as (pid, target, path):
            os.sync()
            _plan(target, path, size, size, length, 1).run(target.port)
            with metered(pid) as usage:
                figures = _plan(target, path, size, 4 * size, length, count).run(target.port)
        return sample(figures, figures.received, usage)

    return contender


def _plan(target: Target, path: str, size: int, amount: int, length: int, count: int) -> Plan:
    """Reads about `amount` bytes over `count` connections; the ranges are the same in every run."""
    plan, places = Plan(), random.Random(size)
    for lane in plan.phase(count):
        if not length:
            lane.send(Request("read", "GET", path, target.headers), repeat=max(1, amount // size // count))
        else:
            for _ in range(max(1, min(amount // length, 20_000) // count)):
                start = places.randrange(size - length)
                asked = target.headers | {"Range": f"bytes={start}-{start + length - 1}"}
                lane.send(Request("read", "GET", path, asked))
    return plan


def _size(bench: Bench) -> int:
    return bench.size // 4
