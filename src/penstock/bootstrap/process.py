"""The life of a server process."""

import asyncio
import ctypes
import os
import resource
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import structlog
from starlette.routing import Router
from starlette.types import ASGIApp, Receive, Scope, Send

from penstock.bootstrap.application import application, open_to, without_token
from penstock.bootstrap.container import Container, open_container
from penstock.logs import configure
from penstock.settings import Settings, load

_log = structlog.get_logger("penstock.start")


@asynccontextmanager
async def running(container: Container) -> AsyncIterator[None]:
    """Run the background work while the context lasts, then close everything."""
    publishing, settings = container.publishing, container.settings
    await container.storage.keys.load()
    background = [
        container.upkeep.run(settings.upkeep_interval),
        container.upkeep.run_resuming(),
        container.storage.keys.follow(),
        container.uploading.sampling.run(),
        publishing.runner.run(),
        publishing.watch.run(),
        *container.uploading.hooks.background,
    ]
    if publishing.devchain is not None:
        background.append(publishing.devchain.run(settings.block_interval))
    tasks = [asyncio.create_task(work) for work in background]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await container.close()


def create() -> ASGIApp:
    """The application of a worker process, with settings from the environment."""
    os.umask(0o077)
    raise_open_files()
    settings = load({})
    configure(settings.log_format, settings.log_level)
    keep_memory()
    _warn(settings)
    return server(open_container(settings))


def _warn(settings: Settings) -> None:
    """Log the conditions that the operator should know of."""
    if dialects := without_token(settings):
        _log.warning("open without a token", dialects=dialects, to=open_to(settings))


def server(container: Container) -> ASGIApp:
    """The application, with background work for its lifetime."""
    app = application(container)
    life = Router(lifespan=lambda _: running(container))

    async def serve(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await life.lifespan(scope, receive, send)
        else:
            await app(scope, receive, send)

    return serve


def raise_open_files() -> None:
    """Let the process open as many files as it may: each connection and each part under way is one, and the soft limit
    (1,024 in most shells) is there for programs that use select(2), which this one does not.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def keep_memory() -> None:
    """Let malloc keep freed memory: each read of 256 KB would otherwise cost an mmap and its page faults
    (mallopt(3)).
    """
    trim_threshold, mmap_threshold, arenas = -1, -3, -8
    with suppress(AttributeError, OSError):
        libc = ctypes.CDLL("libc.so.6")
        libc.mallopt(mmap_threshold, 64 << 20)
        libc.mallopt(trim_threshold, 256 << 20)
        libc.mallopt(arenas, 2)  # otherwise each of many threads keeps a heap of its own
