"""`penstock publications`."""

from typing import TYPE_CHECKING, Annotated

import typer

from penstock.cli.common import Data, Database, Json, moment, print_listing, settings, with_container
from penstock.cli.refusals import ChainRefused

if TYPE_CHECKING:
    from penstock.bootstrap import Container
    from penstock.model.publication import Publication

app = typer.Typer(help="What is published, or on its way there.", no_args_is_help=True)

COLUMNS = (
    "id",
    "owner",
    "file",
    "method",
    "state",
    "progress",
    "transaction",
    "created",
    "completed",
    "buried",
    "message",
)


@app.command("list")
def list_publications(
    unburied: Annotated[bool, typer.Option("--unburied", help="Those alone that the chain may still forget.")] = False,
    as_json: Json = False,
    data: Data = None,
    database: Database = None,
) -> None:
    """List publications, newest first."""
    publications = with_container(
        settings(data, database), lambda container: container.publishing.repository.listed(unburied=unburied)
    )
    print_listing(COLUMNS, map(_row, publications), as_json)


@app.command()
def retry(
    publication: Annotated[str, typer.Argument(metavar="ID", help="The publication, as the list names it.")],
    fee_rate: Annotated[
        int | None, typer.Option(min=1, help="Satoshi per byte of what is built anew.", show_default=False)
    ] = None,
    data: Data = None,
    database: Database = None,
) -> None:
    """Let a failed publication be live again; a running server takes it up at once."""
    with_container(settings(data, database), lambda container: _retry(container, publication, fee_rate))


async def _retry(container: "Container", name: str, fee_rate: int | None) -> None:
    from penstock.model.publication import PublicationId

    publication = await container.publishing.repository.publication(PublicationId(name))
    if publication is None or publication.failed_at is None:
        raise ChainRefused(f"There is no failed publication {name!r}.")
    await container.publishing.repository.retry(publication.id, fee_rate)


def _row(publication: "Publication") -> tuple[object, ...]:
    from penstock.publishing.notes import read

    return (
        publication.id,
        publication.order.owner,
        publication.order.name,
        publication.order.method,
        publication.state,
        publication.progress,
        publication.result or "",
        moment(publication.created_at),
        _when(publication.completed_at),
        _when(publication.buried_at),
        str(read(publication.message)),
    )


def _when(seconds: float | None) -> str:
    return "" if seconds is None else moment(seconds)
