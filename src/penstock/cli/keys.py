"""`penstock keys`."""

from typing import Annotated

import typer

from penstock.bootstrap import rotate_keys
from penstock.cli.common import Data, Database, settings

app = typer.Typer(help="The keys that addresses are signed with.", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """The keys that addresses are signed with."""


@app.command()
def rotate(
    forget: Annotated[
        bool, typer.Option("--forget", help="Believe no older key: every address signed so far is void.")
    ] = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Sign with a new key from now on. A running server takes it up at once."""
    rotate_keys(settings(data, database), keep=not forget)
