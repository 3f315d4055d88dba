"""Chains that others run keep the promises of `Chain` over real sockets, and whatever goes wrong there is an answer."""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from cluster.programs import free_port
from penstock.adapters.chains import ApiChain, NodeChain
from penstock.adapters.sql.database import SqliteDatabase
from penstock.adapters.sql.devchain import GENESIS, DevChain
from penstock.chain.consensus import MATURITY, Refused
from penstock.chain.transaction import Output
from penstock.model.chain import Answer, Block, Coin, Holdings, Verdict
from penstock.model.faults import ChainUnavailable
from tests.ports.chain import ADDRESS, KEY, NETWORK, SOMEBODY, ChainSpec, Watch, coin_of, gift, on, paying
from tests.ports.records import Clock
from tests.support.chains.node import real_node
from tests.support.chains.servers import VERDICTS, ApiServer, Mishap, NodeServer, Say, Server, rpc_error, serving
from tests.support.chains.worlds import EmbeddedWorld, RealWorld, World
from tests.support.databases import open_database

TOKEN = "let me in"

RemoteChain = NodeChain | ApiChain


@pytest.fixture
def database(tmp_path: Path) -> Iterator[SqliteDatabase]:
    with open_database(tmp_path / "penstock.db", Clock()) as made:
        yield made


@pytest.fixture
def dev(database: SqliteDatabase) -> DevChain:
    return DevChain(database)


@pytest.fixture
async def node(dev: DevChain) -> AsyncIterator[NodeServer]:
    async with serving(NodeServer(dev, indexed=False)) as server:
        yield server


@pytest.fixture
async def api(dev: DevChain) -> AsyncIterator[ApiServer]:
    async with serving(ApiServer(dev, NETWORK, TOKEN, [KEY])) as server:
        yield server


@pytest.fixture
def world(dev: DevChain) -> World:
    return EmbeddedWorld(dev, ADDRESS)


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
        """A block has what was waiting, all of it."""
        first = on(await gift(dev))
        await dev.offer(first.serialised())
        await dev.offer(on(await gift(dev)).serialised())
        assert await dev.mine() == 2
        assert await dev.mine() == 0

    async def test_an_idle_chain_rests(self, dev: DevChain, database: SqliteDatabase) -> None:
        """What is published gets buried though nothing else happens; then no block comes for nothing."""
        await dev.mine()
        assert (await dev.survey((), ())).tip == GENESIS
        started = (await dev.survey([await dev.fund(ADDRESS)], ())).tip
        for chain, height in ((dev, started.height + 5), (DevChain(database, deep=9), started.height + 8)):
            for _ in range(20):
                await chain.mine()
            assert (await chain.survey((), ())).tip.height == height

    async def test_a_child_is_forgotten_with_its_parent(self, dev: DevChain) -> None:
        """What is dropped from the mempool takes with it what spends it, and gives back what it spent."""
        coin, other = await gift(dev), await gift(dev)
        parent, stranger = on(coin), on(other)
        child = on(coin_of(parent))
        for sent in (parent, child, stranger):
            await dev.offer(sent.serialised())
        await dev.forget(parent.txid())
        survey = await dev.survey([parent.txid(), child.txid(), stranger.txid()], ())
        assert survey.waiting == {stranger.txid()}
        assert not survey.mined
        assert set((await dev.coins(ADDRESS, ())).ripe) == {coin, coin_of(stranger)}
        await dev.mine()
        await dev.forget()
        assert stranger.txid() in (await dev.survey([stranger.txid()], ())).mined

    async def test_gifts_survive(self, dev: DevChain) -> None:
        """The faucet gives on the other branch, too; what was lost with the blocks takes its children with it."""
        coin = await gift(dev)
        parent = on(coin)
        child = on(coin_of(parent))
        await dev.offer(parent.serialised())
        await dev.mine()
        await dev.offer(child.serialised())
        await dev.reorganise(2)
        survey = await dev.survey([coin.txid, parent.txid(), child.txid()], ())
        assert (survey.tip.height, survey.mined[coin.txid].height) == (3, 1)
        assert survey.waiting == {parent.txid(), child.txid()}
        await dev.mine()
        await dev.reorganise(4, keep=False)
        survey = await dev.survey([coin.txid, parent.txid(), child.txid()], ())
        assert set(survey.mined) == {coin.txid}
        assert not survey.waiting
        assert (await dev.coins(ADDRESS, ())).ripe == (coin,)

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


