"""Records of publications (`ports.PublicationRepository`)."""

import secrets
from collections.abc import Collection, Mapping
from typing import Any

from penstock.adapters.sql.conditions import EQUAL, LIVE, WATCHED
from penstock.adapters.sql.news import note_publication
from penstock.adapters.sql.replanning import let_go
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.model.chain import Coin, Network, TxId
from penstock.model.faults import FundsMissing, RateLimited
from penstock.model.ids import FileId, PrincipalId, Sha256
from penstock.model.listing import Mark
from penstock.model.news import Topic
from penstock.model.publication import (
    Method,
    Operation,
    Order,
    Phase,
    Plan,
    Planned,
    Publication,
    PublicationId,
    Role,
    Stage,
    Standing,
)
from penstock.ports import CLAIMED, Budgets, CoinTaken, LeaseLost, Step

DAY = 86400


class SqlPublications:
    """The port `PublicationRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, order: Order, worker: str | None, ttl: float) -> tuple[Publication, bool]:
        """See `PublicationRepository.add`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _add(tx, order, worker, ttl, now))

    async def publication(self, publication: PublicationId) -> Publication | None:
        """See `PublicationRepository.publication`."""
        row = await self._database.look(_ONE, id=publication)
        return _publication(row) if row is not None else None

    async def page(
        self, owner: PrincipalId, network: Network, address: str, start: int, count: int
    ) -> list[Publication]:
        """See `PublicationRepository.page`."""
        rows = await self._database.scan(_PAGE, owner=owner, network=network, address=address, start=start, count=count)
        return [_publication(row) for row in rows]

    async def own(
        self, owner: PrincipalId, network: Network, phase: Phase | None, after: Mark | None, count: int
    ) -> tuple[list[Publication], Mark | None]:
        """See `PublicationRepository.own`."""
        mark = after or Mark(1e18, "")
        values = {"owner": owner, "network": network, "phase": phase, "value": mark.value, "id": mark.id}
        rows = await self._database.scan(_OWN, **values, count=count)
        more = len(rows) == count
        return [_publication(row) for row in rows], Mark(rows[-1]["created_at"], rows[-1]["id"]) if more else None

    async def standing(self, publication: PublicationId) -> list[Standing]:
        """See `PublicationRepository.standing`."""
        rows = await self._database.scan(_STANDING, id=publication)
        return [
            Standing(Role(row["role"]), TxId(row["txid"]), row["accepted_at"] is not None, row["block_height"])
            for row in rows
        ]

    async def plan(self, publication: PublicationId, role: Role | None = None) -> list[tuple[Planned, bool]]:
        """See `PublicationRepository.plan`."""
        rows = await self._database.scan(_PLAN, id=publication, role=role)
        return [(_planned(row), row["accepted_at"] is not None) for row in rows]

    async def maker(self, network: Network, txid: TxId) -> tuple[Publication, Planned] | None:
        """See `PublicationRepository.maker`."""
        row = await self._database.look(_MAKER, network=network, txid=txid)
        maker = await self.publication(row["publication_id"]) if row is not None else None
        return (maker, _planned(row)) if row is not None and maker is not None else None

    async def refile(self, publication: PublicationId, file: FileId) -> None:
        """See `PublicationRepository.refile`."""
        values = {"id": publication, "file": file}
        await self._database.write(lambda tx: tx.run(_REFILE, values))

    async def claim(self, network: Network, worker: str, ttl: float) -> Publication | None:
        """See `PublicationRepository.claim`."""
        now = self._database.clock()
        if await self._database.look(_DUE, network=network, now=now) is None:
            return None
        values = {"network": network, "worker": worker, "until": now + ttl, "now": now, "claimed": CLAIMED}
        return await self._database.write(lambda tx: _claim(tx, values))

    async def renew(self, publication: PublicationId, worker: str, ttl: float) -> None:
        """See `PublicationRepository.renew`."""
        await self._change(_RENEW, publication, worker, until=self._database.clock() + ttl)

    async def prepare(
        self, publication: PublicationId, plan: Plan, budgets: Budgets, step: Step, worker: str
    ) -> Publication:
        """See `PublicationRepository.prepare`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _prepare(tx, publication, plan, budgets, step, worker, now))

    async def offering(self, publication: PublicationId, worker: str) -> bool:
        """See `PublicationRepository.offering`."""
        values = {"id": publication, "worker": worker, "now": self._database.clock()}
        return await self._database.write(lambda tx: _offering(tx, values))

    async def withdrawn(self, publication: PublicationId, worker: str) -> None:
        """See `PublicationRepository.withdrawn`."""
        await self._change(_WITHDRAWN, publication, worker)

    async def accepted(self, publication: PublicationId, txid: TxId, step: Step, worker: str) -> Publication:
        """See `PublicationRepository.accepted`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _accepted(tx, publication, txid, step, worker, now))

    async def advance(self, publication: PublicationId, step: Step, worker: str) -> Publication:
        """See `PublicationRepository.advance`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _advance(tx, publication, step, worker, now))

    async def postpone(self, publication: PublicationId, seconds: float, message: str, worker: str) -> None:
        """See `PublicationRepository.postpone`."""
        now = self._database.clock()
        await self._change(_POSTPONE, publication, worker, now=now, until=now + seconds, message=message)

    async def fail(
        self, publication: PublicationId, message: str, worker: str, *, keep: Collection[TxId] | None
    ) -> list[Coin]:
        """See `PublicationRepository.fail`."""
        now = self._database.clock()
        return await self._database.write(lambda tx: _fail(tx, publication, message, worker, keep, now))

    async def unplan(self, publication: PublicationId, worker: str) -> list[Coin]:
        """See `PublicationRepository.unplan`."""
        return await self._database.write(lambda tx: _unplan(tx, publication, worker))

    async def retry(self, publication: PublicationId, fee_rate: int | None = None) -> None:
        """See `PublicationRepository.retry`."""
        now = self._database.clock()
        await self._database.write(lambda tx: _retry(tx, publication, fee_rate, now))

    async def listed(self, *, unburied: bool) -> list[Publication]:
        """See `PublicationRepository.listed`."""
        return [_publication(row) for row in await self._database.scan(_LISTED, unburied=int(unburied))]

    async def forget_old(self, seconds: float) -> int:
        """See `PublicationRepository.forget_old`."""
        before = {"before": self._database.clock() - seconds}
        return await self._database.write(lambda tx: _forget_old(tx, before), frees=True)

    async def _change(self, sql: str, publication: PublicationId, worker: str, **values: object) -> None:
        everything = {"id": publication, "worker": worker, **values}
        await self._database.write(lambda tx: _change_mine(tx, sql, everything))


# --- the transactions ------------------------------------------------------------------------------------------------


async def _add(tx: Tx, order: Order, worker: str | None, ttl: float, now: float) -> tuple[Publication, bool]:
    columns = order_columns(order)
    existing = await tx.one(_EQUAL_OF_OWNER, columns)
    if existing is not None:
        if existing["failed_at"] is not None:
            await tx.run(_NEW_TERMS, columns | {"id": existing["id"]})
            await _revive(tx, existing["id"], now)
        return await read_publication(tx, existing["id"]), False
    other = await tx.one(_ON_CHAIN, columns)
    created = PublicationId(f"task_{secrets.token_hex(16)}")
    await tx.run(
        _INSERT,
        columns
        | {
            "id": created,
            "now": now,
            "worker": worker if other is None else None,
            "until": now + ttl if worker is not None else now,
            "pinned": order.blob if other is None else None,
            "plan_of": other["plan_of"] if other is not None else created,
            "stage": Stage.COMPLETED if other is not None else Stage.CREATED,
            "progress": 100 if other is not None else 0,
            "message": other["message"] if other is not None else "",
            "completed_at": now if other is not None else None,
            "buried_at": other["buried_at"] if other is not None else None,
        },
    )
    await tx.run(_PARDON, {"id": created})
    added = await read_publication(tx, created)
    if other is not None:
        await note_publication(tx, Topic.PUBLICATION_COMPLETED, added, now)
    return added, other is None


async def _claim(tx: Tx, values: Mapping[str, object]) -> Publication | None:
    while (due := await tx.one(_DUE, values)) is not None:
        if await tx.run(_CLAIM, {**values, "id": due["id"]}):
            return await read_publication(tx, due["id"])
        # another worker was faster, and the next look sees it
    return None


async def _prepare(
    tx: Tx,
    publication: PublicationId,
    plan: Plan,
    budgets: Budgets,
    step: Step,
    worker: str,
    now: float,
) -> Publication:
    values = {"id": publication, "worker": worker, "cost": plan.cost, "now": now}
    await _change_mine(tx, _PREPARED, values | _step_columns(step))
    row = await tx.one("SELECT * FROM publications WHERE id = :id", {"id": publication})
    await _check_budgets(tx, row, budgets, now)
    for coin in plan.spends:
        held = _coin_columns(row["network"], publication, coin, "held")
        if not await tx.run(_HOLD, held):
            raise CoinTaken
    pending = [_coin_columns(row["network"], publication, plan.change, "pending")] if plan.change else []
    inner = [_coin_columns(row["network"], publication, coin, "inner") for coin in plan.inner]
    await tx.run_many(_INSERT_COIN, [*pending, *inner])
    begin = (await tx.one(_NEXT_POSITION, {"id": publication}))["position"]
    await tx.run_many(
        _INSERT_PLANNED,
        [_planned_columns(publication, number, planned) for number, planned in enumerate(plan.transactions, begin)],
    )
    return await read_publication(tx, publication)


async def _check_budgets(tx: Tx, row: Row, budgets: Budgets, now: float) -> None:
    """The amount spent today includes this publication."""
    if budgets == Budgets():
        return
    await tx.lock(f"budget on {row['network']}")
    today = now - now % DAY
    values = {"network": row["network"], "today": today, "client": row["client"]}
    for setting, most in (("budget_client", budgets.client), ("budget_total", budgets.total)):
        if most is not None and row["cost"] > most:
            raise FundsMissing(row["cost"], most, setting)
    spent = await tx.one(_SPENT, values)
    if budgets.client is not None and spent["by_client"] > budgets.client:
        raise RateLimited(int(today + DAY - now) + 1)
    if budgets.total is not None and spent["total"] > budgets.total:
        raise FundsMissing(row["cost"], max(0, budgets.total - spent["total"] + row["cost"]))


async def _offering(tx: Tx, values: Mapping[str, object]) -> bool:
    await _require_mine(tx, values)
    return bool(await tx.run(_OFFERING, values))


async def _accepted(tx: Tx, publication: PublicationId, txid: TxId, step: Step, worker: str, now: float) -> Publication:
    row = await _advance(tx, publication, step, worker, now)
    # The root is offered first, and spends every coin that the plan took from the wallet: with the first acceptance all
    # of them are spent and the change is there.
    await tx.run(_ACCEPTED, {"id": publication, "txid": txid, "now": now})
    await tx.run(_SPEND, {"id": publication})
    await tx.run(_RETURN_CHANGE, {"id": publication})
    return row


async def _advance(tx: Tx, publication: PublicationId, step: Step, worker: str, now: float) -> Publication:
    await _change_mine(tx, _ADVANCE, {"id": publication, "worker": worker, "now": now} | _step_columns(step))
    if step.stage is Stage.COMPLETED:
        await tx.run(_COMPLETE, {"id": publication, "now": now})
        await note_publication(tx, Topic.PUBLICATION_COMPLETED, await read_publication(tx, publication), now)
    return await read_publication(tx, publication)


async def _fail(
    tx: Tx,
    publication: PublicationId,
    message: str,
    worker: str,
    keep: Collection[TxId] | None,
    now: float,
) -> list[Coin]:
    values = {"id": publication, "worker": worker, "message": message, "now": now}
    await _change_mine(tx, _FAIL, values)
    await note_publication(tx, Topic.PUBLICATION_FAILED, await read_publication(tx, publication), now)
    return await let_go(tx, publication, keep) if keep is not None else []


async def _unplan(tx: Tx, publication: PublicationId, worker: str) -> list[Coin]:
    await _require_mine(tx, {"id": publication, "worker": worker})
    taken = await tx.all(_TAKEN, {"id": publication})
    return await let_go(tx, publication, {row["txid"] for row in taken})


async def _retry(tx: Tx, publication: PublicationId, fee_rate: int | None, now: float) -> None:
    if fee_rate is not None:
        await tx.run(_NEW_RATE, {"id": publication, "fee_rate": fee_rate})
    await _revive(tx, publication, now)


async def _revive(tx: Tx, publication: PublicationId, now: float) -> None:
    await tx.run(_RETRY, {"id": publication, "now": now})
    await tx.run(_PARDON, {"id": publication})


async def _forget_old(tx: Tx, before: Mapping[str, float]) -> int:
    for row in await tx.all(_FAILED_LONG_AGO, before):
        for statement in _ABANDON:
            await tx.run(statement, {"id": row["id"]})
    forgotten = await tx.run(_FORGET_FAILED, before)
    await tx.run(_FORGET_COINS, before)
    return forgotten


async def _require_mine(tx: Tx, values: Mapping[str, Any]) -> None:
    await tx.lock_row("publications", values["id"])
    if await tx.one(_IS_MINE, values) is None:
        raise LeaseLost


async def _change_mine(tx: Tx, sql: str, values: Mapping[str, object]) -> None:
    if not await tx.run(sql, values):
        raise LeaseLost


async def read_publication(tx: Tx, publication: PublicationId) -> Publication:
    """The publication of this id, which is on record."""
    return _publication(await tx.one(_ONE, {"id": publication}))


# --- rows and dataclasses --------------------------------------------------------------------------------------------


def order_columns(order: Order) -> dict[str, object]:
    """An order as a row has it."""
    return {
        "owner": order.owner,
        "client": order.client,
        "network": order.network,
        "address": order.address,
        "operation": order.operation,
        "path": order.path,
        "content_type": order.content_type,
        "name": order.name,
        "fee_rate": order.fee_rate,
        "method": order.method,
        "sha256": order.blob,
        "size": order.size,
        "file": order.file,
    }


def _publication(row: Row) -> Publication:
    order = Order(
        owner=PrincipalId(row["owner"]),
        client=row["client"],
        network=Network(row["network"]),
        address=row["address"],
        operation=Operation(row["operation"]),
        path=row["path"],
        content_type=row["content_type"],
        name=row["name"],
        fee_rate=row["fee_rate"],
        method=Method(row["method"]),
        blob=Sha256(row["sha256"]),
        size=row["size"],
        file=FileId(row["file_id"]),
    )
    return Publication(
        id=PublicationId(row["id"]),
        order=order,
        stage=Stage(row["stage"]),
        progress=row["progress"],
        message=row["message"],
        cost=row["cost"],
        offered=row["offered_at"] is not None,
        tries=row["tries"],
        plan_of=PublicationId(row["plan_of"]),
        result=TxId(row["result"]) if row["result"] is not None else None,
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        completed_at=row["completed_at"],
        failed_at=row["failed_at"],
        buried_at=row["buried_at"],
    )


def _step_columns(step: Step) -> dict[str, object]:
    return {"stage": step.stage, "progress": step.progress, "message": step.message}


def _planned(row: Row) -> Planned:
    return Planned(Role(row["role"]), TxId(row["txid"]), row["frame"], row["output"], row["start"], row["stop"])


def _planned_columns(publication: PublicationId, position: int, planned: Planned) -> dict[str, object]:
    return {
        "id": publication,
        "position": position,
        "role": planned.role,
        "txid": planned.txid,
        "frame": planned.frame,
        "output": planned.output,
        "start": planned.start,
        "stop": planned.stop,
    }


def _coin_columns(network: Network, publication: PublicationId, coin: Coin, state: str) -> dict[str, object]:
    return {
        "network": network,
        "txid": coin.txid,
        "vout": coin.vout,
        "value": coin.value,
        "state": state,
        "id": publication,
    }


# --- statements ------------------------------------------------------------------------------------------------------

_PUBLICATIONS = """
SELECT publications.*, (
    SELECT txid FROM plans WHERE publication_id = publications.plan_of AND role IN ('pin', 'index')
) AS result FROM publications
"""
_ONE = f"{_PUBLICATIONS} WHERE id = :id"
_EQUAL_OF_OWNER = f"""
SELECT id, failed_at FROM publications WHERE owner = :owner AND {EQUAL} AND name = :name
AND (({LIVE}) OR (failed_at IS NOT NULL AND method = 'chunked')
     OR (completed_at IS NOT NULL AND operation = 'create'))
