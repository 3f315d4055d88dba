"""No look-up that a request makes reads a whole table."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from cluster.postgres import Postgres
from penstock.adapters.sql import (
    accounts,
    coins,
    devchain,
    files,
    folders,
    listing,
    news,
    outbox,
    parts,
    places,
    publications,
    quotas,
    sealing,
    sessions,
    trash,
    upkeep,
    uploads,
    webhooks,
)
from penstock.adapters.sql.database import connect
from penstock.adapters.sql.migrations import migrate
from penstock.adapters.sql.postgresql.database import _numbered, connected
from penstock.adapters.sql.tx import GROUP
from penstock.model.listing import Sort
from tests.support.databases import EMPTY

INDEXES = {
    (in_folder, sort): f"files_in_folder_by_{sort}" if in_folder else f"files_by_{'owner' if sort == 'time' else sort}"
    for in_folder in (False, True)
    for sort in Sort
}
"""The index of each list of files."""

LOOK_UPS = [
    *((statement, "blobs_by_md5") for statement in (*files._OF_HASH.values(), *files._UNHASHED.values())),
    (files._NAMED, "sqlite_autoindex_files"),
    (files._OF_KEY, "files_by_key"),
    (files._MINE, "files_by_key"),
    (files._TRASHED, "blobs_by_md5"),
    (files._COUNT, "SCALAR SUBQUERY"),
    (files._PAGE, "files_by_owner"),
    (files._VARIANT, "sqlite_autoindex_variants"),
    (uploads._NEWEST, "uploads_by_key"),
    (parts._UPLOAD_AND_PART, "sqlite_autoindex_uploads"),
    (parts._PART, "PRIMARY KEY"),
    (sealing._PARTS, "PRIMARY KEY"),
    (accounts._BEARER, "sqlite_autoindex_tokens"),
    (sessions._REFRESH, "sqlite_autoindex_refreshes"),
    (publications._DUE, "publications_due"),
    (publications._EQUAL_OF_OWNER, "publications_by"),
    (publications._ON_CHAIN, "publications_by_content"),
    (publications._PAGE, "publications_by_address"),
    (publications._SPENT, "publications_by_day"),
    (publications._MAKER, "plans_by_transaction"),
    (publications._ACCEPTED, "plans"),
    (publications._SPEND, "coins_by_publication"),
    (publications._RETURN_CHANGE, "coins_by_publication"),
    (publications._FAILED_LONG_AGO, "publications_failed"),
    (publications._FORGET_FAILED, "publications_failed"),
    (coins._FREE, "coins_by_state"),
    (coins._HELD, "coins_by_publication"),
    (devchain._COINS, "chain_outputs_by_script"),
    (devchain._WAITING, "chain_blocks"),
    (devchain._SHALLOW, "chain_blocks"),
    (devchain._INSIDE, "chain_blocks"),
    (devchain._STANDING.format(":txid"), "sqlite_autoindex_chain_transactions"),
    (devchain._TIP, "sqlite_autoindex_chain_heights"),
    (devchain._NEXT_HEIGHT, "sqlite_autoindex_chain_heights"),
    (upkeep._CONDEMN, "sqlite_autoindex_blobs"),
    *((statement, INDEXES[key[:2]]) for key, statement in listing._LISTS.items()),
    (listing._ENTRIES, "PRIMARY KEY"),
    (listing._NAMES.format(":number"), "files_by_number"),
    (listing._TRASHED_FILES, "files_trashed_alone"),
    (listing._TRASHED_FOLDERS, "folders_trashed"),
    (listing._UNINDEXED, "files_by_number"),
    (folders._LIST, "folders_by_name"),
    (places._OPEN, "sqlite_autoindex_folders"),
    (places._TAKEN, "COMPOUND QUERY"),
    (trash._NEXT, "folders_at_work"),
    (trash._ENTANGLED, "folders_by_name"),
    (trash._GOING, "files_trashed_with"),
    *((statement, "sqlite_autoindex_f") for statement in (*trash._PUT, *trash._RESTORE, trash._PURGE_FOLDERS)),
    (news.NEWEST, "SEARCH events"),
    (news._BETWEEN, "PRIMARY KEY"),
    (news._OF_OWNER, "events_by_owner"),
    (outbox._DUE, "outbox_due"),
    (webhooks._DELIVERIES, "deliveries_by_webhook"),
    (quotas._QUOTA, "sqlite_autoindex_users"),
    (quotas._HELD, "COVERING INDEX live_uploads_by_owner"),
]
"""Statements that find by a key, and the index of SQLite's at which each begins."""


