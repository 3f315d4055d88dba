"""`penstock serve`."""

import asyncio
import atexit
import os
import shutil
import sys
from typing import Annotated

import typer
import uvicorn

from penstock.bootstrap import create, open_doors, open_to, open_works
from penstock.cli.common import Data, Database
from penstock.http.protocol import BoundedProtocol
from penstock.settings import Settings, environment_of, load


def serve(
    data: Data = None,
    host: Annotated[str | None, typer.Option(help="The address to listen on.", show_default="127.0.0.1")] = None,
    port: Annotated[int | None, typer.Option(help="The port to listen on.", show_default="8080")] = None,
    workers: Annotated[int | None, typer.Option(help="How many processes serve.", show_default="1")] = None,
    open_without_token: Annotated[
        str | None,
        typer.Option("--open", help="Dialects that ask for no token: instant, metaid.", metavar="DIALECT,…"),
    ] = None,
    database: Database = None,
) -> None:
    """Serve. An empty or missing data folder is made ready first."""
    flags = {"data": data, "host": host, "port": port, "workers": workers, "database": database}
    chosen = load({**flags, "open": open_without_token})
    _prepare(chosen)
    os.environ |= environment_of(chosen)
    if chosen.workers > 1:
        _share_metrics(chosen)
    uvicorn.run(
        "penstock.bootstrap:create" if chosen.workers > 1 else create(),
        factory=chosen.workers > 1,
        host=chosen.host,
        port=chosen.port,
        workers=chosen.workers,
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=int(chosen.shutdown_grace),
    )


def _prepare(chosen: Settings) -> None:
    """Refuse early what cannot be served, and tell a newcomer what to do next."""
    fresh = not (chosen.folder / "format").exists()
    asyncio.run(open_works(chosen).close())
    if fresh:
        _say(
            f"A new store in {chosen.folder}. Make a user and a token in another terminal:",
            f"  echo 'a password' | penstock users add NAME --password-stdin --data {chosen.data}",
            f"  penstock tokens create NAME --data {chosen.data}",
        )
    doors = f"{', '.join(named)} (to {open_to(chosen)})" if (named := open_doors(chosen)) else "none"
    _say(
        f"Penstock serves http://{chosen.host}:{chosen.port} (documentation at /docs).",
        f"Dialects: {', '.join(chosen.dialects)}. Open without a token: {doors}.",
    )
    if not chosen.trusted_proxies:
        _say("No proxy is trusted: behind one, name it in trusted_proxies, or all its users share one client's limits.")


def _share_metrics(chosen: Settings) -> None:
    """Every worker leaves its counters where `/metrics` of any of them adds them up."""
    folder = chosen.folder / "metrics" / str(os.getpid())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _say(*lines: str) -> None:
    print(*lines, sep="\n", file=sys.stderr, flush=True)
