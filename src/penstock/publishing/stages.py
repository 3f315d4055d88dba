"""The way of a publication, one function for each step. Every step may be repeated by another process at any point.

Laws kept here:
- Nothing is sent before the whole plan is written down, signed; what is sent is rebuilt from the plan and must have the
  id that was planned.
- Coins are let go only while it is certain that nothing of the plan is, or ever will be, on the chain.
- That the chain knows a transaction already is a success. That one of its inputs is spent by another never is.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256

from penstock.model.chain import Answer, Coin, Verdict
from penstock.model.faults import BroadcastFailed, ChainUnavailable, FundsMissing, RateLimited, StorageFailed
from penstock.model.file import Blob
from penstock.model.publication import (
    PROGRESS,
    STEP,
    Method,
    Plan,
    Planned,
    Publication,
    PublicationId,
    Role,
    Stage,
)
from penstock.ports import Blobs, Budgets, Chain, CoinTaken, FileLedger, PublicationLedger, Step, WalletLocked
from penstock.publishing.plans import (
    PlanBroken,
    Shape,
    assembled,
    chunk_ranges,
    chunked_plan,
    direct_plan,
    shape_of,
)
from penstock.publishing.transaction import parse
from penstock.publishing.wallet import Wallet

NAMES = {
    Role.PIN: "transaction",
    Role.MERGE: "merge transaction",
    Role.FUNDING: "funding transaction",
    Role.CHUNK: "chunk transaction",
    Role.INDEX: "index transaction",
}


ROOTS = frozenset({Role.PIN, Role.MERGE})
"""What spends the wallet's coins; all else spends what the plan made itself."""

OFFERS = 5
"""How often a transaction is offered that may have arrived, or whose parents may be on their way, before a refusal is
believed.
"""

ANCESTORS = 50
"""How many forgotten ancestors of a transaction are sent again, at most."""


class Waiting(Exception):
    """This step cannot be done just now and will be tried again; the text says why."""


class ChangeUnderWay(Waiting):
    """The wallet has enough, once the change of other publications has come back."""


class _Short(Exception):
    """The free coins are not enough. `covered`: with change that is under way they are."""

    def __init__(self, missing: FundsMissing, *, covered: bool) -> None:
        super().__init__(missing)
        self.missing = missing
        self.covered = covered


class Hopeless(Exception):
    """This publication failed; the text says why. `release`: nothing of its plan is or ever will be on the chain."""

    def __init__(self, reason: str, *, release: bool) -> None:
        super().__init__(reason)
        self.release = release