FILE = "id, owner, dialect, client_key, upload_id, name, media_type, sha256, created_at, folder, folded"


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sqlite3.Connection]:
    """A database with many files of one owner, and statistics."""
    path: Path = tmp_path_factory.mktemp("plans") / "plans.db"
    connection = connect(path, durable=False)
    migrate(connection)
    connection.execute("BEGIN")
    for number in range(3000):
        sha256 = f"{number:064x}"
        connection.execute("INSERT INTO blobs VALUES (?, ?, 1, ?, NULL, 0, NULL)", [sha256, sha256[32:], sha256])
        connection.execute(
            f"INSERT INTO files ({FILE}, bytes, number) VALUES (?, 'me', 'oss', ?, ?, 'n', 't', ?, ?, 'f', ?, 1, ?)",
            [sha256, sha256, sha256, sha256, float(number), sha256, number],
        )
        connection.execute("INSERT INTO fragments VALUES (1, ?), (?, ?)", [number, 2 + number, number])
        connection.execute("INSERT INTO folders VALUES (?, 'me', 'p', 'n', ?, 1, NULL, NULL, NULL)", [sha256, sha256])
        connection.execute(
            "INSERT INTO publications VALUES (?, 'me', 'me', 'n', 'a', 'create', 'p', 't', ?, 1, 'chunked', ?, 1, ?,"
            " NULL, 'completed', 100, '', 1, ?, 1, 0, ?, NULL, 0, ?, ?, ?, NULL, NULL, ?, 0, 0, NULL)",
            [sha256, sha256, sha256, sha256, float(number), sha256, *[float(number)] * 4],
        )
        connection.execute(
            "INSERT INTO plans VALUES (?, 0, 'index', ?, x'00', NULL, 0, 0, NULL, NULL, NULL)", [sha256, sha256]
        )
        connection.execute("INSERT INTO coins VALUES ('n', ?, 0, 1, ?, ?)", [sha256, f"state {number % 100}", sha256])
        connection.execute("INSERT INTO chain_transactions VALUES ('n', ?, ?, x'00')", [sha256, number])
        connection.execute("INSERT INTO chain_heights VALUES ('n', ?, ?)", [number, sha256])
        connection.execute("INSERT INTO chain_outputs VALUES ('n', ?, 0, 1, ?, NULL)", [sha256, sha256.encode()])
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    yield connection
    connection.close()


