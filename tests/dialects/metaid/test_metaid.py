"""`metaid`: what its contract and the rulings promise."""

import asyncio
import base64
import json
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import httpx
import msgspec
import pytest

from penstock.bootstrap import open_container
from penstock.chain.addresses import read_address
from penstock.chain.pins import head, pin_of, pushes
from penstock.chain.transaction import Input, Output, Transaction, parse
from penstock.model.chain import TxId, Verdict
from penstock.publishing.plans import INDEX_PATH, INDEX_TYPE
from tests.dialects.files.client import send_file
from tests.dialects.metaid.client import (
    ADDRESS,
    BASE,
    CHUNKED,
    DIRECT,
    META_ID,
    TASKS,
    asked,
    bury,
    content,
    direct,
    finished,
    fund,
    submit,
)
from tests.support.bytes import noise, sha256
from tests.support.server import FAR, OpenServer, Server
from tests.support.waiting import eventually

P2SH = "3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy"
TESTNET = "mipcBbFg9gMiCh81Kj8tqqdgoZub1ZJRfn"
GENESIS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
CHANGED = f"@{'ab' * 32}i0"


pytestmark = pytest.mark.dialects("metaid", "files")


@pytest.fixture
async def server(server: Server) -> Server:
    """The server, whose wallet has 100 coins."""
    await fund(server)
    return server


async def transactions(server: Server) -> int:
    """How many transactions of ours the chain has."""
    return len([row for row in server.rows("chain_transactions") if len(parse(row["raw"]).outputs) > 1])


# --- validation ------------------------------------------------------------------------------------------------------

WRONG: list[tuple[dict[str, Any], int, str]] = [
    ({"address": None}, 1002, "address"),
    ({"address": ""}, 1002, "address"),
    ({"address": "invalid_address"}, 1002, "address"),
    ({"address": ADDRESS[:-1] + "8"}, 1002, "address"),
    ({"address": TESTNET}, 1002, "address"),
    ({"address": P2SH}, 1002, "address"),
    ({"metaId": None}, 1003, "metaId"),
    ({"metaId": META_ID.upper()}, 1003, "metaId"),
    ({"metaId": "ab" * 32}, 1003, "metaId"),
    ({"content": None}, 1004, "content"),
    ({"content": "aGVs bG8="}, 1004, "content"),
    ({"content": "aGVsbG8"}, 1004, "content"),
    ({"content": "aGVsbG8=="}, 1004, "content"),
    ({"content": "aGVsbG8=x"}, 1004, "content"),
    ({"content": "-_-_"}, 1004, "content"),
    ({"content": 7}, 1004, "content"),
    ({"operation": "delete"}, 1009, "operation"),
    ({"operation": "modify"}, 1009, "operation"),
    ({"operation": "revoke", "path": "/file"}, 1009, "operation"),
    ({"contentType": "image"}, 1010, "contentType"),
    ({"contentType": "image/png"}, 1010, "contentType"),
    ({"contentType": "image/png;base64"}, 1010, "contentType"),
    ({"contentType": "image/png;binary\n"}, 1010, "contentType"),
    ({"contentType": f"image/{'x' * 300};binary"}, 1010, "contentType"),
    ({"fileName": None}, 400, "fileName"),
    ({"fileName": ""}, 400, "fileName"),
    ({"path": "file"}, 400, "path"),
    ({"path": "@x"}, 400, "path"),
    ({"feeRate": 0}, 400, "feeRate"),
    ({"feeRate": -1}, 400, "feeRate"),
    ({"feeRate": 1.5}, 400, "feeRate"),
    ({"feeRate": "much"}, 400, "feeRate"),
]


