"""A node and the public HTTP API in front of the embedded chain, over real sockets, and what can go wrong with them."""

import asyncio
import base64
import contextlib
import json
from collections import Counter, deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from operator import itemgetter
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from penstock.adapters.sql.devchain import DevChain
from penstock.chain.addresses import read_address
from penstock.chain.consensus import RELAY_FEE, Refused
from penstock.chain.keys import WalletKey
from penstock.chain.transaction import is_coinbase, parse
from penstock.model.chain import COIN, Address, Network, TxId, Verdict
from tests.support.chains.blocks import ChainTables, Page

PAGE = 100


class Mishap(Enum):
    """What a server does instead of answering: hang up before it reads, hang up when it has done what was asked, or
    do what was asked and never say so.
    """

    DROP = auto()
    LOSE = auto()
    STALL = auto()


@dataclass(frozen=True, slots=True)
class Say:
    """What a server says instead of doing what was asked."""

    status: int
    body: object

    def encoded(self) -> bytes:
        """The body as it is sent: bytes as they are, anything else as JSON."""
        return self.body if isinstance(self.body, bytes) else json.dumps(self.body).encode()


@dataclass(frozen=True, slots=True)
class Received:
    """A request."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Server:
    """As much of HTTP/1.1 as these two need. The next requests meet what is in `mishaps`, one each; None is none."""

    def __init__(self, chain: DevChain) -> None:
        self.chain = chain
        self.tables = ChainTables(chain)
        self.mishaps: deque[Mishap | Say | None] = deque()
        self.port = 0
        self._talks: set[asyncio.Task[None]] = set()

    async def answer(self, asked: Received) -> Say:
        """Do what is asked."""
        raise NotImplementedError

    async def talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection until somebody hangs up."""
        talk = asyncio.current_task()
        assert talk is not None
        self._talks.add(talk)
        try:
            with contextlib.suppress(ConnectionError, asyncio.IncompleteReadError):
                while await self._exchange(reader, writer):
                    await writer.drain()
        finally:
            self._talks.discard(talk)
            writer.close()
            with contextlib.suppress(ConnectionError):
                await writer.wait_closed()

    async def close(self) -> None:
        """Hang up on everybody."""
        for talk in self._talks:
            talk.cancel()
        await asyncio.gather(*self._talks, return_exceptions=True)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        mishap = self.mishaps.popleft() if self.mishaps else None
        if mishap is Mishap.DROP:
            return False
        asked = await _asked(head, reader)
        said = mishap if isinstance(mishap, Say) else await self.answer(asked)
        if mishap is Mishap.STALL:
            await asyncio.Event().wait()
        if mishap is not Mishap.LOSE:
            body = said.encoded()
            writer.write(b"HTTP/1.1 %d Said\r\nContent-Length: %d\r\n\r\n%b" % (said.status, len(body), body))
        return mishap is not Mishap.LOSE


