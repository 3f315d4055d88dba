"""`GET /drive/v1/events`: who is told of what, and from where on."""

import httpx
import pytest

from tests.dialects.accounts.client import promote
from tests.dialects.drive.client import DRIVE, call, send
from tests.dialects.test_events import told
from tests.support.server import Server

pytestmark = pytest.mark.dialects("drive", "tus", "files", "accounts")
EVENTS = f"{DRIVE}/events"


async def ids(caller: httpx.AsyncClient, last: int | str | None = None, **query: str) -> list[tuple[int, str]]:
    """The numbers and kinds of what follows an event."""
    headers = {} if last is None else {"Last-Event-ID": str(last)}
    answer = await caller.get(EVENTS, params={"follow": "false", **query}, headers=headers)
    assert answer.status_code == 200, answer.text
    blocks = [dict(line.split(": ", 1) for line in block.splitlines()) for block in answer.text.split("\n\n") if block]
    return [(int(block["id"]), block["event"]) for block in blocks if "data" in block]


async def test_it_is_a_stream_that_nobody_keeps(server: Server) -> None:
    """Its headers keep proxies from waiting for more, and it says from where on it tells."""
    await send(server.alice, "a.txt")
    [(number, _)] = await ids(server.alice, 0)
    for method in ("GET", "HEAD"):
        answer = await server.alice.request(method, EVENTS)
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["x-accel-buffering"] == "no"
        assert "content-length" not in answer.headers
    assert (await server.alice.get(EVENTS)).text == f"retry: 2000\nid: {number}\n\n"


async def test_it_goes_on_behind_what_was_received(server: Server) -> None:
    """Each event is told once, whenever its reader comes back; without a last one it begins now."""
    for name in "abc":
        await send(server.alice, name)
    first, second, third = await ids(server.alice, 0)
    assert await ids(server.alice, first[0]) == [second, third]
    assert await ids(server.alice, third[0]) == await ids(server.alice) == []


async def test_many_are_told_page_by_page(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are, all of them come."""
    monkeypatch.setattr("penstock.engine.feed.PAGE", 2)
    for name in "abcde":
        await send(server.alice, name)
        await send(server.bob, name)
    assert len(await ids(server.alice, 0)) == 5


async def test_everybody_has_their_own(server: Server) -> None:
    """Others' are for administrators, who ask for them."""
    files = {name: await send(caller, name) for name, caller in (("a", server.alice), ("b", server.bob))}
    assert [event["data"]["id"] for event in await told(server)] == [files["a"]]
    assert len(await ids(server.bob, 0)) == 1
    answer = await server.bob.get(EVENTS, params={"everybody": "true", "follow": "false"})
    assert answer.status_code == 403
    promote(server, "bob")
    assert len(await ids(server.bob, 0)) == 1
    assert len(await ids(server.bob, 0, everybody="true")) == 2


async def test_some_kinds_are_told(server: Server) -> None:
    """Those that are asked for."""
    file = await send(server.alice, "a.txt")
    await call(server.alice, "DELETE", f"files/{file}")
    assert [kind for _, kind in await ids(server.alice, 0, types="file.trashed,upload.expired")] == ["file.trashed"]
    for wrong in ("", "file", "file.created,", "file.created, file.trashed"):
        assert (await server.alice.get(EVENTS, params={"types": wrong})).status_code == 400


@pytest.mark.parametrize("last", ["-1", "x", "1.5", str(1 << 63), "9" * 5000])
async def test_no_number_of_an_event(server: Server, last: str) -> None:
    """What cannot be one is refused."""
    answer = await server.alice.get(EVENTS, headers={"Last-Event-ID": last})
    assert (answer.status_code, answer.json()["field"]) == (400, "Last-Event-ID")


async def test_what_was_missed_is_said(server: Server) -> None:
    """Where events in between are forgotten, or the number is none of this server's, that comes first; and what is kept
    comes all the same.
    """
    for name in "abc":
        await send(server.alice, name)
    first, second, third = await ids(server.alice, 0)
    with server.database() as connection:
        connection.execute("DELETE FROM events WHERE number <= ?", (second[0],))
        connection.execute("INSERT INTO about (key, value) VALUES ('events:forgotten', ?)", (str(second[0]),))
    assert await ids(server.alice, first[0]) == [(second[0], "missed"), third]
    assert await ids(server.alice, second[0]) == [third]
    assert await ids(server.alice, third[0] + 1) == [(third[0], "missed")]
