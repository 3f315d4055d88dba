"""What the command costs before it does anything."""

import resource
import subprocess
import time
from pathlib import Path

from bench.common import Bench
from bench.measure import Case, Contender, Sample, cpu_of
from bench.peers import penstock
from tests.support.process import PENSTOCK

CPU, ANSWERS = "CPU, s", "first answer after, s"
COMMANDS = ("--help", "--version", "serve --help", "users --help")
SERVES = "a new store", "a store that is there"


def cases(bench: Bench) -> list[Case]:
    """All of them."""
    asked = {f"penstock {command}": _asking(command) for command in COMMANDS}
    served = dict(zip(SERVES, (_serving(ready=False), _serving(ready=True)), strict=True))
    return [
        Case("starting: questions", asked, CPU, f"penstock {COMMANDS[0]}"),
        Case("starting: serve", served, ANSWERS, SERVES[1]),
    ]


def _asking(command: str) -> Contender:
    def contender(folder: Path) -> Sample:
        before, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run([PENSTOCK, *command.split()], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        wall, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        return {CPU: after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, "wall, s": wall}

    return contender


def _serving(*, ready: bool) -> Contender:
    def contender(folder: Path) -> Sample:
        if ready:
            with penstock(folder):
                pass
        begun = time.perf_counter()
        with penstock(folder) as server:
            return {ANSWERS: time.perf_counter() - begun, CPU: cpu_of(server.pid)}

    return contender