@pytest.fixture(scope="module", params=["-txindex=0", "-txindex=1"])
def real(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealWorld]:
    strict = "-acceptnonstdtxn=0"  # a testnet is less so than the main net
    with real_node(tmp_path_factory.mktemp("node"), strict, request.param) as node:
        yield RealWorld(node, ADDRESS)


@pytest.mark.long
class TestRealNode(ChainSpec):
    indexed = False

    @pytest.fixture
    def world(self, real: RealWorld) -> RealWorld:
        return real

    @pytest.fixture
    async def chain(self, world: RealWorld) -> AsyncIterator[RemoteChain]:
        async with closing(NodeChain(world.node.url, 30)) as chain:
            yield chain

    async def test_a_young_coinbase(self, chain: RemoteChain, world: RealWorld) -> None:
        """A coinbase is unripe until it is a hundred deep."""
        old, young = await world.gift(), world.mined(1)[0]
        assert await chain.coins(ADDRESS, [young, old]) == Holdings((old,), (young,))
        world.node.mine(98)
        assert await chain.coins(ADDRESS, [young]) == Holdings((), (young,))
        world.node.mine(1)
        assert await chain.coins(ADDRESS, [young]) == Holdings((young,))


class TestApiChain(ChainSpec):
    @pytest.fixture
    async def chain(self, api: ApiServer) -> AsyncIterator[RemoteChain]:
        async with closing(ApiChain(api.url, TOKEN, 30)) as chain:
            yield chain

    async def test_a_token_is_optional(self, dev: DevChain) -> None:
        """An API that asks for no token is sent none."""
        async with serving(ApiServer(dev, NETWORK)) as server, closing(ApiChain(server.url, "", 30)) as chain:
            assert (await chain.offer(on(await gift(dev)).serialised())).verdict is Verdict.ACCEPTED


# --- how a node without an index is surveyed -------------------------------------------------------------------------


@pytest.fixture
async def chain(node: NodeServer) -> AsyncIterator[NodeChain]:
    made = NodeChain(node.url, 30)
    yield made
    await made.close()


async def mined(dev: DevChain, count: int) -> None:
    """So many blocks, with nothing in them but the faucet's gifts to somebody."""
    for _ in range(count):
        await dev.fund(SOMEBODY)


async def test_each_block_is_read_once(node: NodeServer, chain: NodeChain, dev: DevChain) -> None:
    """The trail says what was read: the next survey reads what is new, and none where nothing is."""
    sent = on(await gift(dev))
    await dev.offer(sent.serialised())
    await mined(dev, 30)
    watch = Watch(chain, sent.txid())
    for new, read in ((0, 32), (0, 0), (1, 1), (7, 7)):  # the first begins at the very first block
        await mined(dev, new)
        node.asked.clear()
        await watch.look()
        assert node.asked["getblock"] == read


async def test_nothing_asked_reads_nothing(node: NodeServer, chain: NodeChain, dev: DevChain) -> None:
    """Without a question no block is read, however many are new; what is older stays in the trail."""
    await mined(dev, 5)
    before = await chain.survey((), ())
    await mined(dev, 5)
    after = await chain.survey((), before.trail)
    assert after.trail == (after.tip, before.tip)
    assert (await chain.survey((), after.trail)).trail == after.trail
    assert node.asked["getblock"] == 0


