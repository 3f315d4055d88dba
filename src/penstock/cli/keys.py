"""`penstock keys`."""

from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.common import Data, Database, SecretFile, Yes, confirmed, settings, with_container
from penstock.model.audit import COMMAND_LINE, Act
from penstock.model.faults import Refusal

if TYPE_CHECKING:
    from penstock.bootstrap import Container

app = typer.Typer(help="The keys that addresses are signed with.", no_args_is_help=True)


class KeysRefused(Refusal):
    """The command makes no sense here; the text says why."""


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
    secret_file: SecretFile = None,
) -> None:
    """Sign with a new key from now on. A running server takes it up at once."""
    if forget:
        confirmed("Void every address that was signed so far?", yes)
    with_container(settings(data, database, secret_file=secret_file), lambda container: _rotate(container, forget))


@app.command()
def reseal(data: Data = None, database: Database = None, secret_file: SecretFile = None) -> None:
    """Seal keys and wallet under the first of the secrets that are given, so that the others can be taken away."""
    count = with_container(settings(data, database, secret_file=secret_file), _reseal)
    print(f"{count} sealed")


async def _rotate(container: "Container", forget: bool) -> None:
    await container.storage.keys.rotate(keep=not forget)
    what = "older ones are void" if forget else "older ones are believed"
    await container.engine.audit.note(COMMAND_LINE, Act.KEYS_ROTATED, outcome=what)


async def _reseal(container: "Container") -> int:
    kept = container.storage.metadata.secrets
    if kept is None:
        raise KeysRefused("Keys and wallet lie in the data folder: nothing is sealed there.")
    count = await kept.reseal()
    await container.engine.audit.note(COMMAND_LINE, Act.KEYS_ROTATED, outcome="sealed anew")
    return count
