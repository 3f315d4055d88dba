"""The watch: successful publications are watched until they are buried, and offered again when the chain forgets them.

Laws kept here:
- No transaction is called unknown while blocks are unread.
- Parents are offered before children, with growing pauses for those that stay unknown.
- A success is revoked for one reason alone: another transaction has spent one of its inputs and is buried itself.
"""

import asyncio
import math
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import groupby

import structlog

from penstock.chain.transaction import parse
from penstock.model.chain import Block, Coin, TxId, Verdict
from penstock.model.faults import Fault, StorageFailed
from penstock.model.publication import Planned, Publication, PublicationId, Role
from penstock.ports import START, PublicationRepository, WalletLocked, Watched, WatchRepository
from penstock.publishing.plans import PlanBroken
from penstock.publishing.sight import Sight, View
from penstock.publishing.stages import Hopeless, Stages

TICK = 5.0
"""How often, in seconds, the chain is polled for a new block."""

INHERITED = "It spends the change of a publication that failed. "
"""The prefix of the reason of a failure that follows from another."""

DAYS = 7
"""How far back, in days, the spender of a missing input is searched."""

COUNTED = 1000
"""How many coins, at most, are compared with the chain at each new block."""

LEASE = 3
"""After this many ticks without a sign of the watch another process takes its place."""

_log = structlog.get_logger(__name__)


async def _ignore(publication: Publication, reason: str) -> None:
    """Report to nobody."""


