"""`penstock gc`."""

from dataclasses import asdict

from penstock.cli.common import Data, Database, settings, with_works


def gc(data: Data = None, database: Database = None) -> None:
    """Do the background work once, now: expiry, collection, orphans, retention."""
    tally = asdict(with_works(settings(data, database), lambda works: works.upkeep.once(orphans=True)))
    print(", ".join(f"{name.replace('_', ' ')}: {count}" for name, count in tally.items() if count) or "nothing to do")