@pytest.mark.parametrize("path", [DIRECT, CHUNKED])
@pytest.mark.parametrize(("changes", "code", "field"), WRONG, ids=str)
async def test_what_is_wrong_is_named(
    server: Server, path: str, changes: dict[str, Any], code: int, field: str
) -> None:
    """Each wrong parameter is 400 with its code and its name, and nothing is kept."""
    if path == CHUNKED and field == "path":
        return  # it is ignored there
    answer = await server.anyone.post(path, json=asked(b"hello", **changes))
    body = answer.json()
    assert (answer.status_code, body["code"], body["data"]["field"]) == (400, code, field)
    assert body["data"].keys() == {"field", "value", "expected"}
    assert server.stored() == {"uploads": 0, "parts": 0, "files": 0, "staged": 0}
    assert not server.rows("publications")


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"chain": "btc"}, 1005, "chain"),
        ({"operation": "modify", "path": CHANGED}, 1009, "operation"),
        ({"operation": "revoke", "path": CHANGED}, 1009, "operation"),
    ],
)
async def test_what_chunks_cannot_do(server: Server, changes: dict[str, Any], code: int, field: str) -> None:
    """Another chain is 1005, and only `create` comes in chunks."""
    answer = await server.anyone.post(CHUNKED, json=asked(b"hello", **changes))
    assert (answer.status_code, answer.json()["code"], answer.json()["data"]["field"]) == (400, code, field)


@pytest.mark.parametrize(
    ("name", "content_type", "expected"),
    [
        ("a.png", None, "image/png;binary"),
        ("a.txt", None, "text/plain"),
        ("a", None, "application/octet-stream;binary"),
        ("a.bin", "text/plain;utf-8", "text/plain;utf-8"),
        ("a.bin", "application/json", "application/json"),
        ("a.bin", "application/javascript", "application/javascript"),
        ("a.bin", "text/xml", "text/xml"),
        ("a.bin", "video/mp4;binary", "video/mp4;binary"),
    ],
)
async def test_content_types(server: Server, name: str, content_type: str | None, expected: str) -> None:
    """What is said is published; what is not said follows from the name."""
    done = await direct(server.anyone, b"hello", fileName=name, contentType=content_type)
    raw = await server.container.publishing.chain.transaction(TxId(done["txId"]))
    assert raw is not None
    assert pin_of(parse(raw)).content_type == expected


@pytest.mark.parametrize(
    "query",
    [{}, {"address": "x"}, {"address": ADDRESS, "limit": "0"}, {"address": ADDRESS, "limit": "101"},
     {"address": ADDRESS, "limit": "ten"}, {"address": ADDRESS, "cursor": "-1"}],
)  # fmt: skip
async def test_lists_ask_for_an_address_and_bounds(server: Server, query: dict[str, str]) -> None:
    """A list without an address is 1002, a limit or cursor out of bounds 400 by its name."""
    answer = await server.anyone.get(TASKS, params=query)
    field = "address" if len(query) < 2 else next(name for name in query if name != "address")
    assert answer.status_code == 400
    assert answer.json()["code"] == (1002 if field == "address" else 400)
    assert answer.json()["data"]["field"] == field


# --- bodies ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("first", [True, False])
@pytest.mark.parametrize("style", ["plain", "slashes", "unicode"])
async def test_bodies_of_every_client(server: Server, first: bool, style: str) -> None:
    """Content may stand before or behind the other fields, and be escaped as PHP and .NET do."""
    payload = noise(5000)
    body = asked(payload)
    text = json.dumps(body.pop("content"))
    if style == "slashes":
        text = text.replace("/", "\\/")
    if style == "unicode":
        text = text.replace("+", "\\u002B").replace("=", "\\u003d")
    rest = json.dumps(body)[1:-1]
    document = f'{{"content":{text},{rest}}}' if first else f'{{{rest},"content" : {text}}}'
    done = (await server.anyone.post(DIRECT, content=document.encode())).json()
    assert done["code"] == 0, done
    assert (await content(server.anyone, done["data"]["pinId"])).content == payload


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", 400),
        (b"[]", 400),
        (b"{", 400),
        (b'{"content":"aGVs', 400),
        (b'{"content":"aGVsbG8="', 400),
        (b'{"content":"aGVsbG8=","content":"aGVsbG8="}', 1004),
        (b'{"content":"aGVsbG8=",}', 400),
        (b'{"content":"aGVsbG8="} x', 400),
        (b"\xff\xfe", 400),
        (b'{"x":' + b"[" * 60000, 400),
        (b'{"x":' + b"[" * 30000 + b"]" * 30000 + b"}", 400),
    ],
)
async def test_broken_bodies(server: Server, body: bytes, code: int) -> None:
    """A body that is no JSON object, or has two contents, is refused, and nothing of it is kept."""
    for path in (DIRECT, CHUNKED):
        answer = await server.anyone.post(path, content=body)
        assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert server.stored() == {"uploads": 0, "parts": 0, "files": 0, "staged": 0}


