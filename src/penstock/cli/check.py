"""`penstock fsck`."""

from collections import Counter
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.common import Data, Database, Store, settings, with_container

if TYPE_CHECKING:
    from penstock.bootstrap import Container
    from penstock.engine.fsck import Condition


def fsck(
    repair: Annotated[bool, typer.Option("--repair", help="Quarantine wrong blobs, forget wrong parts.")] = False,
    data: Data = None,
    database: Database = None,
    store: Store = None,
) -> None:
    """Read every byte again and hold it against its record. Exit code 1 when something is wrong."""
    counts = with_container(
        settings(data, database, store), lambda container: _check(container, repair), touches_bytes=True
    )
    print(", ".join(f"{count} {condition}" for condition, count in sorted(counts.items())) or "nothing to check")
    if any(condition.wrong for condition in counts):
        raise typer.Exit(1)


async def _check(container: "Container", repair: bool) -> "Counter[Condition]":
    from penstock.cli.progress import progress
    from penstock.engine.fsck import Condition

    counts: Counter[Condition] = Counter()
    done, total = 0, await container.fsck.volume()
    with progress("checking") as heard:
        async for checked in container.fsck.run(repair=repair):
            counts[checked.condition] += 1
            done += checked.bytes
            heard(done, total)
            if checked.condition is not Condition.SOUND:
                print(f"{checked.what}: {checked.condition}{' (repaired)' if checked.repaired else ''}")
    return counts
