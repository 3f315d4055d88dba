"""A database and its transactions, whichever it is: one source of statements for all of them.

A transaction is an `async` function of a `Tx`. It awaits its statements and nothing else: SQLite answers them at once,
so that a transaction there runs without yielding to the event loop (`run_at_once`).
"""

from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

T = TypeVar("T")

Values = Mapping[str, Any] | Sequence[Any]
"""The values of a statement's names (`:name`) or question marks."""


class Row(Protocol):
    """A row, by the names of its columns."""

    def __getitem__(self, column: str, /) -> Any:
        """The value in a column."""

    def keys(self) -> Iterable[str]:
        """The names of the columns, in order."""


class Tx(Protocol):
    """A running transaction."""

    async def one(self, sql: str, values: Values = (), /) -> Any:
        """The first row (`Row`) that a statement finds or returns; None when there is none."""

    async def all(self, sql: str, values: Values = (), /) -> list[Row]:
        """Every row that a statement finds or returns."""

    async def run(self, sql: str, values: Values = (), /) -> int:
        """Run a statement that returns nothing; how many rows it changed."""

    async def run_many(self, sql: str, values: Sequence[Values], /) -> int:
        """Run a statement once for each of these; how many rows all of them changed."""


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


Look = Callable[..., Awaitable[Any]]
"""Reads the one row that a statement finds with these values, within a transaction or outside."""


def within(tx: Tx) -> Look:
    """Read within the transaction."""

    async def look(sql: str, **values: Any) -> Any:
        return await tx.one(sql, values)

    return look


def run_at_once(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that never suspends. Raises what it raises, and `RuntimeError` if it suspends."""
    try:
        work.send(None)
    except StopIteration as done:
        result: T = done.value
        return result
    work.close()
    raise RuntimeError("a transaction waited for something else than its statements")
