"""`penstock tokens`."""

from typing import Annotated

import typer

from penstock.cli.common import Data, Database, settings, with_works
from penstock.model.principal import EVERY_SCOPE, Scope
from penstock.settings import duration

app = typer.Typer(help="Credentials of users.", no_args_is_help=True)


@app.callback()
def tokens() -> None:
    """Credentials of users."""


@app.command()
def create(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")],
    scope: Annotated[list[Scope] | None, typer.Option(help="What it may be used for; by default everything.")] = None,
    expires: Annotated[str | None, typer.Option(metavar="TIME", help="How long it lives, such as 90d.")] = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Make a token and print it, alone. It is shown this once."""
    scopes = frozenset(scope) if scope else EVERY_SCOPE
    lifetime = None if expires is None else duration(expires)
    print(with_works(settings(data, database), lambda works: works.engine.access.create_token(name, scopes, lifetime)))
