"""Webhooks: administrators say who is told, and receivers are told, whatever they do."""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import pytest

from tests.dialects.accounts.client import promote, sudo_of
from tests.dialects.drive.client import DRIVE, call, send
from tests.support.receiver import Answer, Heard, WebhookReceiver, is_genuine, receiving
from tests.support.server import OpenServer, Server
from tests.support.waiting import eventually

DIALECTS = ("drive", "tus", "files", "accounts")


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    with receiving() as served:
        yield served


@pytest.fixture
async def server(open_server: OpenServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """One whose webhooks may lead to the tests' own receivers, and soon."""
    monkeypatch.setattr("penstock.engine.outbox.IDLE", 0.05)
    monkeypatch.setattr("penstock.engine.outbox.BACK_OFF", (0.1, 0.2))
    monkeypatch.setattr("penstock.engine.courier.PACE", 0.05)
    async with open_server(dialects=DIALECTS, webhooks_private=True) as opened:
        promote(opened, "alice")
        yield opened


async def sudo(server: Server) -> dict[str, str]:
    return {"X-Sudo-Token": await sudo_of(server, "alice")}


async def hooked(server: Server, url: str, **asked: Any) -> dict[str, Any]:
    """A new webhook, with its secret."""
    made: dict[str, Any] = await call(
        server.alice, "POST", "webhooks", 201, json={"url": url, **asked}, headers=await sudo(server)
    )
    return made


async def log(server: Server, hook: dict[str, Any]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await call(server.alice, "GET", f"webhooks/{hook['id']}/deliveries"))["deliveries"]
    return found


async def waiting(server: Server) -> bool:
    return server.rows("outbox") != []


async def test_it_is_told_signed_and_in_order(server: Server, receiver: WebhookReceiver) -> None:
    """What happens to anybody's files is told as a stream would tell it, and the log says so."""
    hook = await hooked(server, receiver.url)
    file = await send(server.bob, "a.txt")
    await call(server.bob, "PATCH", f"files/{file}", json={"name": "b.txt"})
    await call(server.bob, "DELETE", f"files/{file}")
    await eventually(lambda: len(receiver.heard) == 3)
    assert receiver.types() == ["file.created", "file.changed", "file.trashed"]
    assert all(is_genuine(heard, hook["secret"]) for heard in receiver.heard)
    assert not is_genuine(receiver.heard[0], "whsec_" + "b" * 43 + "=")
    [name] = {heard.event["data"]["name"] for heard in receiver.heard[1:]}
    assert name == "b.txt"
    assert all(heard.id == heard.event["id"] for heard in receiver.heard)
    await eventually(lambda: _logged(server, hook, 3))
    entries = await log(server, hook)
    assert {entry["event"] for entry in entries} == {heard.id for heard in receiver.heard}
    assert {(entry["outcome"], entry["status"], entry["tries"], entry["why"]) for entry in entries} == {
        ("delivered", 204, 1, None)
    }
    assert [entry["payload"] for entry in entries][::-1] == [heard.event for heard in receiver.heard]


async def _logged(server: Server, hook: dict[str, Any], count: int) -> bool:
    return len(await log(server, hook)) == count


async def test_it_is_told_what_it_wants(server: Server, receiver: WebhookReceiver) -> None:
    """Some kinds alone, of one user alone; and nothing that happened before it was made."""
    before = await send(server.bob, "before.txt")
    await hooked(server, receiver.url, events=["file.trashed"], user="bob")
    for caller in (server.alice, server.bob):
        file = await send(caller, "a.txt")
        await call(caller, "DELETE", f"files/{file}")
    await call(server.bob, "DELETE", f"files/{before}")
    await eventually(lambda: len(receiver.heard) == 2)
    await asyncio.sleep(0.3)
    told = sorted((heard.type, heard.event["data"]["id"]) for heard in receiver.heard)
    assert told == sorted([("file.trashed", file), ("file.trashed", before)])  # no file waits for another


async def test_without_webhooks_nothing_waits(server: Server, receiver: WebhookReceiver) -> None:
    """Where nobody wants to be told, nothing is written for anybody; nor for one that is disabled."""
    hook = await hooked(server, receiver.url)
    await call(server.alice, "PATCH", f"webhooks/{hook['id']}", json={"enabled": False}, headers=await sudo(server))
    await send(server.alice, "a.txt")
    await asyncio.sleep(0.3)
    assert server.rows("outbox") == []
    await call(server.alice, "PATCH", f"webhooks/{hook['id']}", json={"enabled": True}, headers=await sudo(server))
    await eventually(lambda: receiver.types() == ["file.created"])


async def test_what_fails_is_told_again(server: Server, receiver: WebhookReceiver) -> None:
    """Under the same id, in its order, until it is heard; what happens to another file does not wait."""
    hook = await hooked(server, receiver.url)
    bad = await send(server.alice, "bad.txt")
    await eventually(lambda: len(receiver.heard) == 1)
    failing = True

    def answer(heard: Heard) -> Answer:
        return 500 if failing and heard.event["data"]["id"] == bad else 204

    receiver.answer = answer
    await call(server.alice, "PATCH", f"files/{bad}", json={"name": "worse.txt"})
    await call(server.alice, "DELETE", f"files/{bad}")
    await send(server.alice, "good.txt")
    await eventually(lambda: receiver.types().count("file.created") == 2)
    await eventually(lambda: receiver.types().count("file.changed") >= 3)
    assert "file.trashed" not in receiver.types()
    failing = False
    await eventually(lambda: receiver.types()[-1] == "file.trashed")
    assert len({heard.id for heard in receiver.heard if heard.type == "file.changed"}) == 1
    [entry] = [entry for entry in await log(server, hook) if entry["type"] == "file.changed"]
    assert (entry["outcome"], entry["status"]) == ("delivered", 204)
    assert entry["tries"] >= 3


async def test_one_that_fails_holds_up_no_other(server: Server, receiver: WebhookReceiver) -> None:
    """A receiver that is slow keeps nobody else from being told, nor an upload from being done."""
    gate = threading.Event()
    with receiving() as slow:
        slow.answer = lambda _: (gate.wait(10), 204)[1]
        await hooked(server, slow.url)
        await hooked(server, receiver.url)
        begun = time.monotonic()
        for name in "abcdefghijklmnopqrstuvwxyz":
            await send(server.alice, name)
        await eventually(lambda: len(receiver.heard) == 26)
        assert time.monotonic() - begun < 8
        gate.set()
        await eventually(lambda: len(slow.heard) == 26, within=15)


async def test_410_disables_it(server: Server, receiver: WebhookReceiver) -> None:
    """A receiver that wants no more is told no more, which its record and the audit say; enabled again, it goes on."""
    hook = await hooked(server, receiver.url)
    receiver.answer = lambda _: 410
    await send(server.alice, "a.txt")
    await eventually(lambda: receiver.heard)
    await eventually(lambda: _is_disabled(server, hook))
    shown = await call(server.alice, "GET", f"webhooks/{hook['id']}")
    assert (shown["enabled"], shown["why"]) == (False, "gone")
    await send(server.alice, "b.txt")
    await asyncio.sleep(0.3)
    assert len(receiver.heard) == 1
    acts = [(row["act"], row["about"]) for row in server.rows("audit")]
    assert ("disable webhook", hook["id"]) in acts
    receiver.answer = lambda _: 204
    shown = await call(
        server.alice, "PATCH", f"webhooks/{hook['id']}", json={"enabled": True}, headers=await sudo(server)
    )
    assert (shown["enabled"], shown["why"]) == (True, None)
    await eventually(lambda: len(receiver.heard) == 3)
    assert {heard.event["data"]["name"] for heard in receiver.heard} == {"a.txt", "b.txt"}


async def _is_disabled(server: Server, hook: dict[str, Any]) -> bool:
    return not (await call(server.alice, "GET", f"webhooks/{hook['id']}"))["enabled"]


async def test_a_redirect_is_a_failure(server: Server, receiver: WebhookReceiver) -> None:
    """Nobody goes where it leads, and the log says why."""
    with receiving() as elsewhere:
        receiver.answer = lambda _: (302, {"Location": elsewhere.url})
        hook = await hooked(server, receiver.url)
        await send(server.alice, "a.txt")
        await eventually(lambda: len(receiver.heard) >= 2)
        assert elsewhere.heard == []
    [entry] = await log(server, hook)
    assert (entry["outcome"], entry["status"]) == ("failed", 302)
    assert "not followed" in entry["why"]


async def test_one_that_is_down_is_told_when_it_is_back(server: Server, receiver: WebhookReceiver) -> None:
    """Nothing that happened meanwhile is lost, and the log says why nobody heard it."""
    with receiving() as down:
        pass
    hook = await hooked(server, down.url)
    for name in "abc":
        await send(server.alice, name)
    await eventually(lambda: _logged(server, hook, 3))
    assert {(entry["outcome"], entry["status"]) for entry in await log(server, hook)} == {("failed", None)}
    with receiving(int(down.url.split(":")[2].split("/")[0])) as back:
        await eventually(lambda: len({heard.id for heard in back.heard}) == 3)
        await eventually(lambda: _all_delivered(server, hook))


async def _all_delivered(server: Server, hook: dict[str, Any]) -> bool:
    return {entry["outcome"] for entry in await log(server, hook)} == {"delivered"}


async def test_secrets_are_exchanged(server: Server, receiver: WebhookReceiver) -> None:
    """For a while both sign, so that no receiver misses one; a secret is told once."""
    hook = await hooked(server, receiver.url)
    made = await call(server.alice, "POST", f"webhooks/{hook['id']}/secret", headers=await sudo(server))
    assert made["secret"] != hook["secret"]
    await send(server.alice, "a.txt")
    await eventually(lambda: receiver.heard)
    assert is_genuine(receiver.heard[0], made["secret"])
    assert is_genuine(receiver.heard[0], hook["secret"])
    for path in ("webhooks", f"webhooks/{hook['id']}"):
        assert "secret" not in str(await call(server.alice, "GET", path))
    with server.database() as connection:
        connection.execute("UPDATE webhooks SET former_until = 0")
    await send(server.alice, "b.txt")
    await eventually(lambda: len(receiver.heard) == 2)
    assert is_genuine(receiver.heard[1], made["secret"])
    assert not is_genuine(receiver.heard[1], hook["secret"])


async def test_it_is_told_once_more(server: Server, receiver: WebhookReceiver) -> None:
    """One event, or all since a time, under the ids that they had."""
    hook = await hooked(server, receiver.url)
    begun = server.container.clock()
    for name in "abc":
        await send(server.alice, name)
    await eventually(lambda: _logged(server, hook, 3))
    ids = [heard.id for heard in receiver.heard]
    newest = (await log(server, hook))[0]
    sent = await call(server.alice, "POST", f"webhooks/{hook['id']}/deliveries/{newest['id']}/replay", 202)
    await eventually(lambda: _logged(server, hook, 4))
    assert receiver.heard[3].id == newest["event"]
    assert sent["delivery"] in {entry["id"] for entry in await log(server, hook)}
    await call(server.alice, "POST", f"webhooks/{hook['id']}/replay", 204, json={"since": begun})
    await eventually(lambda: len(receiver.heard) == 7)
    assert sorted(heard.id for heard in receiver.heard[4:]) == sorted(ids)
    await call(server.alice, "POST", f"webhooks/{hook['id']}/replay", 204, json={"since": begun + 3600})
    problem = await call(server.alice, "POST", f"webhooks/{hook['id']}/deliveries/none/replay", 404)
    assert problem["title"] == "There is no such delivery."


async def test_a_test_is_sent(server: Server, receiver: WebhookReceiver) -> None:
    """An administrator sees whether anybody listens."""
    hook = await hooked(server, receiver.url, events=["file.removed"])
    await call(server.alice, "POST", f"webhooks/{hook['id']}/test", 202)
    await eventually(lambda: receiver.types() == ["test"])
    assert receiver.heard[0].event["data"] == {"kind": "test", "webhook": hook["id"]}


async def test_what_is_removed_is_told_nothing(server: Server, receiver: WebhookReceiver) -> None:
    """Nor does anything of it stay."""
    receiver.answer = lambda _: 500
    hook = await hooked(server, receiver.url)
    await send(server.alice, "a.txt")
    await eventually(lambda: receiver.heard)
    await call(server.alice, "DELETE", f"webhooks/{hook['id']}", 204, headers=await sudo(server))
    await call(server.alice, "GET", f"webhooks/{hook['id']}", 404)
    assert [server.rows(table) for table in ("webhooks", "deliveries", "outbox")] == [[], [], []]


async def test_they_are_edited_on_a_condition(server: Server) -> None:
    """Whoever has not seen what it is now changes nothing; what is refused changes nothing either."""
    hook = await hooked(server, "https://a.example/")
    path = f"{DRIVE}/webhooks/{hook['id']}"
    tag = (await server.alice.get(path)).headers["etag"]
    headers = await sudo(server) | {"If-Match": tag}
    changed = await server.alice.patch(path, json={"events": ["file.created", "file.created"]}, headers=headers)
    assert changed.json()["events"] == ["file.created"]
    again = await server.alice.patch(path, json={"events": []}, headers=headers)
    assert again.status_code == 412
    for wrong in ({"events": ["no.such"]}, {"url": "ftp://a.example/"}, {"url": "https://u:p@a.example/"}):
        answer = await server.alice.patch(path, json=wrong, headers=await sudo(server))
        assert answer.status_code == 400
    assert (await server.alice.get(path)).headers["etag"] == changed.headers["etag"]


async def test_they_are_written_down(server: Server) -> None:
    """Who made, changed and removed one stands in the audit."""
    hook = await hooked(server, "https://a.example/")
    await call(server.alice, "PATCH", f"webhooks/{hook['id']}", json={"enabled": False}, headers=await sudo(server))
    await call(server.alice, "DELETE", f"webhooks/{hook['id']}", 204, headers=await sudo(server))
    acts = [row["act"] for row in server.rows("audit") if row["about"] == hook["id"]]
    assert sorted(acts) == ["add webhook", "change webhook", "remove webhook"]


async def test_there_are_so_many(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each is looked after by every process, so that there is an end."""
    monkeypatch.setattr("penstock.engine.webhooks.MAX_WEBHOOKS", 1)
    await hooked(server, "https://a.example/")
    answer = await server.alice.post(
        f"{DRIVE}/webhooks", json={"url": "https://b.example/"}, headers=await sudo(server)
    )
    assert (answer.status_code, len(server.rows("webhooks"))) == (507, 1)


async def test_private_addresses_are_the_operators(open_server: OpenServer, receiver: WebhookReceiver) -> None:
    """Without the setting none is saved, nor called where it was saved before."""
    async with open_server(dialects=DIALECTS) as server:
        promote(server, "alice")
        for url in (receiver.url, "http://169.254.169.254/latest/meta-data/", "http://[::1]/"):
            problem = await call(server.alice, "POST", "webhooks", 400, json={"url": url}, headers=await sudo(server))
            assert problem["field"] == "url"
        hook = await hooked(server, "https://a.example/")
        with server.database() as connection:
            connection.execute("UPDATE webhooks SET url = ?", (receiver.url,))
        await send(server.alice, "a.txt")
        await eventually(lambda: _logged(server, hook, 1))
        [entry] = await log(server, hook)
        assert (entry["outcome"], entry["status"]) == ("failed", None)
        assert "private address" in entry["why"]
        assert receiver.heard == []
