"""No look-up that a request makes reads a whole table."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from penstock.adapters.sql import accounts, files, uploads
from penstock.adapters.sql.database import connect
from penstock.adapters.sql.migrations import migrate


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A database with many files of one owner, and statistics."""
    path: Path = tmp_path_factory.mktemp("plans") / "plans.db"
    connection = connect(path, durable=False)
    migrate(connection)
    connection.execute("BEGIN")
    for number in range(3000):
        sha256 = f"{number:064x}"
        connection.execute("INSERT INTO blobs VALUES (?, ?, 1, ?, NULL, 0)", [sha256, sha256[32:], sha256])
        connection.execute(
            "INSERT INTO files VALUES (?, 'me', 'oss', ?, NULL, 'n', 't', NULL, NULL, ?, ?, NULL)",
            [sha256, sha256, sha256, float(number)],
        )
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    yield connection
    connection.close()


@pytest.mark.parametrize(
    ("statement", "index"),
    [
        (files._OF_HASH, "blobs_by_md5"),
        (files._OF_KEY, "files_by_key"),
        (files._MINE, "files_by_key"),
        (files._VARIANT, "sqlite_autoindex_variants"),
        (uploads._NEWEST, "uploads_by_key"),
        (uploads._PART, "PRIMARY KEY"),
        (uploads._PARTS, "PRIMARY KEY"),
        (accounts._BEARER, "sqlite_autoindex_tokens"),
    ],
    ids=["of hash", "of key", "mine", "variant", "newest", "part", "parts", "bearer"],
)
def test_a_look_up_goes_through_its_index(connection: sqlite3.Connection, statement: str, index: str) -> None:
    """The statement's plan begins at the index made for it, and scans nothing."""
    words = {word.strip(",()") for word in statement.replace("\n", " ").split(" ") if word.startswith((":", "(:"))}
    values = {word.strip(":(),"): None for word in words} | {"readers": "me", "owner": "me"}
    plan = [row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    assert index in plan[0], plan
    assert not any(line.startswith("SCAN") for line in plan), plan
