"""What `penstock serve` does."""

import asyncio
import atexit
import os
import shlex
import shutil
import sys
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path

import uvicorn
from uvicorn.supervisors import Multiprocess

from penstock.bootstrap import connection_limits, create, open_container, open_to, without_token
from penstock.http.server.listening import host_and_port, listen
from penstock.http.server.protocol import HttpProtocol
from penstock.model.faults import StorageFailed, StorageFull
from penstock.settings import Settings, environment_of, listening_addresses

STARTUP_FAILED = 3
"""The exit code of a server that did not come up, as uvicorn has it."""


def run(chosen: Settings, origins: Mapping[str, str]) -> None:
    """Bind, look at the store, tell what is served, and serve until told to stop."""
    sockets = [sock for host, port in listening_addresses(chosen) for sock in listen(host, port)]
    try:
        fresh, shortage = _open_once(chosen)
    except BaseException:
        for sock in sockets:
            sock.close()
        raise
    _greet(chosen, fresh, shortage)
    os.environ |= environment_of(chosen, origins)
    if chosen.workers > 1:
        _share_metrics(chosen)
    config = uvicorn.Config(
        "penstock.bootstrap:create" if chosen.workers > 1 else create(),
        factory=chosen.workers > 1,
        workers=chosen.workers,
        loop="uvloop",
        http=partial(HttpProtocol, limits=connection_limits(chosen)),  # type: ignore[arg-type]
        ws="none",
        lifespan="on",
        proxy_headers=False,
        server_header=False,
        access_log=False,
        log_config=None,
        timeout_graceful_shutdown=int(chosen.shutdown_grace),
    )
    if chosen.workers > 1:
        Multiprocess(config, sockets=sockets).run()
        return
    server = uvicorn.Server(config)
    with suppress(KeyboardInterrupt):
        server.run(sockets=sockets)
    if not server.started:
        sys.exit(STARTUP_FAILED)


def _open_once(chosen: Settings) -> tuple[bool, StorageFull | None]:
    """Refuse early what cannot be served; whether the store is a new one, and whether it lacks space."""
    fresh = not (chosen.folder / "format").exists()
    return fresh, asyncio.run(_look_at(chosen))


def _greet(chosen: Settings, fresh: bool, shortage: StorageFull | None) -> None:
    """Say what is served, and tell a newcomer what to do next."""
    command, data = shlex.quote(_command()), shlex.quote(chosen.data)
    if fresh:
        _say(
            f"A new store in {chosen.folder}. Make a user and a token in another terminal:",
            f"  echo 'a password' | {command} users add NAME --password-stdin --data {data}",
            f"  {command} tokens create NAME --data {data}",
        )
    anonymous = f"{', '.join(named)} (to {open_to(chosen)})" if (named := without_token(chosen)) else "none"
    if shortage is not None:
        _say(
            f"Warning: {shortage.free} bytes are free, and below {shortage.min_free} (`min_free`) no part is taken. "
            "See 'A full disk' in docs/operate.md."
        )
    _say(
        f"Penstock serves http://{host_and_port(chosen.host, chosen.port)} (documentation at /docs).",
        f"Dialects: {', '.join(chosen.dialects)}. Open without a token: {anonymous}.",
    )
    if not chosen.trusted_proxies:
        _say("No proxy is trusted: behind one, name it in trusted_proxies, or all its users share one client's limits.")


async def _look_at(chosen: Settings) -> StorageFull | None:
    """Open the store once, and tell whether it has too little room. Raises `Refusal` when it cannot be used."""
    container = open_container(chosen)
    try:
        with suppress(StorageFailed):  # one that does not answer yet may do so later: see `/readyz`
            await container.storage.check()
        await container.probes.space()
    except StorageFull as shortage:
        return shortage
    finally:
        await container.close()
    return None


def _command() -> str:
    """How this program is called in another terminal in the same folder: by its name alone where a shell finds it."""
    called = Path(sys.argv[0])
    installed = shutil.which("penstock")
    if installed is not None and Path(installed).resolve() == called.resolve():
        return "penstock"
    with suppress(ValueError):
        return str(called.absolute().relative_to(Path.cwd()))
    return str(called)


def _share_metrics(chosen: Settings) -> None:
    """Every worker leaves its counters where `/metrics` of any of them adds them up."""
    folder = chosen.folder / "metrics" / str(os.getpid())
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def _say(*lines: str) -> None:
    print(*lines, sep="\n", file=sys.stderr, flush=True)
