"""A server that publishes, without its HTTP: real disk, real SQLite, the embedded chain, and ports that can fail.

Chunks have 1,000 bytes here. Several servers on one folder, one after the other, stand for processes that died.
"""

import asyncio
from collections import Counter, deque
from collections.abc import AsyncIterator, Collection, Sequence
from dataclasses import dataclass
from enum import Enum, auto
from pathlib import Path
from typing import Any

from penstock.adapters.sql.coins import SqlCoins
from penstock.adapters.sql.devchain import GIFT, DevChain
from penstock.adapters.sql.publications import SqlPublications
from penstock.adapters.sql.watches import SqlWatches
from penstock.chain.pins import NotAPin, Pin, pin_of
from penstock.chain.transaction import Input, Output, Transaction, parse
from penstock.model.chain import Address, Answer, Block, Coin, Holdings, Network, Survey, TxId, Verdict
from penstock.model.faults import ChainUnavailable
from penstock.model.publication import Method, Operation, Order, Publication, PublicationId
from penstock.ports import Budgets, Chapter
from penstock.publishing.plans import DUST, INDEX_PATH
from penstock.publishing.publisher import Publisher
from penstock.publishing.rebuilding import Rebuilder
from penstock.publishing.runner import LEASE, Runner
from penstock.publishing.sight import Sight
from penstock.publishing.stages import Stages
from penstock.publishing.wallet import Wallet
from penstock.publishing.watch import Watch
from tests.ports.records import Clock
from tests.support.bytes import noise
from tests.support.doubles import CrashPlan
from tests.support.engine import ALICE, EngineServer, open_engine_server

CHUNK = 1000
USER = "1Q1pE5vPGEEMqRcVRMbtBK842Y6Pzo6nK9"


DEEP = 6
INTERVAL = 30.0


class Mood(Enum):
    """How the chain takes the next transaction."""

    WELL = auto()
    AWAY = auto()
    """It cannot be reached."""
    MUTE = auto()
    """It takes the transaction, and the answer is lost."""
    STERN = auto()
    """It refuses the transaction, for a reason of its own."""
    DEAF = auto()
    """The transaction is lost on the way, and nobody knows."""


class MoodyChain:
    """The embedded chain behind a bad line."""

    def __init__(self, chain: DevChain) -> None:
        self._chain = chain
        self.moods: deque[Mood] = deque()
        self.offered: Counter[TxId] = Counter()
        self.surveyed: list[int] = []

    async def offer(self, raw: bytes) -> Answer:
        """As the chain does, if the line lets it."""
        mood = self.moods.popleft() if self.moods else Mood.WELL
        self.offered[parse(raw).txid()] += 1
        match mood:
            case Mood.AWAY:
                return Answer(Verdict.NOT_SENT, "nobody is there")
            case Mood.DEAF:
                return Answer(Verdict.UNKNOWN, "no answer")
            case Mood.STERN:
                return Answer(Verdict.CHEAP, "66: mempool min fee not met")
            case Mood.MUTE:
                await self._chain.offer(raw)
                return Answer(Verdict.UNKNOWN, "no answer")
            case Mood.WELL:
                return await self._chain.offer(raw)

    async def transaction(self, txid: TxId) -> bytes | None:
        """As the chain does, if the line lets it."""
        if self.moods and self.moods[0] is Mood.AWAY:
            raise ChainUnavailable("nobody is there")
        return await self._chain.transaction(txid)

    async def tip(self) -> Block:
        """As the chain does."""
        return await self._chain.tip()

    async def survey(self, txids: Collection[TxId], trail: Sequence[Block]) -> Survey:
        """As the chain does, if the line lets it."""
        if self.moods and self.moods[0] is Mood.AWAY:
            raise ChainUnavailable("nobody is there")
        self.surveyed.append(len(txids))
        return await self._chain.survey(txids, trail)

    async def coins(self, address: Address, known: Sequence[Coin]) -> Holdings:
        """As the chain does."""
        return await self._chain.coins(address, known)

    def history(self, address: Address, public: bytes, start: int) -> AsyncIterator[Chapter]:
        """As the chain does."""
        return self._chain.history(address, public, start)

    async def least_fee(self) -> float | None:
        """As the chain does."""
        return await self._chain.least_fee()

    async def close(self) -> None:
        """Nothing is held."""


