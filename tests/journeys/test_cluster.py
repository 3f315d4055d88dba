"""Many nodes, one service: nothing is sticky, and nothing is lost or paid twice when one of them goes."""

import asyncio
import itertools
import json
import signal
import threading
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import httpx
import pytest

from cluster import clients
from cluster.clients import Nodes, Sending, download
from cluster.cluster import Cluster
from cluster.nodes import Node
from tests.dialects.oss.client import Oss, upload
from tests.support.bytes import cut, noise
from tests.support.changes import Changer, Fickle, all_heard, made
from tests.support.hook import Hook, serve_hook
from tests.support.nodes import check_books, node_of, odd_node, running_cluster
from tests.support.receiver import is_genuine, receiving

pytestmark = [pytest.mark.long, pytest.mark.on_folder("it has a cluster of its own")]
whole = pytest.mark.cluster
"""What runs in `make test-cluster` alone."""

MIB = 1 << 20
PEOPLE = {"username": "alice", "password": "a password"}
OWN = "/account/2fa/status"
"""A call that tells somebody of themselves, and of nothing else."""


@pytest.fixture(scope="module")
def hook() -> Iterator[str]:
    with serve_hook() as url:
        yield url


@pytest.fixture(scope="module")
def cluster(hook: str) -> Iterator[Cluster]:
    """Three nodes behind nginx, and a scanner that waits while its gate is shut."""
    with running_cluster(settings={"SCANNER": hook, "WEBHOOKS_PRIVATE": "true"}) as made:
        made.command("wallet", "fund")
        yield made


@pytest.fixture(scope="module")
def token(cluster: Cluster) -> str:
    return cluster.token("alice")


@pytest.fixture(autouse=True)
def _all_run(cluster: Cluster) -> Iterator[None]:
    """What a test has ended runs again after it."""
    yield
    Hook.gate.set()
    for program in cluster.programs.values():
        if not program.running:
            program.start()


@asynccontextmanager
async def nodes_at(urls: Sequence[str], token: str) -> AsyncIterator[Nodes]:
    """A client whose calls go to each of these in turn."""
    nodes = Nodes(urls, token, patience=60, retries=Counter())
    try:
        yield nodes
    finally:
        await nodes.close()


@asynccontextmanager
async def callers(cluster: Cluster, token: str = "") -> AsyncIterator[list[httpx.AsyncClient]]:
    """A caller of each node."""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(httpx.AsyncClient(base_url=node.url, headers=headers, timeout=60))
            for node in cluster.nodes
        ]


async def test_every_call_of_an_upload_goes_to_another_node(cluster: Cluster, token: str) -> None:
    """Part 1 to one node, part 2 to the next, the merge to a third: every dialect's file is the same from each of them,
    and what was published was paid once.
    """
    urls = [*(node.url for node in cluster.nodes), cluster.url]
    for dialect, send in {**clients.UPLOADS, **clients.PUBLICATIONS}.items():
        content = noise(11 * MIB if dialect == "oss" else 300_000, dialect)
        parts = cut(content, 5 * MIB if dialect == "oss" else 70_000)
        async with nodes_at(urls, token) as nodes:
            path = await send(Sending(nodes, f"anywhere {dialect}".replace(" ", "-"), parts))
            assert nodes.retries.total() == 0
        for url in urls:
            async with nodes_at([url], token) as nodes:
                assert await download(nodes, path) == content
    check_books(cluster)


@whole
async def test_a_publication_is_completed_by_another_node(cluster: Cluster, token: str) -> None:
    """Tasks begun on a node that is killed are completed by the others, and paid once."""
    first, second, _ = cluster.nodes
    contents = [noise(3 * MIB + number, "published") for number in range(3)]
    async with nodes_at([first.url], token) as nodes:
        sent = [Sending(nodes, f"published-{number}", [content]) for number, content in enumerate(contents)]
        for sending in sent:
            await nodes.ask("POST", f"{clients.METAID}/chunked-upload-task", json=clients.ordered(sending))
        first.kill()
    async with nodes_at([second.url], token) as nodes:
        for sending in sent:
            path = await clients.chunked(sending._replace(nodes=nodes))  # asked again, it is the same task
            assert await download(nodes, path) == sending.content
    check_books(cluster)


