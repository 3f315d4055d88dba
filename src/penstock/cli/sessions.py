"""`penstock sessions`."""

from typing import Annotated

import typer
from rich.table import Column, Table

from penstock.cli.common import Data, Database, moment, print_table, settings, with_works

app = typer.Typer(help="Who is signed in.", no_args_is_help=True)


@app.command("list")
def list_sessions(
    name: Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Show a user's sign-ins."""
    table = Table(Column("id", overflow="fold"), "client", Column("address", overflow="fold"), "begun", "ends")
    for session in with_works(settings(data, database), lambda works: works.engine.sessions.of_user(name)):
        begun, ends = moment(session.created_at), moment(session.expires_at)
        table.add_row(session.id, session.client, session.address, begun, ends)
    print_table(table)


@app.command()
def revoke(
    session: Annotated[str, typer.Argument(metavar="ID", help="The session's id, as `list` shows it.")],
    data: Data = None,
    database: Database = None,
) -> None:
    """Sign somebody out: every token of the session ends at once."""
    with_works(settings(data, database), lambda works: works.engine.sessions.revoke(session))
