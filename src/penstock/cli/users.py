"""`penstock users`."""

import re
import sys
from typing import Annotated

import typer

from penstock.cli.common import Data, Database, Json, Yes, confirmed, print_listing, settings, with_container
from penstock.model.faults import AccountRefused
from penstock.model.principal import ENDLESS, OwnQuota, Tier
from penstock.settings import SettingsRefused, size

app = typer.Typer(help="Who may sign in.", no_args_is_help=True)
MAX_AMOUNT = (1 << 63) - 1
"""The highest amount that the database can hold."""

Name = Annotated[str, typer.Argument(metavar="NAME", help="The user's name.")]


PasswordStdin = Annotated[bool, typer.Option("--password-stdin", help="Read the password from standard input.")]


@app.command()
def add(
    name: Name,
    password_stdin: PasswordStdin = False,
    tier: Annotated[Tier, typer.Option(help="How large direct uploads may be.")] = Tier.NORMAL,
    admin: Annotated[bool, typer.Option("--admin", help="May administer Penstock.")] = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Make a user."""
    password = _password(from_stdin=password_stdin)
    with_container(
        settings(data, database),
        lambda container: container.engine.access.add_user(name, password, tier=tier, admin=admin),
    )


@app.command("set-password")
def set_password(
    name: Name,
    password_stdin: PasswordStdin = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """Give a user another password; every session of the user's ends."""
    password = _password(from_stdin=password_stdin)
    with_container(settings(data, database), lambda container: container.engine.sessions.set_password(name, password))


@app.command("reset-2fa")
def reset_factor(name: Name, data: Data = None, database: Database = None) -> None:
    """Switch off the second factor of a user who has lost it."""
    with_container(settings(data, database), lambda container: container.engine.factors.reset(name))


@app.command("list")
def list_users(data: Data = None, database: Database = None, as_json: Json = False) -> None:
    """Show every user."""
    users = with_container(settings(data, database), lambda container: container.engine.access.users())
    rows = [(user.name, user.tier, user.admin, user.disabled, user.id, _shown(user.quota)) for user in users]
    print_listing(("name", "tier", "admin", "disabled", "id", "quota"), rows, as_json)


@app.command()
def disable(name: Name, data: Data = None, database: Database = None) -> None:
    """Lock a user out; every token of the user's stops at once."""
    with_container(settings(data, database), lambda container: container.engine.access.change_user(name, disabled=True))


@app.command()
def enable(name: Name, data: Data = None, database: Database = None) -> None:
    """Let a user in again."""
    with_container(
        settings(data, database), lambda container: container.engine.access.change_user(name, disabled=False)
    )


@app.command()
def remove(
    name: Name,
    give_to: Annotated[str | None, typer.Option("--give-to", metavar="NAME", help="Who gets the files.")] = None,
    yes: Yes = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """End an account: nobody can sign in as it any more, and its files are removed, or given to another. What it
    published, and the audit log, stay.
    """
    fate = "its files are removed" if give_to is None else f"its files are given to {give_to}"
    confirmed(f"End the account {name}? For good: {fate}.", yes)
    count = with_container(
        settings(data, database), lambda container: container.engine.access.remove_user(name, give_to)
    )
    print(f"{count} files {'removed' if give_to is None else f'given to {give_to}'}")


@app.command("set-tier")
def set_tier(name: Name, tier: Tier, data: Data = None, database: Database = None) -> None:
    """Change how large a user's direct uploads may be."""
    with_container(settings(data, database), lambda container: container.engine.access.change_user(name, tier=tier))


@app.command("set-quota")
def set_quota(
    name: Name,
    most_bytes: Annotated[
        str | None, typer.Option("--bytes", help="What files and unfinished uploads may hold, such as 10GB.")
    ] = None,
    files: Annotated[str | None, typer.Option(help="How many files there may be.")] = None,
    uploads: Annotated[str | None, typer.Option(help="How many unfinished uploads there may be.")] = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Change how much a user may have: an amount, `none` for unlimited, `default` for what the settings say."""
    given = {"bytes": most_bytes, "files": files, "uploads": uploads}
    own = {what: _amount(what, amount) for what, amount in given.items() if amount is not None}
    with_container(settings(data, database), lambda container: container.engine.access.set_quota(name, own))


def _password(*, from_stdin: bool) -> str:
    """What is typed, twice and unseen, by a person at a terminal; a script says where it comes from, and no command
    line ever holds it. Raises `AccountRefused`.
    """
    if not from_stdin:
        if not sys.stdin.isatty():
            raise typer.BadParameter("write the password to standard input", param_hint="--password-stdin")
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    try:
        return sys.stdin.readline().rstrip("\r\n")
    except UnicodeDecodeError:
        raise AccountRefused("The password is not UTF-8.") from None


def _amount(what: str, amount: str) -> int | None:
    """An own quota as it is kept. Raises `SettingsRefused`."""
    if amount in {"none", "default"}:
        return ENDLESS if amount == "none" else None
    if what == "bytes":
        return min(size(amount), MAX_AMOUNT)
    if not re.fullmatch("[0-9]{1,18}", amount):
        raise SettingsRefused(f"{what}: {amount!r} is neither a number nor none nor default.")
    return int(amount)


def _shown(own: OwnQuota) -> str:
    """Only what is not as the settings say."""
    amounts = (("bytes", own.bytes), ("files", own.files), ("uploads", own.uploads))
    return "\n".join(f"{what} {'none' if most == ENDLESS else most}" for what, most in amounts if most is not None)