@whole
async def test_a_merge_is_joined_and_taken_over(cluster: Cluster, token: str) -> None:
    """A merge that one node works at is joined by a call to another, and a third tells how far it is; when the first
    node is killed in the midst of it, the second one's call succeeds, and what is told never falls.
    """
    async with callers(cluster, token) as (a, b, c):
        sent = Oss(a, cut(noise(160 * MIB, "merged"), 8 * MIB))
        await sent.init(partSize=8 * MIB)
        for number in range(1, len(sent.parts) + 1):
            assert (await sent.put(number)).status_code == 200
        await _taken_over(cluster, Oss(a, sent.parts), Oss(b, sent.parts), Oss(c, sent.parts))


@whole
async def test_a_blob_that_waits_for_its_scanner_is_taken_over(cluster: Cluster, token: str) -> None:
    """The same while the file is placed already, and the scanner has said nothing yet."""
    Hook.gate.clear()
    async with callers(cluster, token) as (a, b, c):
        sent = Oss(a, cut(noise(11 * MIB, "scanned"), 5 * MIB))
        await sent.init(partSize=5 * MIB)
        for number in range(1, len(sent.parts) + 1):
            assert (await sent.put(number)).status_code == 200
        await _taken_over(cluster, Oss(a, sent.parts), Oss(b, sent.parts), Oss(c, sent.parts))


async def _taken_over(cluster: Cluster, a: Oss, b: Oss, c: Oss) -> None:
    """Merge on A and on B, and kill A while C tells how far it is."""
    first = asyncio.create_task(a.ask("merge"))
    told = [await _told(c)]
    second = asyncio.create_task(b.ask("merge"))
    cluster.nodes[0].kill()
    with pytest.raises(httpx.TransportError):
        await first
    Hook.gate.set()
    while not second.done():
        progress = (await c.progress()).get("mergeProgress")
        told += [] if progress is None else [progress]
        await asyncio.sleep(0.05)
    answer = await second
    assert answer.status_code == 200, answer.text
    assert told == sorted(told)
    assert (await c.caller.get(answer.json()["data"]["path"])).content == a.content


async def _told(asking: Oss) -> int:
    """How far a merge is, as soon as it has begun."""
    async with asyncio.timeout(30):
        while (progress := (await asking.progress()).get("mergeProgress")) is None:  # noqa: ASYNC110  # nothing tells
            await asyncio.sleep(0.01)
    return int(progress)


@whole
async def test_whoever_is_known_to_one_node_is_known_to_all(cluster: Cluster, token: str) -> None:
    """Tokens and sign-ins are good on every node, wherever they were made or refreshed, and revoked on all of them."""
    async with callers(cluster) as nodes:
        a, b, c = nodes
        earlier = _tokens(cluster)
        made = cluster.command("tokens", "create", "alice").strip()
        assert await _statuses(nodes, made) == {200}
        pair = (await a.post("/api/auth/login", json=PEOPLE)).json()["data"]
        assert await _statuses(nodes, pair["accessToken"]) == {200}
        renewed = (await b.post("/api/auth/refresh", json={"refreshToken": pair["refreshToken"]})).json()["data"]
        assert await _statuses(nodes, renewed["accessToken"]) == {200}
        bearer = {"Authorization": f"Bearer {renewed['accessToken']}"}
        assert (await c.post("/api/auth/logout", headers=bearer)).status_code == 200
        await asyncio.sleep(1)  # what is revoked is so on other nodes within one second (RULINGS, Auth)
        assert await _statuses(nodes, renewed["accessToken"]) == {401}
        reused = await a.post("/api/auth/refresh", json={"refreshToken": renewed["refreshToken"]})
        assert reused.status_code == 401
        [identifier] = _tokens(cluster) - earlier
        cluster.command("tokens", "revoke", identifier)
        await asyncio.sleep(1)
        assert await _statuses(nodes, made) == {401}
        assert await _statuses(nodes, token) == {200}


