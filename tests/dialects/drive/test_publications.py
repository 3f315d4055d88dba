"""`drive`: one's own files on the chain, and the wallet that pays."""

from typing import Any

import pytest

from tests.dialects.accounts.client import promote
from tests.dialects.drive.client import DRIVE, call, change, ended, send
from tests.dialects.metaid.client import ADDRESS, BASE, bury, direct, fund, submit
from tests.dialects.metaid.client import finished as task_finished
from tests.support.bytes import noise
from tests.support.server import FAR, OpenServer, Server

pytestmark = pytest.mark.dialects("drive", "tus", "metaid", "accounts")

LARGE = 5_000_000
"""Three chunks."""


async def publish(server: Server, file: str, status: int = 202, **more: Any) -> dict[str, Any]:
    """What is answered to who wants a file of Alice's published."""
    wanted = {"file": file, "address": ADDRESS, **more}
    told: dict[str, Any] = await call(server.alice, "POST", "publications", status, json=wanted)
    return told


async def test_a_file_goes_onto_the_chain_and_comes_back(server: Server) -> None:
    """A stored file is published for just the fee that was told before, its transactions are told with their depth, and
    out of the chain it comes back byte for byte, whole and in ranges, also after it was removed from the store.
    """
    await fund(server)
    content = noise(LARGE)
    file = await send(server.alice, "照片.png", content)
    told = await call(
        server.alice, "POST", "publications/estimate", json={"file": file, "address": ADDRESS, "fee_rate": 2}
    )
    assert (told["content_type"], told["fee_rate"], told["funded"]) == ("image/png;binary", 2, True)
    assert not server.rows("publications")
    begun = await publish(server, file, fee_rate=2)
    identifier = begun["publication"]["id"]
    assert (begun["publication"]["state"], begun["publication"]["pin"]) == ("publishing", None)
    done = await ended(server.alice, identifier)
    assert (done["state"], done["stage"], done["progress"], done["fee"]) == ("completed", "completed", 100, told["fee"])
    assert (done["file"], done["name"], done["size"], done["address"]) == (file, "照片.png", LARGE, ADDRESS)
    sent = (await call(server.alice, "GET", f"publications/{identifier}"))["transactions"]
    assert [each["role"] for each in sent] == ["merge", "funding", "chunk", "chunk", "chunk", "index"]
    assert all(each["accepted"] for each in sent)
    assert len(sent) == told["transactions"]
    assert done["pin"] == f"{sent[-1]['txid']}i0"
    raw = {row["txid"]: len(row["raw"]) for row in server.rows("chain_transactions")}
    assert told["bytes"] - 2 * len(sent) - 2 <= sum(raw[each["txid"]] for each in sent) <= told["bytes"]
    await bury(server)
    buried = await call(server.alice, "GET", f"publications/{identifier}")
    assert buried["publication"]["state"] == "buried"
    deep = server.container.settings.confirmations
    assert all(each["height"] and each["confirmations"] >= deep for each in buried["transactions"])
    await call(server.alice, "DELETE", f"files/{file}")
    await call(server.alice, "DELETE", f"trash/{file}", 204)
    address = f"{DRIVE}/publications/{identifier}/content"
    whole = await server.alice.get(address)
    assert (whole.content, whole.headers["content-type"]) == (content, "image/png")
    assert (await server.alice.get(address, headers={"Range": "bytes=3-7"})).content == content[3:8]
    assert not server.staged()


