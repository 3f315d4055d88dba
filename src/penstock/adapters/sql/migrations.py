"""The schema's versions, and the way from each to the next."""

import sqlite3
import time
from collections.abc import Callable, Collection, Sequence

from penstock.adapters.sql.database import DatabaseRefused, begin_immediate
from penstock.model.ids import new_id
from penstock.ports import Heard, unheard

Step = Callable[[sqlite3.Connection], object]


PUBLISHING = ("publications", "plans", "coins", "limits", "chain_transactions", "chain_outputs")


SESSIONS = ("sessions", "refreshes")


FACTORS = ("factors", "recovery_codes", "proofs")


def _add_publishing(connection: sqlite3.Connection) -> None:
    _create_tables(connection, PUBLISHING)
    _create_indexes(connection, ("blobs_condemned",))


def _add_sessions(connection: sqlite3.Connection) -> None:
    _create_tables(connection, SESSIONS)
    connection.execute("ALTER TABLE tokens ADD COLUMN session_id TEXT REFERENCES sessions (id)")
    _create_indexes(connection, ("tokens_by_session", "tokens_by_user"))


def _add_clients(connection: sqlite3.Connection) -> None:
    _create_tables(connection, ("clients",))


def _add_audit(connection: sqlite3.Connection) -> None:
    _create_tables(connection, ("audit",))


def _add_quotas(connection: sqlite3.Connection) -> None:
    _create_tables(connection, ("usage",))
    connection.execute(_FILL_USAGE)
    for column in ("quota_bytes", "quota_files", "quota_uploads"):
        connection.execute(f"ALTER TABLE users ADD COLUMN {column} BIGINT")
    _create_indexes(connection, ("live_uploads_by_owner",))


def _add_factors(connection: sqlite3.Connection) -> None:
    _create_tables(connection, FACTORS)


def _order_files_of_a_blob(connection: sqlite3.Connection) -> None:
    connection.execute("DROP INDEX files_by_blob")
    _create_indexes(connection, ("files_by_blob", "files_by_owner_and_blob"))


def _bound_what_grows(connection: sqlite3.Connection) -> None:
    connection.execute("ALTER TABLE uploads ADD COLUMN ended_at DOUBLE")
    connection.execute(_END_UPLOADS)
    connection.execute("ALTER TABLE uploads ADD COLUMN address TEXT")
    connection.execute("ALTER TABLE parts ADD COLUMN md5 TEXT")
    _create_indexes(connection, ("live_uploads_by_address",))
    _create_tables(connection, ("reservations", "recipes"))
    connection.execute("ALTER TABLE variants ADD COLUMN owner TEXT")
    connection.execute("ALTER TABLE variants ADD COLUMN used_at DOUBLE")
    _create_indexes(connection, ("variants_by_use", "tombstones_by_age", "audit_failures"))


def _add_watch(connection: sqlite3.Connection) -> None:
    _create_tables(connection, ("watches", "chain_heights"))
    counted = ("offers INTEGER NOT NULL DEFAULT 0", "offer_at DOUBLE NOT NULL DEFAULT 0")
    _add_columns(
        connection, "publications", "watched_at DOUBLE", "buried_at DOUBLE", *counted, "conflict_height INTEGER"
    )
    _add_columns(connection, "plans", "block_height INTEGER", "block_hash TEXT")
    connection.execute("UPDATE publications SET watched_at = offered_at")
    connection.execute(_BURY, {"before": time.time() - DAY})
    connection.execute(_MAKE_BLOCKS)
    _create_indexes(connection, ("publications_watched", "publications_by_plan"))


DAY = 86400

_BURY = "UPDATE publications SET buried_at = completed_at WHERE completed_at <= :before"
"""What was completed a day ago is in blocks, or was lost before anybody watched."""

_MAKE_BLOCKS = """
INSERT INTO chain_heights (network, height, hash)
SELECT DISTINCT network, height, lower(hex(randomblob(32))) FROM chain_transactions WHERE height IS NOT NULL
"""

_END_UPLOADS = "UPDATE uploads SET ended_at = opened_at WHERE state IN ('sealed', 'cancelled', 'expired')"
"""When they ended nobody wrote down; no part of theirs is on its way while the schema changes."""

_FILL_USAGE = """
INSERT INTO usage (owner, bytes, files)
SELECT files.owner, SUM(blobs.size), count(*) FROM files JOIN blobs ON blobs.sha256 = files.sha256 GROUP BY files.owner
"""


STEPS: Sequence[Step] = (
    _add_publishing,
    _add_sessions,
    _add_clients,
    _add_audit,
    _add_quotas,
    _add_factors,
    _order_files_of_a_blob,
    _bound_what_grows,
    _add_watch,
)
"""`STEPS[n]` leads from version n + 1 to n + 2. An empty database has version 0 and gets the newest schema at once."""

NEWEST = 1 + len(STEPS)
"""The version of today's schema."""


def version(connection: sqlite3.Connection) -> int:
    """The version of the schema in this database (`PRAGMA user_version`)."""
    found: int = connection.execute("PRAGMA user_version").fetchone()[0]
    return found


def refuse_newer(found: int, steps: Sequence[Step] = STEPS) -> None:
    """Raise `DatabaseRefused` for a schema of a newer Penstock's."""
    newest = 1 + len(steps)
    if found > newest:
        raise DatabaseRefused(
            f"The database has schema version {found}; this Penstock knows {newest}. Use a newer Penstock."
        )


def check(connection: sqlite3.Connection, steps: Sequence[Step] = STEPS) -> None:
    """Make the schema in an empty database. Raises `DatabaseRefused` for a newer one, and for an older one."""
    found, newest = version(connection), 1 + len(steps)
    refuse_newer(found, steps)
    if found == 0:
        migrate(connection, steps)
    elif found < newest:
        raise DatabaseRefused(
            f"The database has schema version {found}, this Penstock needs {newest}. "
            "Stop every server on it, make a copy, and run `penstock migrate`."
        )


def migrate(connection: sqlite3.Connection, steps: Sequence[Step] = STEPS, heard: Heard = unheard) -> tuple[int, int]:
    """Take the missing steps, all or none; returns the version before and after."""
    begin_immediate(connection)
    try:
        found = version(connection)
        for number, step in enumerate((_create,) if found == 0 else steps[found - 1 :], found + 1):
            heard("bringing the schema to version", number)
            step(connection)
        newest = max(found, 1 + len(steps))
        connection.execute(f"PRAGMA user_version = {newest}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    return found, newest


def _create(connection: sqlite3.Connection) -> None:
    _create_tables(connection)
    connection.execute("INSERT INTO about (key, value) VALUES ('instance', ?)", [new_id()])


def _create_tables(connection: sqlite3.Connection, names: Collection[str] | None = None) -> None:
    """These tables, or all, and their indexes."""
    from penstock.adapters.sql import schema  # SQLAlchemy takes long to import, and a current database needs none of it

    for statement in schema.tables(names):
        connection.execute(statement)


def _add_columns(connection: sqlite3.Connection, table: str, *columns: str) -> None:
    """Those that are missing: a table that an earlier step made has all of today's."""
    there = {row[1] for row in connection.execute(f"PRAGMA table_info({table})")}
    for column in columns:
        if column.partition(" ")[0] not in there:
            connection.execute(f"ALTER TABLE {table} ADD COLUMN {column}")


def _create_indexes(connection: sqlite3.Connection, names: Collection[str]) -> None:
    """Those that are missing: a table that an earlier step made has all of today's."""
    from penstock.adapters.sql import schema

    for statement in schema.indexes(names):
        connection.execute(statement)
