"""`penstock migrate`."""

from penstock.cli.common import Data, Database, settings


def migrate(data: Data = None, database: Database = None) -> None:
    """Bring the database of an older Penstock to this one's schema. No server may run on it meanwhile."""
    from penstock.bootstrap import migrate_store
    from penstock.cli.progress import steps

    with steps() as heard:
        before, after, copy = migrate_store(settings(data, database), heard)
    if copy is not None:
        print(f"The database as it was: {copy}")
    print(f"schema version {before} → {after}" if before != after else f"schema version {after}: nothing to do")
