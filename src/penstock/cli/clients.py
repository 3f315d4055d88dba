"""`penstock clients`."""

from typing import Annotated

import typer

from penstock.cli.common import Data, Database, settings, with_works
from penstock.model.principal import EVERY_SCOPE, Scope, Tier

app = typer.Typer(help="Programs that ask for tokens in their own name.", no_args_is_help=True)


@app.callback()
def clients() -> None:
    """Programs that ask for tokens in their own name."""


@app.command()
def add(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its public name, the `client_id`.")],
    scope: Annotated[list[Scope] | None, typer.Option(help="What it may; by default everything.")] = None,
    tier: Annotated[Tier, typer.Option(help="How large direct uploads may be.")] = Tier.NORMAL,
    data: Data = None,
    database: Database = None,
) -> None:
    """Make a client and print its secret, alone. It is shown this once; the client's account is `client:NAME`."""
    scopes = frozenset(scope) if scope else EVERY_SCOPE
    print(with_works(settings(data, database), lambda works: works.engine.access.create_client(name, scopes, tier)))
