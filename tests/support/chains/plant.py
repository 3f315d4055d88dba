"""A live server on a real node: what a person asks of it, and what the blocks say that it did."""

import asyncio
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import httpx

from penstock.chain.keys import WalletKey
from penstock.chain.pins import NotAPin, Pin, pin_of
from penstock.chain.transaction import Input, Output, Transaction, parse, transactions_of
from penstock.model.chain import COIN, Coin, Network, TxId
from penstock.ports import Chain
from penstock.publishing.plans import DUST, INDEX_PATH
from penstock.publishing.rebuilding import Rebuilder, read_index
from tests.dialects.metaid.client import BASE, CHUNKED, DIRECT, asked
from tests.support.chains.node import RealNode
from tests.support.process import ServerProcess

DEEP = 6
"""How many blocks bury a transaction."""

OLD = 100
"""How many blocks a coinbase waits for."""

PATIENCE = 60.0
"""How long, in seconds, anything may take that is bound to come."""

READER = WalletKey(sha256(b"somebody who publishes").digest()).address(Network.TESTNET)
"""Whom everything is published for."""

SOMEBODY = WalletKey(sha256(b"somebody who is paid").digest()).address(Network.TESTNET)


class Blocks:
    """The main chain from some block on, read whole: the one witness of what is on it."""

    def __init__(self, node: RealNode, start: int, payer: bytes) -> None:
        """`payer` is the public half of the key that signs what matters."""
        self._payer = payer
        self._raw: dict[TxId, bytes] = {}
        self.transactions: dict[TxId, Transaction] = {}
        for height in range(start, node.rpc("getblockcount") + 1):
            block = bytes.fromhex(node.rpc("getblock", node.rpc("getblockhash", height), 0))
            for raw in transactions_of(block):
                transaction = parse(raw)
                self._raw[transaction.txid()] = raw
                self.transactions[transaction.txid()] = transaction

    async def transaction(self, txid: TxId) -> bytes | None:
        """As a chain with an index has it."""
        return self._raw.get(txid)

    def content(self, pin: str) -> bytes:
        """The file that a PIN publishes, every digest checked."""
        return asyncio.run(_content(cast("Chain", self), pin))

    def published(self) -> Counter[str]:
        """How often each file is on the chain, by its digest."""
        return Counter(digest for pin in self._pins() if (digest := _published(pin.path, pin.payload)) is not None)

    def chunks(self) -> Counter[str]:
        """How often each chunk is on the chain, by its digest."""
        return Counter(sha256(pin.payload).hexdigest() for pin in self._pins() if pin.path == "/file/_chunk")

    def unspent(self, script: bytes) -> set[Coin]:
        """The coins that this script locks."""
        spent = {(entry.txid, entry.vout) for made in self.transactions.values() for entry in made.inputs}
        return {
            Coin(txid, number, output.value)
            for txid, made in self.transactions.items()
            for number, output in enumerate(made.outputs)
            if output.script == script and (txid, number) not in spent
        }

    def _pins(self) -> list[Pin]:
        found: list[Pin] = []
        for transaction in self.transactions.values():
            if any(self._payer in entry.script for entry in transaction.inputs):
                with suppress(NotAPin):
                    found.append(pin_of(transaction))
        return found


