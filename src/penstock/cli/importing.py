"""`penstock import`."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.common import Data, Database, Store, settings, with_container

if TYPE_CHECKING:
    from penstock.bootstrap import Container
    from penstock.dialects.tus.tusd import Kept

app = typer.Typer(help="What other servers keep.", no_args_is_help=True)


@app.callback()
def _imports() -> None:
    """What other servers keep."""


@app.command()
def tusd(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder of a tusd that is stopped.")],
    owner: Annotated[
        str, typer.Option(metavar="NAME", help="Whose uploads they become; `anonymous` for callers without a token.")
    ],
    data: Data = None,
    database: Database = None,
    store: Store = None,
) -> None:
    """Take over the uploads in the folder of a tusd, under their addresses. Exit code 1 when some could not be. An
    interrupted run goes on where it was; a server may run meanwhile.
    """
    from penstock.dialects.tus.tusd import read_folder

    found = list(read_folder(folder))
    kept, left = [one for one in found if not isinstance(one, str)], [one for one in found if isinstance(one, str)]

    async def take(container: "Container") -> tuple[dict[str, int], list[str]]:
        return await _take(container, kept, owner)

    outcomes, refused = with_container(settings(data, database, store), take, touches_bytes=True)
    print(", ".join(f"{what}: {count}" for what, count in outcomes.items()) or "nothing there")
    for sentence in (*left, *refused):
        typer.echo(f"left: {sentence}", err=True)
    if left or refused:
        raise typer.Exit(1)


async def _take(container: "Container", kept: "list[Kept]", owner: str) -> tuple[dict[str, int], list[str]]:
    from penstock.cli.progress import progress
    from penstock.dialects.tus import DIALECT, TusSettings
    from penstock.dialects.tus.tusd import Taker
    from penstock.http.routing.english import sentence
    from penstock.model.faults import Fault
    from penstock.model.principal import ANONYMOUS, Principal

    principal = ANONYMOUS
    if owner != ANONYMOUS.name:
        principal = Principal((await container.engine.access.user(owner)).id, owner)
    own = DIALECT.own(container.settings)
    assert isinstance(own, TusSettings)
    taker, outcomes, refused = Taker(container.engine, own, principal), dict[str, int](), list[str]()
    done, total = 0, sum(one.length for one in kept)
    with progress("taking over") as heard:
        for one in kept:
            try:
                outcome = await taker.take(one)
                outcomes[outcome] = outcomes.get(outcome, 0) + 1
            except Fault as fault:
                refused.append(f"{one.info.id}: {sentence(fault)}")
            done += one.length
            heard(done, total)
    return outcomes, refused
