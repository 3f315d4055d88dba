"""The way of a publication, one function for each step. Every step may be repeated by another process at any point.

Laws kept here:
- Nothing is sent before the whole plan is written down, signed; what is sent is rebuilt from the plan and must have the
  id that was planned.
- Coins are let go only while it is certain that nothing of the plan is, or ever will be, on the chain.
- That the chain knows a transaction already is a success. That one of its inputs is spent by another never is.
"""

import asyncio
from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from math import ceil

from penstock.chain.transaction import parse
from penstock.model.chain import Answer, Coin, TxId, Verdict
from penstock.model.faults import BroadcastFailed, ChainUnavailable, FundsMissing, RateLimited, StorageFailed
from penstock.model.file import Blob
from penstock.model.publication import (
    PROGRESS,
    STEP,
    Method,
    Order,
    Plan,
    Planned,
    Publication,
    PublicationId,
    Role,
    Stage,
)
from penstock.ports import (
    Blobs,
    Budgets,
    BytesMissing,
    Chain,
    CoinTaken,
    FileRepository,
    PublicationRepository,
    Step,
    WalletLocked,
)
from penstock.publishing.notes import NotTaken, Offering, Unbudgeted, Unfunded, written
from penstock.publishing.plans import (
    PlanBroken,
    Shape,
    assembled,
    chunk_ranges,
    chunked_plan,
    direct_plan,
    shape_of,
)
from penstock.publishing.sight import Sight, View
from penstock.publishing.wallet import Wallet

ROOTS = frozenset({Role.PIN, Role.MERGE})
"""The roles that spend the wallet's coins; other transactions spend outputs of the plan itself."""

OFFERS = 5
"""How often a transaction that may have arrived, or whose parents may be pending, is offered before a refusal is
believed.
"""

COINLESS = frozenset({Verdict.MISSING_INPUTS, Verdict.CONFLICT, Verdict.UNRIPE})
"""The verdicts on a coin that cannot be spent."""

CHANCES = 3
"""How often other coins are chosen, at most, in one call."""

LOOKS = (0.5, 1.5, 3.0)
"""The delays, in seconds, of the look-ups of a transaction whose answer was lost."""

ANCESTORS = 50
"""How many forgotten ancestors of a transaction are resent, at most."""


class Waiting(Exception):
    """This step cannot be done at present and will be retried; the text says why."""


class ChangeUnderWay(Waiting):
    """The wallet has enough once the pending change of other publications is free."""


class _Short(Exception):
    """The free coins are not enough, nor are they with the change that is under way."""

    def __init__(self, missing: FundsMissing) -> None:
        super().__init__(missing)
        self.missing = missing


class _CoinGone(Exception):
    """A coin of the plan cannot be spent, and nothing of the plan is on the chain."""


class Hopeless(Exception):
    """This publication failed; the text says why, in words or as a note. Those of its transactions to `keep` alone are
    or ever will be on the chain, and all else can be planned anew; with None the plan stands.
    """

    def __init__(self, reason: str, *, keep: Collection[TxId] | None) -> None:
        super().__init__(reason)
        self.keep = keep


