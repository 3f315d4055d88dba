"""`metaid` over chains that others run: a node's JSON-RPC and the public HTTP API, spoken over real sockets."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from penstock.adapters.sql.devchain import DevChain
from penstock.cli.wallet import fund
from penstock.model.chain import Network, TxId
from penstock.publishing.watch import Watch
from tests.dialects.metaid.client import CHUNKED, DIRECT, asked, content, direct, finished, submit
from tests.ports.records import Clock
from tests.support.bytes import noise
from tests.support.chains.servers import ApiServer, Mishap, NodeServer, Say, rpc_error, serving
from tests.support.databases import open_database
from tests.support.server import OpenServer, Server
from tests.support.waiting import eventually

Wire = NodeServer | ApiServer


@pytest.fixture(autouse=True)
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody but the test asks the chain: what goes wrong on the wire meets the calls that it is meant for."""

    async def idle(watch: Watch) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Watch, "run", idle)


@asynccontextmanager
async def opened(open_server: OpenServer, folder: Path, kind: str) -> AsyncIterator[tuple[Server, Wire, TxId]]:
    """A server over a chain behind a wire, the wire, and the transaction that paid its wallet."""
    with open_database(folder / "chain.db", Clock()) as database:
        chain = DevChain(database)
        wire: Wire = NodeServer(chain) if kind == "rpc" else ApiServer(chain, Network.MAINNET)
        async with serving(wire):
            settings = {"chain": f"{kind}+{wire.url}", "chain_timeout": 2.0, "open": ("metaid",)}
            async with open_server(
                dialects=("metaid",), budget_total=10**10, budget_client=10**10, **settings
            ) as server:
                gift = await chain.fund(await server.container.publishing.publisher.wallet.address())
                yield server, wire, gift


@pytest.mark.parametrize("kind", ["rpc", "api"])
async def test_the_whole_way(open_server: OpenServer, tmp_path: Path, kind: str) -> None:
    """What was paid is taken up, files small and large go over the wire and come back, and nothing is paid twice."""
    async with opened(open_server, tmp_path, kind) as (server, _, gift):
        assert await fund(server.container.publishing, gift) == 1
        done = await direct(server.anyone, b"hello")
        assert await direct(server.anyone, b"hello") == done
        assert (await content(server.anyone, done["pinId"])).content == b"hello"
        payload = noise((4 << 20) + 1)
        ended = await finished(server.anyone, await submit(server.anyone, payload))
        assert ended["status"] == "success", ended
        assert (await content(server.anyone, f"{ended['indexTxId']}i0")).content == payload
        spent = sum(row["cost"] for row in server.rows("publications"))
        balance = await server.container.publishing.publisher.wallet.balance()
        assert (balance.free, balance.held, balance.pending) == (100 * 10**8 - spent, 0, 0)


@pytest.mark.parametrize("kind", ["rpc", "api"])
async def test_an_answer_that_is_lost(open_server: OpenServer, tmp_path: Path, kind: str) -> None:
    """A direct upload whose broadcast is not answered is looked up before its caller is answered, and is paid once."""
    async with opened(open_server, tmp_path, kind) as (server, wire, gift):
        await fund(server.container.publishing, gift)
        wire.mishaps.append(Mishap.LOSE)
        done = await direct(server.anyone, b"hello")
        assert (await content(server.anyone, done["pinId"])).content == b"hello"
        assert await direct(server.anyone, b"hello") == done
        assert len(server.rows("publications")) == 1


@pytest.mark.parametrize("kind", ["rpc", "api"])
async def test_a_chain_that_hangs_up(
    open_server: OpenServer, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A direct upload whose fate nobody knows is 1007; it is on the chain all the same, and is paid once."""
    monkeypatch.setattr("penstock.bootstrap.publishing.LOOKS", (0, 0, 0))
    async with opened(open_server, tmp_path, kind) as (server, wire, gift):
        await fund(server.container.publishing, gift)
        wire.mishaps.extend([Mishap.LOSE] * 40)
        answer = await server.anyone.post(DIRECT, json=asked(b"hello"))
        assert (answer.status_code, answer.json()["code"]) == (503, 1007)
        wire.mishaps.clear()
        [kept] = server.rows("files")
        done = await direct(server.anyone, b"hello")
        assert [row["id"] for row in server.rows("files")] == [kept["id"]]
        assert (await content(server.anyone, done["pinId"])).content == b"hello"
        assert len(server.rows("publications")) == 1


@pytest.mark.parametrize("kind", ["rpc", "api"])
async def test_a_refusal_has_the_nodes_words(open_server: OpenServer, tmp_path: Path, kind: str) -> None:
    """What the chain refuses is 1007 with its reason; the coins are free again."""
    words = "64: dust"
    refusal = rpc_error(-26, words) if kind == "rpc" else Say(403, {"message": words})
    async with opened(open_server, tmp_path, kind) as (server, wire, gift):
        await fund(server.container.publishing, gift)
        wire.mishaps.append(refusal)
        answer = await server.anyone.post(DIRECT, json=asked(b"hello"))
        assert (answer.status_code, answer.json()["code"]) == (503, 1007)
        assert words in answer.json()["data"]["reason"]
        assert [row["state"] for row in server.rows("coins")] == ["free"]
        await direct(server.anyone, b"hello")


async def test_a_task_waits_for_a_node_that_is_starting(open_server: OpenServer, tmp_path: Path) -> None:
    """While the node warms up a task says so and goes on by itself."""
    async with opened(open_server, tmp_path, "rpc") as (server, wire, gift):
        await fund(server.container.publishing, gift)
        wire.mishaps.extend([rpc_error(-28, "Loading block index..."), rpc_error(-28, "Loading block index...")])
        task = (await server.anyone.post(CHUNKED, json=asked(b"video"))).json()["data"]["taskId"]
        await eventually(lambda: any("Loading" in row["message"] for row in server.rows("publications")))
        assert (await finished(server.anyone, task))["status"] == "success"