@dataclass
class PublishingServer:
    """One process that publishes."""

    base: EngineServer
    chain: MoodyChain
    devchain: DevChain
    repository: SqlPublications
    publisher: Publisher
    runner: Runner
    wallet: Wallet
    watch: Watch

    async def order(
        self,
        content: bytes,
        *,
        method: Method = Method.CHUNKED,
        name: str = "a.bin",
        operation: Operation = Operation.CREATE,
        client: str = "me",
        fee_rate: int = 1,
    ) -> Order:
        """An order for these bytes, which are stored first."""
        file = await self.base.store(content, name=name, needs_md5=False)
        path = INDEX_PATH if method is Method.CHUNKED else "/file"
        return Order(
            owner=ALICE.id,
            client=client,
            network=Network.EMBEDDED_MAINNET,
            address=USER,
            operation=operation,
            path=path,
            content_type="application/octet-stream;binary",
            name=name,
            fee_rate=fee_rate,
            method=method,
            blob=file.blob.sha256,
            size=len(content),
            file=file.id,
        )

    async def fund(self) -> None:
        """100 coins for the wallet, known to it."""
        await self.devchain.fund(await self.wallet.address())
        await self.wallet.refresh()

    async def work(self) -> None:
        """Do what is due, once."""
        await self.runner.take_up()
        await self.runner.finish()

    async def work_out(self, rounds: int = 40) -> None:
        """Do everything there is to do, as time passes."""
        for _ in range(rounds):
            await self.work()
            self.base.clock.advance(61.0)

    async def publication(self, publication: PublicationId) -> Publication:
        """How it stands."""
        found = await self.repository.publication(publication)
        assert found is not None
        return found

    async def on_chain(self) -> list[tuple[TxId, Pin]]:
        """Every PIN on the chain."""
        found = []
        for row in await self.base.database.scan("SELECT txid, raw FROM chain_transactions"):
            try:
                found.append((TxId(row["txid"]), pin_of(parse(row["raw"]))))
            except NotAPin:
                continue
        return found

    async def count(self) -> Counter[str]:
        """How many PINs of each path are on the chain."""
        return Counter(pin.path for _, pin in await self.on_chain())

    async def check_books(self, given: int) -> None:
        """The wallet's coins are those of the chain, and what is gone was paid for publications, to the satoshi."""
        balance = await self.wallet.balance()
        there = (await self.devchain.coins(await self.wallet.address(), ())).ripe
        assert sum(coin.value for coin in there if coin.value >= DUST) == balance.free
        assert (balance.held, balance.pending) == (0, 0)
        costs = await self.base.database.scan("SELECT cost FROM publications WHERE offered_at IS NOT NULL")
        assert given * GIFT - balance.free == sum(row["cost"] for row in costs)

    async def content(self, pin: str) -> bytes:
        """A file out of the chain."""
        content = await Rebuilder(self.devchain).open(pin)
        return b"".join([piece async for piece in content.pieces])

    async def forget(self, *txids: TxId) -> None:
        """Let the chain forget transactions that are in no block, as a node does whose mempool is lost."""
        await self.devchain.forget(*txids)

    async def close(self) -> None:
        """End the process; what was under way stays as it is."""
        await self.publisher.close()
        await self.base.close()


def open_publishing_server(
    path: Path, clock: Clock | None = None, *, plan: CrashPlan | None = None, budgets: Budgets | None = None
) -> PublishingServer:
    """Open a server. With a `plan` the calls of its ports go through there."""
    base = open_engine_server(path, clock)
    devchain, vault = base.container.publishing.devchain, base.container.publishing.vault
    assert devchain is not None
    moody, repository = MoodyChain(devchain), SqlPublications(base.database)

    def seen(name: str, port: Any) -> Any:
        return plan.wrap(name, port) if plan is not None else port

    chain, watched = seen("chain", moody), seen("repository", repository)
    wallet = Wallet(vault, SqlCoins(base.database), chain, Network.EMBEDDED_MAINNET)
    watches = seen("watches", SqlWatches(base.database))
    sight = Sight(watches, chain, wallet.network, DEEP)
    stages = Stages(
        watched, wallet, chain, base.files, base.blobs, budgets or Budgets(), asyncio.Lock(), sight, looks=(0, 0, 0)
    )
    watch = Watch(watches, watched, stages, sight, "process", INTERVAL)
    runner = Runner(watched, stages, "process", 4)
    return PublishingServer(
        base, moody, devchain, repository, Publisher(watched, stages, runner), runner, wallet, watch
    )


def died(clock: Clock) -> None:
    """The leases of a dead process run out."""
    clock.advance(LEASE + 1)


def content_of(chunks: float, seed: int = 0) -> bytes:
    """The bytes of a file of so many chunks."""
    return noise(int(chunks * CHUNK), seed)


async def spend_of(wallet: Wallet, txid: TxId, vout: int, value: int) -> bytes:
    """What somebody with the wallet's key sends who spends a coin."""
    key = await wallet.key()
    lock = key.address(wallet.network).script
    unsigned = Transaction((Input(txid, vout),), (Output(max(1, value - 500), lock),))
    return key.sign(unsigned, [Output(value, lock)]).serialised()
