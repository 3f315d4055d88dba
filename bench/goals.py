"""What *fast* must mean: each goal, and where in the results its figure is found."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from bench.measure import CALLS, PEAK, Outcome
from bench.parts import mix
from bench.parts.calls import CPU_PER_CALL, P99
from bench.parts.downloads import CROWDS, RANGES
from bench.parts.publishing import GROWTH
from bench.parts.sealing import AGAINST, SEAL
from bench.parts.starting import ANSWERS, CPU, SERVES
from bench.parts.uploads import DIGESTED

Found = Mapping[str, Outcome]
"""The outcomes by name."""


@dataclass(frozen=True, slots=True)
class Goal:
    """`measure` gives the figure, or None when the run did not have it; it must stand in the relation to `wanted`."""

    work: str
    wanted: float
    unit: str
    measure: Callable[[Found], float | None]
    at_least: bool = True

    @property
    def relation(self) -> str:
        """How it is written."""
        return "≥" if self.at_least else "≤"

    def met(self, value: float) -> bool:
        """Whether the goal is reached."""
        return value >= self.wanted if self.at_least else value <= self.wanted


Measure = Callable[[Found], float | None]


def median(case: str, contender: str, figure: str) -> Measure:
    """One contender's median."""

    def measure(found: Found) -> float | None:
        spread = found[case].spreads.get(contender, {}).get(figure) if case in found else None
        return spread.median if spread else None

    return measure


def combined(combine: Callable[[list[float]], float], *measures: Measure) -> Measure:
    """Several figures made one; None unless all of them are there."""

    def measure(found: Found) -> float | None:
        values = [value for value in (each(found) for each in measures) if value is not None]
        return combine(values) if len(values) == len(measures) else None

    return measure


def over(case: str, mine: str, other: str) -> Measure:
    """One contender's figure over another's, one of which is the case's baseline: the median of the rounds' ratios."""

    def measure(found: Found) -> float | None:
        if case not in found:
            return None
        ratios, mine_first = found[case].ratios, mine == found[case].baseline
        ratio = ratios.get(other if mine_first else mine)
        if ratio is None or not ratio.median:
            return None
        return ratio.median if mine_first else 1 / ratio.median

    return measure


def _difference(values: list[float]) -> float:
    return values[0] - values[1]


ONE = "uploads: 1 at once, MD5 + SHA-256"
CRASH = median("calls: parts of 64 bytes", "surviving a crash", CPU_PER_CALL)
CALL_CPU = median("calls: JSON with a token", "Penstock", CPU_PER_CALL)
ORDERS = ("in order, 300 MiB/s", "roughly in order, 300 MiB/s")
DOWNLOADS = tuple(f"downloads: {name}, {count} at once" for name in RANGES for count in CROWDS)
MIXES = tuple(f"mix: small calls beside {count} uploads" for count in mix.CROWDS)

GOALS = (
    Goal("one upload, MD5 + SHA-256, durable: × nginx + digests + syncs", 1.5, "×", over(ONE, "Penstock", DIGESTED)),
    Goal("the same: × @tus/server", 1.0, "×", over(ONE, "Penstock", "@tus/server")),
    *(
        Goal(
            f"{count} uploads at once, MD5 + SHA-256: × nginx without digests",
            0.9,
            "×",
            over(f"uploads: {count} at once, MD5 + SHA-256", "Penstock", "nginx"),
        )
        for count in (4, 16, 64)
    ),
    *(
        Goal(
            f"{count} at once without MD5: × nginx",
            1.3,
            "×",
            over(f"uploads: {count} at once, SHA-256 alone", "Penstock", "nginx"),
        )
        for count in (1, 16)
    ),
    *(Goal(f"{case}: × nginx sendfile", 1.1, "×", over(case, "Penstock", "nginx")) for case in DOWNLOADS),
    *(Goal(f"sealing, {order}", 20, "ms", median("sealing: by order", order, SEAL), False) for order in ORDERS),
    Goal(
        "sealing at line rate: first byte to sealed ÷ max(receiving, MD5)",
        1.1,
        "×",
        median("sealing: by order", "in order, line rate", AGAINST),
        False,
    ),
    Goal(
        "sealing 10,000 parts: per byte, ÷ 10 parts",
        1.0,
        "×",
        over("sealing: by number of parts", "10000 parts", "10 parts"),
        False,
    ),
    Goal("bookkeeping of a part: CPU beside that of a call", 100, "µs", combined(_difference, CRASH, CALL_CPU), False),
    Goal("JSON call with a token", 15_000, "calls/s", median("calls: JSON with a token", "Penstock", CALLS)),
    Goal(
        "memory: 64 uploads at once", 150, "MiB", median("uploads: 64 at once, MD5 + SHA-256", "Penstock", PEAK), False
    ),
    Goal("memory: a file of 10 GiB", 150, "MiB", median("growth: by size of a file", "10 GiB", PEAK), False),
    Goal("memory: base64 of 100 MiB adds", 16, "MiB", median("base64: 100 MiB in JSON", "Penstock", GROWTH), False),
    *(
        Goal(f"{case}: p99", 20, "ms", combined(max, *(median(case, name, P99) for name in mix.NAMES)), False)
        for case in MIXES
    ),
    Goal("`penstock --help`: CPU", 0.3, "s", median("starting: questions", "penstock --help", CPU), False),
    Goal("`penstock serve`: first answer", 1.5, "s", median("starting: serve", SERVES[0], ANSWERS), False),
)
"""As the design has them."""
