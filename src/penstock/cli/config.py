"""`penstock config`."""

import msgspec
import typer

from penstock.cli.common import Data, Database, Json, print_listing, settings
from penstock.settings import origins_of, shown
from penstock.settings import table as described

app = typer.Typer(help="The settings in force.", no_args_is_help=True)


@app.callback()
def config() -> None:
    """The settings in force."""


@app.command()
def show(data: Data = None, database: Database = None, as_json: Json = False) -> None:
    """Show every setting, its variable, its value, where that came from and what it means."""
    values = msgspec.structs.asdict(settings(data, database))
    origins = origins_of({"data": data, "database": database})
    rows = []
    for name, variable, _, about in described():
        rows.append((name, variable, shown(name, values[name]), origins[name], about))
    print_listing(("setting", "variable", "value", "from", "meaning"), rows, as_json)
