"""Containers to test with. None outlives its test."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.ports.records import Clock
from tests.support.engine import Yard, open_yard

Opener = Callable[..., Yard]


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def another(tmp_path: Path, clock: Clock) -> AsyncIterator[Opener]:
    """Opens one more process on the folder of this test."""
    made: list[Yard] = []

    def opened(process: str, **kwargs: Any) -> Yard:
        made.append(open_yard(tmp_path / "data", clock, **kwargs))
        return made[-1]

    yield opened
    for yard in made:
        await yard.close()


@pytest.fixture
def yard(another: Opener) -> Yard:
    return another("one")


@pytest.fixture
def other(yard: Yard, another: Opener) -> Yard:
    return another("two")