def _tokens(cluster: Cluster) -> set[str]:
    return {listed["id"] for listed in json.loads(cluster.command("tokens", "list", "alice", "--json"))}


async def _statuses(nodes: Sequence[httpx.AsyncClient], token: str) -> set[int]:
    headers = {"Authorization": f"Bearer {token}"}
    return {(await node.get(OWN, headers=headers)).status_code for node in nodes}


@whole
async def test_keys_that_are_rotated_are_taken_up_by_all(cluster: Cluster, token: str) -> None:
    """What one node signs after a rotation is believed by the others, and what was signed before as long as it is not
    forgotten.
    """

    async def signed(caller: httpx.AsyncClient, name: str) -> str:
        data: dict[str, str] = (await upload(caller, noise(1000, name), name)).json()["data"]
        return data["path"]

    async with callers(cluster, token) as nodes:
        old = await signed(nodes[0], "old.bin")
        await asyncio.to_thread(cluster.command, "keys", "rotate")
        new = await signed(nodes[1], "new.bin")
        await asyncio.sleep(3)  # keys are read every two seconds
        newer = await signed(nodes[1], "newer.bin")
        for path in (old, new, newer):
            assert {(await node.get(path)).status_code for node in nodes} == {200}
        await asyncio.to_thread(cluster.command, "keys", "rotate", "--forget", "--yes")
        await asyncio.sleep(3)
        assert {(await node.get(newer)).status_code for node in nodes} == {404}
        last = await signed(nodes[2], "last.bin")
        assert {(await node.get(last)).status_code for node in nodes} == {200}


@whole
def test_a_node_with_another_secret(cluster: Cluster, tmp_path: Path) -> None:
    """It does not start, and says why."""
    secret = tmp_path / "secret"
    secret.write_text("another-secret-that-is-long-enough-for-it")
    node = node_of(cluster, tmp_path.name, PENSTOCK_SECRET_FILE=str(secret))
    with pytest.raises(RuntimeError, match="does not open what the database holds"):
        node.start()


@whole
async def test_the_secret_is_changed_under_way(cluster: Cluster, token: str) -> None:
    """Nodes that are restarted one after the other, first with both secrets, then with the new one alone, lose nothing
    of what clients send meanwhile, and the wallet still pays.
    """
    file = cluster.folder / "secret"
    old, new = file.read_text(), "the-new-secret-of-this-very-cluster-1"
    done = asyncio.Event()
    async with nodes_at([cluster.url, *(node.url for node in cluster.nodes)], token) as nodes:
        sending = asyncio.create_task(_send_until(done, nodes))
        file.write_text(f"{new}\n{old}\n")
        await _roll(cluster)
        assert "2 sealed" in await asyncio.to_thread(cluster.command, "keys", "reseal")
        file.write_text(new)
        await _roll(cluster)
        done.set()
        kept = await sending
        assert len(kept) > 10
        for path, content in kept.items():
            assert await download(nodes, path) == content
        await clients.direct(Sending(nodes, "after-the-secret", [noise(1000, "secret")]))
    check_books(cluster)


async def _send_until(done: asyncio.Event, nodes: Nodes) -> dict[str, bytes]:
    """One small file after the other, over every dialect, until it is done."""
    kept: dict[str, bytes] = {}
    sends = list(clients.UPLOADS.values())
    while not done.is_set():
        name = f"under-way-{len(kept)}"
        content = noise(3000, name)
        kept[await sends[len(kept) % len(sends)](Sending(nodes, name, cut(content, 1000)))] = content
    return kept


