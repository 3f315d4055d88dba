"""A Redis for a test."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from cluster.programs import Missing
from cluster.redis import RedisServer
from tests.support.ci import required_in_ci


@contextmanager
def redis_at(folder: Path) -> Iterator[RedisServer]:
    """A Redis that runs. Without one the test skips on a laptop."""
    try:
        server = RedisServer(folder)
    except Missing as missing:
        required_in_ci(False, str(missing))
    with server:
        yield server
