"""A node and the public HTTP API in front of the embedded chain, over real sockets, and what can go wrong with them."""

import asyncio
import base64
import contextlib
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any, TypeVar
from urllib.parse import parse_qs, urlsplit

from penstock.adapters.sql.devchain import DevChain
from penstock.model.chain import Address, Coin, Network, TxId, Verdict
from penstock.publishing.addresses import read_address
from penstock.publishing.consensus import Refused
from penstock.publishing.transaction import parse

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
class Asked:
    """A request."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes


class Server:
    """As much of HTTP/1.1 as these two need. The next requests meet what is in `mishaps`, one each; None is none."""

    def __init__(self, chain: DevChain) -> None:
        self.chain = chain
        self.mishaps: deque[Mishap | Say | None] = deque()
        self.port = 0
        self._talks: set[asyncio.Task[None]] = set()

    async def answer(self, asked: Asked) -> Say:
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
    """JSON-RPC as a node speaks it (FACTS, *The chain*). Its user and password need escapes in a URL."""

    USER, PASSWORD = "us:er", "p@ss/wörd"

    @property
    def url(self) -> str:
        """Where it listens, with the credentials."""
        return f"http://us%3Aer:p%40ss%2Fw%C3%B6rd@127.0.0.1:{self.port}"

    async def answer(self, asked: Asked) -> Say:
        credentials = base64.b64encode(f"{self.USER}:{self.PASSWORD}".encode()).decode()
        if asked.headers.get("authorization") != f"Basic {credentials}":
            return Say(401, b"")
        call = json.loads(asked.body)
        methods: dict[str, Callable[..., Awaitable[object]]] = {
            "sendrawtransaction": self._send,
            "getrawtransaction": self._transaction,
            "gettxout": self._output,
        }
        try:
            result = await methods[call["method"]](*call["params"])
        except Refused as refused:
            return rpc_error(refused.code, refused.words, call["id"])
        return Say(200, {"result": result, "error": None, "id": call["id"]})

    async def _send(self, raw: str, allow_high_fees: bool = False, dont_check_fee: bool = False) -> str:
        assert dont_check_fee is False, "that is for those who mine themselves"
        return await self.chain.submit(bytes.fromhex(raw), high_fees=allow_high_fees)

    async def _transaction(self, txid: str) -> str:
        raw = await self.chain.transaction(TxId(txid))
        if raw is None:
            raise Refused(-5, "No such mempool or blockchain transaction. Use gettransaction for wallet transactions.")
        return raw.hex()

    async def _output(self, txid: str, vout: int, include_mempool: bool = True) -> dict[str, Any] | None:
        assert include_mempool is True, "change that is unconfirmed counts"
        raw = await self.chain.transaction(TxId(txid))
        outputs = parse(raw).outputs if raw is not None else ()
        if vout >= len(outputs):
            return None
        output = outputs[vout]
        unspent = await self.chain.coins(Address("", output.script), ())
        if Coin(TxId(txid), vout, output.value) not in unspent:
            return None
        return {"value": output.value / 100_000_000, "scriptPubKey": {"hex": output.script.hex()}}


class ApiServer(Server):
    """The public HTTP API (FACTS, *The chain*)."""

    def __init__(self, chain: DevChain, network: Network, token: str = "") -> None:
        super().__init__(chain)
        self._network = network
        self._token = token

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}/api/"

    async def answer(self, asked: Asked) -> Say:
        if self._token and asked.headers.get("authorization") != f"Bearer {self._token}":
            return Say(401, {"message": "Unauthorized"})
        target = urlsplit(asked.target)
        match (asked.method, *target.path.removeprefix("/api/").split("/")):
            case ("POST", "tx", "broadcast"):
                return await self._broadcast(json.loads(asked.body)["hex"])
            case ("GET", "tx", txid, "raw"):
                raw = await self.chain.transaction(TxId(txid))
                return Say(200, {"hex": raw.hex()}) if raw is not None else Say(404, {"message": "Not found"})
            case ("GET", "address", address, "utxo"):
                after = parse_qs(target.query).get("flag", [""])[0]
                return await self._coins(read_address(address, self._network), after)
        return Say(404, b"<html>no such page</html>")

    async def _broadcast(self, raw: str) -> Say:
        try:
            return Say(201, {"txid": await self.chain.submit(bytes.fromhex(raw))})
        except Refused as refused:
            return Say(403, {"message": refused.words})

    async def _coins(self, address: Address, after: str) -> Say:
        entries = [
            {
                "flag": f"{coin.txid}_{coin.vout:09}",
                "address": address.text,
                "txid": coin.txid,
                "outIndex": coin.vout,
                "value": coin.value,
                "height": -1,
            }
            for coin in sorted(await self.chain.coins(address, ()), key=lambda coin: (coin.txid, coin.vout))
        ]
        return Say(200, [entry for entry in entries if str(entry["flag"]) > after][:PAGE])


def rpc_error(code: int, words: str, call: str = "penstock", status: int = 500) -> Say:
    """How a node refuses."""
    return Say(status, {"result": None, "error": {"code": code, "message": words}, "id": call})


VERDICTS = (
    (-27, "Transaction already in the mempool", Verdict.KNOWN),
    (-26, "257: txn-already-known", Verdict.KNOWN),
    (-26, "258: txn-mempool-conflict", Verdict.REFUSED),
    (-25, "Missing inputs", Verdict.MISSING_INPUTS),
    (-26, "66: insufficient priority", Verdict.REFUSED),
    (-26, "16: mandatory-script-verify-flag-failed (Script evaluated without error)", Verdict.REFUSED),
    (-26, "64: dust", Verdict.REFUSED),
    (-26, "64: tx-size", Verdict.REFUSED),
    (-26, "64: version", Verdict.REFUSED),
    (-26, "256: absurdly-high-fee", Verdict.REFUSED),
    (-22, "TX decode failed", Verdict.REFUSED),
)
"""The table of FACTS: a node's code and words, and what they mean."""

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


async def _asked(head: bytes, reader: asyncio.StreamReader) -> Asked:
    first, *lines = head.decode("latin-1").rstrip().split("\r\n")
    method, target, _ = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method, target, headers, body)
