"""The commands, put together."""

import os
import sys
from typing import Annotated, NoReturn

import typer

from penstock import __version__
from penstock.cli import (
    audit,
    backup,
    chain,
    check,
    clients,
    collect,
    config,
    copy,
    importing,
    keys,
    migrate,
    publications,
    serve,
    sessions,
    tokens,
    users,
    wallet,
)
from penstock.model.faults import AccountRefused, AccountTaken, AccountUnknown, Refusal, StorageFull
from penstock.settings import unknown_variables

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"penstock {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """The upload server that existing front ends can already talk to."""


app.command("serve")(serve.serve)
app.add_typer(users.app, name="users")
app.add_typer(tokens.app, name="tokens")
app.add_typer(sessions.app, name="sessions")
app.add_typer(clients.app, name="clients")
app.add_typer(keys.app, name="keys")
app.command("audit")(audit.audit)
app.add_typer(wallet.app, name="wallet")
app.add_typer(publications.app, name="publications")
app.add_typer(chain.app, name="chain")
app.command("fsck")(check.fsck)
app.command("gc")(collect.gc)
app.command("backup")(backup.backup)
app.command("restore")(backup.restore)
app.command("copy")(copy.copy)
app.add_typer(importing.app, name="import")
app.command("migrate")(migrate.migrate)
app.add_typer(config.app, name="config")


def main() -> None:
    """The `penstock` command. What is refused is one line on standard error and exit code 1; so is a path that the
    system does not let us use.
    """
    os.umask(0o077)
    for sentence in unknown_variables():
        print(f"penstock: {sentence}", file=sys.stderr)
    try:
        app()
    except (Refusal, AccountRefused, AccountTaken, AccountUnknown) as refusal:
        _refuse(str(refusal))
    except StorageFull as full:
        _refuse(f"The disk is full: {full.free} bytes are free. See 'A full disk' in docs/operate.md.")
    except OSError as error:
        if error.filename is None:
            raise
        _refuse(f"{error.filename}: {error.strerror}")


def _refuse(reason: str) -> NoReturn:
    print(f"penstock: {reason}", file=sys.stderr)
    raise SystemExit(1) from None