async def test_a_content_without_end_is_refused_at_the_byte(server: Server) -> None:
    """A string of a gigabyte is refused as soon as it passes the limit, and nothing of it is kept."""
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        yield b'{"content":"'
        while sent < 1 << 30:
            sent += 1 << 16
            yield b"A" * (1 << 16)

    answer = await server.anyone.post(DIRECT, content=endless())
    assert (answer.status_code, answer.json()["code"]) == (413, 1001)
    assert sent < 8 << 20
    assert server.stored() == {"uploads": 0, "parts": 0, "files": 0, "staged": 0}


@pytest.mark.parametrize(("size", "status"), [(0, 200), (1, 200), (5_242_880, 200), (5_242_881, 413)])
async def test_the_limit_of_a_direct_upload(server: Server, size: int, status: int) -> None:
    """5,242,880 bytes go in one transaction, one more is 1001; no bytes are a file, too."""
    payload = noise(size)
    answer = await server.anyone.post(DIRECT, json=asked(payload))
    assert answer.status_code == status
    if status == 200:
        assert (await content(server.anyone, answer.json()["data"]["pinId"])).content == payload


@pytest.mark.dialects("metaid", publish_limit=1000)
async def test_the_limit_of_a_task(server: Server) -> None:
    """`maxFileSize` is what `config` says, and one byte more is 1001."""
    assert (await server.anyone.get(f"{BASE}/config")).json()["data"]["maxFileSize"] == 1000
    for size, status in ((1000, 200), (1001, 413)):
        answer = await server.anyone.post(CHUNKED, json=asked(bytes(size)))
        assert answer.status_code == status


# --- once, and again -------------------------------------------------------------------------------------------------


async def test_the_same_again_pays_nothing(server: Server) -> None:
    """The same `create` is answered with the same transaction, whoever asks; there is one file of it for each."""
    first = await direct(server.anyone, b"hello")
    assert await direct(server.anyone, b"hello") == first
    assert await direct(server.alice, b"hello") == first
    assert await transactions(server) == 1
    assert len(server.rows("files")) == 2


@pytest.mark.parametrize(
    "changes",
    [
        {"fileName": "other.jpg"},
        {"path": "/other"},
        {"contentType": "image/png;binary"},
        {"address": GENESIS, "metaId": sha256(GENESIS.encode())},
        {"content": "b3RoZXI="},
    ],
    ids=str,
)  # fmt: skip
async def test_whatever_differs_pays(server: Server, changes: dict[str, Any]) -> None:
    """When any of address, path, type, name or content is another, it is another publication."""
    first = await direct(server.anyone, b"hello")
    assert (await direct(server.anyone, b"hello", **changes))["txId"] != first["txId"]


@pytest.mark.parametrize("operation", ["modify", "revoke"])
async def test_changes_always_pay(server: Server, operation: str) -> None:
    """`modify` and `revoke` are published each time they are asked for."""
    first = await direct(server.anyone, b"hello", operation=operation, path=CHANGED)
    assert (await direct(server.anyone, b"hello", operation=operation, path=CHANGED))["txId"] != first["txId"]


async def test_the_same_task_again(server: Server) -> None:
    """A task that is asked for again is the same task, and somebody else's gets the same transactions for nothing."""
    payload = noise(3 << 20)
    task = await submit(server.anyone, payload)
    assert await submit(server.anyone, payload) == task
    done = await finished(server.anyone, task)
    assert await submit(server.anyone, payload) == task
    before = await transactions(server)
    other = await submit(server.alice, payload)
    assert other != task
    copied = await finished(server.alice, other)
    assert (copied["indexTxId"], copied["chunkTxIds"]) == (done["indexTxId"], done["chunkTxIds"])
    assert await transactions(server) == before


