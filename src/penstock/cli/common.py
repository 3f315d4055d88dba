"""What the commands share: their options, and a store to work on."""

import json
import sys
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, TypeVar

import typer

from penstock.settings import Settings, load

if TYPE_CHECKING:
    from penstock.bootstrap import Container

T = TypeVar("T")

UNWRAPPED = 100_000
"""How many columns a line may have that goes into a pipe or a file."""

Yes = Annotated[bool, typer.Option("--yes", help="Do not ask.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]
Data = Annotated[str | None, typer.Option("--data", help="The data folder.", metavar="DIR", show_default=False)]
Database = Annotated[
    str | None, typer.Option("--database", help="Where the metadata lies.", metavar="URL", show_default=False)
]
SecretFile = Annotated[
    str | None,
    typer.Option("--secret-file", help="The secret that every node is given.", metavar="FILE", show_default=False),
]
Store = Annotated[str | None, typer.Option("--store", help="Where the bytes lie.", metavar="URL", show_default=False)]


def confirmed(question: str, yes: bool) -> None:
    """Ask a person at a terminal; a script means what it says. Exit code 1 for a no."""
    if not yes and sys.stdin.isatty():
        typer.confirm(question, abort=True)


def settings(
    data: str | None, database: str | None, store: str | None = None, secret_file: str | None = None
) -> Settings:
    """The settings of a command that works on a store."""
    return load({"data": data, "database": database, "store": store, "secret_file": secret_file})


def with_container(chosen: Settings, act: Callable[["Container"], Awaitable[T]], *, touches_bytes: bool = False) -> T:
    """Open the store that is there, act, close it. A server may run on it meanwhile. What `touches_bytes` must find
    those that the records are about.
    """
    import asyncio

    from penstock.bootstrap import open_container

    async def run() -> T:
        container = open_container(chosen, make=False)
        try:
            if touches_bytes:
                await container.storage.check()
            return await act(container)
        finally:
            await container.close()

    return asyncio.run(run())


def print_listing(columns: Sequence[str], rows: Iterable[Sequence[object]], as_json: bool) -> None:
    """Print rows as a table for people, or as one JSON array of objects for programs. What a table says is text and
    nothing else: names and addresses are others' to choose. Where no person looks on, nothing in it is wrapped.
    """
    if as_json:
        print(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], ensure_ascii=False))
        return
    from rich.console import Console
    from rich.table import Column, Table

    table = Table(*(Column(name, overflow="fold") for name in columns))
    for row in rows:
        table.add_row(*map(_cell, row))
    width = None if sys.stdout.isatty() else UNWRAPPED
    Console(markup=False, emoji=False, highlight=False, width=width).print(table)


def _cell(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else ""
    return "" if value is None else str(value)


def moment(seconds: float | None) -> str:
    """A time (Unix seconds) as people read it, in UTC."""
    return "never" if seconds is None else datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%d %H:%M:%S")