@dataclass(frozen=True, slots=True)
class Stages:
    """Advances publications from stage to stage."""

    repository: PublicationRepository
    wallet: Wallet
    chain: Chain
    files: FileRepository
    blobs: Blobs
    budgets: Budgets
    planning: asyncio.Lock
    sight: Sight
    looks: Sequence[float]

    async def complete(self, publication: Publication, worker: str) -> Publication:
        """Run every remaining step; replan with other coins when one is gone. Raises as `advance`."""
        chances = CHANCES
        while publication.live:
            try:
                publication = await self.advance(publication, worker)
            except _CoinGone as gone:
                await self.strike_out(await self.repository.unplan(publication.id, worker))
                publication = await self.repository.publication(publication.id) or publication
                if not chances:
                    raise Hopeless(str(gone), keep=None) from gone
                chances -= 1
        return publication

    async def advance(self, publication: Publication, worker: str) -> Publication:
        """Run the next step. Raises `Waiting`, `Hopeless`, `FundsMissing`, `RateLimited` (a budget is spent),
        `LeaseLost`, `WalletLocked`.
        """
        match publication.stage:
            case Stage.CREATED:
                return await self._prepare(publication, worker)
            case Stage.INDEX_BROADCAST:
                await self._ask_once_more(publication)
                return await self._advance(publication, Stage.COMPLETED, worker)
            case stage:
                role = STEP[stage] if publication.order.method is Method.CHUNKED else Role.PIN
                return await self._broadcast(publication, role, worker)

    async def _advance(self, publication: Publication, stage: Stage, worker: str) -> Publication:
        return await self.repository.advance(publication.id, _step(stage), worker)

    # --- created → prepared ------------------------------------------------------------------------------------------

    async def _prepare(self, publication: Publication, worker: str) -> Publication:
        shapes = await self._shapes(publication) if publication.order.method is Method.CHUNKED else []
        try:
            return await self._hold(publication, shapes, worker)
        except _Short:
            await self._refresh()  # what the wallet was paid meanwhile may be enough
        try:
            return await self._hold(publication, shapes, worker)
        except _Short as short:
            raise short.missing from short

    async def _hold(self, publication: Publication, shapes: list[Shape], worker: str) -> Publication:
        """Plan with the coins that are free, and hold those that the plan takes. Raises `_Short`, `ChangeUnderWay`."""
        async with self.planning:
            while True:
                change = (await self.wallet.balance()).change  # read first: what returns meanwhile is free
                try:
                    plan = await self._plan(publication, shapes)
                except FundsMissing as missing:
                    if missing.available + change >= missing.needed:
                        raise ChangeUnderWay("waiting for change that is under way") from missing
                    raise _Short(missing) from missing
                with suppress(CoinTaken):  # by another process: replan with the remaining coins
                    return await self.repository.prepare(
                        publication.id, plan, self.budgets, _step(Stage.PREPARED), worker
                    )

    async def _shapes(self, publication: Publication) -> list[Shape]:
        """Read the chunks once, and verify the bytes a last time before they are published irrevocably."""
        order, whole, shapes = publication.order, sha256(), []
        for start, stop in chunk_ranges(order.size):
            payload = await self._payload(publication, start, stop)
            shapes.append(await asyncio.to_thread(shape_of, start, payload))
            await asyncio.to_thread(whole.update, payload)
        _refuse_changed(whole.hexdigest(), order)
        return shapes

    async def _plan(self, publication: Publication, shapes: list[Shape]) -> Plan:
        order, coins, key = publication.order, await self.wallet.free(), await self.wallet.key()
        if order.method is Method.CHUNKED:
            taken = {chunk.start: chunk.txid for chunk, _ in await self.repository.plan(publication.id, Role.CHUNK)}
            return await asyncio.to_thread(chunked_plan, order, shapes, coins, key, taken)
        payload = await self._payload(publication, 0, order.size)
        _refuse_changed(sha256(payload).hexdigest(), order)
        return await asyncio.to_thread(direct_plan, order, payload, coins, key)

    async def _refresh(self) -> None:
        try:
            await self.wallet.refresh()
            await self.wallet.ripen()
        except ChainUnavailable as away:
            raise Waiting(away.reason) from away

    # --- one broadcast after the other -------------------------------------------------------------------------------

    async def _broadcast(self, publication: Publication, role: Role, worker: str) -> Publication:
        """Offer every unaccepted transaction of this role."""
        planned = await self.repository.plan(publication.id, role)
        if all(accepted for _, accepted in planned):  # of an earlier plan
            return await self._advance(publication, publication.next_stage, worker)
        # Written down before anything is sent: after a crash in between, whoever goes on must think that it was sent.
        # It holds for every transaction of this call, since a plan's first role is its root alone.
        first = not publication.offered and await self.repository.offering(publication.id, worker)
        for number, (transaction, accepted) in enumerate(planned, 1):
            if not accepted:
                await self._offer(publication, transaction, worker, first=first)
                last = number == len(planned)
                step = _step(publication.next_stage) if last else _chunks_done(publication.stage, number, len(planned))
                publication = await self.repository.accepted(publication.id, transaction.txid, step, worker)
        return publication

    async def _offer(self, publication: Publication, planned: Planned, worker: str, *, first: bool) -> None:
        """Return once the chain has the transaction. `first`: nothing of the plan was ever sent before this."""
        try:
            answer = await self.offer(publication, planned)
        except PlanBroken as broken:
            raise Hopeless(str(broken), keep=await self._accepted(publication) if first else None) from broken
        if answer.verdict is Verdict.UNKNOWN and await self._turned_up(planned):
            return
        match answer.verdict:
            case Verdict.ACCEPTED | Verdict.KNOWN:
                return
            case Verdict.NOT_SENT:
                if first:
                    await self.repository.withdrawn(publication.id, worker)
                raise Waiting(answer.reason)
            case Verdict.UNKNOWN:
                raise Waiting(answer.reason)
        if not await self._is_there(planned):
            await self._refused(publication, planned, answer, first=first)

    async def _refused(self, publication: Publication, planned: Planned, answer: Answer, *, first: bool) -> None:
        """What a refusal means. A refused first offer is the end of the plan: nothing of it was sent before. A refused
        later one may be the echo of an offer whose answer was lost, and which the chain has: such a plan ends only when
        it was refused `OFFERS` times and a coin that it spends is gone. What spends the plan's own outputs can be early
        (`MISSING_INPUTS`: its parents are under way, or forgotten) and is offered again; any other refusal of it
        stands, since its root is on the chain and nobody else has the key to its inputs.
        """
        root, patient = planned.role in ROOTS, publication.tries < OFFERS
        note = NotTaken(planned.role, answer.reason)
        if root and not first and (patient or not await self._lost_a_coin(publication)):
            raise Waiting(answer.reason)
        if root and answer.verdict in COINLESS:
            raise _CoinGone(written(note))
        if not root and answer.verdict is Verdict.MISSING_INPUTS and (patient or await self._is_forgotten(publication)):
            raise Waiting(answer.reason)  # its parents may still be accepted; if not, the watch finds out
        if answer.verdict is Verdict.CHEAP:
            note = NotTaken(planned.role, answer.reason, cheap=True, least=await self.least_fee())
        raise Hopeless(written(note), keep=await self._accepted(publication))

    async def least_fee(self) -> int | None:
        """The sufficient fee rate, in satoshi per byte, if the chain reports it."""
        try:
            least = await self.chain.least_fee()
        except ChainUnavailable:
            return None
        return ceil(least) if least is not None else None

    async def _accepted(self, publication: Publication) -> set[TxId]:
        return {planned.txid for planned, accepted in await self.repository.plan(publication.id) if accepted}

    async def _turned_up(self, planned: Planned) -> bool:
        """Whether a transaction whose answer was lost appears within a few seconds."""
        for pause in self.looks:
            await asyncio.sleep(pause)
            with suppress(Waiting):
                if await self._is_there(planned):
                    return True
        return False

    async def _ask_once_more(self, publication: Publication) -> None:
        """Check all transactions before completion: the chain may have forgotten the first while the last were sent."""
        view = await self._look()
        planned = {entry.txid: entry for entry, _ in await self.repository.plan(publication.id)}
        for watched in view.of(publication.id):
            if not view.stands(watched):
                answer = await self.offer(publication, planned[watched.txid])
                if answer.verdict not in {Verdict.ACCEPTED, Verdict.KNOWN}:
                    raise Waiting(f"the chain has forgotten a transaction: {answer.reason}")

    async def _is_forgotten(self, publication: Publication) -> bool:
        """Whether an accepted transaction of it is missing at present."""
        view = await self._look()
        return any(entry.accepted and not view.stands(entry) for entry in view.of(publication.id))

    async def _look(self) -> View:
        try:
            view = await self.sight.look()
        except ChainUnavailable as away:
            raise Waiting(away.reason) from away
        if view.behind:
            raise Waiting("the chain's newest blocks are being read")
        return view

    async def _lost_a_coin(self, publication: Publication) -> bool:
        """Whether the chain says that a coin of the plan is spent."""
        held = await self.wallet.held(publication.id)
        try:
            return set(held) > set(await self.wallet.unspent(held))
        except ChainUnavailable as away:
            raise Waiting(away.reason) from away

    async def offer(self, publication: Publication, planned: Planned) -> Answer:
        """Reassemble a transaction and offer it, after resending its ancestors that the chain has forgotten. Raises
        `PlanBroken` when it is not the planned one, `Hopeless` when its bytes are gone, `StorageFailed`.
        """
        answer = await self._send(publication, planned)
        if answer.verdict is Verdict.MISSING_INPUTS:
            await self._restore(planned, ANCESTORS)
            answer = await self._send(publication, planned)
        return answer

    async def _send(self, publication: Publication, planned: Planned) -> Answer:
        payload = await self._payload(publication, planned.start, planned.stop)
        return await self.chain.offer(await asyncio.to_thread(assembled, planned, payload))

    async def _restore(self, planned: Planned, most: int) -> int:
        """Resend the wallet's own ancestors of a transaction, oldest first, in case the chain has forgotten them;
        returns how many more may be sent.
        """
        for entry in parse(planned.frame).inputs:
            maker = await self.repository.maker(self.wallet.network, entry.txid) if most > 0 else None
            if maker is not None:
                most -= 1
                answer = await self._resend(*maker)
                if answer.verdict is Verdict.MISSING_INPUTS:
                    most = await self._restore(maker[1], most)
                    await self._resend(*maker)
        return most

    async def _resend(self, publication: Publication, planned: Planned) -> Answer:
        """Resend an old transaction, if its bytes are still stored."""
        try:
            return await self._send(publication, planned)
        except (Hopeless, PlanBroken, StorageFailed) as gone:
            return Answer(Verdict.UNKNOWN, str(gone))

    async def _is_there(self, planned: Planned) -> bool:
        """Whether the chain has the transaction despite its answer: a parent may be mined and spent by this very
        one.
        """
        try:
            if await self.chain.transaction(planned.txid) is not None:
                return True
        except ChainUnavailable as away:
            raise Waiting(away.reason) from away
        view = await self._look()
        return any(view.stands(watched) for watched in view.watched if watched.txid == planned.txid)

    # --- what went wrong ---------------------------------------------------------------------------------------------

    async def give_up(
        self, publication: PublicationId, reason: str, worker: str, *, keep: Collection[TxId] | None
    ) -> None:
        """Fail the publication, and release the coins it no longer holds. Raises `LeaseLost`."""
        await self.strike_out(await self.repository.fail(publication, reason, worker, keep=keep))

    async def strike_out(self, coins: list[Coin]) -> None:
        """Mark coins that another party has spent, so that they are never chosen again. Outputs of the wallet's own
        forgotten transactions return with those.
        """
        with suppress(ChainUnavailable):  # the next plan with a spent coin is refused like this one
            forgotten = (await self.sight.look()).forgotten if coins else frozenset()
            if checked := [coin for coin in coins if coin.txid not in forgotten]:
                await self.wallet.check(checked)

    # --- bytes -------------------------------------------------------------------------------------------------------

    async def _payload(self, publication: Publication, start: int, stop: int) -> bytes:
        if start == stop:
            return b""
        blob = await self._blob(publication)
        try:
            pieces: AsyncIterator[bytes] = await self.blobs.read(blob.location, start, stop)
            return b"".join([piece async for piece in pieces])
        except BytesMissing as error:
            raise StorageFailed from error

    async def _blob(self, publication: Publication) -> Blob:
        blob = await self.files.blob(publication.order.blob)
        if blob is None:
            raise Hopeless("the stored bytes are gone: send the file again", keep=None)
        return blob


def _refuse_changed(sha256: str, order: Order) -> None:
    if sha256 != order.blob:
        raise Hopeless("the stored bytes have changed: send the file again", keep=None)


def _step(stage: Stage) -> Step:
    return Step(stage, PROGRESS[stage], "")


def _chunks_done(stage: Stage, done: int, total: int) -> Step:
    low, high = PROGRESS[Stage.FUNDING_BROADCAST], PROGRESS[Stage.CHUNK_BROADCAST]
    return Step(stage, low + (high - low) * done // total, written(Offering(min(done + 1, total), total)))


def reason_of(failure: Exception) -> str:
    """The reason of a failure or delay: a note (`notes`), or words."""
    match failure:
        case FundsMissing(needed=needed, available=most, setting=setting) if setting:
            return written(Unfunded(needed, setting, most))
        case FundsMissing(needed=needed):
            return written(Unfunded(needed))
        case RateLimited(retry_after=seconds):
            return written(Unbudgeted(seconds))
        case BroadcastFailed(reason=reason):
            return reason
        case WalletLocked():
            return "the wallet is not available"
        case _:
            return str(failure) or type(failure).__name__
