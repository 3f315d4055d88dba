"""`penstock fsck`."""

from collections import Counter
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import DownloadColumn, Progress, SpinnerColumn, TextColumn, TransferSpeedColumn

from penstock.bootstrap import Works
from penstock.cli.common import Data, Database, settings, with_works
from penstock.engine.fsck import Verdict

BAD = {Verdict.DAMAGED, Verdict.MISSING}


def fsck(
    repair: Annotated[bool, typer.Option("--repair", help="Quarantine wrong blobs, forget wrong parts.")] = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Read every byte again and hold it against its record. Exit code 1 when something is wrong."""
    counts = with_works(settings(data, database), lambda works: _check(works, repair))
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(counts.items())) or "nothing to check")
    if any(counts[verdict] for verdict in BAD):
        raise typer.Exit(1)


async def _check(works: Works, repair: bool) -> Counter[Verdict]:
    counts: Counter[Verdict] = Counter()
    columns = (SpinnerColumn(), TextColumn("checking"), DownloadColumn(), TransferSpeedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("fsck", total=None)
        async for checked in works.fsck.run(repair=repair):
            counts[checked.verdict] += 1
            progress.advance(task, checked.bytes)
            if checked.verdict is not Verdict.SOUND:
                print(f"{checked.what}: {checked.verdict}{' (repaired)' if checked.repaired else ''}")
    return counts
