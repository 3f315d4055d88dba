"""What the embedded chain has, block by block: what a node tells of its own."""

from collections.abc import Sequence
from dataclasses import dataclass

from penstock.adapters.sql.devchain import GENESIS, DevChain
from penstock.chain.transaction import compact_size
from penstock.model.chain import Block, TxId

_BLOCKS = "SELECT height, hash FROM chain_heights WHERE network = :network ORDER BY height"
_INSIDE = "SELECT txid, raw FROM chain_transactions WHERE network = :network AND height = :height"
_WAITING = "SELECT txid FROM chain_transactions WHERE network = :network AND height IS NULL"
_PLACE = "SELECT height FROM chain_transactions WHERE network = :network AND txid = :txid"
_UNSPENT = "SELECT vout FROM chain_outputs WHERE network = :network AND txid = :txid AND spent_by IS NULL"


@dataclass(frozen=True, slots=True)
class Page:
    """A block, the one before, and its transactions with their ids."""

    block: Block
    before: Block
    inside: Sequence[tuple[TxId, bytes]]

    def raw(self) -> bytes:
        """The wire format, as far as anybody reads it: of the header the hash of the block before."""
        header = bytes(4) + bytes.fromhex(self.before.hash)[::-1] + bytes(44)
        return header + compact_size(len(self.inside)) + b"".join(raw for _, raw in self.inside)


class ChainTables:
    """Looks into the tables of an embedded chain."""

    def __init__(self, chain: DevChain) -> None:
        self._scan = chain._database.scan
        self._network = chain._network

    async def blocks(self) -> list[Block]:
        """The main chain, from its beginning on."""
        rows = await self._scan(_BLOCKS, network=self._network)
        return [GENESIS, *(Block(row["height"], row["hash"]) for row in rows)]

    async def page(self, hash_: str) -> Page | None:
        """The block of this hash."""
        blocks = await self.blocks()
        for before, block in zip([GENESIS, *blocks], blocks, strict=False):
            if block.hash == hash_:
                rows = await self._scan(_INSIDE, network=self._network, height=block.height)
                return Page(block, before, [(TxId(row["txid"]), row["raw"]) for row in rows])
        return None

    async def waiting(self) -> list[TxId]:
        """What is in the mempool."""
        return [TxId(row["txid"]) for row in await self._scan(_WAITING, network=self._network)]

    async def depth(self, txid: TxId) -> int | None:
        """How deep a transaction is: 0 in the mempool, None when there is none."""
        rows = await self._scan(_PLACE, network=self._network, txid=txid)
        if not rows:
            return None
        height = rows[0]["height"]
        return 0 if height is None else (await self.blocks())[-1].height - height + 1

    async def unspent(self, txid: TxId) -> set[int]:
        """Which outputs of a transaction can be spent."""
        return {row["vout"] for row in await self._scan(_UNSPENT, network=self._network, txid=txid)}
