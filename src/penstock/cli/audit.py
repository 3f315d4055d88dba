"""`penstock audit`."""

from typing import Annotated

import typer

from penstock.cli.common import Data, Database, Json, moment, print_listing, settings, with_container


def audit(
    name: Annotated[str | None, typer.Argument(metavar="[NAME]", help="Only acts by or about this name.")] = None,
    last: Annotated[int, typer.Option("--last", min=1, max=100_000, help="How many.")] = 50,
    data: Data = None,
    database: Database = None,
    as_json: Json = False,
) -> None:
    """Show sensitive acts, newest first: when, who, from where, what, and what came of it. Times are UTC."""
    rows = [
        (moment(entry.at), entry.actor.name, entry.actor.origin, entry.act, entry.about, entry.outcome)
        for entry in with_container(settings(data, database), lambda container: container.engine.audit.last(last, name))
    ]
    print_listing(("when", "who", "from", "act", "about", "outcome"), rows, as_json)
