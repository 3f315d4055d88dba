"""Records of the wallet's coins (`ports.CoinRepository`). The states that change with publications change there."""

from collections.abc import Sequence

from penstock.adapters.sql.conditions import LIVE
from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.model.chain import Coin, Holdings, Network, TxId
from penstock.model.publication import PublicationId
from penstock.ports import Balance


class SqlCoins:
    """The port `CoinRepository`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def free(self, network: Network) -> list[Coin]:
        """See `CoinRepository.free`."""
        return [_coin(row) for row in await self._database.scan(_FREE, network=network)]

    async def balance(self, network: Network) -> Balance:
        """See `CoinRepository.balance`."""
        rows = await self._database.scan(_BALANCE, network=network)
        sums = {row["state"]: row["value"] for row in rows}
        free, held, change, unripe = (sums.get(state, 0) for state in ("free", "held", "pending", "unripe"))
        return Balance(free, held, change + unripe, unripe)

    async def learn(self, network: Network, holdings: Holdings) -> int:
        """See `CoinRepository.learn`."""
        ripe, unripe = ([coin_columns(network, coin) for coin in coins] for coins in (holdings.ripe, holdings.unripe))
        return await self._database.write(lambda tx: _learn(tx, ripe, unripe))

    async def unripe(self, network: Network) -> list[Coin]:
        """See `CoinRepository.unripe`."""
        return [_coin(row) for row in await self._database.scan(_UNRIPE, network=network)]

    async def lost(self, network: Network) -> list[Coin]:
        """See `CoinRepository.lost`."""
        return [_coin(row) for row in await self._database.scan(_LOST, network=network)]

    async def lose(self, network: Network, coins: Sequence[Coin]) -> None:
        """See `CoinRepository.lose`."""
        values = [coin_columns(network, coin) for coin in coins]
        await self._database.write(lambda tx: tx.run_many(_LOSE, values))

    async def belong(self, key: str) -> None:
        """See `CoinRepository.belong`."""
        await self._database.write(lambda tx: _belong(tx, key))

    async def held(self, publication: PublicationId) -> list[Coin]:
        """See `CoinRepository.held`."""
        return [_coin(row) for row in await self._database.scan(_HELD, id=publication)]


async def _learn(tx: Tx, ripe: list[dict[str, object]], unripe: list[dict[str, object]]) -> int:
    came: int = await tx.run_many(_LEARN, ripe)
    return came + await tx.run_many(_LEARN_UNRIPE, unripe)


async def _belong(tx: Tx, key: str) -> None:
    await tx.lock("wallet")
    row = await tx.one("SELECT value FROM about WHERE key = 'wallet'")
    if row is not None and row["value"] != key:
        await tx.run("UPDATE coins SET state = 'lost' WHERE state = 'free'")
    await tx.run(_REMEMBER, {"key": key})


def _coin(row: Row) -> Coin:
    return Coin(TxId(row["txid"]), row["vout"], row["value"])


def coin_columns(network: Network, coin: Coin) -> dict[str, object]:
    """A coin as a row has it."""
    return {"network": network, "txid": coin.txid, "vout": coin.vout, "value": coin.value}


_FREE = "SELECT * FROM coins WHERE network = :network AND state = 'free'"
_HELD = "SELECT * FROM coins WHERE publication_id = :id AND state = 'held'"
_BALANCE = f"""
SELECT state, CAST(SUM(value) AS BIGINT) AS value
FROM coins LEFT JOIN publications ON publications.id = coins.publication_id
WHERE coins.network = :network AND state IN ('free', 'held', 'pending', 'unripe') AND (state <> 'pending' OR ({LIVE}))
GROUP BY state
"""
_REMEMBER = """
INSERT INTO about (key, value) VALUES ('wallet', :key) ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""
_LEARN = """
INSERT INTO coins (network, txid, vout, value, state) VALUES (:network, :txid, :vout, :value, 'free')
ON CONFLICT (network, txid, vout) DO UPDATE SET state = 'free' WHERE coins.state IN ('lost', 'unripe')
"""
_LEARN_UNRIPE = """
INSERT INTO coins (network, txid, vout, value, state) VALUES (:network, :txid, :vout, :value, 'unripe')
ON CONFLICT (network, txid, vout) DO UPDATE SET state = 'unripe' WHERE coins.state IN ('lost', 'free')
"""
_UNRIPE = "SELECT * FROM coins WHERE network = :network AND state = 'unripe'"
_LOST = "SELECT * FROM coins WHERE network = :network AND state = 'lost'"
_LOSE = """
UPDATE coins SET state = 'lost' WHERE network = :network AND txid = :txid AND vout = :vout AND state = 'free'
"""