ORDER BY failed_at IS NOT NULL, created_at DESC LIMIT 1
"""
_ON_CHAIN = f"""
SELECT plan_of, message, buried_at FROM publications
WHERE {EQUAL} AND name IN (:name, '') AND operation = 'create' AND completed_at IS NOT NULL LIMIT 1
"""
_INSERT = """
INSERT INTO publications (id, owner, client, network, address, operation, path, content_type, name, fee_rate, method,
    sha256, size, file_id, pinned, stage, progress, message, tries, plan_of, worker, worker_until, created_at,
    updated_at, completed_at, buried_at)
VALUES (:id, :owner, :client, :network, :address, :operation, :path, :content_type, :name, :fee_rate, :method,
    :sha256, :size, :file, :pinned, :stage, :progress, :message, 0, :plan_of, :worker, :until, :now, :now,
    :completed_at, :buried_at)
"""
_PAGE = f"""
{_PUBLICATIONS} WHERE owner = :owner AND network = :network AND address = :address AND method = 'chunked'
ORDER BY created_at DESC, id LIMIT :count OFFSET :start
"""
_PHASE = f"""CASE WHEN failed_at IS NOT NULL THEN '{Phase.FAILED}' WHEN buried_at IS NOT NULL THEN '{Phase.BURIED}'
WHEN completed_at IS NOT NULL THEN '{Phase.COMPLETED}' ELSE '{Phase.PUBLISHING}' END"""
_OWN = f"""
{_PUBLICATIONS} WHERE id IN (
    SELECT id FROM publications WHERE owner = :owner AND network = :network AND (created_at, id) < (:value, :id)
    AND (CAST(:phase AS TEXT) IS NULL OR {_PHASE} = :phase) ORDER BY created_at DESC, id DESC LIMIT :count
) ORDER BY created_at DESC, id DESC
"""
_STANDING = """
SELECT role, txid, accepted_at, block_height FROM plans
WHERE publication_id = (SELECT plan_of FROM publications WHERE id = :id) ORDER BY position
"""
_PLAN = """
SELECT * FROM plans WHERE publication_id = (SELECT plan_of FROM publications WHERE id = :id)
AND (CAST(:role AS TEXT) IS NULL OR role = :role) ORDER BY position
"""
_DUE = f"""
SELECT id FROM publications WHERE {LIVE} AND network = :network AND worker_until <= :now ORDER BY worker_until LIMIT 1
"""
_CLAIM = f"""
UPDATE publications SET worker = :worker, worker_until = :until, updated_at = :now,
    message = CASE WHEN stage = 'created' THEN :claimed ELSE message END