class NodeServer(Server):
    """JSON-RPC as a node speaks it (FACTS, *The chain*). Its user and password need escapes in a URL. A node that is
    not `indexed` hands out what waits, and what has an output that can be spent. `strict` calls the faucet's gifts
    coinbases. What is in `before` happens once, before a method is answered for the first time.
    """

    USER, PASSWORD = "us:er", "p@ss/wörd"

    def __init__(self, chain: DevChain, *, indexed: bool = True, strict: bool = False) -> None:
        super().__init__(chain)
        self._indexed = indexed
        self._strict = strict
        self.asked: Counter[str] = Counter()
        self.before: dict[str, Callable[[], Awaitable[object]]] = {}
        self._pages: dict[str, Page] = {}  # a node has the blocks that left the main chain, too

    @property
    def url(self) -> str:
        """Where it listens, with the credentials."""
        return f"http://us%3Aer:p%40ss%2Fw%C3%B6rd@127.0.0.1:{self.port}"

    async def answer(self, asked: Received) -> Say:
        credentials = base64.b64encode(f"{self.USER}:{self.PASSWORD}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {credentials}":
            return Say(401, b"")
        calls = json.loads(asked.body)
        if isinstance(calls, list):
            return Say(200, [await self._said(call) for call in calls])
        said = await self._said(calls)
        return Say(500 if said["error"] else 200, said)

    async def _said(self, call: Mapping[str, Any]) -> dict[str, Any]:
        methods: dict[str, Callable[..., Awaitable[object]]] = {
            "sendrawtransaction": self._send,
            "getrawtransaction": self._transaction,
            "gettxout": self._output,
            "getblockchaininfo": self._tip,
            "getblockhash": self._hash,
            "getblock": self._block,
            "getmempoolentry": self._entry,
            "getrawmempool": self.tables.waiting,
            "getnetworkinfo": self._network,
            "getmempoolinfo": self._mempool,
        }
        if call["method"] in self.before:
            await self.before.pop(call["method"])()
        self.asked[call["method"]] += 1
        try:
            result = await methods[call["method"]](*call["params"])
        except Refused as refused:
            error = {"code": refused.code, "message": refused.words}
            return {"result": None, "error": error, "id": call["id"]}
        return {"result": result, "error": None, "id": call["id"]}

    async def _send(self, raw: str, allow_high_fees: bool = False, dont_check_fee: bool = False) -> str:
        assert dont_check_fee is False, "that is for those who mine themselves"
        return await self.chain.submit(bytes.fromhex(raw), high_fees=allow_high_fees)

    async def _transaction(self, txid: TxId) -> str:
        raw = await self.chain.transaction(txid)
        hidden = not self._indexed and await self.tables.depth(txid) and not await self.tables.unspent(txid)
        if raw is None or hidden:
            raise Refused(-5, "No such mempool or blockchain transaction. Use gettransaction for wallet transactions.")
        return raw.hex()

    async def _output(self, txid: TxId, vout: int, include_mempool: bool = True) -> dict[str, Any] | None:
        assert include_mempool is True, "change that is unconfirmed counts"
        if vout not in await self.tables.unspent(txid):
            return None
        raw = await self.chain.transaction(txid)
        assert raw is not None
        output = parse(raw).outputs[vout]
        return {
            "confirmations": await self.tables.depth(txid),
            "value": output.value / COIN,
            "scriptPubKey": {"hex": output.script.hex()},
            "coinbase": self._strict and is_coinbase(raw),
        }

    async def _tip(self) -> dict[str, Any]:
        tip = (await self.tables.blocks())[-1]
        return {"chain": "test", "blocks": tip.height, "headers": tip.height, "bestblockhash": tip.hash}

    async def _hash(self, height: int) -> str:
        blocks = await self.tables.blocks()
        if height >= len(blocks):
            raise Refused(-8, "Block height out of range")
        hash_ = blocks[height].hash
        page = await self.tables.page(hash_)
        assert page is not None
        self._pages[hash_] = page
        return hash_

    async def _block(self, hash_: str, verbosity: int = 1) -> object:
        page = self._pages.get(hash_)
        if page is None:
            raise Refused(-5, "Block not found")
        if verbosity == 0:
            return page.raw().hex()
        txids = [txid for txid, _ in page.inside]
        told = {"tx": txids, "hash": hash_, "height": page.block.height}
        return told | ({"previousblockhash": page.before.hash} if page.block.height else {})

    async def _entry(self, txid: TxId) -> dict[str, Any]:
        if txid not in await self.tables.waiting():
            raise Refused(-5, "Transaction not in mempool")
        return {"size": 1, "fee": 0.00001, "depends": []}

    async def _network(self) -> dict[str, Any]:
        return {"relayfee": RELAY_FEE / COIN}

    async def _mempool(self) -> dict[str, Any]:
        return {"size": len(await self.tables.waiting()), "mempoolminfee": 0.0}


class ApiServer(Server):
    """The public HTTP API (FACTS, *The chain*)."""

    def __init__(self, chain: DevChain, network: Network, token: str = "", keys: Sequence[WalletKey] = ()) -> None:
        """`keys` are those of addresses whose history is told."""
        super().__init__(chain)
        self.keys = keys
        self._network = network
        self._token = token

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/api/"

    async def answer(self, asked: Received) -> Say:
        if self._token and asked.headers.get("authorization") != f"Bearer {self._token}":
            return Say(401, {"message": "Unauthorized"})
        target = urlsplit(asked.target)
        query = {name: values[0] for name, values in parse_qs(target.query).items()}
        match (asked.method, *target.path.removeprefix("/api/").split("/")):
            case ("POST", "tx", "broadcast"):
                return await self._broadcast(json.loads(asked.body)["hex"])
            case ("GET", "tx", txid, "raw"):
                raw = await self.chain.transaction(TxId(txid))
                return Say(200, {"hex": raw.hex()}) if raw is not None else NOT_FOUND
            case ("GET", "tx", txid):
                return await self._standing(TxId(txid))
            case ("GET", "address", address, "utxo"):
                return _page(await self._coins(read_address(address, self._network)), query)
            case ("GET", "address", address, "tx"):
                deeds = await self._deeds(read_address(address, self._network))
                confirmed = query.get("confirmed", "true") == "true"
                return _page([deed for deed in deeds if (deed["height"] > 0) is confirmed], query)
            case ("GET", "block", "info"):
                tip = (await self.tables.blocks())[-1]
                return Say(200, {"chain": "test", "blocks": tip.height, "bestBlockHash": tip.hash})
            case ("GET", "block", height):
                blocks = (await self.tables.blocks())[int(height) :]
                return Say(200, {"height": int(height), "blockHash": blocks[0].hash}) if blocks else NOT_FOUND
        return Say(404, b"<html>no such page</html>")

    async def _broadcast(self, raw: str) -> Say:
        try:
            return Say(201, {"txid": await self.chain.submit(bytes.fromhex(raw))})
        except Refused as refused:
            return Say(403, {"message": refused.words})

    async def _standing(self, txid: TxId) -> Say:
        survey = await self.chain.survey([txid], ())
        if txid in survey.waiting:
            return Say(200, {"txDetail": {"txid": txid, "height": -1, "confirmations": -1}, "inputs": []})
        if txid not in survey.mined:
            return NOT_FOUND
        block = survey.mined[txid]
        return Say(200, {"txDetail": {"txid": txid, "height": block.height, "blockHash": block.hash}, "inputs": []})

    async def _coins(self, address: Address) -> list[dict[str, Any]]:
        coins = (await self.chain.coins(address, ())).ripe
        heights = (await self.chain.survey([coin.txid for coin in coins], ())).mined
        return [
            {
                "flag": f"{coin.txid}_{coin.vout:09}",
                "address": address.text,
                "txid": coin.txid,
                "outIndex": coin.vout,
                "value": coin.value,
                "height": heights[coin.txid].height if coin.txid in heights else -1,
            }
            for coin in coins
        ]

    async def _deeds(self, address: Address) -> list[dict[str, Any]]:
        """What the address did, whoever signed for it: a real one tells of the last ten days."""
        public = next((key.public for key in self.keys if key.address(self._network) == address), b"nobody's")
        found = []
        async for chapter in self.chain.history(address, public, 0):
            height = chapter.block.height if chapter.block else -1
            txids = [parse(raw).txid() for raw, _ in chapter.transactions]
            found += [{"flag": f"{txid}", "txid": txid, "height": height, "time": 0} for txid in txids]
        return found


NOT_FOUND = Say(404, {"message": "Not found"})


def _page(entries: Sequence[dict[str, Any]], query: Mapping[str, str]) -> Say:
    """A page of a list, behind the flag that was the last one before."""
    behind = sorted((entry for entry in entries if entry["flag"] > query.get("flag", "")), key=itemgetter("flag"))
    return Say(200, behind[:PAGE])


def rpc_error(code: int, words: str, call: str = "penstock", status: int = 500) -> Say:
    """How a node refuses."""
    return Say(status, {"result": None, "error": {"code": code, "message": words}, "id": call})


VERDICTS = (
    (-27, "Transaction already in the mempool", Verdict.KNOWN),
    (-26, "257: txn-already-known", Verdict.KNOWN),
    (-26, "258: txn-mempool-conflict", Verdict.CONFLICT),
    (-25, "Missing inputs", Verdict.MISSING_INPUTS),
    (-26, "16: bad-txns-premature-spend-of-coinbase", Verdict.UNRIPE),
    (-26, "66: insufficient priority", Verdict.CHEAP),
    (-26, "66: mempool min fee not met", Verdict.CHEAP),
    (-26, "66: min relay fee not met", Verdict.CHEAP),
    (-26, "16: mandatory-script-verify-flag-failed (Script evaluated without error)", Verdict.REFUSED),
    (-26, "64: dust", Verdict.REFUSED),
    (-26, "64: tx-size", Verdict.REFUSED),
    (-26, "64: version", Verdict.REFUSED),
    (-26, "256: absurdly-high-fee", Verdict.REFUSED),
    (-22, "TX decode failed", Verdict.REFUSED),
)
"""A node's code and words, and what they mean: the table of FACTS, and what an operator may set in a node."""

S = TypeVar("S", bound=Server)


@asynccontextmanager
async def serving(server: S) -> AsyncIterator[S]:
    """Let a server listen on a port of its own."""
    async with await asyncio.start_server(server.talk, "127.0.0.1", 0) as listening:
        server.port = listening.sockets[0].getsockname()[1]
        try:
            yield server
        finally:
            await server.close()


async def _asked(head: bytes, reader: asyncio.StreamReader) -> Received:
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Received(method, target, headers, body)
