"""The end of an account: everything that lets it in goes, and what it owns goes or is given, in one transaction."""

import sqlite3

from penstock.adapters.sql.variants import drop_unowned
from penstock.model.faults import BadToken
from penstock.model.ids import PrincipalId
from penstock.model.principal import Heritage

_LETS_IN = (
    "DELETE FROM tokens WHERE user_id = :user",
    "DELETE FROM sessions WHERE user_id = :user",
    "DELETE FROM clients WHERE user_id = :user",
    "DELETE FROM proofs WHERE user_id = :user",
    "DELETE FROM factors WHERE user_id = :user",
)
"""Tokens before the sessions that they came from; refreshes and recovery codes go with what they belong to."""

_ENDS = (
    "UPDATE uploads SET state = 'cancelled', ended_at = :now WHERE owner = :user AND state = 'open'",
    "DELETE FROM tombstones WHERE owner = :user",
    "DELETE FROM usage WHERE owner = :user",
    "DELETE FROM users WHERE id = :user",
    "DELETE FROM about WHERE key LIKE 'ended:%' AND CAST(value AS REAL) <= :past",
    "INSERT INTO about (key, value) VALUES ('ended:' || :user, :now)",
)

_UNDER_WAY = "SELECT 1 FROM uploads WHERE owner = :user AND state IN ('sealing', 'placing')"
_HEIR_USAGE = """
INSERT INTO usage (owner, bytes, files) SELECT :heir, bytes, files FROM usage WHERE owner = :user
ON CONFLICT (owner) DO UPDATE SET bytes = usage.bytes + excluded.bytes, files = usage.files + excluded.files
"""


REMEMBERED = 7 * 86400.0
"""For how long, in seconds, an account that has ended is known as one: longer than any request takes."""


def refuse_ended(connection: sqlite3.Connection, owner: PrincipalId) -> None:
    """Let nothing become an account's that has ended since its caller was let in. Raises `BadToken`."""
    if (
        connection.execute("SELECT 1 FROM about WHERE key = 'ended:' || :owner", {"owner": owner}).fetchone()
        is not None
    ):
        raise BadToken


def remove_user(connection: sqlite3.Connection, name: str, heir: str | None, now: float) -> Heritage | None:
    """End an account and give its files to `heir`, or remove them; None when there is no such account, or no such heir.
    What is published and what is written down of it stays under its id.
    """
    user, gets = _id_of(connection, name), None if heir is None else _id_of(connection, heir)
    if user is None or (heir is not None and gets is None):
        return None
    values: dict[str, object] = {"user": user, "heir": gets, "now": now, "past": now - REMEMBERED}
    if connection.execute(_UNDER_WAY, values).fetchone() is not None:
        return Heritage(user, 0, busy=True)
    count = _give(connection, values) if gets is not None else _remove_files(connection, user)
    for statement in (*_LETS_IN, *_ENDS):
        connection.execute(statement, values)
    return Heritage(user, count)


def _id_of(connection: sqlite3.Connection, name: str) -> PrincipalId | None:
    row = connection.execute("SELECT id FROM users WHERE name = :name", {"name": name}).fetchone()
    return None if row is None else PrincipalId(row["id"])


def _give(connection: sqlite3.Connection, values: dict[str, object]) -> int:
    """The heir's quota is not asked: an operator decides, and nothing is lost."""
    connection.execute(_HEIR_USAGE, values)
    connection.execute("UPDATE variants SET owner = :heir WHERE owner = :user", values)
    return connection.execute("UPDATE files SET owner = :heir WHERE owner = :user", values).rowcount


def _remove_files(connection: sqlite3.Connection, user: PrincipalId) -> int:
    gone = connection.execute("DELETE FROM files WHERE owner = :user RETURNING sha256", {"user": user}).fetchall()
    for blob in {row["sha256"] for row in gone}:
        drop_unowned(connection, user, blob)
    return len(gone)
