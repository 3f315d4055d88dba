"""Servers to test with. None outlives its test."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ports.records import Clock
from tests.support.engine import EngineServer, open_engine_server

Opener = Callable[..., EngineServer]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def another(tmp_path: Path, clock: Clock) -> AsyncIterator[Opener]:
    """Opens one more process on the folder of this test."""
    made: list[EngineServer] = []

    def opened(process: str, **kwargs: Any) -> EngineServer:
        made.append(open_engine_server(tmp_path / "data", clock, **kwargs))
        return made[-1]

    yield opened
    for server in made:
        await server.close()


@pytest.fixture
def server(another: Opener) -> EngineServer:
    return another("one")


@pytest.fixture
def other(server: EngineServer, another: Opener) -> EngineServer:
    return another("two")
