"""`penstock gc`."""

from dataclasses import asdict
from typing import TYPE_CHECKING

from penstock.cli.common import Data, Database, Store, settings, with_container

if TYPE_CHECKING:
    from penstock.bootstrap import Container
    from penstock.engine.upkeep import Tally


def gc(data: Data = None, database: Database = None, store: Store = None) -> None:
    """Do the background work once, now: expiry, collection, orphans, retention."""
    tally = asdict(with_container(settings(data, database, store), _collect, touches_bytes=True))
    print(", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in tally.items() if count) or "nothing to do")


async def _collect(container: "Container") -> "Tally":
    from penstock.cli.progress import steps

    with steps() as heard:
        return await container.upkeep.once(orphans=True, heard=heard)