WHERE id = :id AND {LIVE} AND worker_until <= :now
"""
_HELD_BY_ME = f"id = :id AND worker = :worker AND {LIVE}"
_IS_MINE = f"SELECT 1 FROM publications WHERE {_HELD_BY_ME}"
_RENEW = f"UPDATE publications SET worker_until = :until WHERE {_HELD_BY_ME}"
_STEP = """stage = :stage, message = :message, updated_at = :now, tries = 0,
    progress = CASE WHEN progress < :progress THEN :progress ELSE progress END"""
_PREPARED = f"""
UPDATE publications SET cost = COALESCE(cost, 0) + :cost, prepared_at = :now, {_STEP}
WHERE {_HELD_BY_ME} AND stage = 'created'
"""
_SPENT = """
SELECT COALESCE(SUM(cost), 0) AS total, COALESCE(SUM(CASE WHEN client = :client THEN cost ELSE 0 END), 0) AS by_client
FROM publications WHERE prepared_at >= :today AND network = :network
"""
_HOLD = """
UPDATE coins SET state = 'held', publication_id = :id
WHERE network = :network AND txid = :txid AND vout = :vout AND state = 'free'
"""
_INSERT_COIN = """
INSERT INTO coins (network, txid, vout, value, state, publication_id)
VALUES (:network, :txid, :vout, :value, :state, :id)
ON CONFLICT (network, txid, vout) DO UPDATE SET state = excluded.state, publication_id = excluded.publication_id
"""
_INSERT_PLANNED = """
INSERT INTO plans (publication_id, position, role, txid, frame, output, start, stop)
VALUES (:id, :position, :role, :txid, :frame, :output, :start, :stop)
"""
_TAKEN = "SELECT txid FROM plans WHERE publication_id = :id AND accepted_at IS NOT NULL"
_OFFERING = """
UPDATE publications SET offered_at = :now, watched_at = COALESCE(watched_at, :now) WHERE id = :id AND offered_at IS NULL
"""
_WITHDRAWN = f"""
UPDATE publications SET offered_at = NULL,
    watched_at = CASE WHEN EXISTS ({_TAKEN}) THEN watched_at END