async def _roll(cluster: Cluster) -> None:
    for node in cluster.nodes:
        assert await asyncio.to_thread(node.stop) in {0, -signal.SIGTERM}
        await asyncio.to_thread(node.start)


@whole
async def test_clocks_that_differ(cluster: Cluster, token: str, tmp_path: Path) -> None:
    """Two nodes, one a minute ahead and one a minute behind, do the same as two whose clocks are right: in every
    dialect, and when the one dies over a merge of which the other knows.
    """
    fast = odd_node(cluster, f"{tmp_path.name}-fast", "astray", PENSTOCK_TEST_AHEAD="60")
    slow = odd_node(cluster, f"{tmp_path.name}-slow", "astray", PENSTOCK_TEST_AHEAD="-60")
    try:
        for node in (fast, slow):
            await asyncio.to_thread(node.start)
        assert await _clock(fast) - await _clock(slow) > 115  # they are wrong
        async with nodes_at([fast.url, slow.url], token) as nodes:
            for dialect, send in {**clients.UPLOADS, **clients.PUBLICATIONS}.items():
                content = noise(200_000, f"clocks {dialect}")
                path = await send(Sending(nodes, f"clocks-{dialect}", cut(content, 70_000)))
                assert await download(nodes, path) == content
            assert nodes.retries.total() == 0
        await _dies_over_a_merge(fast, slow, token)
        await asyncio.to_thread(fast.start)
        await _dies_over_a_merge(slow, fast, token)
    finally:
        fast.kill()
        slow.kill()
    check_books(cluster)


@whole
def test_no_event_is_lost_with_the_nodes(cluster: Cluster) -> None:
    """Of a thousand events, while one node after the other is killed, a receiver that fails now and then hears each,
    signed, and those of one file in their order.
    """
    cluster.command("users", "add", "root", "--admin", "--password-stdin", stdin="a password\n")
    admin = cluster.command("tokens", "create", "root").strip()
    over = threading.Event()
    with receiving() as receiver:
        receiver.answer = Fickle(10)
        hook = made(cluster.nodes[0].url, admin, receiver.url)
        changer = Changer([node.url for node in cluster.nodes], admin, within=100)

        def kill() -> None:
            for node in itertools.cycle(cluster.nodes):
                if over.wait(2):
                    return
                node.kill()
                node.start()

        killing = threading.Thread(target=kill)
        killing.start()
        try:
            changer.change(250)
        finally:
            over.set()
            killing.join()
        all_heard(receiver, changer.files, within=60)
        assert all(is_genuine(heard, hook["secret"]) for heard in receiver.heard)


async def _clock(node: Node) -> float:
    """What the node takes for the time, in Unix seconds: `oss` tells it in every answer."""
    async with httpx.AsyncClient() as caller:
        answer = await caller.get(f"{node.url}/api/file/multipart/check", params={"identifier": "0" * 32})
    return float(answer.json()["timestamp"]) / 1000


async def _dies_over_a_merge(mortal: Node, other: Node, token: str) -> None:
    """The lease of the one that dies is not taken for one that ended long ago, nor for one that never ends."""
    headers = {"Authorization": f"Bearer {token}"}
    Hook.gate.clear()
    async with (
        httpx.AsyncClient(base_url=mortal.url, headers=headers, timeout=60) as first,
        httpx.AsyncClient(base_url=other.url, headers=headers, timeout=60) as second,
    ):
        sent = Oss(first, [noise(1000, mortal.url)])
        await sent.init(partSize=1000)
        await sent.put(1)
        merging = asyncio.create_task(sent.ask("merge"))
        same = Oss(second, sent.parts)
        await _told(same)
        mortal.kill()
        with pytest.raises(httpx.TransportError):
            await merging
        Hook.gate.set()
        async with asyncio.timeout(15):
            assert (await same.ask("merge")).status_code == 200