async def test_a_long_way(chain: NodeChain, dev: DevChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """A survey reads so many blocks and no more; it is behind until the last one is read, and the trail stays short."""
    monkeypatch.setattr("penstock.adapters.chains.node.MAX_BLOCKS", 4)
    monkeypatch.setattr("penstock.adapters.chains.node.TRAIL", 6)
    sent = on(await gift(dev))
    started = await chain.survey((), ())
    await mined(dev, 9)
    await dev.offer(sent.serialised())
    await dev.mine()
    watch = Watch(chain, sent.txid(), trail=started.trail)
    behind = []
    for _ in range(3):
        survey = await watch.ask()
        behind.append((survey.behind, len(survey.trail), bool(watch.places)))
    assert behind == [(True, 5, False), (True, 6, False), (False, 6, True)]


async def test_a_trail_that_leads_nowhere(chain: NodeChain, dev: DevChain, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no block of the trail is on the main chain any more, reading begins some way before the tip, and what was
    known to be in a block there is asked for anew.
    """
    monkeypatch.setattr("penstock.adapters.chains.node.START", 5)
    await mined(dev, 10)
    old = on(await gift(dev))
    await mined(dev, 4)
    await dev.offer(old.serialised())
    await dev.mine()
    survey = await chain.survey([old.txid()], [Block(14, "ab" * 32), Block(99, "cd" * 32)])
    assert (survey.fork, survey.mined, survey.behind) == (10, {old.txid(): survey.tip}, False)
    assert [block.height for block in survey.trail] == [16, 15, 14, 13, 12, 11]


ASKED = ("getblockchaininfo", "getmempoolentry", "getblockhash", "getblock")


@pytest.mark.parametrize("method", ASKED)
@pytest.mark.parametrize("depth", [0, 1, 3])
async def test_a_block_comes_meanwhile(
    node: NodeServer, chain: NodeChain, dev: DevChain, method: str, depth: int
) -> None:
    """Whenever a block comes in, or another branch wins, nothing looks unknown that the chain has: it waits, is in a
    block, or the survey says that it is behind; and the next one knows.
    """
    coins = [await gift(dev) for _ in range(3)]
    await mined(dev, 3)
    early, late, twice = (on(coin) for coin in coins)
    await dev.offer(early.serialised())
    await dev.mine()
    watch = Watch(chain, early.txid(), late.txid(), twice.txid())
    await watch.look()
    await mined(dev, 2)
    for sent in (late, twice):
        await dev.offer(sent.serialised())

    async def turn() -> None:
        if depth:
            await dev.reorganise(depth)
        await dev.mine()

    node.before[method] = turn
    survey = await watch.ask()
    assert method not in node.before
    assert survey.behind or {*watch.places, *survey.waiting} == set(watch.txids)
    assert watch.is_buried(await watch.look())
    assert watch.places == (await dev.survey(watch.txids, ())).mined


@pytest.mark.parametrize("method", ["getblockchaininfo", "getblockhash", "getblock", "getrawmempool"])
@pytest.mark.parametrize("depth", [0, 2])
async def test_a_history_that_is_written_meanwhile(
    node: NodeServer, chain: NodeChain, dev: DevChain, method: str, depth: int
) -> None:
    """What is mined while the history is read is in it, wherever it went."""
    sent = on(await gift(dev), to=SOMEBODY)
    await mined(dev, 3)
    await dev.offer(sent.serialised())

    async def turn() -> None:
        if depth:
            await dev.reorganise(depth)
        await dev.mine()

    chapters = chain.history(ADDRESS, KEY.public, 0)
    told = [await anext(chapters) for _ in range(3)]
    node.before[method] = turn
    told += [chapter async for chapter in chapters]
    assert method not in node.before
    places = [chapter.block for chapter in told if (sent.serialised(), False) in chapter.transactions]
    assert (await dev.survey([sent.txid()], ())).mined[sent.txid()] in places


async def test_a_coinbase_is_unripe(dev: DevChain) -> None:
    """The node says what is of a coinbase, and how deep it is."""
    coin = await gift(dev)
    async with serving(NodeServer(dev, strict=True)) as server, closing(NodeChain(server.url, 5)) as chain:
        await mined(dev, MATURITY - 2)
        assert await chain.coins(ADDRESS, [coin]) == Holdings((), (coin,))
        await mined(dev, 1)
        assert await chain.coins(ADDRESS, [coin]) == Holdings((coin,))
    assert await dev.coins(ADDRESS, ()) == Holdings((coin,))


async def test_answers_in_another_order(node: NodeServer, chain: NodeChain, dev: DevChain) -> None:
    """JSON-RPC leaves the order of a batch's answers open; whoever leaves one out has not answered."""
    spent, there = await gift(dev), await gift(dev)
    output = {"confirmations": 1, "scriptPubKey": {"hex": ADDRESS.script.hex()}}
    answers = [{"id": 1, "result": output, "error": None}, {"id": 0, "result": None, "error": None}]
    node.mishaps += [Say(200, answers), Say(200, answers[:1]), Say(200, [answers[0], answers[0]])]
    assert await chain.coins(ADDRESS, [spent, there]) == Holdings((there,))
    for _ in range(2):
        with pytest.raises(ChainUnavailable):
            await chain.coins(ADDRESS, [spent, there])


async def test_where_a_transaction_stands_is_said_in_two_ways(api: ApiServer, dev: DevChain) -> None:
    """Of itself or within an object of its own; one that is about another transaction is not believed."""
    [txid, other] = [(await gift(dev)).txid for _ in range(2)]
    told = {"txid": txid, "height": 1, "blockHash": "ab"}
    async with closing(ApiChain(api.url, TOKEN, 5)) as chain:
        for body in (told, {"txDetail": told}, told | {"txDetail": None}):
            api.mishaps.append(Say(200, body))
            assert (await chain.survey([txid], ())).mined == {txid: Block(1, "ab")}
        for body in ({"txid": txid, "height": -1}, {"txDetail": {"txid": txid, "height": -1, "blockHash": ""}}):
            api.mishaps.append(Say(200, body))
            assert (await chain.survey([txid], ())).waiting == {txid}
        api.mishaps.append(Say(200, told | {"txid": other}))
        with pytest.raises(ChainUnavailable):
            await chain.survey([txid], ())


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
    assert await remote.coins(ADDRESS, [coin]) == Holdings((coin,))


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


NOT_NOW = ((-28, "Loading block index..."), (-2, "Safe mode: Warning: A large invalid fork has been detected."))


@pytest.mark.parametrize(("code", "words"), NOT_NOW)
async def test_not_now(node: NodeServer, dev: DevChain, code: int, words: str) -> None:
    """A node that is just starting, or does not trust its chain, has taken nothing in, and says so."""
    coin = await gift(dev)
    node.mishaps += [rpc_error(code, words)] * 3
    async with closing(NodeChain(node.url, 5)) as chain:
        assert await chain.offer(on(coin).serialised()) == Answer(Verdict.NOT_SENT, words)
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


@pytest.mark.parametrize("body", GARBAGE, ids=lambda body: body[:60].decode("latin-1"))
async def test_garbage_in_the_place_of_a_survey(
    server: Server, remote: RemoteChain, dev: DevChain, body: bytes
) -> None:
    """Whichever answer is not understood, nothing is taken for unknown: it would be offered again, and paid for."""
    sent = on(await gift(dev))
    await dev.offer(sent.serialised())
    for good in range(5 if isinstance(server, NodeServer) else 2):
        server.mishaps.extend([*[None] * good, Say(200, body)])
        with pytest.raises(ChainUnavailable):
            await remote.survey([sent.txid()], ())
        assert not server.mishaps


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
