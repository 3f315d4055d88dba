"""While the database or the store is away, calls are told to come again, each in its own words."""

from typing import NoReturn

import pytest

from penstock.model.faults import StorageFailed
from tests.dialects.accounts.client import promote
from tests.dialects.every_call import Known, call_of, in_envelope, known_calls, params, send
from tests.support.server import Server, every_name

pytestmark = pytest.mark.dialects(*every_name(), open=())


def away(*_: object, **__: object) -> NoReturn:
    """What does not answer."""
    raise StorageFailed


def take_the_database_away(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    database = type(server.container.storage.database)
    for method in ("look", "scan", "write"):
        monkeypatch.setattr(database, method, away)


@pytest.mark.parametrize("known", params(known_calls()))
async def test_without_the_database(server: Server, known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever needs a record is 503 with `Retry-After` in its envelope."""
    app, _ = call_of(server, known)
    if known.row.admin is not None:
        promote(server, "alice")
    good = await known.row.good(server)
    take_the_database_away(server, monkeypatch)
    answer = await send(server.alice, known.method, known.path, good)
    if answer.status_code >= 400:
        assert (answer.status_code, answer.headers.get("retry-after")) == (503, "5"), answer.text
        assert in_envelope(app, known.path, answer)
    else:
        assert known.row.scope is None  # it asks for no record at all


@pytest.mark.parametrize("known", params(known_calls()))
async def test_without_the_store(server: Server, known: Known, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever needs bytes is 503 with `Retry-After` in its envelope, and what needs none goes on."""
    app, _ = call_of(server, known)
    if known.row.admin is not None:
        promote(server, "alice")
    good = await known.row.good(server)
    storage = server.container.storage
    for kind, methods in (
        (type(storage.staging), ("begin", "read", "feed", "compose")),
        (type(storage.blobs), ("read", "feed", "size")),
    ):
        for method in methods:
            monkeypatch.setattr(kind, method, away)
    answer = await send(server.alice, known.method, known.path, good)
    if answer.status_code >= 400:
        assert (answer.status_code, answer.headers.get("retry-after")) == (503, "5"), answer.text
        assert in_envelope(app, known.path, answer)


async def test_what_operators_are_told_without_the_database(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """`/readyz` is 503 and says what is away, and `/metrics` has what the process itself counts."""
    take_the_database_away(server, monkeypatch)
    answer = await server.anyone.get("/readyz")
    assert (answer.status_code, answer.json()["checks"]["database"]) == (503, "StorageFailed")
    metrics = await server.anyone.get("/metrics")
    assert metrics.status_code == 200
    assert "penstock_hash_backlog_bytes" in metrics.text
    assert "penstock_publications_unburied" not in metrics.text
