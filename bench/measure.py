"""Rounds and figures: everybody in turn, from the same start, and what came of it."""

import mmap
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

Sample = Mapping[str, float]
"""Figures of one round, by name."""

Contender = Callable[[Path], Sample]
"""One round of one contender, in an empty folder that is removed behind it."""

MIB, GIB = 1 << 20, 1 << 30
TICKS = os.sysconf("SC_CLK_TCK")
SETTLE = 0.5
POPULATE_WRITE = 23

RATE = "MiB/s"
CALLS = "calls/s"
CPU_PER_GIB = "CPU s/GiB"
PEAK = "peak RSS, MiB"
CLIENT = "client CPU, % of wall"


@dataclass(frozen=True, slots=True)
class Case:
    """Contenders that do the same work. They are compared by `figure`, each with the `baseline`."""

    name: str
    contenders: Mapping[str, Contender]
    figure: str
    baseline: str = "Penstock"
    note: str = ""


@dataclass(frozen=True, slots=True)
class Spread:
    """A figure over the rounds."""

    median: float
    least: float
    most: float


@dataclass(slots=True)
class Outcome:
    """What a case came to: spreads by contender and figure. `failed` says why a contender has none."""

    name: str
    figure: str
    baseline: str
    note: str = ""
    rounds: int = 0
    spreads: dict[str, dict[str, Spread]] = field(default_factory=dict)
    ratios: dict[str, Spread] = field(default_factory=dict)
    failed: dict[str, str] = field(default_factory=dict)


def spread(values: list[float]) -> Spread:
    """Median, least and most of at least one value."""
    return Spread(statistics.median(values), min(values), max(values))


def ratios(values: list[float], baseline: list[float]) -> Spread:
    """Round by round, so that what slowed a whole round slows both; rounds that only one of them has are left out."""
    return spread([value / base if base else 0.0 for value, base in zip(values, baseline, strict=False)])


def summary(case: Case, rounds: Mapping[str, list[Sample]]) -> Outcome:
    """The outcome of a case from the samples of its contenders."""
    counted = max(map(len, rounds.values()), default=0)
    outcome = Outcome(case.name, case.figure, case.baseline, case.note, counted)
    measured = {name: samples for name, samples in rounds.items() if samples}
    for name, samples in measured.items():
        outcome.spreads[name] = {figure: spread([sample[figure] for sample in samples]) for figure in samples[0]}
    if case.baseline in measured:
        base = [sample[case.figure] for sample in measured[case.baseline]]
        for name, samples in measured.items():
            if name != case.baseline:
                outcome.ratios[name] = ratios(base, [sample[case.figure] for sample in samples])
    return outcome


def run(case: Case, rounds: int, folder: Path, touched: int) -> Outcome:
    """Run a case: A B A B. `touched` bytes of memory are written before each run, so that the machine has them."""
    samples: dict[str, list[Sample]] = {name: [] for name in case.contenders}
    failed: dict[str, str] = {}
    for _ in range(rounds):
        for name, contender in case.contenders.items():
            if name not in failed:
                try:
                    samples[name].append(_round(contender, folder, touched))
                except Exception as error:  # a peer that cannot do a thing is a result, not an end
                    failed[name] = f"{type(error).__name__}: {error}"
                    samples[name] = []
    outcome = summary(case, samples)
    outcome.failed = failed
    return outcome


def _round(contender: Contender, folder: Path, touched: int) -> Sample:
    touch(touched)
    settle()
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as empty:
        return contender(Path(empty))


def touch(size: int) -> None:
    """Write to so many bytes of fresh memory and give it back: a virtual machine's first touch of a page is slow."""
    with mmap.mmap(-1, max(size, mmap.PAGESIZE)) as memory:
        try:
            memory.madvise(POPULATE_WRITE)
        except OSError:  # a kernel before 5.14
            for at in range(0, len(memory), mmap.PAGESIZE):
                memory[at] = 1


def settle() -> None:
    """Let what earlier rounds left behind reach the disk."""
    os.sync()
    time.sleep(SETTLE)


@dataclass(slots=True)
class Usage:
    """What a tree of processes used while it was metered: CPU seconds and the sum of its peaks in bytes."""

    cpu: float = 0.0
    peak: int = 0


@contextmanager
def metered(pid: int) -> Iterator[Usage]:
    """Meter a process and all that come from it."""
    usage, before = Usage(), cpu_of(pid)
    for member in tree(pid):
        with suppress(OSError):
            Path(f"/proc/{member}/clear_refs").write_text("5")  # the peak begins anew
    yield usage
    usage.cpu = cpu_of(pid) - before
    usage.peak = sum(_status(member, "VmHWM") for member in tree(pid))


def tree(pid: int) -> list[int]:
    """A process and its descendants that are alive."""
    found, looked = [pid], 0
    while looked < len(found):
        with suppress(OSError):
            for task in Path(f"/proc/{found[looked]}/task").iterdir():
                found += [int(child) for child in (task / "children").read_text().split()]
        looked += 1
    return found


def cpu_of(pid: int) -> float:
    """CPU seconds of a tree so far, with those of its members that have ended."""
    return sum(_ticks(member) for member in tree(pid)) / TICKS


def resident(pid: int) -> int:
    """How many bytes a tree has in memory now."""
    return sum(_status(member, "VmRSS") for member in tree(pid))


def _ticks(pid: int) -> int:
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0
    return sum(int(value) for value in fields[11:15])


def _status(pid: int, name: str) -> int:
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith(f"{name}:"):
                return int(line.split()[1]) * 1024
    return 0


def percentile(values: list[float], percent: float) -> float:
    """The least value that so many percent of them do not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
