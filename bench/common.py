"""What the parts share: the sizes in force, the bytes that are sent, and servers to send them to."""

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.measure import CLIENT, CPU_PER_GIB, GIB, MIB, PEAK, RATE, Sample, Usage
from bench.peers import penstock
from bench.plans import Figures
from bench.wires import Job, Source, Target
from tests.support.process import ServerProcess

APART = 64 * 1024
"""So far from each other begin the files of a run in the source, so that no two are the same."""


@dataclass(frozen=True, slots=True)
class Bench:
    """One run of the benchmark. `size` is what an upload case sends in all, in bytes."""

    source: Source
    size: int
    quick: bool = False
    whole: bool = False

    @staticmethod
    def opened(folder: Path, *, quick: bool, whole: bool) -> "Bench":
        """With a source in the folder."""
        size = 64 * MIB if quick else GIB
        return Bench(Source.made(folder / "source", size + 128 * APART), size, quick, whole)

    def jobs(self, count: int, size: int, part: int = 8 * MIB) -> list[Job]:
        """So many files of `size` bytes each."""
        return [Job(f"file-{number}", self.source, number * APART, size, part) for number in range(count)]

    def warming(self) -> Job:
        """A file to warm a server up with."""
        return Job("warm", self.source, 127 * APART, min(self.size, 64 * MIB))

    def few(self, many: int) -> int:
        """How often something small is done: a hundredth when the run is a quick one."""
        return max(1, many // 100) if self.quick else many


@contextmanager
def penstock_server(folder: Path, **settings: str) -> Iterator[tuple[ServerProcess, Target]]:
    """Penstock on a fresh store that has a user, and where to reach it."""
    stored, kept = folder.parent / "store", folder.parent / "token.json"
    if not kept.exists():
        (folder / "first").mkdir()
        with penstock(folder / "first") as first:
            token = first.token("bench")
            first.command("wallet", "fund")
        shutil.copytree(first.data, stored)
        kept.write_text(json.dumps(token))
    shutil.copytree(stored, folder / "data")
    with penstock(folder, **settings) as server:
        yield server, Target(server.port, json.loads(kept.read_text()))


def sample(figures: Figures, size: int, usage: Usage, more: float = 0) -> Sample:
    """What moving `size` bytes came to. `more` seconds passed behind the client."""
    wall = figures.wall + more
    return {
        RATE: size / MIB / wall,
        CPU_PER_GIB: usage.cpu / size * GIB,
        PEAK: usage.peak / MIB,
        CLIENT: 100 * figures.cpu / wall,
    }
