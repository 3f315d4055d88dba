"""Facts about the wallet's coins (`ports.CoinLedger`). The states that change with publications change there."""

import sqlite3
from collections.abc import Sequence

from penstock.adapters.sql.conditions import LIVE
from penstock.adapters.sql.database import Database
from penstock.model.chain import Coin, Network, TxId
from penstock.model.publication import PublicationId
from penstock.ports import Balance


class SqlCoins:
    """The port `CoinLedger`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def free(self, network: Network) -> list[Coin]:
        """See `CoinLedger.free`."""
        return [_coin(row) for row in await self._database.scan(_FREE, network=network)]

    async def balance(self, network: Network) -> Balance:
        """See `CoinLedger.balance`."""
        rows = await self._database.scan(_BALANCE, network=network)
        sums = {row["state"]: row["value"] for row in rows}
        return Balance(*(sums.get(state, 0) for state in ("free", "held", "pending")))

    async def learn(self, network: Network, coins: Sequence[Coin]) -> int:
        """See `CoinLedger.learn`."""
        values = [_columns(network, coin) for coin in coins]
        return await self._database.write(lambda connection: connection.executemany(_LEARN, values).rowcount)

    async def lose(self, network: Network, coins: Sequence[Coin]) -> None:
        """See `CoinLedger.lose`."""
        values = [_columns(network, coin) for coin in coins]
        await self._database.write(lambda connection: connection.executemany(_LOSE, values).rowcount)

    async def belong(self, key: str) -> None:
        """See `CoinLedger.belong`."""
        await self._database.write(lambda connection: _belong(connection, key))

    async def held(self, publication: PublicationId) -> list[Coin]:
        """See `CoinLedger.held`."""
        return [_coin(row) for row in await self._database.scan(_HELD, id=publication)]


def _belong(connection: sqlite3.Connection, key: str) -> None:
    row = connection.execute("SELECT value FROM about WHERE key = 'wallet'").fetchone()
    if row is not None and row["value"] != key:
        connection.execute("UPDATE coins SET state = 'lost' WHERE state = 'free'")
    connection.execute(_REMEMBER, {"key": key})


def _coin(row: sqlite3.Row) -> Coin:
    return Coin(TxId(row["txid"]), row["vout"], row["value"])


def _columns(network: Network, coin: Coin) -> dict[str, object]:
    return {"network": network, "txid": coin.txid, "vout": coin.vout, "value": coin.value}


_FREE = "SELECT * FROM coins WHERE network = :network AND state = 'free'"
_HELD = "SELECT * FROM coins WHERE publication_id = :id AND state = 'held'"
_BALANCE = f"""
SELECT state, SUM(value) AS value FROM coins LEFT JOIN publications ON publications.id = coins.publication_id
WHERE coins.network = :network AND state IN ('free', 'held', 'pending') AND (state <> 'pending' OR ({LIVE}))
GROUP BY state
"""
_REMEMBER = """
INSERT INTO about (key, value) VALUES ('wallet', :key) ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""
_LEARN = """
INSERT INTO coins (network, txid, vout, value, state) VALUES (:network, :txid, :vout, :value, 'free')
ON CONFLICT (network, txid, vout) DO UPDATE SET state = 'free' WHERE coins.state = 'lost'
"""
_LOSE = """
UPDATE coins SET state = 'lost' WHERE network = :network AND txid = :txid AND vout = :vout AND state = 'free'
"""
