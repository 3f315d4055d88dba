"""Chains that others run keep the promises of `Chain` over real sockets, and whatever goes wrong there is an answer."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from penstock.adapters.chains import ApiChain, NodeChain
from penstock.adapters.sql.database import Database
from penstock.adapters.sql.devchain import DevChain
from penstock.model.chain import Answer, Coin, Verdict
from penstock.model.faults import ChainUnavailable
from penstock.publishing.consensus import Refused
from penstock.publishing.transaction import Output
from tests.chains.databases import open_database
from tests.chains.servers import VERDICTS, ApiServer, Mishap, NodeServer, Say, Server, rpc_error, serving
from tests.live import free_port
from tests.ports.chain import ADDRESS, NETWORK, ChainSpec, gift, on, paying
from tests.ports.records import Clock

TOKEN = "let me in"

RemoteChain = NodeChain | ApiChain


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "penstock.db", Clock()) as made:
        yield made


@pytest.fixture
def dev(database: Database) -> DevChain:
    return DevChain(database)


@pytest.fixture
async def node(dev: DevChain) -> AsyncIterator[NodeServer]:
    async with serving(NodeServer(dev)) as server:
        yield server


@pytest.fixture
async def api(dev: DevChain) -> AsyncIterator[ApiServer]:
    async with serving(ApiServer(dev, NETWORK, TOKEN)) as server:
        yield server


@asynccontextmanager
async def closing(chain: RemoteChain) -> AsyncIterator[RemoteChain]:
    try:
        yield chain
    finally:
        await chain.close()


class TestDevChain(ChainSpec):
    @pytest.fixture
    def chain(self, dev: DevChain) -> DevChain:
        return dev

    async def test_absurd_fees_can_be_refused(self, dev: DevChain) -> None:
        """A caller who does not allow high fees is told so, and nothing is spent."""
        coin = await gift(dev)
        with pytest.raises(Refused, match="256: absurdly-high-fee"):
            await dev.submit(on(coin, 10_000_001).serialised(), high_fees=False)
        assert await dev.submit(on(coin, 10_000_000).serialised(), high_fees=False)

    async def test_a_block_takes_the_mempool(self, dev: DevChain) -> None:
        """A block has what was waiting, and there is none without."""
        assert await dev.mine() == 0
        first = on(await gift(dev))
        await dev.offer(first.serialised())
        await dev.offer(on(await gift(dev)).serialised())
        assert await dev.mine() == 2
        assert await dev.mine() == 0

    async def test_processes_share_the_chain(self, dev: DevChain, tmp_path: Path) -> None:
        """What one process offered another one knows."""
        sent = on(await gift(dev))
        await dev.offer(sent.serialised())
        with open_database(tmp_path / "penstock.db", Clock()) as second:
            assert (await DevChain(second).offer(sent.serialised())).verdict is Verdict.KNOWN


class TestNodeChain(ChainSpec):
    indexed = False

    @pytest.fixture
    async def chain(self, node: NodeServer) -> AsyncIterator[RemoteChain]:
        async with closing(NodeChain(node.url, 30)) as chain:
            yield chain


class TestApiChain(ChainSpec):
    @pytest.fixture
    async def chain(self, api: ApiServer) -> AsyncIterator[RemoteChain]:
        async with closing(ApiChain(api.url, TOKEN, 30)) as chain:
            yield chain

    async def test_a_token_is_optional(self, dev: DevChain) -> None:
        """An API that asks for no token is sent none."""
        async with serving(ApiServer(dev, NETWORK)) as server, closing(ApiChain(server.url, "", 30)) as chain:
            assert (await chain.offer(on(await gift(dev)).serialised())).verdict is Verdict.ACCEPTED


# --- what goes wrong on the way --------------------------------------------------------------------------------------


@pytest.fixture(params=["node", "api"])
def server(request: pytest.FixtureRequest) -> NodeServer | ApiServer:
    made: NodeServer | ApiServer = request.getfixturevalue(request.param)
    return made


@pytest.fixture
async def remote(server: NodeServer | ApiServer) -> AsyncIterator[RemoteChain]:
    """The chain behind the server, with little patience."""
    made = NodeChain(server.url, 0.5) if isinstance(server, NodeServer) else ApiChain(server.url, TOKEN, 0.5)
    async with closing(made) as chain:
        yield chain


async def expect_no_answer(chain: RemoteChain, known: Coin) -> None:
    """Reading says that the chain is away, instead of "there is nothing"."""
    with pytest.raises(ChainUnavailable):
        await chain.transaction(known.txid)
    with pytest.raises(ChainUnavailable):
        await chain.coins(ADDRESS, [known])


NOBODY_LISTENS: dict[str, Callable[[int], RemoteChain]] = {
    "node": lambda port: NodeChain(f"http://user:word@127.0.0.1:{port}", 5),
    "api": lambda port: ApiChain(f"http://127.0.0.1:{port}", "", 5),
}


@pytest.mark.parametrize("made", NOBODY_LISTENS.values(), ids=NOBODY_LISTENS)
async def test_nobody_listens(made: Callable[[int], RemoteChain], dev: DevChain) -> None:
    """Where no connection is made nothing was sent, and there is no answer to a question."""
    coin = await gift(dev)
    async with closing(made(free_port())) as chain:
        assert (await chain.offer(on(coin).serialised())).verdict is Verdict.NOT_SENT
        await expect_no_answer(chain, coin)


async def test_hung_up_before_reading(server: Server, remote: RemoteChain, dev: DevChain) -> None:
    """What may have been read is unknown, and can be offered again."""
    sent = on(await gift(dev))
    server.mishaps.append(Mishap.DROP)
    assert (await remote.offer(sent.serialised())).verdict is Verdict.UNKNOWN
    assert await remote.transaction(sent.txid()) is None
    assert (await remote.offer(sent.serialised())).verdict is Verdict.ACCEPTED


@pytest.mark.parametrize("mishap", [Mishap.LOSE, Mishap.STALL])
async def test_the_answer_is_lost(server: Server, remote: RemoteChain, dev: DevChain, mishap: Mishap) -> None:
    """An answer that does not come, in time, is unknown; the transaction is there, and offered again it is known."""
    sent = on(await gift(dev))
    server.mishaps.append(mishap)
    started = time.monotonic()
    assert (await remote.offer(sent.serialised())).verdict is Verdict.UNKNOWN
    assert time.monotonic() - started < 5
    assert await dev.transaction(sent.txid()) == sent.serialised()
    assert (await remote.offer(sent.serialised())).verdict is Verdict.KNOWN


@pytest.mark.parametrize("mishap", Mishap)
async def test_a_question_without_an_answer(server: Server, remote: RemoteChain, dev: DevChain, mishap: Mishap) -> None:
    """A question that gets no answer is not answered by "nothing"; the next one is answered."""
    coin = await gift(dev)
    server.mishaps += [mishap, mishap]
    await expect_no_answer(remote, coin)
    assert await remote.coins(ADDRESS, [coin]) == [coin]


async def test_the_wrong_password(node: NodeServer, dev: DevChain) -> None:
    """A node that does not let us in has taken nothing in."""
    coin = await gift(dev)
    async with closing(NodeChain(f"http://user:wrong@127.0.0.1:{node.port}", 5)) as chain:
        assert (await chain.offer(on(coin).serialised())).verdict is Verdict.NOT_SENT
        await expect_no_answer(chain, coin)


@pytest.mark.parametrize("token", ["", "wrong"])
async def test_the_wrong_token(api: ApiServer, dev: DevChain, token: str) -> None:
    """An API that does not let us in has taken nothing in."""
    coin = await gift(dev)
    async with closing(ApiChain(api.url, token, 5)) as chain:
        assert (await chain.offer(on(coin).serialised())).verdict is Verdict.NOT_SENT
        await expect_no_answer(chain, coin)


async def test_warming_up(node: NodeServer, dev: DevChain) -> None:
    """A node that is just starting has taken nothing in, and says so."""
    coin = await gift(dev)
    node.mishaps += [rpc_error(-28, "Loading block index...")] * 3
    async with closing(NodeChain(node.url, 5)) as chain:
        assert await chain.offer(on(coin).serialised()) == Answer(Verdict.NOT_SENT, "Loading block index...")
        await expect_no_answer(chain, coin)


async def test_too_many_requests(api: ApiServer, dev: DevChain) -> None:
    """An API that has enough of us has taken nothing in."""
    coin = await gift(dev)
    api.mishaps += [Say(429, {"message": "Too Many Requests"})] * 3
    async with closing(ApiChain(api.url, TOKEN, 5)) as chain:
        assert (await chain.offer(on(coin).serialised())).verdict is Verdict.NOT_SENT
        await expect_no_answer(chain, coin)


GARBAGE = (
    b"",
    b"<html>502 Bad Gateway</html>",
    b"\xff\xfe\xfd",
    b"[" * 100_000,
    b"null",
    b"17",
    b'"text"',
    b"[]",
    b"{}",
    b'{"result": null, "error": null, "id": "penstock"}',
    b'{"result": 17, "error": null, "id": "penstock"}',
    b'{"result": null, "error": "no", "id": "penstock"}',
    b'{"result": null, "error": {"code": "x", "message": "no"}, "id": "penstock"}',
    b'{"txid": 17}',
)


@pytest.mark.parametrize("body", GARBAGE, ids=lambda body: body[:60].decode("latin-1"))
async def test_garbage_in_the_place_of_a_verdict(
    server: Server, remote: RemoteChain, dev: DevChain, body: bytes
) -> None:
    """Whatever is no verdict, of the chain or of something in between, leaves it unknown."""
    sent, believed = on(await gift(dev)).serialised(), {}
    for status in (200, 201, 301, 404, 500, 502, 504):
        server.mishaps.append(Say(status, body))
        believed[status] = (await remote.offer(sent)).verdict
    assert believed == dict.fromkeys(believed, Verdict.UNKNOWN)


async def test_another_transaction_was_accepted(server: Server, remote: RemoteChain, dev: DevChain) -> None:
    """An id that is not that of what was sent is no answer to it."""
    coin = await gift(dev)
    said = {"txid": coin.txid, "result": coin.txid, "error": None, "id": "penstock"}
    server.mishaps.append(Say(200, said))
    assert (await remote.offer(on(coin).serialised())).verdict is Verdict.UNKNOWN


async def test_a_refusal_by_something_in_between(api: ApiServer, dev: DevChain) -> None:
    """A firewall's 403 has no words of the chain, so it is no refusal by it."""
    api.mishaps.append(Say(403, b"<html>Access denied</html>"))
    async with closing(ApiChain(api.url, TOKEN, 5)) as chain:
        answer = await chain.offer(on(await gift(dev)).serialised())
    assert answer.verdict in {Verdict.UNKNOWN, Verdict.NOT_SENT}


