"""What every implementation of `Chain` promises."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from enum import Enum, auto
from hashlib import sha256

import pytest

from penstock.adapters.sql.devchain import GIFT, DevChain
from penstock.chain.keys import WalletKey
from penstock.chain.pins import head, pushes
from penstock.chain.transaction import Input, Output, Transaction, parse
from penstock.model.chain import Address, Answer, Block, Coin, Holdings, Network, Survey, TxId, Verdict
from penstock.ports import Chain
from tests.support.chains.worlds import World

NETWORK = Network.TESTNET
KEY = WalletKey(sha256(b"a wallet for tests").digest())
ADDRESS = KEY.address(NETWORK)
SOMEBODY = WalletKey(sha256(b"somebody else").digest()).address(NETWORK)
FEE = 1000
P2SH = b"\xa9\x14" + bytes(20) + b"\x87"
NOWHERE = TxId("ab" * 32)


def pin(payload: bytes) -> Output:
    """An output that says something and is worth nothing."""
    return Output(0, head("create", "/file", "text/plain") + pushes(payload))


def paying(coins: Sequence[Coin], *outputs: Output, key: WalletKey = KEY) -> Transaction:
    """A transaction from coins at `ADDRESS` to these outputs, signed by this key."""
    unsigned = Transaction(tuple(Input(coin.txid, coin.vout) for coin in coins), outputs)
    return key.sign(unsigned, [Output(coin.value, ADDRESS.script) for coin in coins])


def on(coin: Coin, fee: int = FEE, to: Address = ADDRESS) -> Transaction:
    """A transaction that passes a coin on."""
    return paying([coin], Output(coin.value - fee, to.script))


def coin_of(transaction: Transaction, vout: int = 0) -> Coin:
    """The coin that an output is."""
    return Coin(transaction.txid(), vout, transaction.outputs[vout].value)


async def gift(dev: DevChain) -> Coin:
    """A coin from the faucet, in a block."""
    return Coin(await dev.fund(ADDRESS), 0, GIFT)


def low_fee(coin: Coin) -> bytes:
    return on(coin, 46).serialised()  # about 191 bytes, at 250 satoshi for 1,000


def out_of_thin_air(coin: Coin) -> bytes:
    return on(coin, -1).serialised()


def anothers_signature(coin: Coin) -> bytes:
    key = WalletKey(sha256(b"a thief").digest())
    return paying([coin], Output(1, ADDRESS.script), key=key).serialised()


def changed_after_signing(coin: Coin) -> bytes:
    return replace(on(coin), outputs=(Output(coin.value - FEE, SOMEBODY.script),)).serialised()


def unsigned(coin: Coin) -> bytes:
    return Transaction((Input(coin.txid, coin.vout),), (Output(1, ADDRESS.script),)).serialised()


def dust(coin: Coin) -> bytes:
    return paying([coin], Output(0, ADDRESS.script)).serialised()


def version_twelve(coin: Coin) -> bytes:
    return replace(on(coin), version=12).serialised()


def to_a_script_hash(coin: Coin) -> bytes:
    return paying([coin], Output(1, P2SH)).serialised()


def cut_short(coin: Coin) -> bytes:
    return on(coin).serialised()[:-1]


def too_long(coin: Coin) -> bytes:
    return on(coin).serialised() + b"\0"


def nothing(coin: Coin) -> bytes:
    return b""


def too_large(coin: Coin) -> bytes:
    return paying([coin], pin(bytes(10_000_000))).serialised()


LOW_FEE = "66: insufficient priority"

REFUSED: dict[Callable[[Coin], bytes], str] = {
    low_fee: LOW_FEE,
    out_of_thin_air: LOW_FEE,
    anothers_signature: "16: mandatory-script-verify-flag-failed (",
    changed_after_signing: "16: mandatory-script-verify-flag-failed (",
    unsigned: "16: mandatory-script-verify-flag-failed (",
    dust: "64: dust",
    version_twelve: "64: version",
    to_a_script_hash: "16: bad-txns-vout-p2sh",
    cut_short: "TX decode failed",
    too_long: "TX decode failed",
    nothing: "TX decode failed",
    too_large: "64: tx-size",
}


class Standing(Enum):
    """Of what is in no block."""

    WAITING = auto()
    UNKNOWN = auto()


class Watch:
    """What somebody knows who asks again and again for the same transactions, as the port says how to read the answers:
    what was in a block above the fork is there no more, and nothing is unknown before everything was read.
    """

    def __init__(self, chain: Chain, *txids: TxId, trail: Sequence[Block] = ()) -> None:
        self._chain = chain
        self.txids = txids
        self.trail = trail
        self.places: dict[TxId, Block] = {}

    async def look(self) -> dict[TxId, int | Standing]:
        """Ask until nothing is left to read: how deep each is, or else where."""
        survey = await self.ask()
        while survey.behind:
            survey = await self.ask()
        depths = {txid: survey.tip.height - block.height + 1 for txid, block in self.places.items()}
        others = {txid: Standing.WAITING if txid in survey.waiting else Standing.UNKNOWN for txid in self.txids}
        return others | depths

    async def ask(self) -> Survey:
        """Ask once."""
        survey = await self._chain.survey(self.txids, self.trail)
        kept = {txid: block for txid, block in self.places.items() if block.height <= survey.fork}
        self.trail, self.places = survey.trail, kept | dict(survey.mined)
        assert not self.places.keys() & survey.waiting
        return survey

    async def read(self) -> dict[TxId, Block]:
        """Which block each is in, of those that are in one."""
        await self.look()
        return self.places

    @staticmethod
    def is_buried(found: dict[TxId, int | Standing]) -> bool:
        """Whether everything is in a block."""
        return all(isinstance(depth, int) for depth in found.values())


class ChainSpec:
    """Subclass it with fixtures `chain` and `world`, which is everybody else on it. A chain without an index of
    addresses says so by `indexed`.
    """

    indexed = True

    async def test_a_transaction_reads_back(self, chain: Chain, world: World) -> None:
        """What was accepted is handed out by its id byte for byte, before and after it is mined."""
        sent = on(await world.gift())
        assert await chain.offer(sent.serialised()) == Answer(Verdict.ACCEPTED)
        assert await chain.transaction(sent.txid()) == sent.serialised()
        await world.mine()
        assert await chain.transaction(sent.txid()) == sent.serialised()

    async def test_a_large_transaction_reads_back(self, chain: Chain, world: World) -> None:
        """A chunk of two megabytes goes there and comes back."""
        coin = await world.gift()
        sent = paying([coin], pin(bytes(range(256)) * 8192))
        assert await chain.offer(sent.serialised()) == Answer(Verdict.ACCEPTED)
        assert await chain.transaction(sent.txid()) == sent.serialised()

    async def test_what_others_sent_is_found(self, chain: Chain, world: World) -> None:
        """Not only what was offered here is handed out."""
        coin = await world.gift()
        found = await chain.transaction(coin.txid)
        assert found is not None
        assert parse(found).txid() == coin.txid

    async def test_high_fees_are_allowed(self, chain: Chain, world: World) -> None:
        """A large file costs more than a node takes for a slip: it is sent all the same."""
        assert (await chain.offer(on(await world.gift(), 10_000_001).serialised())).verdict is Verdict.ACCEPTED

    async def test_the_least_fee(self, chain: Chain, world: World) -> None:
        """A quarter of a satoshi for each byte, rounded down, is enough, and one satoshi less is not. Who tells says
        so.
        """
        coin = await world.gift()
        sent = {fee: on(coin, fee).serialised() for fee in range(44, 52)}  # signatures differ in length by a byte
        least = min(fee for fee in sent if fee >= len(sent[fee]) // 4)
        assert (await chain.offer(sent[least - 1])).verdict is Verdict.CHEAP
        assert (await chain.offer(sent[least])).verdict is Verdict.ACCEPTED
        assert await chain.least_fee() in {0.25, None}

    async def test_the_same_again_is_known(self, chain: Chain, world: World) -> None:
        """What is there already is a success, in the mempool, in a block, and when its outputs are spent."""
        sent = on(await world.gift())
        await chain.offer(sent.serialised())
        again = await chain.offer(sent.serialised())
        assert again == Answer(Verdict.KNOWN, "Transaction already in the mempool")
        await world.mine()
        again = await chain.offer(sent.serialised())
        assert again == Answer(Verdict.KNOWN, "257: txn-already-known")

    async def test_a_conflict_is_refused(self, chain: Chain, world: World) -> None:
        """Of two transactions that spend a coin the second is refused, and the first stays."""
        coin = await world.gift()
        first, second = on(coin), on(coin, FEE + 1)
        await chain.offer(first.serialised())
        assert await chain.offer(second.serialised()) == Answer(Verdict.CONFLICT, "258: txn-mempool-conflict")
        assert await chain.transaction(first.txid()) is not None
        assert await chain.transaction(second.txid()) is None

    async def test_a_child_comes_after_its_parent(self, chain: Chain, world: World) -> None:
        """A child misses its inputs until its parent is there."""
        parent = on(await world.gift())
        child = on(coin_of(parent))
        missing = Answer(Verdict.MISSING_INPUTS, "Missing inputs")
        assert await chain.offer(child.serialised()) == missing
        assert await chain.transaction(child.txid()) is None
        await chain.offer(parent.serialised())
        assert await chain.offer(child.serialised()) == Answer(Verdict.ACCEPTED)

    async def test_a_coin_spent_in_a_block_is_missing(self, chain: Chain, world: World) -> None:
        """What a block has spent is as unknown as what never was."""
        coin = await world.gift()
        await chain.offer(on(coin).serialised())
        await world.mine()
        answer = await chain.offer(on(coin, FEE + 1).serialised())
        assert answer == Answer(Verdict.MISSING_INPUTS, "Missing inputs")

    async def test_an_output_that_is_not_there_is_missing(self, chain: Chain, world: World) -> None:
        """An output that its transaction does not have is missing; one that nobody can spend is, too, or is worth
        nothing.
        """
        parent = paying([await world.gift()], pin(b"said"), Output(1000, ADDRESS.script))
        await chain.offer(parent.serialised())
        said, none = (on(Coin(parent.txid(), vout, 1000), 500).serialised() for vout in (0, 2))
        assert (await chain.offer(said)).verdict in {Verdict.MISSING_INPUTS, Verdict.CHEAP}
        assert (await chain.offer(none)).verdict is Verdict.MISSING_INPUTS

    @pytest.mark.parametrize("wrong", REFUSED, ids=lambda wrong: wrong.__name__)
    async def test_what_breaks_a_rule_is_refused(
        self, chain: Chain, world: World, wrong: Callable[[Coin], bytes]
    ) -> None:
        """Each is refused in the node's own words and leaves its coin to the next one."""
        coin = await world.gift()
        answer = await chain.offer(wrong(coin))
        words = REFUSED[wrong]
        assert answer.verdict is (Verdict.CHEAP if words == LOW_FEE else Verdict.REFUSED)
        assert answer.reason.startswith(words) if words.endswith("(") else answer.reason == words
        assert coin in (await chain.coins(ADDRESS, [coin])).ripe
        assert (await chain.offer(on(coin).serialised())).verdict is Verdict.ACCEPTED

    async def test_an_unknown_transaction_is_none(self, chain: Chain) -> None:
        """There is nothing behind an id that never was."""
        assert await chain.transaction(NOWHERE) is None

    async def test_coins(self, chain: Chain, world: World) -> None:
        """Coins are what is unspent and pays the address, unconfirmed change among it; of those that were asked for at
        least.
        """
        spent, kept = await world.gift(), await world.gift()
        rest = Output(spent.value - 9000, ADDRESS.script)
        sent = paying([spent], Output(5000, SOMEBODY.script), Output(1, ADDRESS.script), rest)
        never = Coin(NOWHERE, 0, 1)
        asked = [spent, kept, coin_of(sent, 1), coin_of(sent, 2), never]
        assert set((await chain.coins(ADDRESS, asked)).ripe) == {spent, kept}
        await chain.offer(sent.serialised())
        for _ in range(2):
            assert set((await chain.coins(ADDRESS, asked)).ripe) == {kept, coin_of(sent, 1), coin_of(sent, 2)}
            await world.mine()

    async def test_coins_of_an_address_alone(self, chain: Chain, world: World) -> None:
        """A chain with an index of addresses tells of every coin, and each address has its own; another one tells of
        none that is not known. Nobody is told that another's coins are his.
        """
        coin = await world.gift()
        assert await chain.coins(ADDRESS, ()) == Holdings((coin,) if self.indexed else ())
        assert await chain.coins(SOMEBODY, ()) == Holdings()
        assert await chain.coins(SOMEBODY, [coin]) == Holdings()

    async def test_many_coins(self, chain: Chain, world: World) -> None:
        """However many coins there are, all are told of, each once: at the end of a page and beyond."""
        found: set[Coin] = set()
        for count in (99, 1, 1, 100):
            coin = await world.gift()
            rest = Output(coin.value - count - 10 * FEE, SOMEBODY.script)
            made = paying([coin], rest, *[Output(1, ADDRESS.script)] * count)
            assert (await chain.offer(made.serialised())).verdict is Verdict.ACCEPTED
            found |= {coin_of(made, number) for number in range(1, count + 1)}
            told = (await chain.coins(ADDRESS, () if self.indexed else list(found))).ripe
            assert len(told) == len(found)
            assert set(told) == found

    async def test_long_chains_of_unconfirmed_ones(self, chain: Chain, world: World) -> None:
        """Sixty transactions, each out of the one before, pass before a block is mined."""
        sent = on(await world.gift())
        for _ in range(60):
            assert (await chain.offer(sent.serialised())).verdict is Verdict.ACCEPTED
            sent = on(coin_of(sent))
        await world.mine()
        assert (await chain.offer(sent.serialised())).verdict is Verdict.ACCEPTED

    async def test_nobody_knows_it(self, chain: Chain, world: World) -> None:
        """What never was is neither in a block nor in the mempool, however far one reads."""
        watch = Watch(chain, NOWHERE)
        for _ in range(2):
            assert await watch.look() == {NOWHERE: Standing.UNKNOWN}
            await world.mine()

    async def test_nothing_is_asked(self, chain: Chain, world: World) -> None:
        """Without a question the trail leads to the tip at once, and what comes later is read from there."""
        survey = await chain.survey((), ())
        assert (survey.trail[0], survey.mined, survey.waiting) == (survey.tip, {}, frozenset())
        sent = on(await world.gift())
        await chain.offer(sent.serialised())
        await world.mine()
        watch = Watch(chain, sent.txid(), trail=(await chain.survey((), survey.trail)).trail[1:] or survey.trail)
        assert await watch.look() == {sent.txid(): 1}

    async def test_waiting_and_buried(self, chain: Chain, world: World) -> None:
        """A transaction waits, is in a block, and gets deeper by one with each further block."""
        sent = on(await world.gift())
        await chain.offer(sent.serialised())
        watch = Watch(chain, sent.txid())
        assert await watch.look() == {sent.txid(): Standing.WAITING}
        for depth in range(1, 5):
            await world.mine()
            assert await watch.look() == {sent.txid(): depth}
            assert await Watch(chain, sent.txid()).look() == {sent.txid(): depth}

    async def test_many_are_asked_for_at_once(self, chain: Chain, world: World) -> None:
        """Of many each stands where it stands: buried, in the newest block, waiting, nowhere."""
        deep = on(await world.gift())
        await chain.offer(deep.serialised())
        await world.mine()
        chained = [on(await world.gift())]
        chained += [on(coin_of(chained[-1])) for _ in range(1)]
        for sent in chained:
            await chain.offer(sent.serialised())
        gift = await world.gift()
        await world.mine()
        late = on(gift)
        await chain.offer(late.serialised())
        missing = [TxId(f"{number:064x}") for number in range(600)]
        found = await Watch(chain, *missing, deep.txid(), *(sent.txid() for sent in chained), late.txid()).look()
        depth = found.pop(deep.txid())
        assert isinstance(depth, int)
        assert depth > 1
        assert {txid: stands for txid, stands in found.items() if stands is not Standing.UNKNOWN} == {
            **{sent.txid(): 1 for sent in chained},
            late.txid(): Standing.WAITING,
        }

    async def test_a_mempool_is_lost(self, chain: Chain, world: World) -> None:
        """What was taken and is forgotten is unknown; offered again, parents first, it is taken and mined."""
        parent = on(await world.gift())
        child = on(coin_of(parent))
        watch = Watch(chain, parent.txid(), child.txid())
        for sent in (parent, child):
            await chain.offer(sent.serialised())
        await world.forget()
        assert await watch.look() == dict.fromkeys(watch.txids, Standing.UNKNOWN)
        for sent in (parent, child):
            assert await chain.offer(sent.serialised()) == Answer(Verdict.ACCEPTED)
        await world.mine()
        assert await watch.look() == dict.fromkeys(watch.txids, 1)

    @pytest.mark.parametrize("depth", [1, 2, 3])
    async def test_another_branch_takes_it_in(self, chain: Chain, world: World, depth: int) -> None:
        """Where a block leaves the main chain, what was in it waits again, or is in a block of the other branch."""
        coin = await world.gift()
        for _ in range(3):
            await world.mine()
        sent = on(coin)
        await chain.offer(sent.serialised())
        watch = Watch(chain, sent.txid())
        for _ in range(depth):
            await world.mine()
        assert await watch.look() == {sent.txid(): depth}
        left = watch.places[sent.txid()]
        await world.reorganise(depth)
        [stands] = (await watch.look()).values()
        assert stands is Standing.WAITING or watch.places[sent.txid()].hash != left.hash
        assert stands is not Standing.UNKNOWN
        await world.mine()
        assert watch.is_buried(await watch.look())

    async def test_another_branch_has_lost_it(self, chain: Chain, world: World) -> None:
        """What was in a block that left, and is not in the mempool either, is unknown, and can be offered again."""
        coin = await world.gift()
        for _ in range(3):
            await world.mine()
        sent = on(coin)
        await chain.offer(sent.serialised())
        await world.mine()
        watch = Watch(chain, sent.txid())
        assert await watch.look() == {sent.txid(): 1}
        await world.reorganise(2, keep=False)
        assert await watch.look() == {sent.txid(): Standing.UNKNOWN}
        assert await chain.offer(sent.serialised()) == Answer(Verdict.ACCEPTED)
        assert await watch.look() == {sent.txid(): Standing.WAITING}

    async def test_the_history(self, chain: Chain, world: World) -> None:
        """What pays the address, and what is signed by its key, is told of with its block, by height, the mempool last,
        from whatever height on.
        """
        away = on(await world.gift(), to=SOMEBODY)
        split = paying([await world.gift()], Output(10 * FEE, ADDRESS.script), Output(20 * FEE, SOMEBODY.script))
        late = on(coin_of(split), 200)
        for sent in (away, split):
            await chain.offer(sent.serialised())
        await world.mine()
        await chain.offer(late.serialised())
        block = (await Watch(chain, away.txid()).read())[away.txid()]
        ours = {sent.serialised() for sent in (away, split, late)}
        for start, there in ((0, True), (block.height, True), (block.height + 1, False)):
            told = [chapter async for chapter in chain.history(ADDRESS, KEY.public, start)]
            blocks = [chapter.block for chapter in told if chapter.block]
            assert blocks == sorted(blocks, key=lambda block: block.height)
            found = [(chapter.block, raw) for chapter in told for raw, _ in chapter.transactions if raw in ours]
            assert found[-1] == (told[-1].block, late.serialised()) == (None, late.serialised())
            assert set(found[:-1]) == ({(block, away.serialised()), (block, split.serialised())} if there else set())
            assert {chapter.tip for chapter in told} == {block.height}

    async def test_what_makes_coins_is_told_apart(self, chain: Chain, world: World) -> None:
        """In the history a block's own transaction is called a coinbase, and no other."""
        coin = await world.gift()
        sent = on(coin)
        await chain.offer(sent.serialised())
        told = [chapter async for chapter in chain.history(ADDRESS, KEY.public, 0)]
        makes = {parse(raw).txid(): coinbase for chapter in told for raw, coinbase in chapter.transactions}
        assert (makes[coin.txid], makes[sent.txid()]) == (True, False)