@dataclass(slots=True)
class Watch:
    """Watches publications that the chain may still forget. One process at a time does so; any may take over."""

    repository: WatchRepository
    publications: PublicationRepository
    stages: Stages
    sight: Sight
    process: str
    interval: float
    """The longest pause between two looks, in seconds."""

    on_offered_again: Callable[[], object] = lambda: None
    """Called for each transaction."""

    on_overturned: Callable[[Publication, str], Awaitable[None]] = _ignore
    """Called with the reason of a failure after success."""

    _tip: Block | None = None
    _gone: frozenset[Coin] = frozenset()

    async def run(self) -> None:
        """Watch until cancelled."""
        looked = -math.inf
        while True:
            try:
                now = asyncio.get_running_loop().time()
                if await self._leads() and (now - looked >= self.interval or await self.sight.chain.tip() != self._tip):
                    looked = now
                    async with self._leading():
                        await self.round()
            except (Fault, WalletLocked) as fault:
                _log.warning("watch_failed", fault=repr(fault))
            except Exception:
                _log.exception("watch_failed")  # a defect must not end the background work
            await asyncio.sleep(self._tick)

    @property
    def _tick(self) -> float:
        return min(TICK, self.interval)

    async def _leads(self) -> bool:
        return await self.repository.lead(self.sight.network, self.process, LEASE * self._tick)

    @asynccontextmanager
    async def _leading(self) -> AsyncIterator[None]:
        """Keep the lead while a look takes long."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(self._tick)
                with suppress(Fault):  # the next renewal may succeed
                    await self._leads()

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait({renewing})  # awaiting it would mistake our cancellation for its own

    async def round(self) -> None:
        """Survey once, and act on it. Raises `ChainUnavailable`."""
        view = await self.sight.look()
        while view.behind:
            view = await self.sight.look()
        before, self._tip = self._tip, view.survey.tip
        for publication, entries in groupby(view.watched, key=lambda watched: watched.publication):
            await self._look_after(publication, list(entries), view)
        if before != self._tip:
            await self.stages.wallet.ripen()
            await self._count(view)

    async def _count(self, view: View) -> None:
        """Warn of coins that are free on record and spent on the chain: the database is older than the chain."""
        free = [coin for coin in await self.stages.wallet.free() if coin.txid not in view.forgotten][:COUNTED]
        gone = frozenset(free).difference(await self.stages.wallet.unspent(free)) if free else frozenset()
        if gone - self._gone:
            _log.warning("coins_spent_elsewhere", coins=len(gone), what_to_do="penstock wallet rescan")
        self._gone = gone

    async def _look_after(self, publication: PublicationId, watched: list[Watched], view: View) -> None:
        lost = [entry for entry in watched if entry.accepted and not view.stands(entry)]
        if watched[0].failed:
            return
        if not lost:
            if watched[0].offers or watched[0].doubted:
                await self.repository.seen(publication)
        elif watched[0].due:
            await self._offer_again(publication, lost, view)
            await self.repository.offered_again(publication, self.interval)

    async def _offer_again(self, name: PublicationId, lost: Iterable[Watched], view: View) -> None:
        publication = await self.publications.publication(name)
        if publication is None:
            return
        plan = {planned.txid: planned for planned, _ in await self.publications.plan(name)}
        for watched in lost:
            planned = plan.get(watched.txid)
            if planned is None:
                return  # another process has replanned
            verdict = await self._resent(publication, planned)
            if verdict is Verdict.MISSING_INPUTS and await self._is_spent_elsewhere(planned, view):
                await self._doubt(publication, planned, watched.offers, view)
            if verdict not in {Verdict.ACCEPTED, Verdict.KNOWN}:
                return

    async def _resent(self, publication: Publication, planned: Planned) -> Verdict:
        try:
            answer = await self.stages.offer(publication, planned)
        except (Hopeless, PlanBroken, StorageFailed) as gone:
            _log.error("cannot_be_offered_again", publication=publication.id, txid=planned.txid, reason=str(gone))
            return Verdict.UNKNOWN
        _log.warning("offered_again", publication=publication.id, txid=planned.txid, answer=answer.verdict.name)
        self.on_offered_again()
        return answer.verdict

    # --- what somebody else has spent --------------------------------------------------------------------------------

    async def _is_spent_elsewhere(self, planned: Planned, view: View) -> bool:
        """Whether an input is spent although the transaction that created it stands; forgotten transactions of the
        wallet do not count.
        """
        inputs = [entry for entry in parse(planned.frame).inputs if entry.txid not in view.forgotten]
        there = await self.stages.wallet.there([(entry.txid, entry.vout) for entry in inputs])
        return len(there) < len(inputs)

    async def _doubt(self, publication: Publication, planned: Planned, offers: int, view: View) -> None:
        """Search for the transaction that spent its input, further back each time, and wait until that is buried."""
        tip = view.survey.tip.height
        since = await self.repository.doubt(publication.id, tip)
        for spender, block in await self._spenders(planned, max(0, since - START * min(offers + 1, DAYS))):
            if tip - block.height + 1 >= self.sight.deep:
                reason = f"An input of {planned.role} {planned.txid} is spent by another transaction, {spender}"
                await self._overturn(publication, f"{reason}, which is buried", view)
                return

    async def _spenders(self, planned: Planned, start: int) -> list[tuple[TxId, Block]]:
        """The transactions that spend an input of this one, with their blocks. Only the wallet's key can sign them."""
        wallet, mined = self.stages.wallet, []
        key, wanted = await wallet.key(), _inputs(planned)
        async for chapter in self.sight.chain.history(key.address(wallet.network), key.public, start):
            for transaction in (parse(raw) for raw, _ in chapter.transactions):
                spends = any((entry.txid, entry.vout) in wanted for entry in transaction.inputs)
                if spends and chapter.block is not None and (txid := transaction.txid()) != planned.txid:
                    mined.append((txid, chapter.block))
        return mined

    async def _overturn(self, publication: Publication, reason: str, view: View) -> None:
        """Fail every publication that depends on a lost transaction, then this one."""
        keep = view.standing(publication.id)
        keep -= {entry.txid for entry in view.of(publication.id) if entry.role is Role.INDEX}  # it names what is lost
        dropped = {entry.txid for entry in view.of(publication.id)} - keep
        for name in await self._heirs(publication, dropped, view):
            heir = await self.publications.publication(name)
            if heir is not None and heir.failed_at is None:
                await self._overturn(heir, f"{INHERITED}{reason.removeprefix(INHERITED)}", view)
        _log.error("publication_overturned", publication=publication.id, reason=reason)
        freed = await self.repository.overturn(publication.id, reason, keep)
        await self.stages.strike_out(freed)
        await self.on_overturned(publication, reason)

    async def _heirs(self, publication: Publication, dropped: set[TxId], view: View) -> list[PublicationId]:
        """The publications whose transactions spend outputs of these."""
        names = {entry.publication for entry in view.watched if not view.stands(entry)} - {publication.id}
        plans = {name: await self.publications.plan(name) for name in names}
        return [
            name
            for name, plan in plans.items()
            if any(txid in dropped for planned, _ in plan for txid, _ in _inputs(planned))
        ]


def _inputs(planned: Planned) -> set[tuple[TxId, int]]:
    return {(entry.txid, entry.vout) for entry in parse(planned.frame).inputs}
