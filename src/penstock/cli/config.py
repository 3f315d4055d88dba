"""`penstock config`."""

import msgspec
import typer
from rich.table import Column, Table

from penstock.cli.common import Data, Database, print_table, settings
from penstock.settings import is_secret
from penstock.settings import table as described

app = typer.Typer(help="The settings in force.", no_args_is_help=True)


@app.callback()
def config() -> None:
    """The settings in force."""


@app.command()
def show(data: Data = None, database: Database = None) -> None:
    """Show every setting, its variable, its value and what it means."""
    values = msgspec.structs.asdict(settings(data, database))
    names = (Column(name, no_wrap=True) for name in ("setting", "variable"))
    table = Table(*names, *(Column(name, overflow="fold") for name in ("value", "meaning")))
    for name, variable, _, about in described():
        value = "(secret)" if values[name] and is_secret(name) else values[name]
        table.add_row(name, variable, ", ".join(value) if isinstance(value, tuple) else str(value), about)
    print_table(table)
