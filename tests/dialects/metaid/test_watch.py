"""What `metaid` and those who run it are told of what is watched on the chain."""

import asyncio

import pytest

from penstock.bootstrap.probes import OVERDUE
from penstock.chain.addresses import meta_id
from penstock.chain.keys import WalletKey
from penstock.http.routing.operations import RECENT
from penstock.model.chain import Network
from tests.dialects.metaid.client import BASE, DIRECT, META_ID, asked, bury, direct, finished, fund, submit
from tests.support.publishing import spend_of
from tests.support.server import OpenServer, Server

TESTNET_USER = WalletKey(bytes([7]) * 32).address(Network.TESTNET).text


pytestmark = pytest.mark.dialects("metaid", block_interval=3600.0, watch_interval=3600.0)


@pytest.fixture
async def server(server: Server) -> Server:
    """The server, whose wallet has 100 coins."""
    await fund(server)
    return server


async def metric(server: Server, name: str) -> float:
    text = (await server.anyone.get("/metrics")).text
    return float(next(line.split()[1] for line in text.splitlines() if line.startswith(f"{name} ")))


async def test_operators_see_what_is_not_buried(server: Server) -> None:
    """`/metrics` counts it; `/readyz` tells of one that is older than a day, and is 200 all the same."""
    await direct(server.anyone, b"hello")
    assert await metric(server, "penstock_publications_unburied") == 1
    assert "chain" not in (await server.anyone.get("/readyz")).json()
    with server.database() as connection:
        connection.execute("UPDATE publications SET completed_at = completed_at - ?", [OVERDUE + 1])
    await asyncio.sleep(RECENT)
    answer = await server.anyone.get("/readyz")
    assert answer.status_code == 200
    assert answer.json()["chain"] == {"unburied": 1, "oldestSeconds": pytest.approx(OVERDUE, abs=60)}
    await bury(server)
    assert await server.container.probes.notices() == {}


async def test_what_is_forgotten_is_counted(server: Server) -> None:
    """Each transaction that is offered again counts."""
    await direct(server.anyone, b"hello")
    assert server.container.publishing.devchain is not None
    await server.container.publishing.devchain.forget()
    await server.container.publishing.watch.round()
    assert await metric(server, "penstock_transactions_offered_again_total") == 1


async def test_a_conflict_is_told(server: Server) -> None:
    """What another transaction has undone is in the metrics and in the audit."""
    done = await direct(server.anyone, b"hello")
    publishing = server.container.publishing
    assert publishing.devchain is not None
    coin = max((row for row in server.rows("coins") if row["state"] == "spent"), key=lambda row: row["value"])
    await publishing.devchain.forget()
    await publishing.devchain.submit(
        await spend_of(publishing.publisher.wallet, coin["txid"], coin["vout"], coin["value"])
    )
    for _ in range(server.container.settings.confirmations + 2):
        await publishing.devchain.mine()
        with server.database() as connection:
            connection.execute("UPDATE publications SET offer_at = 0")
        await publishing.watch.round()
    assert await metric(server, "penstock_publication_conflicts_total") == 1
    [entry] = [row for row in server.rows("audit") if row["act"] == "overturn publication"]
    assert (entry["who"], done["txId"] in entry["outcome"]) == ("chain", True)


@pytest.mark.dialects("metaid", network="testnet")
async def test_a_testnet_address_starts_otherwise(server: Server) -> None:
    """On a testnet a wrong address is told what one starts with there."""
    answer = await server.anyone.post(DIRECT, json=asked(b"hello"))
    assert answer.json()["data"]["expected"] == "Valid MVC address starting with m or n"
    good = asked(b"hello", address=TESTNET_USER, metaId=META_ID)
    assert (await server.anyone.post(DIRECT, json=good)).json()["code"] == 1003
    good = asked(b"hello", address=TESTNET_USER, metaId=meta_id(TESTNET_USER))
    assert (await server.anyone.post(DIRECT, json=good)).json()["code"] == 0


@pytest.mark.dialects("metaid", budget_client=100)
async def test_what_never_fits_is_said(server: Server) -> None:
    """What costs more than a whole day's budget is not told to come back tomorrow, but which setting it is."""
    answer = await server.anyone.post(DIRECT, json=asked(b"x" * 1000))
    assert (answer.status_code, answer.json()["code"]) == (503, 1006)
    assert answer.json()["data"]["setting"] == "budget_client"
    task = await finished(server.anyone, await submit(server.anyone, b"video"))
    assert task["status"] == "failed"
    assert "It never fits" in task["message"]
    assert "budget_client allows 100 in a day" in task["message"]


async def test_a_retry_may_name_a_fee(open_server: OpenServer) -> None:
    """A failed task is planned anew at the rate that its retry names, within what this deployment pays."""
    async with open_server(dialects=("metaid",)) as server:
        task = await submit(server.anyone, b"video")
        assert (await finished(server.anyone, task))["status"] == "failed"
        await fund(server)
        retry = f"{BASE}/files/task/{task}/retry"
        for wrong in (0, -1, "x", 1.5):
            answer = await server.anyone.post(retry, json={"feeRate": wrong})
            assert (answer.status_code, answer.json()["data"]["field"]) == (400, "feeRate"), wrong
        assert (await server.anyone.post(retry, json={"feeRate": 3})).status_code == 200
        assert (await finished(server.anyone, task))["status"] == "success"
        assert [row["fee_rate"] for row in server.rows("publications")] == [3]
