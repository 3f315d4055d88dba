"""`penstock keys`."""

from typing import Annotated

import typer

from penstock.cli.common import Data, Database, Yes, confirmed, settings, with_container
from penstock.model.audit import COMMAND_LINE, Act

app = typer.Typer(help="The keys that addresses are signed with.", no_args_is_help=True)


@app.callback()
def keys() -> None:
    """The keys that addresses are signed with."""


@app.command()
def rotate(
    forget: Annotated[
        bool, typer.Option("--forget", help="Believe no older key: every address signed so far is void.")
    ] = False,
    yes: Yes = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Sign with a new key from now on. A running server takes it up at once."""
    from penstock.bootstrap import rotate_keys

    if forget:
        confirmed("Void every address that was signed so far?", yes)
    chosen = settings(data, database)
    rotate_keys(chosen, keep=not forget)
    what = "older ones are void" if forget else "older ones are believed"
    with_container(chosen, lambda container: container.engine.audit.note(COMMAND_LINE, Act.KEYS_ROTATED, outcome=what))