@pytest.mark.parametrize("code", [-7, -9, -20, -32603])
async def test_a_node_in_trouble(node: NodeServer, dev: DevChain, code: int) -> None:
    """Out of memory, without peers, a broken database: a node that says so has not judged the transaction."""
    node.mishaps.append(rpc_error(code, "trouble"))
    async with closing(NodeChain(node.url, 5)) as chain:
        answer = await chain.offer(on(await gift(dev)).serialised())
    assert answer.verdict in {Verdict.UNKNOWN, Verdict.NOT_SENT}


@pytest.mark.parametrize(
    "body",
    [
        *GARBAGE,
        b'{"result": "xyz", "error": null, "id": "penstock"}',
        b'{"hex": "xyz"}',
        b'{"hex": null}',
        b'[{"txid": "ab"}]',
        b'[{"flag": "1", "txid": 1, "outIndex": "a", "value": "b"}]',
    ],
    ids=lambda body: body[:60].decode("latin-1"),
)
async def test_garbage_in_the_place_of_a_transaction(
    server: Server, remote: RemoteChain, dev: DevChain, body: bytes
) -> None:
    """What is no transaction is not handed out as one, and not taken for "there is none"."""
    coin = await gift(dev)
    server.mishaps.append(Say(200, body))
    with pytest.raises(ChainUnavailable):
        await remote.transaction(coin.txid)


