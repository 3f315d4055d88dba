"""Servers for the tests: one in this process for each test that wants it, one live for all of them."""

import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.house import House, People, make_people, open_house
from tests.live import LiveServer


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--all` runs the long tests, too."""
    parser.addoption("--all", action="store_true", help="run the long tests, too")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out, but where CI is set, where `--all` is said, and where a test is named."""
    if config.getoption("--all") or "CI" in os.environ or any("::" in argument for argument in config.args):
        return
    long = [item for item in items if item.get_closest_marker("long")]
    config.hook.pytest_deselected(items=long)
    items[:] = [item for item in items if item not in long]


OpenHouse = Callable[..., AbstractAsyncContextManager[House]]


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    """A data folder with two users, made once."""
    return make_people(tmp_path_factory.mktemp("people") / "data")


@pytest.fixture
def open_with(people: People, tmp_path: Path) -> OpenHouse:
    """Opens a server in this process with the settings it is given."""

    def opened(**settings: Any) -> AbstractAsyncContextManager[House]:
        return open_house(people, tmp_path / "data", **settings)

    return opened


@pytest.fixture
async def house(open_with: OpenHouse) -> AsyncIterator[House]:
    """A server in this process, with nothing in it but its users."""
    async with open_with() as opened:
        yield opened


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LiveServer]:
    """A server in a process of its own, started as a user starts it, and stopped as an operator stops it."""
    server = LiveServer(tmp_path_factory.mktemp("live") / "data", flags=("--open", "instant,metaid")).start()
    yield server
    assert server.stop() in {0, -signal.SIGTERM}, server.log.read_text()


@pytest.fixture(scope="session")
def live_token(live: LiveServer) -> str:
    """A token of a user of the live server, for tests that share one."""
    return live.token("somebody")


def required_in_ci(present: bool, what: str) -> None:
    """Skip the test where something is missing on a laptop; fail there where nothing may be."""
    if present:
        return
    if "CI" in os.environ:
        pytest.fail(f"{what} is missing, and CI may not skip it")
    pytest.skip(f"{what} is missing")
