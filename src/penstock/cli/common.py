"""What the commands share: their options, and a store to work on."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import typer
from rich.console import Console
from rich.table import Table

from penstock.bootstrap import Works, open_works
from penstock.settings import Settings, load

T = TypeVar("T")

Data = Annotated[str | None, typer.Option("--data", help="The data folder.", metavar="DIR", show_default=False)]
Database = Annotated[
    str | None, typer.Option("--database", help="Where the metadata lies.", metavar="URL", show_default=False)
]


def settings(data: str | None, database: str | None) -> Settings:
    """The settings of a command that works on a store."""
    return load({"data": data, "database": database})


def with_works(chosen: Settings, act: Callable[[Works], Awaitable[T]]) -> T:
    """Open the store that is there, act, close it. A server may run on it meanwhile."""

    async def run() -> T:
        works = open_works(chosen, make=False)
        try:
            return await act(works)
        finally:
            await works.close()

    return asyncio.run(run())


def print_table(table: Table) -> None:
    """Print a table. What it says is text and nothing else: names and addresses are others' to choose."""
    Console(markup=False, emoji=False, highlight=False).print(table)


def moment(seconds: float | None) -> str:
    """A time (Unix seconds) as people read it, in UTC."""
    return "never" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
