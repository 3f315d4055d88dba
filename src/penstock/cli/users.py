"""`penstock users`."""

import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Column, Table

from penstock.cli.common import Data, Database, settings, with_works
from penstock.engine.access import AccountRefused
from penstock.model.principal import Tier

app = typer.Typer(help="Who may sign in.", no_args_is_help=True)
Name = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]


@app.command()
def add(
    name: Name,
    password_stdin: Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")],
    tier: Annotated[Tier, typer.Option(help="How large direct uploads may be.")] = Tier.NORMAL,
    admin: Annotated[bool, typer.Option("--admin", help="May administer Penstock.")] = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Make a user."""
    del password_stdin  # required, so that nobody types a password into a command line
    try:
        password = sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise AccountRefused("The password is not UTF-8.") from None
    with_works(
        settings(data, database), lambda works: works.engine.access.add_user(name, password, tier=tier, admin=admin)
    )


@app.command("list")
def list_users(data: Data = None, database: Database = None) -> None:
    """Show every user."""
    table = Table(Column("name", overflow="fold"), "tier", "admin", "disabled", Column("id", overflow="fold"))
    for user in with_works(settings(data, database), lambda works: works.engine.access.users()):
        table.add_row(user.name, user.tier, "yes" if user.admin else "", "yes" if user.disabled else "", user.id)
    Console().print(table)


@app.command()
def disable(name: Name, data: Data = None, database: Database = None) -> None:
    """Lock a user out; every token of the user's stops at once."""
    with_works(settings(data, database), lambda works: works.engine.access.change_user(name, disabled=True))


@app.command()
def enable(name: Name, data: Data = None, database: Database = None) -> None:
    """Let a user in again."""
    with_works(settings(data, database), lambda works: works.engine.access.change_user(name, disabled=False))


@app.command("set-tier")
def set_tier(name: Name, tier: Tier, data: Data = None, database: Database = None) -> None:
    """Change how large a user's direct uploads may be."""
    with_works(settings(data, database), lambda works: works.engine.access.change_user(name, tier=tier))
