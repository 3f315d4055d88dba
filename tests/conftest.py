"""Servers for the tests: one in this process for each test that wants it, one live for all of them."""

import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from tests.support.process import ServerProcess
from tests.support.server import OpenServer, People, Server, make_people, run_server


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--all` runs the long tests, too, and `--cluster` those that need what `make test-cluster` installs."""
    parser.addoption("--all", action="store_true", help="run the long tests, too")
    parser.addoption("--cluster", action="store_true", help="run the tests that need programs of `make test-cluster`")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out, but where CI is set, where `--all` is said, and where a test is named; and those that
    need what `make test-cluster` installs, but where `--cluster` is said or a test is named.
    """
    if any("::" in argument for argument in config.args):
        return
    absent = set() if config.getoption("--all") or "CI" in os.environ else {"long"}
    absent |= set() if config.getoption("--cluster") else {"cluster"}
    left_out = [item for item in items if any(item.get_closest_marker(mark) for mark in absent)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


@pytest.fixture(scope="session")
def people(tmp_path_factory: pytest.TempPathFactory) -> People:
    """A data folder with two users, made once."""
    return make_people(tmp_path_factory.mktemp("people") / "data")


@pytest.fixture
def open_server(people: People, tmp_path: Path) -> OpenServer:
    """Opens a server in this process with the settings it is given."""

    def opened(**settings: Any) -> AbstractAsyncContextManager[Server]:
        return run_server(people, tmp_path / "data", **settings)

    return opened


@pytest.fixture
async def server(request: pytest.FixtureRequest, open_server: OpenServer) -> AsyncIterator[Server]:
    """A server in this process, with nothing in it but its users, that speaks what the nearest `dialects` mark says."""
    mark = request.node.get_closest_marker("dialects")
    settings = {} if mark is None else mark.kwargs | ({"dialects": mark.args} if mark.args else {})
    async with open_server(**settings) as opened:
        yield opened


@pytest.fixture(scope="session")
def live(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    """A server in a process of its own, started as a user starts it, and stopped as an operator stops it."""
    server = ServerProcess(tmp_path_factory.mktemp("live") / "data", flags=("--open", "instant,metaid")).start()
    yield server
    assert server.stop() in {0, -signal.SIGTERM}, server.log.read_text()


@pytest.fixture(scope="session")
def live_token(live: ServerProcess) -> str:
    """A token of a user of the live server, for tests that share one."""
    return live.token("somebody")
