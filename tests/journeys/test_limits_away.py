"""Redis dies and comes back under a server that counts its calls there."""

import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from cluster.redis import RedisServer
from tests.support.process import ServerProcess
from tests.support.redis import redis_at

PEOPLE = {"username": "olga", "password": "a password"}


@pytest.fixture
def redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis that runs."""
    with redis_at(tmp_path) as made:
        yield made


@pytest.fixture
def server(tmp_path: Path, redis: RedisServer) -> Iterator[ServerProcess]:
    """A server that counts there."""
    started = ServerProcess(tmp_path / "data", flags=("--limits", redis.url)).start()
    yield started
    started.stop()


def wait_for(condition: Callable[[], bool], within: float = 30) -> None:
    """Return once it holds."""
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_redis_dies_and_comes_back(server: ServerProcess, redis: RedisServer) -> None:
    """While Redis is away uploads and downloads go on, publications are told no limit, sign-in is 503 with
    `Retry-After`, and the server stays ready; once it is back sign-in works, and the log and a metric have said so.
    """
    token = server.token("olga")
    with httpx.Client(base_url=server.url, timeout=30) as api:
        bearer = {"Authorization": f"Bearer {token}"}

        def sign_in() -> httpx.Response:
            return api.post("/api/auth/login", json=PEOPLE)

        def config() -> httpx.Response:
            return api.get("/metafile-uploader/api/v1/config", headers=bearer)

        assert sign_in().status_code == 200
        assert config().headers["x-ratelimit-remaining"] == "299"
        redis.kill()
        refused = sign_in()
        assert (refused.status_code, refused.json()["success"]) == (503, False)
        assert int(refused.headers["retry-after"]) > 0
        sent = api.post("/api/files/upload", files={"file": ("a", b"hello")}, headers=bearer).json()["data"]
        assert api.get(f"/api/files/{sent['id']}/download", headers=bearer).content == b"hello"
        assert config().status_code == 200
        assert "x-ratelimit-limit" not in config().headers
        assert api.get("/readyz").status_code == 200
        redis.start()
        wait_for(lambda: sign_in().status_code == 200)
        assert config().headers["x-ratelimit-remaining"] == "299"
        [uncounted] = re.findall(r"^penstock_calls_uncounted_total (\S+)$", api.get("/metrics").text, re.M)
        assert float(uncounted) >= 3
    log = server.log.read_text()
    assert (log.count("rate limits unavailable"), log.count("rate limits available again")) == (1, 1)


def test_a_server_starts_without_redis(tmp_path: Path) -> None:
    """A Redis that is away at the start keeps nobody from uploading."""
    server = ServerProcess(tmp_path / "data", flags=("--limits", f"unix://{tmp_path}/nobody.sock")).start()
    try:
        headers = {"Authorization": f"Bearer {server.token('olga')}"}
        sent = httpx.post(f"{server.url}/api/files/upload", files={"file": ("a", b"hello")}, headers=headers)
        assert sent.status_code == 200
        assert httpx.post(f"{server.url}/api/auth/login", json=PEOPLE).status_code == 503
    finally:
        server.stop()


@pytest.mark.parametrize("url", ["http://127.0.0.1", "redis://127.0.0.1:port"])
def test_an_address_that_is_none(tmp_path: Path, url: str) -> None:
    """What is no address of a Redis is refused at the start, and not shown: there may be a password in it."""
    server = ServerProcess(tmp_path / "data", flags=("--limits", url))
    with pytest.raises(AssertionError):
        server.start()
    said = server.log.read_text()
    assert "limits: " in said
    assert url not in said
