"""Transactions, independent of the database: one source of statements for all of them.

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
