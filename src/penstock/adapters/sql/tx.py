"""A database and its transactions, whichever it is: one source of statements for all of them.

A transaction is an `async` function of a `Tx`. It awaits its statements and nothing else: SQLite answers them at once,
so that a transaction there runs without yielding to the event loop (`run_at_once`).
"""

from collections.abc import Awaitable, Callable, Collection, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

Values = Mapping[str, Any]
"""The values of a statement's names (`:name`)."""

NONE: Values = {}


class Row(Protocol):
    """A row, by the names of its columns."""

    def __getitem__(self, column: str, /) -> Any:
        """The value in a column."""

    def keys(self) -> Iterable[str]:
        """The names of the columns, in order."""


class Tx(Protocol):
    """A running transaction."""

    async def one(self, sql: str, values: Values = NONE, /) -> Any:
        """The first row (`Row`) that a statement finds or returns; None when there is none."""

    async def all(self, sql: str, values: Values = NONE, /) -> list[Row]:
        """Every row that a statement finds or returns."""

    async def run(self, sql: str, values: Values = NONE, /) -> int:
        """Run a statement that returns nothing; how many rows it changed."""

    async def run_many(self, sql: str, values: Sequence[Values], /) -> int:
        """Run a statement that returns nothing once for each of these; how many rows all of them changed."""

    async def lock_row(self, table: str, key: str, /) -> None:
        """Keep others from changing the row of this `id` until this transaction ends, and wait for those that are about
        to: what is read afterwards stays so. Nothing where there is no such row.

        Whoever locks several things takes uploads first, then owners, then what is left, so that nobody waits in a
        circle.
        """

    async def lock(self, name: str, /, *, shared: bool = False) -> None:
        """As `lock_row`, for what has no row of its own: one transaction at a time has the lock of a name, or any
        number have it `shared`.
        """


Transaction = Callable[[Tx], Coroutine[Any, Any, T]]


class Database(Protocol):
    """What the repositories ask of a database."""

    @property
    def clock(self) -> Callable[[], float]:
        """The time that records are written with, in Unix seconds."""

    async def write(self, transaction: Transaction[T], *, brief: bool = False, frees: bool = False) -> T:
        """Run a transaction; return once it is durable. Raises what it raises, and `StorageFull`, `StorageFailed`. A
        `brief` one touches few rows; one that `frees` removes something, and has a full disk's last space for it.

        The transaction may run more than once before it is committed, and on another thread: it must change nothing but
        the database. It is committed also when its caller is cancelled meanwhile.
        """

    async def look(self, sql: str, **values: Any) -> Any:
        """The one row (`Row`) that a statement finds by a key; None when there is none. Raises `StorageFailed`."""

    async def scan(self, sql: str, **values: Any) -> list[Row]:
        """Every row that a statement finds, however many are read for it. Raises `StorageFailed`."""

    async def check_writable(self) -> None:
        """Check that a write commits, without changing anything. Raises as `write`."""


Look = Callable[..., Awaitable[Any]]
"""Reads the one row that a statement finds with these values, within a transaction or outside."""


def within(tx: Tx) -> Look:
    """Read within the transaction."""

    async def look(sql: str, **values: Any) -> Any:
        return await tx.one(sql, values)

    return look


GROUP = 500
"""How many values one statement asks for."""


async def among(database: Database, sql: str, values: Collection[str], **others: Any) -> list[Row]:
    """Every row that a statement finds for so many values as there are, whose place in it is `{}`."""
    found: list[Row] = []
    every = list(values)
    for start in range(0, len(every), GROUP):
        group = every[start : start + GROUP]
        group += group[-1:] * (GROUP - len(group))  # one statement for every number of values, to be prepared once
        names = {f"value{number}": value for number, value in enumerate(group)}
        found += await database.scan(sql.format(", ".join(f":{name}" for name in names)), **names, **others)
    return found


async def noted(database: Database, key: str) -> str | None:
    """What the table `about` says of this key; None when it says nothing."""
    row = await database.look(_NOTED, key=key)
    return None if row is None else str(row["value"])


async def note_once(database: Database, key: str, value: str) -> str:
    """What the table `about` says of this key, which is this value if it said nothing yet; on a full disk, too."""
    await database.write(lambda tx: tx.run(_NOTE, {"key": key, "value": value}), frees=True)
    return await noted(database, key) or value


_NOTED = "SELECT value FROM about WHERE key = :key"
_NOTE = "INSERT INTO about (key, value) VALUES (:key, :value) ON CONFLICT (key) DO NOTHING"


def run_at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never suspends. Raises what it raises, and `RuntimeError` if it suspends."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError("a transaction waited for something else than its statements")
