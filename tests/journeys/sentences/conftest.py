"""The servers that are judged, of two workers each."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.journeys.sentences.manners import Manner
from tests.journeys.sentences.resumable.client import Resumable
from tests.journeys.sentences.sentences import Check
from tests.journeys.sentences.tus.client import Tus
from tests.support.process import ServerProcess

Address = tuple[int, str, str]
"""The port of a server, and the tokens of two people there."""


@pytest.fixture(scope="session")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """A server as it is set when nobody sets anything."""
    yield from _served(tmp_path_factory.mktemp("lasting"))


@pytest.fixture(scope="session")
def brief(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    """One whose unfinished uploads live for two seconds."""
    yield from _served(tmp_path_factory.mktemp("brief"), upload_ttl="2")


@pytest.fixture
def address(check: Check, request: pytest.FixtureRequest) -> Address:
    """Where a check asks."""
    found: Address = request.getfixturevalue("brief" if check.brief else "lasting")
    return found


@pytest.fixture
def tus(address: Address, manner: Manner) -> Iterator[Tus]:
    """A client of `tus`."""
    with closing(Tus(*address, manner)) as client:
        yield client


@pytest.fixture
def resumable(address: Address, manner: Manner) -> Iterator[Resumable]:
    """A client of `resumable`."""
    with closing(Resumable(*address, manner)) as client:
        yield client


def _served(folder: Path, **settings: str) -> Iterator[Address]:
    server = ServerProcess(folder / "data", workers=2, **settings).start()
    yield server.port, server.token("judith"), server.token("strange")
    server.stop()