@dataclass(frozen=True, slots=True)
class Stages:
    """Takes publications from stage to stage."""

    ledger: PublicationLedger
    wallet: Wallet
    chain: Chain
    files: FileLedger
    blobs: Blobs
    budgets: Budgets
    planning: asyncio.Lock

    async def complete(self, publication: Publication, worker: str) -> Publication:
        """Do every step to the end. Raises as `advance`."""
        while publication.live:
            publication = await self.advance(publication, worker)
        return publication

    async def advance(self, publication: Publication, worker: str) -> Publication:
        """Do the next step. Raises `Waiting`, `Hopeless`, `FundsMissing`, `RateLimited` (a budget is spent),
        `LeaseLost`, `WalletLocked`.
        """
        match publication.stage:
            case Stage.CREATED:
                return await self._prepare(publication, worker)
            case Stage.INDEX_BROADCAST:
                return await self._advance(publication, Stage.COMPLETED, worker)
            case stage:
                role = STEP[stage] if publication.order.method is Method.CHUNKED else Role.PIN
                return await self._broadcast(publication, role, worker)

    async def _advance(self, publication: Publication, stage: Stage, worker: str) -> Publication:
        return await self.ledger.advance(publication.id, _step(stage), worker)

    # --- created → prepared ------------------------------------------------------------------------------------------

    async def _prepare(self, publication: Publication, worker: str) -> Publication:
        shapes = await self._shapes(publication) if publication.order.method is Method.CHUNKED else []
        for last in (False, True):
            try:
                return await self._hold(publication, shapes, worker)
            except _Short as short:
                if short.covered:
                    raise ChangeUnderWay("waiting for change that is under way") from short.missing
                if last:
                    raise short.missing from short
            await self._refresh()
        raise AssertionError

    async def _hold(self, publication: Publication, shapes: list[Shape], worker: str) -> Publication:
        """Plan with the coins that are free, and hold those that the plan takes. Raises `_Short`."""
        async with self.planning:
            while True:
                pending = (await self.wallet.balance()).pending  # read first: what comes back meanwhile is free
                try:
                    plan = await self._plan(publication, shapes)
                except FundsMissing as missing:
                    raise _Short(missing, covered=missing.available + pending >= missing.needed) from missing
                with suppress(CoinTaken):  # by another process: with what is left the plan may be another one
                    return await self.ledger.prepare(publication.id, plan, self.budgets, _step(Stage.PREPARED), worker)

    async def _shapes(self, publication: Publication) -> list[Shape]:
        """The chunks, read once; and the last look at the bytes before they are published for ever."""
        order, whole, shapes = publication.order, sha256(), []
        for start, stop in chunk_ranges(order.size):
            payload = await self._payload(publication, start, stop)
            shapes.append(await asyncio.to_thread(shape_of, start, payload))
            await asyncio.to_thread(whole.update, payload)
        if whole.hexdigest() != order.blob:
            raise Hopeless("the stored bytes have changed: send the file again", release=True)
        return shapes

    async def _plan(self, publication: Publication, shapes: list[Shape]) -> Plan:
        order, coins, key = publication.order, await self.wallet.free(), await self.wallet.key()
        if order.method is Method.CHUNKED:
            return await asyncio.to_thread(chunked_plan, order, shapes, coins, key)
        payload = await self._payload(publication, 0, order.size)
        if sha256(payload).hexdigest() != order.blob:
            raise Hopeless("the stored bytes have changed: send the file again", release=True)
        return await asyncio.to_thread(direct_plan, order, payload, coins, key)

    async def _refresh(self) -> None:
        try:
            await self.wallet.refresh()
        except ChainUnavailable as away:
            raise Waiting(away.reason) from away

    # --- one broadcast after the other -------------------------------------------------------------------------------

    async def _broadcast(self, publication: Publication, role: Role, worker: str) -> Publication:
        """Offer every transaction of this role that was not accepted yet."""
        planned = await self.ledger.plan(publication.id, role)
        first = not publication.offered and await self.ledger.offering(publication.id, worker)
        for number, (transaction, accepted) in enumerate(planned, 1):
            if not accepted:
                await self._offer(publication, transaction, worker, first=first)
                last = number == len(planned)
                step = _step(publication.next_stage) if last else _chunks_done(publication.stage, number, len(planned))
                publication = await self.ledger.accepted(publication.id, transaction.txid, step, worker)
        return publication

    async def _offer(self, publication: Publication, planned: Planned, worker: str, *, first: bool) -> None:
        """Return once the chain has the transaction. `first`: nothing of the plan was ever sent before this."""
        try:
            answer = await self._send(publication, planned)
            if answer.verdict is Verdict.MISSING_INPUTS:
                await self._restore(planned, ANCESTORS)
                answer = await self._send(publication, planned)
        except PlanBroken as broken:
            raise Hopeless(str(broken), release=first) from broken
        match answer.verdict:
            case Verdict.ACCEPTED | Verdict.KNOWN:
                return
            case Verdict.NOT_SENT:
                if first:
                    await self.ledger.withdrawn(publication.id, worker)
                raise Waiting(answer.reason)
            case Verdict.UNKNOWN:
                raise Waiting(answer.reason)
        if not await self._is_there(planned):
            await self._refused(publication, planned, answer, first=first)

    async def _refused(self, publication: Publication, planned: Planned, answer: Answer, *, first: bool) -> None:
        """What a refusal means. One of the first offer is the end. A later one tells nothing of an offer before it
        whose answer was lost: only a coin that somebody else has spent makes sure that the plan will never be taken.
        """
        root, patient = planned.role in ROOTS, publication.tries < OFFERS
        reason = f"Failed to broadcast {NAMES[planned.role]}: {answer.reason}"
        if root and not first and (patient or not await self._lost_a_coin(publication)):
            raise Waiting(answer.reason)
        if not root and answer.verdict is Verdict.MISSING_INPUTS and patient:
            raise Waiting(answer.reason)  # its parents were taken just now and may not have come round yet
        raise Hopeless(reason, release=root)

    async def _lost_a_coin(self, publication: Publication) -> bool:
        """Whether the chain says that a coin which the plan spends is not there to be spent any more."""
        held = await self.wallet.held(publication.id)
        try:
            return set(held) > set(await self.wallet.unspent(held))
        except ChainUnavailable as away:
            raise Waiting(away.reason) from away

    async def _send(self, publication: Publication, planned: Planned) -> Answer:
        payload = await self._payload(publication, planned.start, planned.stop)
        return await self.chain.offer(await asyncio.to_thread(assembled, planned, payload))

    async def _restore(self, planned: Planned, most: int) -> int:
        """Send ancestors of ours again, in case the chain has forgotten them, the oldest first; returns how many more
        may be sent.
        """
        for entry in parse(planned.frame).inputs:
            made = await self.ledger.maker(self.wallet.network, entry.txid) if most > 0 else None
            if made is not None:
                most -= 1
                answer = await self._resend(*made)
                if answer.verdict is Verdict.MISSING_INPUTS:
                    most = await self._restore(made[1], most)
                    await self._resend(*made)
        return most

    async def _resend(self, publication: Publication, planned: Planned) -> Answer:
        """Send what was sent long ago, if its bytes are still there."""
        try:
            return await self._send(publication, planned)
        except (Hopeless, PlanBroken, StorageFailed) as gone:
            return Answer(Verdict.UNKNOWN, str(gone))

    async def _is_there(self, planned: Planned) -> bool:
        """Whether the chain has the transaction whatever it said: a parent may be mined and spent by this very one."""
        try:
            return await self.chain.transaction(planned.txid) is not None
        except ChainUnavailable as away:
            raise Waiting(away.reason) from away

    # --- what went wrong ---------------------------------------------------------------------------------------------

    async def give_up(self, publication: PublicationId, reason: str, worker: str, *, release: bool) -> None:
        """Let the publication fail, and its coins go if they are certainly its own no more. Raises `LeaseLost`."""
        held = await self.wallet.held(publication) if release else []
        await self.ledger.fail(publication, reason, worker, release=release)
        if held:
            await self._check(held)

    async def _check(self, coins: list[Coin]) -> None:
        try:
            await self.wallet.check(coins)
        except ChainUnavailable:
            return  # the next plan that takes a spent coin is refused like this one

    # --- bytes -------------------------------------------------------------------------------------------------------

    async def _payload(self, publication: Publication, start: int, stop: int) -> bytes:
        if start == stop:
            return b""
        blob = await self._blob(publication)
        try:
            pieces: AsyncIterator[bytes] = await self.blobs.read(blob.location, start, stop)
            return b"".join([piece async for piece in pieces])
        except (FileNotFoundError, EOFError) as error:
            raise StorageFailed from error

    async def _blob(self, publication: Publication) -> Blob:
        blob = await self.files.blob(publication.order.blob)
        if blob is None:
            raise Hopeless("the stored bytes are gone: send the file again", release=not publication.offered)
        return blob


def _step(stage: Stage) -> Step:
    return Step(stage, PROGRESS[stage], "")


def _chunks_done(stage: Stage, done: int, total: int) -> Step:
    low, high = PROGRESS[Stage.FUNDING_BROADCAST], PROGRESS[Stage.CHUNK_BROADCAST]
    return Step(stage, low + (high - low) * done // total, f"Broadcasting chunk {min(done + 1, total)} of {total}")


def reason_of(failure: Exception) -> str:
    """Why a publication failed, in the words of its task (metaid.md, *错误码*)."""
    match failure:
        case FundsMissing(needed=needed):
            return f"Insufficient balance: {needed} satoshi are needed"
        case RateLimited(retry_after=seconds):
            return f"The budget of today is spent: retry in {seconds} seconds"
        case BroadcastFailed(reason=reason):
            return reason
        case WalletLocked():
            return "the wallet is not available"
        case _:
            return str(failure) or type(failure).__name__
