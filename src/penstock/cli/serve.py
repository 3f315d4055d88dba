"""`penstock serve`."""

from typing import Annotated

import typer

from penstock.cli.common import Data, Database, SecretFile, Store
from penstock.settings import load, origins_of


def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on.", show_default="8080")] = None,
    workers: Annotated[int | None, typer.Option(help="How many processes serve.", show_default="1")] = None,
    open_without_token: Annotated[
        str | None,
        typer.Option("--open", help="Dialects that ask for no token, such as instant.", metavar="DIALECT,…"),
    ] = None,
    database: Database = None,
    store: Store = None,
    limits: Annotated[
        str | None,
        typer.Option(help="Where calls are counted, for many nodes.", metavar="URL", show_default="in the database"),
    ] = None,
    secret_file: SecretFile = None,
) -> None:
    """Serve. An empty or missing data folder is made ready first."""
    from penstock.cli.serving import run

    flags = {"data": data, "host": host, "port": port, "workers": workers, "open": open_without_token}
    flags |= {"database": database, "store": store, "limits": limits, "secret_file": secret_file}
    run(load(flags), origins_of(flags))