@pytest.mark.parametrize(("statement", "index"), LOOK_UPS, ids=str)
def test_a_look_up_goes_through_its_index(connection: sqlite3.Connection, statement: str, index: str) -> None:
    """The statement's plan begins at the index made for it, and scans nothing."""
    statement = statement.strip()
    words = {word.strip(",()") for word in statement.replace("\n", " ").split(" ") if word.startswith((":", "(:"))}
    values = {word.strip(":(),"): None for word in words} | {"readers": "me", "owner": "me"}
    explained = [row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {statement}", values)]
    plan = [line for line in explained if line != "SCAN CONSTANT ROW"]
    assert index in plan[0], plan
    assert not any(line.startswith("SCAN") for line in plan), plan


@pytest.mark.parametrize("statement", files._OF_HASH.values(), ids=map(str, files._OF_HASH))
def test_a_hash_is_found_among_many_files(connection: sqlite3.Connection, statement: str) -> None:
    """Finding the newest file on one blob takes as many steps when there are a thousand as when there is one."""
    values = {"owner": "you", "md5": f"{0:032x}", "size": 1}
    columns = "id, owner, dialect, client_key, name, media_type, sha256, created_at"
    steps = []
    connection.execute("BEGIN")
    for count in (1, 1000):
        for number in range(count):
            file = [f"{count} {number}", "you", "oss", "k", "n", "t", f"{0:064x}", float(number)]
            connection.execute(f"INSERT INTO files ({columns}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)", file)
        taken: list[None] = []
        connection.set_progress_handler(lambda: taken.append(None), 1)  # noqa: B023  # called here
        assert connection.execute(statement, values).fetchone()["id"] == f"{count} {count - 1}"
        connection.set_progress_handler(None, 1)
        steps.append(len(taken))
    connection.execute("ROLLBACK")
    assert steps[1] <= steps[0] + 10


@pytest.mark.parametrize("key", listing._LISTS, ids=str)
def test_a_list_of_many_costs_what_one_of_few_costs(connection: sqlite3.Connection, key: tuple[object, ...]) -> None:
    """A page takes as many steps among thousands of files as among a hundred, from the middle, too."""
    columns = f"{FILE}, bytes, number"
    steps = []
    connection.execute("BEGIN")
    for owner, count in (("few", 100), ("many", 5000)):
        for number in range(count):
            file = [f"{owner} {number}", owner, "tus", "k", f"{owner} {number}", "n", "t", f"{0:064x}", float(number)]
            connection.execute(
                f"INSERT INTO files ({columns}) VALUES ({', '.join('?' * 13)})",
                [*file, "f", f"{number:9}", number, None],
            )
        middle = {"name": f"{count // 2:9}", "size": count // 2, "time": count / 2, "type": "t"}[str(key[1])]
        values = {"owner": owner, "folder": "f", "count": 10, "value": middle, "id": f"{owner} {count // 2}"}
        taken: list[None] = []
        connection.set_progress_handler(lambda: taken.append(None), 1)  # noqa: B023  # called here
        assert len(connection.execute(listing._LISTS[key], values).fetchall()) == 10  # type: ignore[index]
        connection.set_progress_handler(None, 1)
        steps.append(len(taken))
    connection.execute("ROLLBACK")
    assert steps[1] <= steps[0] + 10


@pytest.mark.parametrize("statement", [statement for statement, _ in LOOK_UPS], ids=str)
async def test_a_look_up_scans_nothing_on_postgresql(postgres: Postgres, statement: str) -> None:
    """One plan serves all values, and finds every row through an index."""
    numbered, names = _numbered(statement)
    async with connected(postgres.url(EMPTY)) as connection:
        await connection.execute("SET enable_seqscan = off; SET plan_cache_mode = force_generic_plan")
        await connection.execute(f"PREPARE look AS {numbered}")
        values = f"({', '.join(['NULL'] * len(names))})" if names else ""
        plan = await connection.fetch(f"EXPLAIN EXECUTE look{values}")
    assert not [line for (line,) in plan if "Seq Scan" in line], plan


def test_a_search_needs_no_statistics(tmp_path: Path) -> None:
    """A database that was never analysed looks up the names of what it found, and not everything of an owner's."""
    with closing(connect(tmp_path / "new.db", durable=False)) as connection:
        migrate(connection)
        numbers = ", ".join("?" * GROUP)
        statement = f"EXPLAIN QUERY PLAN {listing._NAMES.format(numbers).replace(':owner', '?')}"
        plan = [row["detail"] for row in connection.execute(statement, [*range(GROUP), "me"])]
    assert plan == ["SEARCH files USING INDEX files_by_number (number=?)"]
