"""Redis counts calls for all nodes together, and is not waited for while it is away."""

import asyncio
import os
import signal
import socket
import ssl
import subprocess
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import structlog
from redis import Redis

from cluster.programs import free_port
from cluster.redis import RedisServer
from penstock.adapters import redis_limits
from penstock.adapters.redis_limits import RedisLimiter
from penstock.model.faults import LimiterUnavailable
from tests.ports.limits import LimiterSpec
from tests.ports.records import Clock
from tests.support.redis import redis_at

CLOCK = "redis.call('GET', 'clock')"


class RedisClock(Clock):
    """The clock that a Redis goes by in these tests, moved by hand."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        super().__init__()

    @property
    def now(self) -> float:
        """Unix seconds."""
        return float(self._redis.get("clock"))  # type: ignore[arg-type]

    @now.setter
    def now(self, now: float) -> None:
        self._redis.set("clock", repr(now))


@asynccontextmanager
async def limiting(url: str, clock: str = redis_limits.NOW) -> AsyncIterator[RedisLimiter]:
    """A node's limiter."""
    limiter = RedisLimiter(url, lambda: None, clock=clock)
    yield limiter
    await limiter.close()


@asynccontextmanager
async def relayed(server: RedisServer, *, delay: float = 0, ssl: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """A port where the same Redis answers, so many seconds later."""

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", server.port)
        await asyncio.gather(pump(reader, inner_writer, 0), pump(inner_reader, writer, delay))

    async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, delay: float) -> None:
        while piece := await reader.read(65536):
            await asyncio.sleep(delay)
            writer.write(piece)
        writer.close()

    listening = await asyncio.start_server(relay, "127.0.0.1", ssl=ssl)
    yield listening.sockets[0].getsockname()[1]
    listening.close()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RedisServer]:
    with redis_at(tmp_path_factory.mktemp("redis")) as started:
        yield started


@pytest.fixture
def redis(server: RedisServer) -> Iterator[Redis]:
    """An empty Redis."""
    with Redis(port=server.port) as client:
        client.flushall()
        yield client


class TestRedisLimiter(LimiterSpec):
    @pytest.fixture
    def clock(self, redis: Redis) -> Clock:
        return RedisClock(redis)

    @pytest.fixture
    async def limiter(self, server: RedisServer, clock: Clock) -> AsyncIterator[RedisLimiter]:
        async with limiting(server.url, CLOCK) as made:
            yield made

    @pytest.fixture
    async def other(self, server: RedisServer, clock: Clock) -> AsyncIterator[RedisLimiter]:
        async with limiting(server.url, CLOCK) as made:
            yield made

    async def test_counts_go_with_their_windows(self, limiter: RedisLimiter, redis: Redis) -> None:
        """Clients that do not come back leave nothing behind for longer than a window."""
        for period in (60, 3600):
            await limiter.hit("b", str(period), 5, period)
            [key] = redis.keys(f"*{period}")
            assert 0 < redis.ttl(key) <= period


async def test_windows_go_by_the_clock_of_redis(server: RedisServer, redis: Redis) -> None:
    """Nodes whose clocks differ have the same windows: no node's clock is asked."""
    async with limiting(server.url) as limiter:
        before = redis.time()[0]
        allowance = await limiter.hit("b", "c", 1, 60)
        after = redis.time()[0]
    assert allowance.reset in {before - before % 60 + 60, after - after % 60 + 60}


@pytest.fixture
async def encrypted(server: RedisServer, tmp_path: Path) -> AsyncIterator[tuple[str, Path]]:
    """The address of the same Redis behind TLS, and the certificate that it shows."""
    made, key = tmp_path / "made.pem", tmp_path / "made.key"
    call = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost", "-keyout", str(key)]
    await (await asyncio.create_subprocess_exec(*call, *names, "-out", str(made), stderr=subprocess.DEVNULL)).wait()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made, key)

    async with relayed(server, ssl=context) as port:
        yield f"rediss://localhost:{port}", made


async def test_by_tls(encrypted: tuple[str, Path], redis: Redis) -> None:
    """`rediss://` is counted over TLS; a server whose certificate nobody vouches for is not told anything."""
    url, certificate = encrypted
    async with limiting(f"{url}?ssl_ca_certs={certificate}") as limiter:
        assert (await limiter.hit("b", "c", 5, 3600)).remaining == 4
    async with limiting(url) as limiter:
        with pytest.raises(LimiterUnavailable):
            await limiter.hit("b", "c", 5, 3600)


async def test_by_a_socket_in_the_file_system(tmp_path: Path) -> None:
    """`unix://` is an address, too: what refuses there is the socket, not the address."""
    async with limiting(f"unix://{tmp_path}/nobody.sock") as limiter:
        with pytest.raises(LimiterUnavailable):
            await limiter.hit("b", "c", 1, 60)


# --- away ------------------------------------------------------------------------------------------------------------


@pytest.fixture
def soon(monkeypatch: pytest.MonkeyPatch) -> Callable[[], None]:
    """A clock for pauses; each call of it lets a pause pass."""
    passed = Counter[str]()
    monkeypatch.setattr(redis_limits, "monotonic", lambda: 1000.0 + passed["pauses"] * redis_limits.PAUSE)

    def later() -> None:
        passed["pauses"] += 1

    return later