async def test_parallel_uploads_share_one_coin(server: Server) -> None:
    """Uploads side by side wait for each other's change instead of failing, and none spends a coin twice."""
    done = await asyncio.gather(*(direct(server.anyone, f"{number}".encode()) for number in range(24)))
    assert len({entry["txId"] for entry in done}) == 24
    balance = await server.container.publishing.publisher.wallet.balance()
    assert (balance.held, balance.pending) == (0, 0)


async def test_equal_uploads_at_once_are_one(server: Server) -> None:
    """Equal direct uploads that come at once are one transaction."""
    done = await asyncio.gather(*(direct(server.anyone, b"hello") for _ in range(8)))
    assert len({entry["txId"] for entry in done}) == 1
    assert await transactions(server) == 1
    assert len(server.rows("files")) == 1


# --- money -----------------------------------------------------------------------------------------------------------


async def test_an_empty_wallet(open_server: OpenServer) -> None:
    """1006 before anything is sent and with nothing kept; a task fails with that message and goes on once retried."""
    async with open_server(dialects=("metaid",)) as server:
        answer = await server.anyone.post(DIRECT, json=asked(b"hello"))
        assert (answer.status_code, answer.json()["code"]) == (503, 1006)
        assert (await transactions(server), len(server.rows("files"))) == (0, 0)
        task = await submit(server.anyone, b"video")
        failed = await finished(server.anyone, task)
        assert failed["status"] == "failed"
        assert failed["message"].startswith("Insufficient balance")
        assert "failedAt" in failed
        await fund(server)
        retried = await server.anyone.post(f"{BASE}/files/task/{task}/retry")
        assert retried.json()["data"]["status"] == "created"
        assert (await finished(server.anyone, task))["status"] == "success"


async def test_a_failed_task_is_retried_by_asking_again(open_server: OpenServer) -> None:
    """The same upload again takes the failed task up."""
    async with open_server(dialects=("metaid",)) as server:
        task = await submit(server.anyone, b"video")
        await finished(server.anyone, task)
        await fund(server)
        assert await submit(server.anyone, b"video") == task
        assert (await finished(server.anyone, task))["status"] == "success"


async def test_a_chain_that_is_away(open_server: OpenServer) -> None:
    """A direct upload is 1007 with nothing spent and nothing kept; a task waits and says so."""
    async with open_server(
        dialects=("metaid",), open=("metaid",), chain="rpc+http://user:password@127.0.0.1:1", chain_timeout=2.0
    ) as server:
        answer = await server.anyone.post(DIRECT, json=asked(b"hello"))
        assert (answer.status_code, answer.json()["code"]) == (503, 1006)  # nobody ever told it of a coin
        with server.database() as connection:
            connection.execute("INSERT INTO coins VALUES ('mainnet', ?, 0, 1000000, 'free', NULL)", ["ab" * 32])
        answer = await server.anyone.post(DIRECT, json=asked(b"hello"))
        assert (answer.status_code, answer.json()["code"]) == (503, 1007)
        assert [row["state"] for row in server.rows("coins")] == ["free"]
        assert not server.rows("files")
        task = await submit(server.anyone, b"video")
        async with asyncio.timeout(10):
            while True:
                data = (await server.anyone.get(f"{BASE}/files/task/{task}")).json()["data"]
                if "cannot be reached" in data["message"]:
                    break
                await asyncio.sleep(0.05)
        assert (data["status"], data["stage"]) == ("processing", "merge_broadcast")


@pytest.mark.dialects("metaid", budget_client=1500, budget_total=2500)
async def test_budgets(server: Server) -> None:
    """What a client may spend in a day bounds it with 1011, what all may with 1006; others are not touched."""
    await server.early_in(86400)
    await direct(server.anyone, noise(1000, 1))
    answer = await server.anyone.post(DIRECT, json=asked(noise(1000, 2)))
    assert (answer.status_code, answer.json()["code"]) == (429, 1011)
    assert 0 < answer.json()["data"]["retryAfter"] <= 86400
    await direct(server.alice, noise(900, 3))
    answer = await server.bob.post(DIRECT, json=asked(noise(1000, 4)))
    assert (answer.status_code, answer.json()["code"]) == (503, 1006)
    await direct(server.anyone, noise(1000, 1))  # for nothing
    task = await submit(server.anyone, b"video")
    assert "budget" in (await finished(server.anyone, task))["message"]


