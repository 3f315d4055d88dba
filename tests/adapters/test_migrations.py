"""A database that any earlier schema version made becomes today's.

`schemas/v<N>.sql` is a dump of a database that the last code of version N made; `v<N>-before-….sql` is one that earlier
code of that version made, before it changed the tables without a step; `v<N>-from-….sql` is such a one after the code
of version N migrated it.
"""

import re
import sqlite3
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from penstock.adapters.sql import migrations, schema
from penstock.adapters.sql.database import SqliteDatabase, connect
from penstock.adapters.sql.files import SqlFiles
from penstock.adapters.sql.publications import SqlPublications
from penstock.model.ids import FileId, UploadId
from penstock.model.principal import Quota
from penstock.model.publication import PublicationId
from tests.ports.records import parts_of
from tests.support.sql import SqlUploading

DUMPS = sorted((Path(__file__).parent / "schemas").glob("v*.sql"))
every_dump = pytest.mark.parametrize("dump", DUMPS, ids=lambda path: path.stem)
Rows = Counter[tuple[Any, ...]]


def read_back(dump: Path, path: Path) -> sqlite3.Connection:
    """A connection to the database that was dumped, made anew."""
    connection = connect(path, durable=False)
    connection.executescript(f"PRAGMA foreign_keys = OFF; {dump.read_text()} PRAGMA foreign_keys = ON")
    return connection