async def test_a_redis_that_goes_and_comes_back(tmp_path: Path, soon: Callable[[], None]) -> None:
    """While Redis is away no call is counted, each is told to the metric, and the log says once that it went; once it
    is back, the first call after a pause is counted again, and the log says so.
    """
    missed: list[None] = []
    with redis_at(tmp_path) as server, structlog.testing.capture_logs() as logs:
        limiter = RedisLimiter(server.url, lambda: missed.append(None))
        assert (await limiter.hit("b", "c", 5, 3600)).granted
        server.kill()
        for _ in range(3):
            with pytest.raises(LimiterUnavailable) as raised:
                await limiter.hit("b", "c", 5, 3600)
            assert raised.value.retry_after > 0
            soon()
        server.start()
        assert (await limiter.hit("b", "c", 5, 3600)).granted
        await limiter.close()
    assert len(missed) == 3
    assert [entry["event"] for entry in logs] == ["rate limits unavailable", "rate limits available again"]


async def test_within_a_pause_nobody_asks(tmp_path: Path, soon: Callable[[], None]) -> None:
    """A Redis that failed is not asked again within the pause, not even once it is back; after it by one call."""
    with redis_at(tmp_path) as server:
        server.kill()
        async with limiting(server.url) as limiter:
            with pytest.raises(LimiterUnavailable):
                await limiter.hit("b", "c", 5, 3600)
            server.start()
            with pytest.raises(LimiterUnavailable):
                await limiter.hit("b", "c", 5, 3600)
            soon()
            assert (await limiter.hit("b", "c", 5, 3600)).granted


async def test_one_call_asks_and_the_others_do_not_wait(soon: Callable[[], None]) -> None:
    """After the pause one call waits for the Redis that hangs, and every other call is answered meanwhile."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with limiting(f"redis://127.0.0.1:{silent.getsockname()[1]}") as limiter:
            with pytest.raises(LimiterUnavailable):
                await limiter.hit("b", "c", 5, 3600)
            soon()
            asking = asyncio.create_task(limiter.hit("b", "c", 5, 3600))
            await asyncio.sleep(0)
            for _ in range(100):
                with pytest.raises(LimiterUnavailable):
                    await limiter.hit("b", "c", 5, 3600)
            assert not asking.done()
            with pytest.raises(LimiterUnavailable):
                await asking


async def test_a_crowd_does_not_make_redis_look_away(
    server: RedisServer, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Calls that wait for their turn longer than for an answer are counted all the same: no flood ends the limits."""
    monkeypatch.setattr(redis_limits, "CONNECTIONS", 1)
    async with (
        relayed(server, delay=redis_limits.PATIENCE / 3) as port,
        limiting(f"redis://127.0.0.1:{port}") as limiter,
    ):
        crowd = await asyncio.gather(*[limiter.hit("b", "c", 5, 3600) for _ in range(8)])
    assert sum(allowance.granted for allowance in crowd) == 5


async def test_a_crowd_does_not_wait_in_turn_for_a_redis_that_is_away(monkeypatch: pytest.MonkeyPatch) -> None:
    """When the first call of a crowd finds Redis away, those behind it are told so, and do not ask themselves."""
    monkeypatch.setattr(redis_limits, "CONNECTIONS", 1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        async with limiting(f"redis://127.0.0.1:{silent.getsockname()[1]}") as limiter, asyncio.timeout(30):
            crowd = [limiter.hit("b", "c", 5, 3600) for _ in range(1000)]
            told = await asyncio.gather(*crowd, return_exceptions=True)
    assert all(isinstance(fault, LimiterUnavailable) for fault in told)


async def test_a_redis_that_stands_still(tmp_path: Path, soon: Callable[[], None]) -> None:
    """A Redis that takes connections and answers nothing is away, too, and is back when it goes on."""
    with redis_at(tmp_path) as server:
        async with limiting(server.url) as limiter:
            assert (await limiter.hit("b", "c", 5, 3600)).remaining == 4
            os.kill(server.pid, signal.SIGSTOP)
            with pytest.raises(LimiterUnavailable):
                async with asyncio.timeout(6 * redis_limits.PATIENCE):
                    await limiter.hit("b", "c", 5, 3600)
            os.kill(server.pid, signal.SIGCONT)
            soon()
            assert (await limiter.hit("b", "c", 5, 3600)).granted


async def test_a_restart_that_nobody_saw_costs_no_call(tmp_path: Path) -> None:
    """Connections that died with a Redis are replaced by the call that finds them dead."""
    with redis_at(tmp_path) as server:
        async with limiting(server.url) as limiter:
            await limiter.hit("b", "c", 5, 3600)
            server.kill()
            server.start()
            assert (await limiter.hit("b", "c", 5, 3600)).granted


async def test_a_call_that_is_cancelled_leaves_no_answer_for_the_next(server: RedisServer, redis: Redis) -> None:
    """Whoever hangs up amid a count does not have its answer read by somebody else."""
    async with limiting(server.url) as limiter:
        await limiter.hit("other", "c", 5, 3600)
        for turns in range(12):
            gone = asyncio.create_task(limiter.hit("b", "gone", 5, 3600))
            for _ in range(turns):
                await asyncio.sleep(0)
            gone.cancel()
            await asyncio.gather(gone, return_exceptions=True)
            assert (await limiter.hit("b", f"c{turns}", 5, 3600)).remaining == 4


async def test_a_name_that_nobody_knows() -> None:
    """A host without an address is a Redis that is away."""
    async with limiting(f"redis://redis.invalid:{free_port()}") as limiter:
        with pytest.raises(LimiterUnavailable):
            await limiter.hit("b", "c", 5, 3600)