class Plant:
    """A node, and a server on it with a folder of its own."""

    def __init__(self, node: RealNode, folder: Path, *, workers: int = 1, **settings: str) -> None:
        self.node = node
        self.began = node.rpc("getblockcount") + 1
        usual: dict[str, Any] = {
            "chain": f"rpc+{node.url}",
            "network": "testnet",
            "watch_interval": "0.3",
            "open": "metaid",
            "budget_client": str(1000 * COIN),
            "budget_total": str(1000 * COIN),
        }
        self.server = ServerProcess(folder / "data", workers=workers, **usual | settings)
        self.made: dict[str, bytes] = {}
        """What was published, by the id of its transaction."""
        self._client = httpx.Client(timeout=60, trust_env=False)

    # --- the wallet --------------------------------------------------------------------------------------------------

    def fund(self, coins: int = 1) -> None:
        """Coinbases for the wallet, old enough to be spent, and known to it."""
        paid = [self.coinbase(name) for name in self.node.mine(coins, self.key.address(Network.TESTNET).text)]
        self.node.mine(OLD)
        for coin in paid:
            self.server.command("wallet", "fund", coin.txid)

    def coinbase(self, block: str) -> Coin:
        """What a block pays to whoever has mined it."""
        txid = TxId(self.node.rpc("getblock", block, 1)["tx"][0])
        return Coin(txid, 0, round(self.node.rpc("gettxout", txid, 0)["value"] * COIN))

    @property
    def key(self) -> WalletKey:
        """The wallet's, made if there is none."""
        return WalletKey(self.server.place.wallet())

    def free(self) -> list[Coin]:
        """The coins that the records call free, in the order in which they are chosen."""
        rows = self.rows("SELECT txid, vout, value FROM coins WHERE state = 'free' ORDER BY value, txid, vout")
        return [Coin(TxId(row["txid"]), row["vout"], row["value"]) for row in rows]

    def coin_of(self, txid: str) -> Coin:
        """The first coin that a planned transaction spends."""
        [row] = self.rows("SELECT frame FROM plans WHERE txid = ?", txid)
        entry = parse(row["frame"]).inputs[0]
        [coin] = self.rows("SELECT value FROM coins WHERE txid = ? AND vout = ?", entry.txid, entry.vout)
        return Coin(entry.txid, entry.vout, coin["value"])

    def spend(self, coin: Coin) -> TxId:
        """Somebody else with the wallet's key spends a coin. Raises `NodeFailed`."""
        lock = self.key.address(Network.TESTNET).script
        unsigned = Transaction((Input(coin.txid, coin.vout),), (Output(max(1, coin.value - 1000), SOMEBODY.script),))
        raw = self.key.sign(unsigned, [Output(coin.value, lock)]).serialised()
        return TxId(self.node.rpc("sendrawtransaction", raw.hex(), True))

    # --- publishing --------------------------------------------------------------------------------------------------

    def direct(self, content: bytes, name: str = "a.bin") -> str:
        """Publish at once; returns the transaction's id."""
        answer = self.post(content, name)
        assert answer.status_code == 200, answer.text
        txid: str = answer.json()["data"]["txId"]
        self.made[txid] = content
        return txid

    def submit(self, content: bytes, name: str = "a.bin") -> str:
        """Publish in chunks behind one's back; returns the task's id."""
        answer = self.post(content, name, CHUNKED)
        assert answer.status_code == 200, answer.text
        task: str = answer.json()["data"]["taskId"]
        return task

    def post(self, content: bytes, name: str = "a.bin", path: str = DIRECT) -> httpx.Response:
        """Upload, whatever comes of it."""
        person = {"address": READER.text, "metaId": sha256(READER.text.encode()).hexdigest()}
        return self._client.post(f"{self.server.url}{path}", json=asked(content, fileName=name, **person))

    def task(self, name: str) -> dict[str, Any]:
        """How a task stands."""
        data: dict[str, Any] = self._client.get(f"{self.server.url}{BASE}/files/task/{name}").json()["data"]
        return data

    def finished(self, name: str) -> dict[str, Any]:
        """How a task ended."""
        deadline = time.monotonic() + PATIENCE
        while (data := self.task(name))["status"] not in {"success", "failed"}:
            assert time.monotonic() < deadline, data
            time.sleep(0.05)
        return data

    def begun(self, task: str, chunks: int) -> None:
        """Wait until the chain has taken so many chunks of a task."""
        self.until(_BEGUN, task, chunks)

    def chunked(self, content: bytes, name: str = "a.bin") -> str:
        """Publish in chunks; returns the index's transaction."""
        return self.completed(self.submit(content, name), content)

    def completed(self, task: str, content: bytes) -> str:
        """Wait for the success of a task; returns the index's transaction."""
        done = self.finished(task)
        assert done["status"] == "success", done
        txid: str = done["indexTxId"]
        self.made[txid] = content
        return txid

    def retry(self, task: str, **terms: int) -> None:
        """Let a failed task go on."""
        self._client.post(f"{self.server.url}{BASE}/files/task/{task}/retry", json=terms).raise_for_status()

    def content(self, pin: str) -> httpx.Response:
        """A file, as the server reads it from the chain."""
        return self._client.get(f"{self.server.url}{BASE}/files/content/{pin}")

    # --- the records -------------------------------------------------------------------------------------------------

    def rows(self, sql: str, *values: object) -> list[Any]:
        """What the server has on record."""
        with self.server.place.records() as records:
            return records.execute(sql, values).fetchall()

    def until(self, sql: str, *values: object) -> None:
        """Wait until there is no such row."""
        deadline = time.monotonic() + PATIENCE
        while rows := self.rows(sql, *values):
            assert time.monotonic() < deadline, [tuple(row) for row in rows]
            time.sleep(0.02)

    def waits(self, *txids: str) -> None:
        """Wait until all of these are in the mempool."""
        deadline = time.monotonic() + PATIENCE
        while missing := set(txids) - set(self.node.rpc("getrawmempool")):
            assert time.monotonic() < deadline, missing
            time.sleep(0.02)

    def planned(self) -> list[TxId]:
        """Every transaction of every publication that is not failed."""
        return [TxId(row["txid"]) for row in self.rows(_PLANNED)]

    def bury(self) -> None:
        """Blocks come until everything is buried; then see that it is there, whole, and was paid for once."""
        self.waits(*self._unmined())
        self.node.mine(DEEP)
        self.until("SELECT id, stage, message FROM publications WHERE buried_at IS NULL AND failed_at IS NULL")
        self._check_books()

    def blocks(self) -> Blocks:
        """The blocks since it is there."""
        return Blocks(self.node, self.began, self.key.public)

    def _unmined(self) -> Sequence[TxId]:
        mined = self.blocks().transactions
        return [txid for txid in self.planned() if txid not in mined]

    def _check_books(self) -> None:
        blocks = self.blocks()
        for txid, content in self.made.items():
            assert blocks.content(f"{txid}i0") == content
        assert blocks.published() == Counter(sha256(content).hexdigest() for content in self.made.values())
        assert not [digest for digest, times in blocks.chunks().items() if times > 1]
        there = {coin for coin in blocks.unspent(self.key.address(Network.TESTNET).script) if coin.value >= DUST}
        assert set(self.free()) == there
        assert self.rows("SELECT * FROM coins WHERE state IN ('held', 'pending')") == []

    def close(self) -> None:
        """End the server."""
        if self.server.running:
            self.server.kill()
        self._client.close()


_BEGUN = """
SELECT count(*) FROM plans WHERE publication_id = ? AND role = 'chunk' AND accepted_at IS NOT NULL
HAVING count(*) < ?
"""
_PLANNED = """
SELECT txid FROM plans JOIN publications ON publications.id = plans.publication_id WHERE failed_at IS NULL
"""


async def _content(chain: Chain, pin: str) -> bytes:
    content = await Rebuilder(chain).open(pin)
    return b"".join([piece async for piece in content.pieces])


def _published(path: str, payload: bytes) -> str | None:
    if path == "/file/_chunk":
        return None
    return read_index(payload).sha256 if path == INDEX_PATH else sha256(payload).hexdigest()
