"""What was answered with success is watched until it is buried, and offered again whenever the chain has forgotten it.

Laws kept here:
- Nothing is called unknown while there are blocks that were not read.
- Parents are offered before children, and what has not come back is left alone for longer and longer.
- A success is taken back for one reason alone: something else has spent what it spends, and that is buried itself.
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
"""How often, in seconds, it is asked whether there is a new block."""

INHERITED = "It spends the change of a publication that failed. "
"""How the reason begins of a failure that another one brings with it."""

DAYS = 7
"""How far back, in days, it is looked for what has spent an input that is missed."""

COUNTED = 1000
"""How many coins, at most, are held against the chain with each new block."""

LEASE = 3
"""For so many ticks a watch may be silent before another process takes its place."""

_log = structlog.get_logger(__name__)


async def _untold(publication: Publication, reason: str) -> None:
    """Nobody asked."""


@dataclass(slots=True)
class Watch:
    """Looks after what may still be forgotten. One process of all that run does; any may take its place."""

    repository: WatchRepository
    publications: PublicationRepository
    stages: Stages
    sight: Sight
    process: str
    interval: float
    """How often it looks at least, in seconds."""

    on_offered_again: Callable[[], object] = lambda: None
    """For each transaction."""

    on_overturned: Callable[[Publication, str], Awaitable[None]] = _untold
    """With the reason why it failed after all."""

    _tip: Block | None = None
    _gone: frozenset[Coin] = frozenset()

    async def run(self) -> None:
        """Watch, for ever."""
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
                _log.exception("watch_failed")  # a defect must not end the background for good
            await asyncio.sleep(self._tick)

    @property
    def _tick(self) -> float:
        return min(TICK, self.interval)

    async def _leads(self) -> bool:
        return await self.repository.lead(self.sight.network, self.process, LEASE * self._tick)

    @asynccontextmanager
    async def _leading(self) -> AsyncIterator[None]:
        """Keep the place, however long there is something to do."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(self._tick)
                with suppress(Fault):  # the next time may go better
                    await self._leads()

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait({renewing})  # to await it would take a cancellation of ours for its own

    async def round(self) -> None:
        """Look once, and do what there is to do. Raises `ChainUnavailable`."""
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
        """Tell of coins that are free on record and spent on the chain: the books are older than it."""
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
                return  # another process has planned anew
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
        """Whether an input is not there to be spent although what made it is: of the wallet's own transactions those
        that are forgotten themselves make nothing.
        """
        inputs = [entry for entry in parse(planned.frame).inputs if entry.txid not in view.forgotten]
        there = await self.stages.wallet.there([(entry.txid, entry.vout) for entry in inputs])
        return len(there) < len(inputs)

    async def _doubt(self, publication: Publication, planned: Planned, offers: int, view: View) -> None:
        """Look for what has taken its place, each time further back, and wait until that is buried."""
        tip = view.survey.tip.height
        since = await self.repository.doubt(publication.id, tip)
        for spender, block in await self._spenders(planned, max(0, since - START * min(offers + 1, DAYS))):
            if tip - block.height + 1 >= self.sight.deep:
                reason = f"An input of {planned.role} {planned.txid} is spent by another transaction, {spender}"
                await self._overturn(publication, f"{reason}, which is buried", view)
                return

    async def _spenders(self, planned: Planned, start: int) -> list[tuple[TxId, Block]]:
        """What has spent an input of this transaction, and the block that it is in. Only the wallet's key can."""
        wallet, mined = self.stages.wallet, []
        key, wanted = await wallet.key(), _inputs(planned)
        async for chapter in self.sight.chain.history(key.address(wallet.network), key.public, start):
            for transaction in (parse(raw) for raw, _ in chapter.transactions):
                spends = any((entry.txid, entry.vout) in wanted for entry in transaction.inputs)
                if spends and chapter.block is not None and (txid := transaction.txid()) != planned.txid:
                    mined.append((txid, chapter.block))
        return mined

    async def _overturn(self, publication: Publication, reason: str, view: View) -> None:
        """First whatever spends what will never be there."""
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
        """Whose transactions spend what these would have made."""
        names = {entry.publication for entry in view.watched if not view.stands(entry)} - {publication.id}
        plans = {name: await self.publications.plan(name) for name in names}
        return [
            name
            for name, plan in plans.items()
            if any(txid in dropped for planned, _ in plan for txid, _ in _inputs(planned))
        ]


def _inputs(planned: Planned) -> set[tuple[TxId, int]]:
    return {(entry.txid, entry.vout) for entry in parse(planned.frame).inputs}
