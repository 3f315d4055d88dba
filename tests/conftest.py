"""Servers for the tests: one in this process for each test that wants it, one live for all of them."""

import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Any

import pytest

from cluster.postgres import Postgres, debian, newer
from cluster.programs import Missing
from tests.support.backing import OnCluster
from tests.support.ci import required_in_ci
from tests.support.databases import make_empty
from tests.support.folders import passable_folder
from tests.support.process import ServerProcess
from tests.support.server import OpenServer, People, Server, make_people, make_people_on_cluster, run_server

pytest.register_assert_rewrite("tests.journeys.sentences")  # whose asserts stand in files of their own


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--all` runs the long tests, too, and `--cluster` those that need a cluster's programs."""
    parser.addoption("--all", action="store_true", help="run the long tests, too")
    parser.addoption("--cluster", action="store_true", help="run the tests that need a cluster's programs, too")
    parser.addoption("--profile", choices=("folder", "cluster"), default="folder", help="what servers stand on")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the long tests out, but where CI is set or `--all` is said, and those for a cluster's programs, but with
    `--cluster`; a test that is named runs.
    """
    if any("::" in argument for argument in config.args):
        return
    asked = {
        "on_folder": config.getoption("--profile") == "folder",
        "cluster": config.getoption("--cluster"),
        "long": config.getoption("--all") or "CI" in os.environ,
    }
    marks = [mark for mark, wanted in asked.items() if not wanted]
    left = [item for item in items if any(map(item.get_closest_marker, marks))]
    config.hook.pytest_deselected(items=left)
    items[:] = [item for item in items if item not in set(left)]


@pytest.fixture(scope="session", autouse=True)
def shared_by_servers(request: pytest.FixtureRequest) -> Iterator[OnCluster | None]:
    """What all servers stand on with --profile cluster; None in folders."""
    if request.config.getoption("--profile") == "folder":
        yield None
        return
    with passable_folder() as folder:
        cluster = OnCluster(folder)
        cluster.start()
        ServerProcess.cluster = cluster
        yield cluster
        cluster.stop()


@pytest.fixture(scope="session")
def people(shared_by_servers: OnCluster | None, tmp_path_factory: pytest.TempPathFactory) -> People:
    """Two users, made once, in a folder or in what nodes share."""
    folder = tmp_path_factory.mktemp("people")
    cluster = shared_by_servers
    return make_people(folder / "data") if cluster is None else make_people_on_cluster(folder, cluster)


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


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """Debian's PostgreSQL, with an empty database of Penstock's in it."""
    yield from _served(debian)


@pytest.fixture(scope="session")
def newer_postgres() -> Iterator[Postgres]:
    """A newer PostgreSQL, likewise."""
    yield from _served(newer)


def _served(programs: Callable[[], str]) -> Iterator[Postgres]:
    try:
        found = programs()
    except Missing as missing:
        required_in_ci(False, str(missing))
        return
    with passable_folder() as folder, Postgres(folder / "data", found, durable=False) as server:
        make_empty(server)
        yield server