@pytest.mark.parametrize(("asked_for", "paid"), [(1, 2), (2, 2), (3, 3), (9, 4)])
@pytest.mark.dialects("metaid", fee_floor=2, fee_cap=4)
async def test_the_fee_has_a_floor_and_a_cap(server: Server, asked_for: int, paid: int) -> None:
    """`feeRate` counts between the operator's bounds."""
    done = await direct(server.anyone, noise(1000), feeRate=asked_for)
    raw = await server.container.publishing.chain.transaction(TxId(done["txId"]))
    assert raw is not None
    [row] = server.rows("publications")
    assert paid * len(raw) <= row["cost"] - 1 <= paid * (len(raw) + 2)


# --- who may ---------------------------------------------------------------------------------------------------------


async def test_tasks_are_their_owners(server: Server) -> None:
    """Somebody else's task is 1008, to look at and to retry, and is in nobody else's list."""
    task = await submit(server.alice, b"video")
    await finished(server.alice, task)
    for caller in (server.bob, server.anyone):
        for answer in (
            await caller.get(f"{BASE}/files/task/{task}"),
            await caller.post(f"{BASE}/files/task/{task}/retry"),
            await caller.get(f"{BASE}/files/task/task_{'0' * 32}"),
        ):
            assert (answer.status_code, answer.json()["code"]) == (404, 1008)
        assert (await caller.get(TASKS, params={"address": ADDRESS})).json()["data"]["tasks"] == []


@pytest.mark.parametrize(
    ("settings", "status"),
    [
        ({"open": ()}, 401),
        ({"open": ("instant",)}, 401),
        ({"open": ("metaid",)}, 200),
        ({"open": (), "chain": "rpc+http://u:p@127.0.0.1:1"}, 401),
        ({"open": ("metaid",), "chain": "rpc+http://u:p@127.0.0.1:1"}, 200),
    ],
    ids=str,
)
async def test_the_door(open_server: OpenServer, settings: dict[str, Any], status: int) -> None:
    """Open where the setting says so, and nowhere else, whoever pays; a foreign page is outside either way."""
    async with open_server(dialects=("metaid",), **settings) as server:
        for caller in (server.caller(address=FAR), server.anyone):
            assert (await caller.get(f"{BASE}/config")).status_code == status
        page = server.caller(headers={"Origin": "https://evil.example"})
        assert (await page.post(DIRECT, json=asked(b"hello"))).status_code == 401
        assert (await server.alice.get(f"{BASE}/config")).status_code == 200
        assert (await server.caller("wrong").get(f"{BASE}/config")).status_code == 401


async def test_the_type_of_a_published_file(server: Server) -> None:
    """Whatever stands behind the type of a PIN, the file of it is of that type alone."""
    await direct(server.anyone, b"hello", fileName="a.bin", contentType="text/plain;utf-8")
    assert [row["media_type"] for row in server.rows("files")] == ["text/plain"]


async def test_one_file_every_dialect(server: Server) -> None:
    """What was published is a file of its owner's, and what is a file need not be sent anew to be known by its hash."""
    await direct(server.alice, b"hello", fileName="hello.txt")
    [file] = server.rows("files")
    answer = await server.alice.get(f"/api/files/{file['id']}/download")
    assert answer.content == b"hello"
    await send_file(server.alice, b"hello")
    assert len(server.rows("blobs")) == 1


async def test_a_file_that_is_to_be_published_stays(open_server: OpenServer) -> None:
    """Removing the file of a task that is not done yet does not harm the task; once it is buried its bytes go."""

    async def collect(server: Server) -> None:
        for _ in range(2):
            await server.container.upkeep.once(orphans=True)
            with server.database() as connection:
                connection.execute("UPDATE blobs SET condemned_at = 0")

    async with open_server(dialects=("metaid", "files")) as server:
        task = await submit(server.alice, b"video")
        assert (await finished(server.alice, task))["status"] == "failed"  # for want of money
        [file] = server.rows("files")
        assert (await server.alice.delete(f"/api/files/{file['id']}")).status_code == 200
        await collect(server)
        await fund(server)
        await server.alice.post(f"{BASE}/files/task/{task}/retry")
        assert (await finished(server.alice, task))["status"] == "success"
        await collect(server)
        assert server.rows("blobs")
        await bury(server)
        await collect(server)
        assert not server.rows("blobs")


