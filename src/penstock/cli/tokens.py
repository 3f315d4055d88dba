"""`penstock tokens`."""

from typing import Annotated

import typer

from penstock.cli.common import Data, Database, Json, moment, print_listing, settings, with_container
from penstock.model.principal import EVERY_SCOPE, Scope
from penstock.settings import duration

app = typer.Typer(help="Credentials of users.", no_args_is_help=True)


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
    print(
        with_container(
            settings(data, database), lambda container: container.engine.access.create_token(name, scopes, lifetime)
        )
    )


@app.command("list")
def list_tokens(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")],
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show a user's tokens that are good. What they are is told to nobody; sign-ins are under `sessions`."""
    tokens = with_container(settings(data, database), lambda container: container.engine.access.tokens(name))
    rows = [
        (token.id, " ".join(sorted(token.scopes)), moment(token.created_at), moment(token.expires_at))
        for token in tokens
    ]
    print_listing(("id", "scopes", "created", "expires"), rows, as_json)


@app.command()
def revoke(
    token: Annotated[str, typer.Argument(metavar="ID", help="The token's id, as `list` shows it.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """End a token at once."""
    with_container(settings(data, database), lambda container: container.engine.access.revoke_token(token))
