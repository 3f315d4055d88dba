"""`penstock clients`."""

from typing import Annotated

import typer

from penstock.cli.common import Data, Database, Json, Yes, confirmed, moment, print_listing, settings, with_container
from penstock.model.principal import EVERY_SCOPE, Scope, Tier

app = typer.Typer(help="Programs that ask for tokens in their own name.", no_args_is_help=True)


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
    print(
        with_container(
            settings(data, database), lambda container: container.engine.access.create_client(name, scopes, tier)
        )
    )


@app.command("list")
def list_clients(data: Data = None, database: Database = None, as_json: Json = False) -> None:
    """Show every client."""
    clients = with_container(settings(data, database), lambda container: container.engine.access.clients())
    rows = [(client.id, " ".join(sorted(client.scopes)), moment(client.created_at)) for client in clients]
    print_listing(("name", "scopes", "created"), rows, as_json)


@app.command()
def rotate(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its public name.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Give a client another secret and print it, alone. The old one is void; the tokens it gave go on."""
    print(with_container(settings(data, database), lambda container: container.engine.access.rotate_client(name)))


@app.command()
def remove(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Its public name.")],
    yes: Yes = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Remove a client; its tokens end at once, its account and files stay."""
    confirmed(f"Remove the client {name}? Its tokens end at once.", yes)
    with_container(settings(data, database), lambda container: container.engine.access.remove_client(name))
