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
from tests.conftest import OpenHouse
from tests.dialects.metaid_client import CHUNKED, DIRECT, asked, content, direct, finished, submit
from tests.house import House
from tests.ports.records import Clock
from tests.support.bytes import noise
from tests.support.chains.databases import open_database
from tests.support.chains.servers import ApiServer, Mishap, NodeServer, Say, Server, rpc_error, serving
from tests.support.waiting import eventually


@pytest.fixture(autouse=True)
def unwatched(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody but the test asks the chain: what goes wrong on the wire meets the calls that it is meant for."""

    async def idle(watch: Watch) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(Watch, "run", idle)


@asynccontextmanager
async def opened(open_with: OpenHouse, folder: Path, kind: str) -> AsyncIterator[tuple[House, Server, TxId]]:
    """A server over a chain behind a wire, the wire, and the transaction that paid its wallet."""
    with open_database(folder / "chain.db", Clock()) as database:
        chain = DevChain(database)
        server: NodeServer | ApiServer = NodeServer(chain) if kind == "rpc" else ApiServer(chain, Network.MAINNET)
        async with serving(server):
            settings = {"chain": f"{kind}+{server.url}", "chain_timeout": 2.0, "open": ("metaid",)}
            async with open_with(dialects=("metaid",), budget_total=10**10, budget_client=10**10, **settings) as house:
                gift = await chain.fund(await house.container.publishing.publisher.wallet.address())
                yield house, server, gift


@pytest.mark.parametrize("kind", ["rpc", "api"])
async def test_the_whole_way(open_with: OpenHouse, tmp_path: Path, kind: str) -> None:
    """What was paid is taken up, files small and large go over the wire and come back, and nothing is paid twice."""
    async with opened(open_with, tmp_path, kind) as (house, _, gift):
        assert await fund(house.container.publishing, gift) == 1
        done = await direct(house.anyone, b"hello")
        assert await direct(house.anyone, b"hello") == done
        assert (await content(house.anyone, done["pinId"])).content == b"hello"
        payload = noise((4 << 20) + 1)
        ended = await finished(house.anyone, await submit(house.anyone, payload))
        assert ended["status"] == "success", ended
        assert (await content(house.anyone, f"{ended['indexTxId']}i0")).content == payload
        spent = sum(row["cost"] for row in house.rows("publications"))
        balance = await house.container.publishing.publisher.wallet.balance()
        assert (balance.free, balance.held, balance.pending) == (100 * 10**8 - spent, 0, 0)


@pytest.mark.parametrize("kind", ["rpc", "api"])
async def test_an_answer_that_is_lost(open_with: OpenHouse, tmp_path: Path, kind: str) -> None:
    """A direct upload whose broadcast is not answered is looked up before its caller is answered, and is paid once."""
    async with opened(open_with, tmp_path, kind) as (house, server, gift):
        await fund(house.container.publishing, gift)
        server.mishaps.append(Mishap.LOSE)
        done = await direct(house.anyone, b"hello")
        assert (await content(house.anyone, done["pinId"])).content == b"hello"
        assert await direct(house.anyone, b"hello") == done
        assert len(house.rows("publications")) == 1


@pytest.mark.parametrize("kind", ["rpc", "api"])
async def test_a_chain_that_hangs_up(
    open_with: OpenHouse, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A direct upload whose fate nobody knows is 1007; it is on the chain all the same, and is paid once."""
    monkeypatch.setattr("penstock.bootstrap.publishing.LOOKS", (0, 0, 0))
    async with opened(open_with, tmp_path, kind) as (house, server, gift):
        await fund(house.container.publishing, gift)
        server.mishaps.extend([Mishap.LOSE] * 40)
        answer = await house.anyone.post(DIRECT, json=asked(b"hello"))
        assert (answer.status_code, answer.json()["code"]) == (503, 1007)
        server.mishaps.clear()
        [kept] = house.rows("files")
        done = await direct(house.anyone, b"hello")
        assert [row["id"] for row in house.rows("files")] == [kept["id"]]
        assert (await content(house.anyone, done["pinId"])).content == b"hello"
        assert len(house.rows("publications")) == 1


@pytest.mark.parametrize("kind", ["rpc", "api"])
async def test_a_refusal_has_the_nodes_words(open_with: OpenHouse, tmp_path: Path, kind: str) -> None:
    """What the chain refuses is 1007 with its reason; the coins are free again."""
    words = "64: dust"
    refusal = rpc_error(-26, words) if kind == "rpc" else Say(403, {"message": words})
    async with opened(open_with, tmp_path, kind) as (house, server, gift):
        await fund(house.container.publishing, gift)
        server.mishaps.append(refusal)
        answer = await house.anyone.post(DIRECT, json=asked(b"hello"))
        assert (answer.status_code, answer.json()["code"]) == (503, 1007)
        assert words in answer.json()["data"]["reason"]
        assert [row["state"] for row in house.rows("coins")] == ["free"]
        await direct(house.anyone, b"hello")


async def test_a_task_waits_for_a_node_that_is_starting(open_with: OpenHouse, tmp_path: Path) -> None:
    """While the node warms up a task says so and goes on by itself."""
    async with opened(open_with, tmp_path, "rpc") as (house, server, gift):
        await fund(house.container.publishing, gift)
        server.mishaps.extend([rpc_error(-28, "Loading block index..."), rpc_error(-28, "Loading block index...")])
        task = (await house.anyone.post(CHUNKED, json=asked(b"video"))).json()["data"]["taskId"]
        await eventually(lambda: any("Loading" in row["message"] for row in house.rows("publications")))
        assert (await finished(house.anyone, task))["status"] == "success"