WHERE {_HELD_BY_ME} AND stage = 'prepared'
"""
_ADVANCE = f"UPDATE publications SET {_STEP} WHERE {_HELD_BY_ME}"
_ACCEPTED = "UPDATE plans SET accepted_at = COALESCE(accepted_at, :now) WHERE publication_id = :id AND txid = :txid"
_SPEND = "UPDATE coins SET state = 'spent' WHERE publication_id = :id AND state = 'held'"
_RETURN_CHANGE = (
    "UPDATE coins SET state = 'free', publication_id = NULL WHERE publication_id = :id AND state = 'pending'"
)
_COMPLETE = "UPDATE publications SET completed_at = :now, worker = NULL WHERE id = :id"
_POSTPONE = f"""
UPDATE publications SET worker = NULL, worker_until = :until, message = :message, tries = tries + 1, updated_at = :now
WHERE {_HELD_BY_ME}
"""
_FAIL = f"""
UPDATE publications SET failed_at = :now, message = :message, updated_at = :now, worker = NULL WHERE {_HELD_BY_ME}
"""
_NEXT_POSITION = "SELECT COALESCE(MAX(position), -1) + 1 AS position FROM plans WHERE publication_id = :id"
_NEW_RATE = (
    "UPDATE publications SET fee_rate = :fee_rate WHERE id = :id AND stage = 'created' AND failed_at IS NOT NULL"
)
_NEW_TERMS = """
UPDATE publications SET fee_rate = :fee_rate, client = :client, file_id = :file WHERE id = :id AND stage = 'created'
"""
_RETRY = """
UPDATE publications SET failed_at = NULL, message = '', tries = 0, worker = NULL, worker_until = :now,
    updated_at = :now, pinned = (SELECT blobs.sha256 FROM blobs WHERE blobs.sha256 = publications.sha256)
