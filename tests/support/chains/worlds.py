"""What happens on a chain behind one's back, on the embedded one and on the real node."""

from collections import deque
from typing import Protocol

from penstock.adapters.sql.devchain import GIFT, DevChain
from penstock.chain.consensus import MATURITY
from penstock.model.chain import Address, Coin, TxId
from tests.support.chains.node import RealNode


class World(Protocol):
    """Everybody else: who gives, mines, forgets and turns the chain."""

    async def gift(self) -> Coin:
        """A coin of a block's that can be spent."""

    async def mine(self) -> object:
        """A block with what waits."""

    async def forget(self) -> None:
        """The mempool is lost."""

    async def reorganise(self, depth: int, *, keep: bool = True) -> None:
        """Another branch wins over so many blocks, by one. What was in them waits again, or is in a block of that
        branch; it is lost when it is not to `keep`.
        """


class EmbeddedWorld:
    """Around an embedded chain, which gives to this address."""

    def __init__(self, chain: DevChain, address: Address) -> None:
        self._chain = chain
        self._address = address
        self.mine = chain.mine
        self.forget = chain.forget
        self.reorganise = chain.reorganise

    async def gift(self) -> Coin:
        """From the faucet."""
        return Coin(await self._chain.fund(self._address), 0, GIFT)


class RealWorld:
    """Around a real node: what it mines is paid to this address."""

    COINS = 200

    def __init__(self, node: RealNode, address: Address) -> None:
        self.node = node
        self._address = address
        self._coinbases = deque(self.mined(self.COINS))
        node.mine(MATURITY)

    async def gift(self) -> Coin:
        """A coinbase, old enough."""
        return self._coinbases.popleft()

    async def mine(self) -> None:
        """See `World.mine`."""
        self.node.mine(1)

    async def forget(self) -> None:
        """See `World.forget`."""
        self.node.forget()

    async def reorganise(self, depth: int, *, keep: bool = True) -> None:
        """See `World.reorganise`."""
        self.node.turn(depth, keep=keep)

    def mined(self, count: int) -> list[Coin]:
        """The coins of so many new blocks."""
        blocks = [self.node.rpc("getblock", hash_, 1) for hash_ in self.node.mine(count, self._address.text)]
        return [self._coin(block["tx"][0]) for block in blocks]

    def _coin(self, txid: TxId) -> Coin:
        return Coin(txid, 0, round(self.node.rpc("gettxout", txid, 0)["value"] * 100_000_000))
