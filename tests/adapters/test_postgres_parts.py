"""What a part costs on PostgreSQL: round trips, counted over the wire's own client."""

from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest

from cluster.postgres import Postgres
from penstock.bootstrap import open_container
from penstock.engine.receiving import Incoming
from penstock.model.ids import PrincipalId
from penstock.model.principal import Principal
from penstock.model.upload import Declared
from penstock.settings import load
from tests.support.backing import SECRET
from tests.support.databases import EMPTY, empty


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every statement that is sent, in order; the asking for the time is none of a part's."""
    sent: list[str] = []
    for name in ("fetchrow", "fetch", "execute", "fetchmany"):
        kept = getattr(asyncpg.Connection, name)

        async def counted(self: object, sql: str, *values: object, kept: object = kept) -> object:
            if "clock_timestamp" not in sql:
                sent.append(" ".join(sql.split()))
            return await kept(self, sql, *values)  # type: ignore[operator]

        monkeypatch.setattr(asyncpg.Connection, name, counted)
    return sent


async def test_a_part_takes_three_round_trips(postgres: Postgres, tmp_path: Path, trips: list[str]) -> None:
    """Finding its upload, asking whether it may come, and recording it; what the hasher asks for is its own."""
    url = postgres.url(EMPTY)
    await empty(url)
    settings = load({"data": str(tmp_path / "data"), "database": url, "secret": SECRET, "min_free": 0}, {})
    container = open_container(settings)
    engine, alice = container.engine, Principal(PrincipalId("alice"), "alice")
    upload = await engine.uploads.open(alice, "files", Declared("a", total=9), limit=9000, needs_md5=False)

    async def body() -> AsyncIterator[bytes]:
        yield bytes(1000)

    await engine.receiver.receive(upload, Incoming(0, body(), 1000))  # the first one makes a folder, and asks twice
    trips.clear()
    found = await engine.uploads.find(alice, "files", upload.id)
    outcome = await engine.receiver.receive(found, Incoming(2, body(), 1000))
    sent = list(trips)
    await container.close()
    assert outcome.upload.received == 2
    assert [[part in sql for sql in sent].count(True) for part in ("LEFT JOIN parts", "commit_part_11")] == [1, 1]
    assert {sql for sql in sent if not any(part in sql for part in ("LEFT JOIN parts", "commit_part_11"))} <= {
        "SELECT * FROM uploads WHERE id = $1",  # ours, and the hasher's
        "SELECT * FROM parts WHERE upload_id = $1 AND number = $2",  # the hasher's
    }
