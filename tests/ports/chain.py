"""What every implementation of `Chain` promises."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from hashlib import sha256

import pytest

from penstock.adapters.sql.devchain import GIFT, DevChain
from penstock.model.chain import Address, Answer, Coin, Network, TxId, Verdict
from penstock.ports import Chain
from penstock.publishing.keys import WalletKey
from penstock.publishing.pins import head, pushes
from penstock.publishing.transaction import Input, Output, Transaction

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
    return on(coin, 47).serialised()  # 191 bytes at 250 satoshi for 1,000


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


REFUSED: dict[Callable[[Coin], bytes], str] = {
    low_fee: "66: insufficient priority",
    out_of_thin_air: "66: insufficient priority",
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


class ChainSpec:
    """Subclass it with fixtures `chain` and `dev`, the embedded chain that it speaks to. A chain without an index of
    addresses says so by `indexed`.
    """

    indexed = True

    async def test_a_transaction_reads_back(self, chain: Chain, dev: DevChain) -> None:
        """What was accepted is handed out by its id byte for byte, before and after it is mined."""
        sent = on(await gift(dev))
        assert await chain.offer(sent.serialised()) == Answer(Verdict.ACCEPTED)
        assert await chain.transaction(sent.txid()) == sent.serialised()
        await dev.mine()
        assert await chain.transaction(sent.txid()) == sent.serialised()

    async def test_a_large_transaction_reads_back(self, chain: Chain, dev: DevChain) -> None:
        """A chunk of two megabytes goes there and comes back."""
        coin = await gift(dev)
        sent = paying([coin], pin(bytes(range(256)) * 8192))
        assert await chain.offer(sent.serialised()) == Answer(Verdict.ACCEPTED)
        assert await chain.transaction(sent.txid()) == sent.serialised()

    async def test_what_others_sent_is_found(self, chain: Chain, dev: DevChain) -> None:
        """Not only what was offered here is handed out."""
        coin = await gift(dev)
        assert await chain.transaction(coin.txid) == await dev.transaction(coin.txid) is not None

    async def test_high_fees_are_allowed(self, chain: Chain, dev: DevChain) -> None:
        """A large file costs more than a node takes for a slip: it is sent all the same."""
        assert (await chain.offer(on(await gift(dev), 10_000_001).serialised())).verdict is Verdict.ACCEPTED

    async def test_the_least_fee(self, chain: Chain, dev: DevChain) -> None:
        """A quarter of a satoshi for each byte is enough, and one satoshi less is not."""
        coin = await gift(dev)
        sent = {fee: on(coin, fee).serialised() for fee in range(44, 52)}  # signatures differ in length by a byte
        least = min(fee for fee in sent if fee * 4 >= len(sent[fee]))
        assert (await chain.offer(sent[least - 1])).verdict is Verdict.REFUSED
        assert (await chain.offer(sent[least])).verdict is Verdict.ACCEPTED

    async def test_the_same_again_is_known(self, chain: Chain, dev: DevChain) -> None:
        """What is there already is a success, in the mempool, in a block, and when its outputs are spent."""
        sent = on(await gift(dev))
        await chain.offer(sent.serialised())
        again = await chain.offer(sent.serialised())
        assert again == Answer(Verdict.KNOWN, "Transaction already in the mempool")
        await dev.mine()
        again = await chain.offer(sent.serialised())
        assert again == Answer(Verdict.KNOWN, "257: txn-already-known")

    async def test_a_conflict_is_refused(self, chain: Chain, dev: DevChain) -> None:
        """Of two transactions that spend a coin the second is refused, and the first stays."""
        coin = await gift(dev)
        first, second = on(coin), on(coin, FEE + 1)
        await chain.offer(first.serialised())
        assert await chain.offer(second.serialised()) == Answer(Verdict.REFUSED, "258: txn-mempool-conflict")
        assert await chain.transaction(first.txid()) is not None
        assert await chain.transaction(second.txid()) is None

    async def test_a_child_comes_after_its_parent(self, chain: Chain, dev: DevChain) -> None:
        """A child misses its inputs until its parent is there."""
        parent = on(await gift(dev))
        child = on(coin_of(parent))
        missing = Answer(Verdict.MISSING_INPUTS, "Missing inputs")
        assert await chain.offer(child.serialised()) == missing
        assert await chain.transaction(child.txid()) is None
        await chain.offer(parent.serialised())
        assert await chain.offer(child.serialised()) == Answer(Verdict.ACCEPTED)

    async def test_a_coin_spent_in_a_block_is_missing(self, chain: Chain, dev: DevChain) -> None:
        """What a block has spent is as unknown as what never was."""
        coin = await gift(dev)
        await chain.offer(on(coin).serialised())
        await dev.mine()
        answer = await chain.offer(on(coin, FEE + 1).serialised())
        assert answer == Answer(Verdict.MISSING_INPUTS, "Missing inputs")

    async def test_an_output_that_is_not_there_is_missing(self, chain: Chain, dev: DevChain) -> None:
        """An output that its transaction does not have is missing, and so is one that nobody can spend."""
        parent = paying([await gift(dev)], pin(b"said"), Output(1000, ADDRESS.script))
        await chain.offer(parent.serialised())
        for vout in (0, 2):
            child = on(Coin(parent.txid(), vout, 1000), 500)
            assert (await chain.offer(child.serialised())).verdict is Verdict.MISSING_INPUTS

    @pytest.mark.parametrize("wrong", REFUSED, ids=lambda wrong: wrong.__name__)
    async def test_what_breaks_a_rule_is_refused(
        self, chain: Chain, dev: DevChain, wrong: Callable[[Coin], bytes]
    ) -> None:
        """Each is refused in the node's own words and leaves its coin to the next one."""
        coin = await gift(dev)
        answer = await chain.offer(wrong(coin))
        assert answer.verdict is Verdict.REFUSED
        words = REFUSED[wrong]
        assert answer.reason.startswith(words) if words.endswith("(") else answer.reason == words
        assert await chain.coins(ADDRESS, [coin]) == [coin]
        assert (await chain.offer(on(coin).serialised())).verdict is Verdict.ACCEPTED

    async def test_an_unknown_transaction_is_none(self, chain: Chain) -> None:
        """There is nothing behind an id that never was."""
        assert await chain.transaction(NOWHERE) is None

    async def test_coins(self, chain: Chain, dev: DevChain) -> None:
        """Coins are what is unspent and pays the address, unconfirmed change among it; of those that were asked for at
        least.
        """
        spent, kept = await gift(dev), await gift(dev)
        sent = paying(
            [spent], Output(5000, SOMEBODY.script), Output(1, ADDRESS.script), Output(GIFT - 9000, ADDRESS.script)
        )
        never = Coin(NOWHERE, 0, 1)
        asked = [spent, kept, coin_of(sent, 1), coin_of(sent, 2), never]
        assert set(await chain.coins(ADDRESS, asked)) == {spent, kept}
        await chain.offer(sent.serialised())
        for _ in range(2):
            assert set(await chain.coins(ADDRESS, asked)) == {kept, coin_of(sent, 1), coin_of(sent, 2)}
            await dev.mine()

    async def test_coins_of_an_address_alone(self, chain: Chain, dev: DevChain) -> None:
        """A chain with an index of addresses tells of every coin, and each address has its own; another one tells of
        none that is not known.
        """
        coin = await gift(dev)
        assert await chain.coins(ADDRESS, ()) == ([coin] if self.indexed else [])
        assert await chain.coins(SOMEBODY, ()) == []

    async def test_many_coins(self, chain: Chain, dev: DevChain) -> None:
        """However many coins there are, all are told of, each once: at the end of a page and beyond."""
        found: set[Coin] = set()
        for count in (99, 1, 1, 100):
            rest = Output(GIFT - count - 10 * FEE, SOMEBODY.script)
            made = paying([await gift(dev)], rest, *[Output(1, ADDRESS.script)] * count)
            assert (await chain.offer(made.serialised())).verdict is Verdict.ACCEPTED
            found |= {coin_of(made, number) for number in range(1, count + 1)}
            told = await chain.coins(ADDRESS, () if self.indexed else list(found))
            assert len(told) == len(found)
            assert set(told) == found

    async def test_long_chains_of_unconfirmed_ones(self, chain: Chain, dev: DevChain) -> None:
        """Sixty transactions, each out of the one before, pass before a block is mined."""
        sent = on(await gift(dev))
        for _ in range(60):
            assert (await chain.offer(sent.serialised())).verdict is Verdict.ACCEPTED
            sent = on(coin_of(sent))
        await dev.mine()
        assert (await chain.offer(sent.serialised())).verdict is Verdict.ACCEPTED
