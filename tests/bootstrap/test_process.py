"""What a process does before it serves."""

import resource
from collections.abc import Iterator

import pytest

from penstock.bootstrap.process import raise_open_files


@pytest.fixture
def few_files() -> Iterator[int]:
    """A process that may open few files, and is let open more if it asks."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
    yield hard
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_as_many_files_as_may_be(few_files: int) -> None:
    """A server may open as many files as the system lets it, not as few as the shell does."""
    raise_open_files()
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] == few_files