async def test_what_has_not_enough_fails_and_is_retried(server: Server) -> None:
    """Before the wallet has enough the estimate says so and tells the fee all the same; a publication fails with the
    reason, holds nothing, and goes on when it is retried, at another rate if wanted.
    """
    file = await send(server.alice, "a.txt", b"hello")
    wanted = {"file": file, "address": ADDRESS}
    told = await call(server.alice, "POST", "publications/estimate", json=wanted)
    assert (told["funded"], told["content_type"], told["fee"] > 0) == (False, "text/plain", True)
    identifier = (await publish(server, file))["publication"]["id"]
    failed = await ended(server.alice, identifier)
    assert (failed["state"], failed["fee"], failed["pin"]) == ("failed", None, None)
    assert "not enough balance" in failed["message"]
    await call(server.alice, "GET", f"publications/{identifier}/content", 404)
    await fund(server)
    again = await call(server.alice, "POST", f"publications/{identifier}/retry", 202, json={"fee_rate": 3})
    assert (again["publication"]["id"], again["publication"]["fee_rate"]) == (identifier, 3)
    done = await ended(server.alice, identifier)
    assert (done["state"], done["fee"]) == ("completed", 1 + 3 * (told["fee"] - 1))
    assert (await server.alice.get(f"{DRIVE}/publications/{identifier}/content")).content == b"hello"
    still = await call(server.alice, "POST", f"publications/{identifier}/retry", 202, json={})
    assert still["publication"] == done


async def test_the_same_is_published_once(server: Server) -> None:
    """Asked for twice, with a key or without, a file is paid once; a copy of it that stays takes the place of the file
    that was removed.
    """
    await fund(server)
    file, copy = [await send(server.alice, "a.txt", b"hello") for _ in range(2)]
    key = {"Idempotency-Key": "once"}
    wanted = {"file": file, "address": ADDRESS}
    answers = [await server.alice.post(f"{DRIVE}/publications", json=wanted, headers=key) for _ in range(2)]
    assert answers[0].content == answers[1].content
    identifier = answers[0].json()["publication"]["id"]
    await ended(server.alice, identifier)
    again = (await publish(server, copy))["publication"]
    assert (again["id"], again["file"]) == (identifier, file)
    await call(server.alice, "DELETE", f"files/{file}")
    assert (await publish(server, copy))["publication"]["file"] == file
    await call(server.alice, "DELETE", f"trash/{file}", 204)
    assert (await publish(server, copy))["publication"]["file"] == copy
    assert len(server.rows("publications")) == 1


