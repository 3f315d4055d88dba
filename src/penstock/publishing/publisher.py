"""Publishing, as dialects use it."""

import asyncio

from penstock.model.chain import TxId
from penstock.model.faults import BroadcastFailed, Fault, PublicationUnknown
from penstock.model.ids import FileId, new_id
from penstock.model.listing import Mark
from penstock.model.principal import Principal
from penstock.model.publication import (
    Estimate,
    Method,
    Order,
    Phase,
    Publication,
    PublicationId,
    Role,
    Standing,
)
from penstock.ports import Budgets, LeaseLost, PublicationRepository, WalletLocked
from penstock.publishing.estimates import estimated
from penstock.publishing.runner import LEASE, Runner
from penstock.publishing.stages import ChangeUnderWay, Hopeless, Stages, Waiting, reason_of
from penstock.publishing.wallet import Wallet

PATIENCE = 20.0
"""How long, in seconds, a direct upload waits for pending change or for an equal upload before it."""

LOOK = 0.05
"""The polling interval of that wait, in seconds."""

ABREAST = 4
"""How many direct uploads are built at once: each holds its transaction in memory."""


class Publisher:
    """Publishes files, at once or in the background."""

    def __init__(self, repository: PublicationRepository, stages: Stages, runner: Runner) -> None:
        self._repository = repository
        self._stages = stages
        self._runner = runner
        self._direct: set[asyncio.Task[Publication]] = set()
        self._slots = asyncio.Semaphore(ABREAST)

    @property
    def budgets(self) -> Budgets:
        """The daily budgets."""
        return self._stages.budgets

    @property
    def wallet(self) -> Wallet:
        """The wallet that pays."""
        return self._stages.wallet

    async def publish(self, order: Order) -> Publication:
        """Publish a file in one transaction; return once the chain has it. It continues when the caller goes away.

        Raises `FundsMissing`, `BroadcastFailed` (also for a locked wallet, and for who joins an equal order that takes
        long), `RateLimited` when a budget is spent, and the store's faults. Nothing was spent then, except that after
        an answer that was lost the background finds out and goes on; the same order joins it.
        """
        task = asyncio.create_task(self._publish(order, f"direct-{new_id()}"))
        self._direct.add(task)
        task.add_done_callback(self._direct.discard)
        return await asyncio.shield(task)

    async def submit(self, order: Order) -> Publication:
        """Record a publication for the background, or return the equal one on record."""
        publication, _ = await self._repository.add(order, None, LEASE)
        self._runner.ring()
        return publication

    async def find(self, principal: Principal, publication: PublicationId) -> Publication:
        """The caller's publication in chunks. Raises `PublicationUnknown`."""
        found = await self.own(principal, publication)
        if found.order.method is not Method.CHUNKED:
            raise PublicationUnknown
        return found

    async def own(self, principal: Principal, publication: PublicationId) -> Publication:
        """The caller's publication, by whatever method. Raises `PublicationUnknown`."""
        found = await self._repository.publication(publication)
        if found is None or found.order.owner != principal.id:
            raise PublicationUnknown
        return found

    async def listed(
        self, principal: Principal, phase: Phase | None, after: Mark | None, count: int
    ) -> tuple[list[Publication], Mark | None]:
        """The caller's publications, newest first, and where the list goes on."""
        return await self._repository.own(principal.id, self.wallet.network, phase, after, count)

    async def standing(self, publication: Publication) -> list[Standing]:
        """Its transactions, in the order in which they are offered, as they stand."""
        return await self._repository.standing(publication.id)

    async def height(self) -> int | None:
        """The height of the chain when it was last looked at; None before."""
        sight = self._stages.sight
        trail = await sight.repository.trail(sight.network)
        return trail[0].height if trail else None

    async def estimate(self, order: Order) -> Estimate:
        """What publishing this in chunks would cost now. What the wallet was paid meanwhile is found when it is needed;
        nothing is held.
        """
        estimate = await asyncio.to_thread(estimated, order, await self.wallet.free())
        if estimate.funded or not await self.wallet.look():
            return estimate
        return await asyncio.to_thread(estimated, order, await self.wallet.free())

    async def page(self, principal: Principal, address: str, start: int, count: int) -> list[Publication]:
        """The caller's tasks for an address, newest first."""
        return await self._repository.page(principal.id, self.wallet.network, address, start, count)

    async def retry(self, publication: Publication, fee_rate: int | None = None) -> Publication:
        """Resume a failed publication where it stopped; at another fee rate, if given and there is something to plan.
        Raises `PublicationUnknown`.
        """
        await self._repository.retry(publication.id, fee_rate)
        self._runner.ring()
        now = await self._repository.publication(publication.id)
        if now is None:
            raise PublicationUnknown
        return now

    async def least_fee(self) -> int | None:
        """The least fee rate that the chain takes, in satoshi per byte, if it says so."""
        return await self._stages.least_fee()

    async def refile(self, publication: Publication, file: FileId) -> None:
        """Point the publication to another record of its file."""
        await self._repository.refile(publication.id, file)

    async def chunks(self, publication: Publication) -> list[TxId]:
        """The ids of its chunks' transactions, in the order of the file."""
        chunks = [planned for planned, _ in await self._repository.plan(publication.id, Role.CHUNK)]
        return [chunk.txid for chunk in sorted(chunks, key=lambda chunk: chunk.start)]

    async def close(self) -> None:
        """Stop; others resume the publications under way."""
        for task in self._direct:
            task.cancel()
        await asyncio.gather(*self._direct, return_exceptions=True)
        await self._runner.close()

    async def _publish(self, order: Order, worker: str) -> Publication:
        publication, new = await self._repository.add(order, worker, LEASE)
        if not publication.live:
            return publication
        if not new:
            return await self._joined(publication.id)
        async with self._runner.leased(publication.id, worker):
            return await self._complete(publication, worker)

    async def _complete(self, publication: Publication, worker: str) -> Publication:
        deadline = _now() + PATIENCE
        while True:
            try:
                async with self._slots:
                    return await self._stages.complete(publication, worker)
            except LeaseLost:
                return await self._joined(publication.id)
            except ChangeUnderWay as waiting:
                if _now() > deadline:
                    return await self._ended(publication.id, waiting, worker)
                await asyncio.sleep(LOOK)
            except (Hopeless, Waiting, WalletLocked, Fault) as obstacle:
                return await self._ended(publication.id, obstacle, worker)

    async def _ended(self, publication: PublicationId, obstacle: Exception, worker: str) -> Publication:
        """Raise the caller's fault, unless another worker has taken over and succeeds."""
        try:
            pending = await self._let_go(publication, obstacle, worker)
        except LeaseLost:
            return await self._joined(publication)
        if isinstance(obstacle, Fault) and not pending:
            raise obstacle
        raise BroadcastFailed(reason_of(obstacle), pending) from obstacle

    async def _let_go(self, publication: PublicationId, obstacle: Exception, worker: str) -> bool:
        """Give up what was never sent or is hopeless; leave what may have arrived to the background, and return
        true.
        """
        now = await self._repository.publication(publication)
        pending = now is not None and now.offered and not isinstance(obstacle, Hopeless)
        if pending:
            await self._repository.postpone(publication, LOOK, reason_of(obstacle), worker)
            self._runner.ring()
        else:
            keep = obstacle.keep if isinstance(obstacle, Hopeless) else ()
            await self._stages.give_up(publication, reason_of(obstacle), worker, keep=keep)
        return pending

    async def _joined(self, publication: PublicationId) -> Publication:
        """Wait for the worker that has the lease."""
        deadline = _now() + PATIENCE
        while (current := await self._repository.publication(publication)) is not None and current.live:
            if _now() > deadline:
                raise BroadcastFailed("the same file is still under way; ask again")
            await asyncio.sleep(LOOK)
        if current is None or current.failed_at is not None:
            raise BroadcastFailed(current.message if current is not None else "it failed")
        return current


def _now() -> float:
    return asyncio.get_running_loop().time()
