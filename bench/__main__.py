"""Penstock beside its peers: `python -m bench [PART…]`. It installs nothing and tells what is missing."""

import datetime
import os
import platform
import signal
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markdown import Markdown

from bench.common import Bench
from bench.measure import Outcome, run
from bench.parts import PARTS
from bench.peers import PEERS
from bench.report import Facts, case_table, goals_table, into_page, to_plot, write

RESULTS = Path(__file__).with_name("results")
PAGE = Path(__file__).parents[1] / "docs" / "performance.md"


def main(
    parts: Annotated[list[str] | None, typer.Argument(help=f"{', '.join(PARTS)}; all without any.")] = None,
    rounds: Annotated[int, typer.Option(help="How often everybody has a turn.")] = 5,
    quick: Annotated[bool, typer.Option("--quick", help="Small sizes, to try it.")] = False,
    whole: Annotated[bool, typer.Option("--whole", help="10 GiB and a million records, too.")] = False,
    only: Annotated[str, typer.Option(help="Only cases with this in their name.")] = "",
    folder: Annotated[Path | None, typer.Option(help="Where all servers keep their files.")] = None,
    out: Annotated[Path, typer.Option(help="Where the results go.")] = RESULTS,
    page: Annotated[bool, typer.Option("--page", help="Write goals and path into docs/.")] = False,
) -> None:
    """Measure, print, and write the results; those of one day are kept together."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit("told to stop"))  # so that every server is stopped, too
    chosen = parts or list(PARTS)
    if unknown := set(chosen) - set(PARTS):
        raise typer.BadParameter(f"no such part: {', '.join(sorted(unknown))}")
    console = Console(width=160)
    for peer in PEERS:
        if peer.found is None:
            console.print(f"without {peer.name}: {peer.missing}", style="yellow")
    with tempfile.TemporaryDirectory(prefix="penstock-bench-", dir=folder, ignore_cleanup_errors=True) as name:
        place = Path(name)
        facts = _facts(place, quick)
        bench, outcomes = Bench.opened(place, quick=quick, whole=whole), list[Outcome]()
        for case in [case for part in chosen for case in PARTS[part](bench) if only in case.name]:
            outcome = run(case, rounds, place, 2 * bench.size)
            console.print(Markdown(case_table(outcome)))
            for contender, reason in outcome.failed.items():
                console.print(f"{contender}: {reason}", style="red", markup=False)
            outcomes = write(out, facts["date"], facts, [outcome])
    console.print(Markdown(goals_table(outcomes)))
    if page:
        _tell(outcomes)


def _tell(outcomes: list[Outcome]) -> None:
    """Write the goals, and the picture of a byte's way, into the documentation."""
    PAGE.write_text(into_page(PAGE.read_text(), "goals", goals_table(outcomes)))
    way = [outcome for outcome in outcomes if outcome.name.startswith("path:")]
    if way:
        PAGE.with_name("path.svg").write_text(to_plot(way))


def _facts(folder: Path, quick: bool) -> Facts:
    """The machine and the run, without a name of either."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") >> 30
    return {
        "date": datetime.datetime.now(datetime.UTC).date().isoformat(),
        "cores": str(os.cpu_count()),
        "memory": f"{memory} GiB",
        "system": f"{platform.system()} {platform.release().split('-')[0]}, Python {platform.python_version()}",
        "files of all servers": f"on {_file_system(folder)}",
        "sizes": "small: they tell little" if quick else "full",
        "peers": ", ".join(peer.name for peer in PEERS if peer.found) or "none",
    }


def _file_system(folder: Path) -> str:
    """The kind that a folder lies on."""
    mounts = [line.split()[1:3] for line in Path("/proc/mounts").read_text().splitlines()]
    around = [(Path(place), kind) for place, kind in mounts if folder.resolve().is_relative_to(place)]
    return max(around, key=lambda mount: len(mount[0].parts))[1]


if __name__ == "__main__":
    typer.run(main)
