"""Recovery of the wallet's coins and publications from the chain alone, for a database that is older than the chain."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from hashlib import sha256

from penstock.chain.addresses import address_paid, is_p2pkh
from penstock.chain.pins import NotAPin, as_written, pin_script
from penstock.chain.transaction import Transaction, parse
from penstock.model.chain import Address, Block, Coin, Holdings, TxId
from penstock.model.faults import FileDamaged
from penstock.model.ids import FileId, PrincipalId, Sha256
from penstock.model.publication import Method, Operation, Order, Role
from penstock.ports import TRAIL, Chain, Chapter, Recovered, RescanRepository
from penstock.publishing.plans import CHUNK_HEAD, DUST, INDEX_PATH, INDEX_TYPE
from penstock.publishing.rebuilding import read_index
from penstock.publishing.wallet import Wallet

NOBODY = PrincipalId("")
"""The owner of recovered publications: the chain does not say."""

PIN_ID = "i0"
"""The suffix of a chunk's PIN id."""


@dataclass(slots=True)
class Result:
    """What a rescan recovered."""

    coins: int = 0
    publications: int = 0


@dataclass(slots=True)
class Rescan:
    """Reads the chain from a height on. An interrupted rescan resumes where it stopped."""

    repository: RescanRepository
    chain: Chain
    wallet: Wallet
    deep: int
    """How deep a transaction must be never to be offered again."""

    _seen: dict[TxId, tuple[Block | None, bytes]] = field(default_factory=dict)

    async def run(self, start: int | None, heard: Callable[[int, int], object]) -> Result:
        """Read the chain; `heard` is called with the height reached and the chain's height. Without a `start` it
        resumes a little before where it was interrupted, because chunks precede their index; else at the first block.
        Raises `ChainUnavailable`, `WalletLocked`.
        """
        network, key = self.wallet.network, await self.wallet.key()
        address, result = key.address(network), Result()
        begin = max(0, await self.repository.reached(network) + 1 - TRAIL) if start is None else start
        async for chapter in self.chain.history(address, key.public, begin):
            paying, spent, recovered = self._read(chapter, address, key.public)
            height = chapter.block.height if chapter.block is not None else -1
            coins, publications = await self.repository.learnt(network, height, paying, spent, recovered)
            result.coins += coins
            result.publications += publications
            heard(height if height >= 0 else chapter.tip, chapter.tip)
        await self.wallet.ripen()
        return result

    def _read(
        self, chapter: Chapter, address: Address, public: bytes
    ) -> tuple[Holdings, list[tuple[TxId, int]], list[Recovered]]:
        ripe: list[Coin] = []
        unripe: list[Coin] = []
        spent: list[tuple[TxId, int]] = []
        recovered: list[Recovered] = []
        for raw, coinbase in chapter.transactions:
            transaction = parse(raw)
            txid = transaction.txid()
            (unripe if coinbase else ripe).extend(_paid(transaction, txid, address))
            spent += [(entry.txid, entry.vout) for entry in transaction.inputs]
            if any(public in entry.script for entry in transaction.inputs):
                recovered += self._publications(transaction, txid, raw, chapter)
        return Holdings(tuple(ripe), tuple(unripe)), spent, recovered

    def _publications(self, transaction: Transaction, txid: TxId, raw: bytes, chapter: Chapter) -> Iterator[Recovered]:
        """The publication that this transaction completes."""
        try:
            script = pin_script(transaction)
            pin = as_written(script)
        except NotAPin:
            return
        self._seen[txid] = chapter.block, b"" if self._is_deep(chapter.block, chapter.tip) else raw
        paid = transaction.outputs[0].script
        if script.startswith(CHUNK_HEAD) or pin.operation != Operation.CREATE or not is_p2pkh(paid):
            return
        owner = address_paid(paid, self.wallet.network).text
        if (pin.path, pin.content_type) != (INDEX_PATH, INDEX_TYPE):
            blob = Sha256(sha256(pin.payload).hexdigest())
            order = self._order(owner, pin.path, pin.content_type, "", Method.DIRECT, blob, len(pin.payload))
            yield self._recovered(order, [(Role.PIN, txid)], chapter.tip)
            return
        try:
            index = read_index(pin.payload)
        except FileDamaged:
            return
        blob = Sha256(index.sha256)
        order = self._order(owner, INDEX_PATH, index.dataType, index.name, Method.CHUNKED, blob, index.fileSize)
        chunks = [(Role.CHUNK, TxId(entry.pinId.removesuffix(PIN_ID))) for entry in index.chunkList]
        if all(name in self._seen for _, name in chunks):
            yield self._recovered(order, [*chunks, (Role.INDEX, txid)], chapter.tip)

    def _recovered(self, order: Order, named: list[tuple[Role, TxId]], tip: int) -> Recovered:
        transactions = [(role, txid, *self._seen[txid]) for role, txid in named]
        return Recovered(order, transactions, all(self._is_deep(block, tip) for _, _, block, _ in transactions))

    def _is_deep(self, block: Block | None, tip: int) -> bool:
        return block is not None and tip - block.height + 1 >= self.deep

    def _order(
        self, address: str, path: str, content_type: str, name: str, method: Method, blob: Sha256, size: int
    ) -> Order:
        return Order(
            owner=NOBODY,
            client="",
            network=self.wallet.network,
            address=address,
            operation=Operation.CREATE,
            path=path,
            content_type=content_type,
            name=name,
            fee_rate=1,
            method=method,
            blob=blob,
            size=size,
            file=FileId(""),
        )


def _paid(transaction: Transaction, txid: TxId, address: Address) -> Iterator[Coin]:
    for number, output in enumerate(transaction.outputs):
        if output.script == address.script and output.value >= DUST:
            yield Coin(txid, number, output.value)