@pytest.mark.parametrize(
    "body",
    [
        *(body for body in GARBAGE if body != b"[]" and b'"error": null' not in body),  # some of these are answers
        b'[{"txid": "ab"}]',
        b'[{"flag": "1", "txid": 1, "outIndex": 0, "value": 1}]',
        b'[{"flag": "1", "txid": "ab", "outIndex": "0", "value": 1}]',
        b'[{"flag": "1", "txid": "ab", "outIndex": 0, "value": "1"}]',
    ],
    ids=lambda body: body[:60].decode("latin-1"),
)
async def test_garbage_in_the_place_of_coins(server: Server, remote: RemoteChain, dev: DevChain, body: bytes) -> None:
    """What is no list of coins is not taken for one: coins that are not on it would be given up."""
    coin = await gift(dev)
    server.mishaps.append(Say(200, body))
    with pytest.raises(ChainUnavailable):
        await remote.coins(ADDRESS, [coin])


@pytest.mark.parametrize("status", [400, 401, 404, 500, 502])
async def test_the_second_page_of_coins_does_not_come(api: ApiServer, dev: DevChain, status: int) -> None:
    """A part of the coins is not handed out as all of them."""
    made = paying([await gift(dev)], *[Output(1000, ADDRESS.script)] * 101)
    await dev.offer(made.serialised())
    api.mishaps += [None, Say(status, {"message": "no"})]
    async with closing(ApiChain(api.url, TOKEN, 5)) as chain:
        with pytest.raises(ChainUnavailable):
            await chain.coins(ADDRESS, ())


@pytest.mark.parametrize(("code", "words", "verdict"), VERDICTS, ids=lambda value: str(value))
@pytest.mark.parametrize("by", ["node", "api"])
async def test_what_the_chain_says(
    by: str, node: NodeServer, api: ApiServer, code: int, words: str, verdict: Verdict
) -> None:
    """Each error of the node means the same through either wire format, and its words are kept (FACTS)."""
    node.mishaps.append(rpc_error(code, words))
    api.mishaps.append(Say(403, {"message": words}))
    made: RemoteChain = NodeChain(node.url, 5) if by == "node" else ApiChain(api.url, TOKEN, 5)
    async with closing(made) as chain:
        assert await chain.offer(b"\x0a") == Answer(verdict, words)
