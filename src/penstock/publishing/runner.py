"""The background worker of publications: leased, a bounded number in parallel, resumed after any worker's death."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager, suppress

import structlog

from penstock.model.chain import TxId
from penstock.model.faults import BroadcastFailed, Fault, FundsMissing, RateLimited
from penstock.model.ids import new_id
from penstock.model.publication import Publication, PublicationId
from penstock.ports import LeaseLost, PublicationRepository, WalletLocked
from penstock.publishing.stages import Hopeless, Stages, Waiting, reason_of

LEASE = 5.0
"""The lease of a worker, in seconds: another takes over when it is not renewed."""

IDLE = 1.0
"""How often, in seconds, an idle worker looks for abandoned publications."""

BACK_OFF = (0.5, 60.0)
"""The first and the longest pause, in seconds, before a step is retried; each pause doubles."""

_log = structlog.get_logger(__name__)


class Runner:
    """Completes publications, as one worker."""

    def __init__(self, repository: PublicationRepository, stages: Stages, process: str, abreast: int) -> None:
        """`process` is its name in the records; `abreast` bounds how many are under way at once."""
        self._repository = repository
        self._stages = stages
        self._process = process
        self._slots = asyncio.Semaphore(abreast)
        self._bell = asyncio.Event()
        self._running: set[asyncio.Task[None]] = set()

    def ring(self) -> None:
        """Wake the worker: a publication is due."""
        self._bell.set()

    async def run(self) -> None:
        """Start publications as they become due, until cancelled."""
        while True:
            self._bell.clear()
            try:
                await self.take_up()
            except Fault as fault:
                _log.warning("publishing_failed", fault=repr(fault))
            except Exception:
                _log.exception("publishing_failed")  # a defect must not end the background work
            with suppress(TimeoutError):
                async with asyncio.timeout(IDLE):
                    await self._bell.wait()

    async def take_up(self) -> None:
        """Start every due publication as slots become free."""
        while True:
            await self._slots.acquire()
            try:
                worker = f"{self._process}-{new_id()}"
                publication = await self._repository.claim(self._stages.wallet.network, worker, LEASE)
            except BaseException:
                self._slots.release()
                raise
            if publication is None:
                self._slots.release()
                return
            task = asyncio.create_task(self._carry(publication, worker))
            self._running.add(task)
            task.add_done_callback(self._done)

    async def finish(self) -> None:
        """Wait until no publication is under way in this process."""
        await asyncio.gather(*self._running, return_exceptions=True)

    async def close(self) -> None:
        """Stop; others resume the publications once the leases expire."""
        for task in self._running:
            task.cancel()
        await self.finish()

    async def complete(self, publication: Publication, worker: str) -> Publication:
        """Complete a publication that this worker has leased. Raises as `Stages.advance`."""
        async with self.leased(publication.id, worker):
            return await self._stages.complete(publication, worker)

    @asynccontextmanager
    async def leased(self, publication: PublicationId, worker: str) -> AsyncIterator[None]:
        """Keep the lease as long as the context lasts."""

        async def renew() -> None:
            while True:
                await asyncio.sleep(LEASE / 3)
                with suppress(Fault):  # the next renewal may succeed, and every step checks the lease itself
                    await self._repository.renew(publication, worker, LEASE)

        renewing = asyncio.create_task(renew())
        try:
            yield
        finally:
            renewing.cancel()
            await asyncio.wait({renewing})  # awaiting it would mistake our cancellation for its own
            if not renewing.cancelled():
                renewing.exception()  # every step notices a lost lease by itself

    async def _carry(self, publication: Publication, worker: str) -> None:
        try:
            await self._attempt(publication, worker)
        except LeaseLost:
            _log.info("publication_taken_over", publication=publication.id)
        except Fault as fault:
            _log.warning("publication_stalled", publication=publication.id, fault=repr(fault))

    async def _attempt(self, publication: Publication, worker: str) -> None:
        """Complete, postpone or fail a publication; after a defect it is postponed, so that nothing is lost."""
        try:
            await self.complete(publication, worker)
            _log.info("published", publication=publication.id)
        except LeaseLost:
            raise
        except Hopeless as failure:
            await self._fail(publication, str(failure), worker, keep=failure.keep)
        except (FundsMissing, RateLimited) as refusal:
            await self._fail(publication, reason_of(refusal), worker, keep=None)
        except (Waiting, BroadcastFailed, WalletLocked, Fault) as obstacle:
            await self._postpone(publication, reason_of(obstacle), worker)
        except Exception:
            _log.exception("unexpected", publication=publication.id)
            await self._postpone(publication, "an unexpected error; it will be tried again", worker)

    async def _fail(self, publication: Publication, reason: str, worker: str, *, keep: Collection[TxId] | None) -> None:
        _log.warning("publication_failed", publication=publication.id, reason=reason)
        await self._stages.give_up(publication.id, reason, worker, keep=keep)

    async def _postpone(self, publication: Publication, reason: str, worker: str) -> None:
        now = await self._repository.publication(publication.id) or publication
        first, longest = BACK_OFF
        pause = min(longest, first * 2.0 ** min(now.tries, 20))
        await self._repository.postpone(publication.id, pause, reason, worker)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._slots.release()
        self._bell.set()
        if not task.cancelled() and (error := task.exception()) is not None:
            _log.error("publication_broke", error=repr(error))
