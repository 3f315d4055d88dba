"""`penstock sessions`."""

from typing import Annotated

import typer

from penstock.cli.common import Data, Database, Json, moment, print_listing, settings, with_container

app = typer.Typer(help="Who is signed in.", no_args_is_help=True)


@app.command("list")
def list_sessions(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")],
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show a user's sign-ins."""
    rows = [
        (session.id, session.client, session.address, moment(session.created_at), moment(session.expires_at))
        for session in with_container(
            settings(data, database), lambda container: container.engine.sessions.of_user(name)
        )
    ]
    print_listing(("id", "client", "address", "begun", "ends"), rows, as_json)


@app.command()
def revoke(
    session: Annotated[str, typer.Argument(metavar="ID", help="The session's id, as `list` shows it.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Sign somebody out: every token of the session ends at once."""
    with_container(settings(data, database), lambda container: container.engine.sessions.revoke(session))