async def test_lists(server: Server) -> None:
    """A list has what one published by every dialect, newest first, in pages and by state; a cursor is good for the
    list that it comes from alone.
    """
    await fund(server)
    mine = [str((await direct(server.alice, b"one"))["pinId"])]
    mine.append(f"{(await task_finished(server.alice, await submit(server.alice, b'two')))['indexTxId']}i0")
    identifier = (await publish(server, await send(server.alice, "c.txt", b"three")))["publication"]["id"]
    mine.append((await ended(server.alice, identifier))["pin"])
    await direct(server.bob, b"four")
    page = await call(server.alice, "GET", "publications")
    assert [each["pin"] for each in page["publications"]] == mine[::-1]
    assert [each["method"] for each in page["publications"]] == ["chunked", "chunked", "direct"]
    found, query = [], {"limit": "1", "state": "completed"}
    while True:
        page = await call(server.alice, "GET", "publications", params=query)
        found += [each["pin"] for each in page["publications"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
        await call(server.alice, "GET", "publications", 400, params={"cursor": page["next"]})
    assert found == mine[::-1]
    assert (await call(server.alice, "GET", "publications", params={"state": "failed"}))["publications"] == []
    assert (await call(server.alice, "GET", "publications", 400, params={"state": "lost"}))["field"] == "state"


@pytest.mark.parametrize(
    ("more", "status"),
    [
        ({"file": "another"}, 404),
        ({"address": None}, 400),
        ({"address": "1A1z"}, 400),
        ({"content_type": "image/png"}, 400),
        ({"fee_rate": 0}, 400),
    ],
)
@pytest.mark.parametrize("path", ["publications", "publications/estimate"])
async def test_what_is_wrongly_asked_for(server: Server, path: str, more: dict[str, Any], status: int) -> None:
    """What is missing or wrong is refused by its name, and nothing is begun."""
    wanted = {"file": await send(server.alice, "a.txt"), "address": ADDRESS} | more
    refused = await call(server.alice, "POST", path, status, json=wanted)
    assert refused.get("field") == (next(iter(more)) if status == 400 else None)
    assert not server.rows("publications")


@pytest.mark.parametrize("path", ["publications", "publications/estimate"])
async def test_what_cannot_be_read_is_not_published(server: Server, path: str) -> None:
    """Nor is what lies in the trash, or is known to be damaged."""
    wanted = {"file": await send(server.alice, "a.txt"), "address": ADDRESS}
    change(server, "UPDATE blobs SET damaged = 1")
    await call(server.alice, "POST", path, 500, json=wanted)
    change(server, "UPDATE blobs SET damaged = 0")
    await call(server.alice, "DELETE", f"files/{wanted['file']}")
    assert "trash" in (await call(server.alice, "POST", path, 404, json=wanted))["title"]
    assert not server.rows("publications")


async def test_the_bounds_are_those_of_metaid(open_server: OpenServer) -> None:
    """The largest file, the bounds of the fee, the budgets and the rate limit are one for both dialects."""
    names = ("drive", "tus", "metaid")
    bounds = {"publish_limit": 10, "fee_floor": 2, "fee_cap": 3, "budget_client": 3000}
    async with open_server(dialects=names, **bounds) as server:
        await fund(server)
        await publish(server, await send(server.alice, "large.txt", b"x" * 11), 413)
        first, second = [await send(server.alice, f"{number}.txt", b"%d" % number) for number in range(2)]
        told = (await publish(server, first))["publication"]
        assert told["fee_rate"] == 2
        assert (await ended(server.alice, told["id"]))["state"] == "completed"
        wanted = {"file": second, "address": ADDRESS, "fee_rate": 9}
        assert (await call(server.alice, "POST", "publications/estimate", json=wanted))["fee_rate"] == 3
        told = await ended(server.alice, (await publish(server, second, fee_rate=9))["publication"]["id"])
        assert (told["state"], told["fee_rate"]) == ("failed", 3)
        server.forgive()
        caller = server.caller(server.people.alice, address=FAR)
        for left in (49, 48):
            answer = await caller.post(f"{DRIVE}/publications", json=wanted)
            assert answer.headers["x-ratelimit-remaining"] == str(left)
        refused = await caller.post(f"{BASE}/files/chunked-upload-task", json={})
        assert refused.headers["x-ratelimit-remaining"] == "47"
        for _ in range(47):
            await caller.post(f"{DRIVE}/publications", json={})
        assert (await caller.post(f"{DRIVE}/publications", json=wanted)).status_code == 429
        asked = await caller.get(f"{DRIVE}/publications")
        assert (asked.status_code, asked.headers["x-ratelimit-limit"]) == (200, "300")
        assert "x-ratelimit-limit" not in (await caller.get(f"{DRIVE}/files")).headers


async def test_what_the_wallet_has(server: Server) -> None:
    """Administrators see the balance, the address, the fees and the budgets; asking makes no key where there is none,
    and finds what was paid since.
    """
    promote(server, "alice")
    nothing = await call(server.alice, "GET", "admin/wallet")
    assert (nothing["address"], nothing["asked"], nothing["free"]) == (None, False, 0)
    assert not await server.container.publishing.vault.exists()
    await fund(server)
    wallet = server.container.publishing.publisher.wallet
    told = await call(server.alice, "GET", "admin/wallet")
    assert told["asked"]
    assert told["address"] == (await wallet.address()).text
    assert (told["network"], told["free"], told["held"]) == (wallet.network, 100 * 10**8, 0)
    assert (told["fees"]["floor"], told["fees"]["cap"]) == (1, 5)
    assert told["budgets"] == {"client": None, "total": None}
    await call(server.bob, "GET", "admin/wallet", 403)


async def test_without_metaid_there_are_none(open_server: OpenServer) -> None:
    """Where `metaid` is not spoken the calls are not there, in the documentation neither."""
    async with open_server(dialects=("drive", "tus")) as server:
        promote(server, "alice")
        for path in ("publications", "publications/estimate", "publications/x", "publications/x/content"):
            refused = await call(server.alice, "GET", path, 404)
            assert refused["title"] == "There is nothing here."
        await call(server.alice, "GET", "admin/wallet", 404)
        document = (await server.anyone.get("/docs/drive/openapi.json")).json()
        assert not [path for path in document["paths"] if "publication" in path or "wallet" in path]
