"""`penstock audit`."""

from typing import Annotated

import typer
from rich.table import Column, Table

from penstock.cli.common import Data, Database, moment, print_table, settings, with_works


def audit(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only acts by or about this name.")] = None,
    last: Annotated[int, typer.Option("--last", min=1, max=100_000, help="How many.")] = 50,
    data: Data = None,
    database: Database = None,
) -> None:
    """Show sensitive acts, newest first: when, who, from where, what, and what came of it. Times are UTC."""
    names = (Column(name, overflow="fold") for name in ("when", "who", "from", "act", "about", "outcome"))
    table = Table(*names)
    for entry in with_works(settings(data, database), lambda works: works.engine.audit.last(last, name)):
        table.add_row(moment(entry.at), entry.who.name, entry.who.origin, entry.act, entry.about, entry.outcome)
    print_table(table)
