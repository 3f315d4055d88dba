"""Events over servers in processes of their own: none is lost, none comes twice to a stream, whatever dies."""

import json
import os
import random
import signal
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.support.backing import SECRET
from tests.support.changes import LIFE, Changer, Fickle, Slow, all_heard, made
from tests.support.process import ServerProcess
from tests.support.receiver import is_genuine, receiving

pytestmark = pytest.mark.on_folder("where records are kept is said here")
FILES = {True: 250, False: 60}
"""How many, on SQLite and on PostgreSQL."""


@pytest.fixture(params=["folder", "postgres"])
async def records(request: pytest.FixtureRequest) -> dict[str, str]:
    """Where records are kept, as settings."""
    if request.param == "folder":
        return {}
    url = await request.getfixturevalue("postgres").make(f"events {uuid4().hex}")
    return {"database": url, "secret": SECRET}


@contextmanager
def serving(folder: Path, settings: Mapping[str, str] = {}, workers: int = 3) -> Iterator[ServerProcess]:
    server = ServerProcess(folder / "data", workers=workers, webhooks_private="true", **settings).start()
    try:
        yield server
    finally:
        if server.running:
            server.stop()


def administrator(server: ServerProcess) -> str:
    server.command("users", "add", "root", "--admin", "--password-stdin", stdin="a password\n")
    return server.command("tokens", "create", "root").strip()


def workers_of(server: ServerProcess) -> list[int]:
    """The processes that answer."""
    children = Path(f"/proc/{server.pid}/task/{server.pid}/children").read_text().split()
    return [int(pid) for pid in children if "spawn_main" in Path(f"/proc/{pid}/cmdline").read_text()]


def until(condition: Callable[[], object], within: float = 15.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Follower:
    """Follows events in a thread, and comes back with the last one's id, wherever the stream ends."""

    def __init__(self, server: ServerProcess, token: str, **query: str) -> None:
        self.numbers: list[int] = []
        self.events: list[dict[str, Any]] = []
        self.streams = 0
        self.statuses: list[int] = []
        self.ended = threading.Event()
        self._server, self._query = server, query
        self._headers = {"Authorization": f"Bearer {token}"}
        self._over = threading.Event()
        self._client = httpx.Client(timeout=20)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _take(self, block: dict[str, str]) -> None:
        if "data" in block:
            self.numbers.append(int(block["id"]))
            self.events.append(json.loads(block["data"]))

    def stop(self) -> None:
        """Follow no more; a stream that says nothing ends with the server."""
        self._over.set()
        self._thread.join(30)
        self._client.close()

    def _run(self) -> None:
        last = ""
        while not self._over.is_set():
            headers = self._headers | ({"Last-Event-ID": last} if last else {})
            with suppress(httpx.TransportError):
                url = f"{self._server.url}/drive/v1/events"
                with self._client.stream("GET", url, headers=headers, params=self._query) as stream:
                    self.statuses.append(stream.status_code)
                    self.streams += stream.status_code == 200
                    block: dict[str, str] = {}
                    for line in stream.iter_lines():
                        name, _, value = line.partition(": ")
                        block |= {name: value} if line else {}
                        if not line:  # an event counts when it is whole
                            last = block.get("id", last)
                            self._take(block)
                            block = {}
            self.ended.set()
            time.sleep(0.2)


def test_none_of_a_thousand_is_lost(tmp_path: Path, records: dict[str, str]) -> None:
    """Of a thousand events, while processes are killed and the receiver fails now and then, each is heard, signed, and
    those of one file in their order; whoever follows gets each of them once.
    """
    count = FILES[not records]
    with receiving() as receiver, serving(tmp_path, records) as server:
        receiver.answer = Fickle(10)
        token = administrator(server)
        hook = made(server.url, token, receiver.url)
        follower, changer, over = Follower(server, token), Changer([server.url], token), threading.Event()
        until(lambda: follower.streams)

        def kill() -> None:
            for number in range(1, 1000):
                if over.wait(1.5):
                    return
                if number == 2:
                    server.kill()
                    server.start()
                elif workers := workers_of(server):
                    with suppress(ProcessLookupError):
                        os.kill(random.choice(workers), signal.SIGKILL)

        killing = threading.Thread(target=kill)
        killing.start()
        try:
            changer.change(count)
        finally:
            over.set()
            killing.join()
        assert len(changer.files) == count
        all_heard(receiver, changer.files, within=45)
        assert all(is_genuine(heard, hook["secret"]) for heard in receiver.heard)
        until(lambda: sum(event["type"] == LIFE[-1] for event in follower.events) >= count)
        assert follower.streams > 1
        assert follower.numbers == sorted(set(follower.numbers))
        heard = {heard.id for heard in receiver.heard}
        assert {event["id"] for event in follower.events} == heard
        server.stop()
        follower.stop()


def test_streams_of_every_process_tell_the_same(tmp_path: Path, records: dict[str, str]) -> None:
    """Whichever process it is of, a stream tells what happened in any, in one order, within about a second."""
    with serving(tmp_path, records) as server:
        token = server.token("dora")
        followers = [Follower(server, token) for _ in range(6)]
        until(lambda: all(follower.streams for follower in followers))
        begun = time.monotonic()
        Changer([server.url], token).change(10)
        until(lambda: all(len(follower.events) == 10 * len(LIFE) for follower in followers))
        assert time.monotonic() - begun < 10
        assert len({tuple(follower.numbers) for follower in followers}) == 1
        server.stop()
        for follower in followers:
            follower.stop()


def test_a_stream_ends_with_what_it_stands_on(tmp_path: Path) -> None:
    """With the token, within seconds, and with the server, at once; there are so many of one caller's."""
    with serving(tmp_path, workers=1) as server:
        token = server.token("dora")
        followers = [Follower(server, token) for _ in range(9)]
        until(lambda: sum(follower.streams for follower in followers) >= 8)
        until(lambda: any(429 in follower.statuses for follower in followers))
        [listed] = json.loads(server.command("tokens", "list", "dora", "--json"))
        server.command("tokens", "revoke", listed["id"])
        until(lambda: all(follower.statuses[-1] == 401 for follower in followers), within=10)
        for follower in followers:
            follower.stop()
        other = Follower(server, server.command("tokens", "create", "dora").strip())
        until(lambda: other.streams)
        begun = time.monotonic()
        assert server.stop() in {0, -signal.SIGTERM}
        assert time.monotonic() - begun < 5
        other.stop()


def test_an_upload_waits_for_no_receiver(tmp_path: Path) -> None:
    """However slow receivers are, uploads and changes take the time that they take without any."""
    with receiving() as receiver, serving(tmp_path) as server:
        receiver.answer = Slow(0.4)
        token = administrator(server)
        for _ in range(3):
            made(server.url, token, receiver.url)
        begun = time.monotonic()
        Changer([server.url], token).change(20)
        assert time.monotonic() - begun < 15
        until(lambda: receiver.heard)