# --- limits ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "limit"), [("direct-upload", 100), ("chunked-upload-task", 50), ("tasks", 300)])
async def test_calls_are_counted(server: Server, path: str, limit: int) -> None:
    """So many calls a minute, wrong ones included, are heard; the next is 1011. Each answer tells what is left."""
    method = "GET" if path == "tasks" else "POST"
    for left in reversed(range(limit)):
        answer = await server.anyone.request(method, f"{BASE}/files/{path}")
        assert answer.status_code == 400
        assert answer.headers["x-ratelimit-limit"] == str(limit)
        if left == limit - 1 and int(answer.headers["x-ratelimit-remaining"]) != left:
            pytest.skip("a minute has just begun")
    answer = await server.anyone.request(method, f"{BASE}/files/{path}")
    if answer.status_code == 400:
        return  # the minute has ended meanwhile
    assert (answer.status_code, answer.json()["code"]) == (429, 1011)
    assert answer.headers["x-ratelimit-remaining"] == "0"
    assert answer.headers["retry-after"] == str(answer.json()["data"]["retryAfter"])
    reset = int(answer.headers["x-ratelimit-reset"])
    assert 0 <= reset - server.container.clock() <= 60
    assert (await server.anyone.get(f"{BASE}/config")).status_code == (429 if path == "tasks" else 200)
    assert (await server.caller(address=("127.0.0.2", 1)).get(f"{BASE}/config")).status_code == 200


async def test_every_answer_tells_the_limit(server: Server) -> None:
    """Refusals of every kind carry the headers, too."""
    for method, path in (("GET", f"{BASE}/nothing"), ("PUT", f"{BASE}/config"), ("GET", f"{BASE}/files/content/x")):
        answer = await server.anyone.request(method, path)
        assert answer.headers["x-ratelimit-limit"] == "300"
        assert answer.json()["code"] == answer.status_code
    answer = await server.caller("wrong").get(f"{BASE}/config")
    assert (answer.status_code, answer.headers["x-ratelimit-limit"]) == (401, "300")


@pytest.mark.dialects("metaid", open=("metaid",), trusted_proxies=("10.0.0.0/8",))
@pytest.mark.on_folder("it reads what is counted in the database")
async def test_forwarded_addresses(server: Server) -> None:
    """A proxy that is configured tells whom a call comes from; anybody else is counted for what they are."""
    proxy, liar = server.caller(address=("10.0.0.1", 1)), server.caller(address=FAR)
    for hops in ("192.0.2.1:4711", "6.6.6.6, 192.0.2.1", "192.0.2.1, 10.0.0.2"):
        await proxy.get(f"{BASE}/config", headers={"X-Forwarded-For": hops})
    await liar.get(f"{BASE}/config", headers={"X-Forwarded-For": "192.0.2.7"})
    assert {row["client"]: row["hits"] for row in server.rows("limits")} == {"192.0.2.1": 3, FAR[0]: 1}


# --- out of the chain ------------------------------------------------------------------------------------------------


async def test_a_large_file_comes_back(server: Server) -> None:
    """A file in chunks is rebuilt from the chain alone, whole or in ranges, as what it was published as."""
    payload = noise((4 << 20) + 1)
    done = await finished(
        server.anyone, await submit(server.anyone, payload, fileName="影片.mp4", contentType="video/mp4;binary")
    )
    pin = f"{done['indexTxId']}i0"
    answer = await content(server.anyone, pin)
    assert answer.content == payload
    assert answer.headers["content-type"] == "video/mp4"
    assert "filename*=UTF-8''%E5%BD%B1%E7%89%87.mp4" in answer.headers["content-disposition"]
    ranged = await server.anyone.get(f"{BASE}/files/content/{pin}", headers={"Range": "bytes=2097150-2097154"})
    assert (ranged.status_code, ranged.content) == (206, payload[2097150:2097155])
    again = await server.anyone.get(f"{BASE}/files/content/{pin}", headers={"If-None-Match": answer.headers["etag"]})
    assert again.status_code == 304
    assert not server.staged()