@pytest.fixture
def old(dump: Path, tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(read_back(dump, tmp_path / "penstock.db")) as connection:
        yield connection


@pytest.fixture
def new(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    with closing(connect(tmp_path / "new.db", durable=False)) as connection:
        migrations.check(connection)
        yield connection


def tables_of(connection: sqlite3.Connection) -> list[str]:
    return [row["name"] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]


def columns_of(connection: sqlite3.Connection, table: str) -> list[str]:
    return [row["name"] for row in connection.execute(f"PRAGMA table_info({table})")]


def rows_of(connection: sqlite3.Connection, table: str, columns: list[str]) -> Rows:
    return Counter(tuple(row) for row in connection.execute(f"SELECT {', '.join(columns)} FROM {table}"))


def facts(connection: sqlite3.Connection, pragma: str, name: str) -> list[tuple[Any, ...]]:
    """What SQLite tells of a table or an index, but for the numbers in the first column."""
    return sorted((tuple(row)[1:] for row in connection.execute(f"PRAGMA {pragma}({name})")), key=repr)


def schema_of(connection: sqlite3.Connection) -> dict[str, object]:
    """Every table (its columns, keys, references, storage), every index and every trigger, however they came about."""
    schema: dict[str, object] = {}
    for table in tables_of(connection):
        [made] = connection.execute("SELECT sql FROM sqlite_master WHERE name = ?", [table]).fetchone()
        references = sorted(tuple(row)[2:] for row in connection.execute(f"PRAGMA foreign_key_list({table})"))
        unique = sorted(
            [row["origin"], *(column["name"] for column in connection.execute(f"PRAGMA index_info({row['name']})"))]
            for row in connection.execute(f"PRAGMA index_list({table})")
            if row["origin"] != "c"
        )
        schema[table] = facts(connection, "table_info", table), references, unique, "WITHOUT ROWID" in made
    made = "SELECT name, sql FROM sqlite_master WHERE type IN ('index', 'trigger') AND sql IS NOT NULL"
    others = connection.execute(made)
    return schema | {row["name"]: " ".join(row["sql"].split()) for row in others}


def test_every_version_is_there() -> None:
    """Of each version before today's there is a database."""
    assert {f"v{version}" for version in range(1, migrations.NEWEST)} <= {dump.stem for dump in DUMPS}


@every_dump
def test_every_earlier_database_becomes_todays(
    dump: Path, old: sqlite3.Connection, new: sqlite3.Connection, tmp_path: Path
) -> None:
    """It is migrated to the very schema of a new one, its rows are all there, and nothing in it is broken."""
    columns = {table: columns_of(old, table) for table in tables_of(old)}
    before = {table: rows_of(old, table, columns[table]) for table in columns}
    assert all(before[table] for table in ("users", "files", "blobs", "uploads", "parts"))
    version = int(re.findall(r"\d+", dump.stem)[0])
    assert migrations.migrate(old) == (version, migrations.NEWEST)
    migrations.check(old)
    assert schema_of(old) == schema_of(new)
    assert ("oldest_code", str(migrations.OLDEST_CODE)) in rows_of(new, "about", ["key", "value"])
    before["about"]["oldest_code", str(migrations.OLDEST_CODE)] = 1
    assert {table: rows_of(old, table, columns[table]) for table in columns} == before
    assert old.execute("PRAGMA foreign_key_check").fetchall() == []
    assert [row[0] for row in old.execute("PRAGMA integrity_check")] == ["ok"]
    owned = "SELECT owner, SUM(size), count(*) FROM files JOIN blobs ON blobs.sha256 = files.sha256 GROUP BY owner"
    assert rows_of(old, "usage", ["owner", "bytes", "files"]) == Counter(tuple(row) for row in old.execute(owned))


@every_dump
async def test_the_repositories_read_what_was_migrated(dump: Path, old: sqlite3.Connection, tmp_path: Path) -> None:
    """Files with their blobs, uploads with their parts and publications with their plans are read as today's."""
    migrations.migrate(old)
    with closing(
        SqliteDatabase(tmp_path / "penstock.db", durable=False, clock=lambda: 0)
    ) as database:  # nothing has expired
        files, uploads = SqlFiles(database, Quota()), SqlUploading(database, Quota())
        publications = SqlPublications(database)
        for row in old.execute("SELECT id, sha256 FROM files").fetchall():
            file = await files.file(FileId(row["id"]))
            assert file is not None
            assert file.blob == await files.blob(row["sha256"])
        for row in old.execute("SELECT id, state, received FROM uploads").fetchall():
            upload = await uploads.upload(UploadId(row["id"]))
            assert upload is not None
            assert upload.state == row["state"]
            parts = await parts_of(uploads, upload.id)
            assert len(parts) == row["received"]
        for row in old.execute("SELECT id, txid FROM publications JOIN plans ON id = publication_id").fetchall():
            publication = await publications.publication(PublicationId(row["id"]))
            assert publication is not None
            assert row["txid"] in {planned.txid for planned, _ in await publications.plan(publication.id)}


@pytest.mark.parametrize("version", range(2, migrations.NEWEST))
def test_a_step_makes_what_its_version_had(version: int, tmp_path: Path) -> None:
    """Steps up to a version lead to the schema that its own code made."""
    schemas = DUMPS[0].parent
    with (
        closing(read_back(schemas / "v1.sql", tmp_path / "stepped.db")) as stepped,
        closing(read_back(schemas / f"v{version}.sql", tmp_path / "made.db")) as made,
    ):
        assert migrations.migrate(stepped, migrations.STEPS[: version - 1]) == (1, version)
        assert schema_of(stepped) == schema_of(made)


@pytest.mark.parametrize("path", schema.TEXTS, ids=lambda path: path.name)
def test_the_kept_schema_is_that_of_the_tables(path: Path) -> None:
    """An empty database gets what today's tables say."""
    assert path.read_text("utf-8") == schema.text(schema.TEXTS[path]), "run: python -m penstock.adapters.sql.schema"


def test_todays_tables_are_not_loaded(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Neither old steps nor a new database need SQLAlchemy."""
    for module in ("sqlalchemy", "penstock.adapters.sql.tables", "penstock.adapters.sql.schema"):
        monkeypatch.setitem(sys.modules, module, None)
    with (
        closing(read_back(DUMPS[0], tmp_path / "old.db")) as old,
        closing(connect(tmp_path / "new.db", durable=False)) as new,
    ):
        migrations.migrate(old)
        migrations.migrate(new)
        assert schema_of(old) == schema_of(new)


@pytest.mark.parametrize("dump", [DUMPS[0].parent / "v9.sql"], ids=["v9"])
def test_what_was_published_is_watched_unless_it_is_long_done(old: sqlite3.Connection) -> None:
    """A publication that was completed more than a day ago counts as buried; a block of the embedded chain has a hash,
    however many transactions are in it.
    """
    done, new = (row["id"] for row in old.execute("SELECT id FROM publications").fetchall())
    for publication, age in ((done, 90_000), (new, 80_000)):
        old.execute("UPDATE publications SET completed_at = ? WHERE id = ?", [time.time() - age, publication])
    migrations.migrate(old)
    buried = "SELECT id FROM publications WHERE watched_at = offered_at AND buried_at = completed_at"
    assert [row["id"] for row in old.execute(buried)] == [done]
    heights = [row["height"] for row in old.execute("SELECT height FROM chain_transactions WHERE height IS NOT NULL")]
    hashes = {row["height"]: row["hash"] for row in old.execute("SELECT height, hash FROM chain_heights")}
    assert len(hashes) < len(heights)
    assert hashes.keys() == set(heights)
    assert len(set(hashes.values())) == len(hashes)