WHERE id = :id AND failed_at IS NOT NULL AND NOT EXISTS (
    SELECT 1 FROM publications AS other WHERE other.owner = publications.owner AND other.method = publications.method
    AND other.sha256 = publications.sha256 AND other.network = publications.network
    AND other.address = publications.address AND other.operation = publications.operation
    AND other.path = publications.path AND other.content_type = publications.content_type
    AND other.name = publications.name AND other.completed_at IS NULL AND other.failed_at IS NULL
)
"""
"""Of equal ones one alone is live (`one_live_publication`): a direct one that failed may have been sent anew since."""
_PARDON = """
UPDATE blobs SET condemned_at = NULL WHERE sha256 = (SELECT pinned FROM publications WHERE id = :id)
"""
_LISTED = f"""
{_PUBLICATIONS} WHERE :unburied = 0 OR (completed_at IS NOT NULL AND buried_at IS NULL) OR {WATCHED}
ORDER BY created_at DESC, id
"""
_MAKER = """
SELECT plans.* FROM plans JOIN publications ON publications.id = plans.publication_id
WHERE plans.txid = :txid AND publications.network = :network
"""
_REFILE = "UPDATE publications SET file_id = :file WHERE id = :id"
_FAILED_LONG_AGO = "SELECT id FROM publications WHERE failed_at <= :before AND stage <> 'created'"
_ABANDON = (
    "DELETE FROM plans WHERE publication_id = :id",
    "UPDATE coins SET state = 'lost', publication_id = NULL WHERE publication_id = :id AND state IN ('held', 'inner')",
    "DELETE FROM coins WHERE publication_id = :id AND state = 'pending'",
)
"""The remains of an expired plan; a coin that the chain still reports becomes free again."""
_FORGET_FAILED = "DELETE FROM publications WHERE failed_at <= :before"
_FORGET_COINS = """
DELETE FROM coins WHERE state IN ('inner', 'spent')
AND publication_id IN (SELECT id FROM publications WHERE completed_at <= :before)
"""