async def test_reading_costs_no_more_than_it_must(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many read one file at once, it is rebuilt once; a HEAD and a copy that is still good rebuild nothing."""
    payload = noise((2 << 20) + 1)
    done = await finished(server.anyone, await submit(server.anyone, payload))
    address = f"{BASE}/files/content/{done['indexTxId']}i0"
    chain, asked_for = server.container.publishing.chain, Counter[str]()
    transaction = chain.transaction

    async def counted(txid: TxId) -> bytes | None:
        asked_for[txid] += 1
        return await transaction(txid)

    monkeypatch.setattr(chain, "transaction", counted)
    ranged = {"Range": "bytes=0-9"}
    answers = await asyncio.gather(*(server.anyone.get(address, headers=ranged) for _ in range(20)))
    assert {answer.content for answer in answers} == {payload[:10]}
    assert max(asked_for[txid] for txid in done["chunkTxIds"]) == 1
    head = await server.anyone.head(address)
    assert (head.status_code, head.headers["content-length"]) == (200, str(len(payload)))
    held = await server.anyone.get(address, headers={"If-None-Match": head.headers["etag"]})
    assert held.status_code == 304
    assert max(asked_for[txid] for txid in done["chunkTxIds"]) == 1
    assert not server.staged()


async def test_a_removed_file_comes_back(server: Server) -> None:
    """What is published again after its record was removed has a record again, once, and is paid once."""
    done = await direct(server.alice, b"hello")
    [file] = server.rows("files")
    await server.alice.delete(f"/api/files/{file['id']}")
    for _ in range(2):
        assert await direct(server.alice, b"hello") == done
        assert len(server.rows("files")) == 1
    assert await transactions(server) == 1


async def test_networks_are_chains_apart(open_server: OpenServer, server: Server) -> None:
    """What the faucet gave on one network of the embedded chain is on no other."""
    settings = msgspec.structs.replace(server.container.settings, network="testnet")
    container = open_container(settings)
    wallet = container.publishing.publisher.wallet
    assert await wallet.refresh() == 0
    assert (await wallet.balance()).free == 0
    await container.close()


async def test_what_is_no_pin(server: Server) -> None:
    """An unknown transaction, one without a PIN, and a wrong output number are 404."""
    gift = server.rows("chain_transactions")[0]["txid"]
    done = await direct(server.anyone, b"hello")
    for name in ("x", f"{'ab' * 32}i0", f"{gift}i0", f"{done['txId']}i1", f"{done['txId']}i00", done["txId"]):
        answer = await content(server.anyone, name)
        assert (answer.status_code, answer.json()["code"]) == (404, 404)


async def offered(server: Server, script: bytes) -> str:
    """A PIN of this script on the chain, made by hand."""
    publishing = server.container.publishing
    key = await publishing.publisher.wallet.key()
    lock = key.address(publishing.publisher.wallet.network)
    coin = max((await publishing.chain.coins(lock, ())).ripe, key=lambda coin: coin.value)
    mine = Output(coin.value - 100_000, lock.script)
    unsigned = Transaction((Input(coin.txid, coin.vout),), (Output(0, script), mine))
    signed = key.sign(unsigned, [Output(coin.value, lock.script)])
    assert (await publishing.chain.offer(signed.serialised())).verdict is Verdict.ACCEPTED
    return f"{signed.txid()}i1"


@pytest.mark.parametrize(
    "change",
    [
        {"sha256": "ab" * 32},
        {"fileSize": 4},
        {"fileSize": 6},
        {"fileSize": -1},
        {"chunkNumber": 2},
        {"chunkList": []},
        {"chunkList": "x"},
        {"chunk": {"sha256": "ab" * 32}},
        {"sha256": None},
    ],
    ids=str,
)
async def test_what_does_not_match_is_refused(server: Server, change: dict[str, Any]) -> None:
    """An index that tells another digest, size or number than its chunks have is never served as a file."""
    chunk = await direct(server.anyone, b"hello")
    digest = sha256(b"hello")
    entry = {"sha256": digest, "pinId": chunk["pinId"]} | change.pop("chunk", {})
    index = {
        "sha256": digest,
        "fileSize": 5,
        "chunkNumber": 1,
        "chunkSize": 5,
        "dataType": "a/b",
        "name": "a",
        "chunkList": [entry],
    }
    right = await offered(server, head("create", INDEX_PATH, INDEX_TYPE) + pushes(json.dumps(index).encode()))
    if "pinId" not in str(change) and entry["sha256"] == digest and entry["pinId"] == chunk["pinId"]:
        assert (await content(server.anyone, right)).content == b"hello"
    wrong = await offered(server, head("create", INDEX_PATH, INDEX_TYPE) + pushes(json.dumps(index | change).encode()))
    answer = await content(server.anyone, wrong)
    assert (answer.status_code, answer.json()["code"]) == (500, 500)
    assert not server.staged()


async def test_a_chunk_that_is_not_there_may_come(server: Server) -> None:
    """While the chain lacks a chunk, or is away, that is 503 with the reason, to be asked again; nothing is damaged."""
    missing = f"{'ab' * 32}i0"
    index = {
        "sha256": "ab" * 32,
        "fileSize": 5,
        "chunkNumber": 1,
        "chunkList": [{"sha256": "ab" * 32, "pinId": missing}],
    }
    pin = await offered(server, head("create", INDEX_PATH, INDEX_TYPE) + pushes(json.dumps(index).encode()))
    answer = await content(server.anyone, pin)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert answer.json() == {
        "code": 503,
        "message": "Chain unavailable",
        "data": {"reason": f"the chain lacks the chunk {missing} just now"},
    }
    assert not server.staged()


async def test_the_documented_page(server: Server) -> None:
    """Swagger's page is at the documented address, and shows this dialect."""
    page = await server.anyone.get("/metafile-uploader/swagger/index.html")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert "/docs/metaid/start.js" in page.text
    document = (await server.anyone.get("/docs/metaid/openapi.json")).json()
    assert f"{BASE}/files/direct-upload" in document["paths"]


@pytest.mark.parametrize("prefix", ["/metafile-uploader/api/v1", "/api/v1"])
async def test_both_prefixes(server: Server, prefix: str) -> None:
    """The calls are at the root, too."""
    assert (await server.anyone.get(f"{prefix}/config")).json()["code"] == 0
    done = await server.anyone.post(f"{prefix}/files/direct-upload", json=asked(b"hello"))
    assert done.json()["data"]["status"] == "success"
    pin = done.json()["data"]["pinId"]
    assert (await server.anyone.get(f"{prefix}/files/content/{pin}")).content == b"hello"


async def test_pages_of_tasks(server: Server) -> None:
    """Newest first; the cursor is an offset, and always a number."""
    tasks = [await submit(server.anyone, f"{number}".encode()) for number in range(5)]
    seen: list[str] = []
    cursor, more = 0, True
    while more:
        answer = await server.anyone.get(TASKS, params={"address": ADDRESS, "limit": 2, "cursor": cursor})
        page = answer.json()["data"]
        seen += [task["taskId"] for task in page["tasks"]]
        cursor, more = page["nextCursor"], page["hasMore"]
    assert seen == tasks[::-1]
    assert cursor == 5


async def test_the_owner_is_paid(server: Server) -> None:
    """Output 0 pays the user 1 satoshi, so that the PIN is theirs and its id ends in i0."""
    done = await direct(server.anyone, b"hello")
    raw = await server.container.publishing.chain.transaction(TxId(done["txId"]))
    assert raw is not None
    first = parse(raw).outputs[0]
    assert first == Output(1, read_address(ADDRESS, server.container.publishing.publisher.wallet.network).script)
    assert done["pinId"] == f"{done['txId']}i0"
    assert base64.b64encode(pin_of(parse(raw)).payload) == b"aGVsbG8="


async def test_a_caller_who_goes_away(server: Server) -> None:
    """A client that vanishes while its file is published loses the answer, not the file."""
    asking = asyncio.create_task(server.anyone.post(DIRECT, json=asked(b"hello")))
    await eventually(lambda: server.rows("publications"))
    asking.cancel()
    with pytest.raises((asyncio.CancelledError, httpx.HTTPError)):
        await asking
    done = await direct(server.anyone, b"hello")
    assert await transactions(server) == 1
    assert (await content(server.anyone, done["pinId"])).content == b"hello"
