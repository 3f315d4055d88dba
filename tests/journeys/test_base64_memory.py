"""A hundred megabytes of base64 inside JSON pass through without being held."""

import base64
import http.client
import json
import os
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from tests.dialects.metaid.client import CHUNKED, asked
from tests.support.process import ServerProcess

MIB = 1 << 20
SIZE = 100 * MIB
PIECE = 768 << 10

pytestmark = [
    pytest.mark.skipif("CI" not in os.environ, reason="sends 1.5 GiB; set CI to run it"),
    pytest.mark.on_folder("its database is told by a trigger to hold everything back"),
]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server that takes uploads and publishes none of them meanwhile."""
    server = ServerProcess(tmp_path / "data", durability="process", open="metaid").start()
    with closing(sqlite3.connect(tmp_path / "data" / "penstock.db")) as connection:
        connection.execute(
            "CREATE TRIGGER hold AFTER INSERT ON publications BEGIN"
            " UPDATE publications SET worker_until = 1e12 WHERE id = NEW.id; END"
        )
    yield server
    server.stop()


def memory(server: ServerProcess, what: str) -> int:
    """`VmRSS` or `VmHWM` of the server, in bytes."""
    status = (Path("/proc") / str(server.pid) / "status").read_text()
    return int(status.split(f"{what}:")[1].split()[0]) << 10


def send(server: ServerProcess, number: int, size: int) -> None:
    """A task whose content has `size` bytes."""
    members = json.dumps({key: value for key, value in asked(b"", fileName=f"{number}").items() if key != "content"})
    piece = base64.b64encode(bytes([number]) * PIECE)

    def body() -> Iterator[bytes]:
        yield f'{members[:-1]},"content":"'.encode()
        for _ in range(size // PIECE):
            yield piece
        yield base64.b64encode(bytes(size % PIECE)) + b'"}'

    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
    connection.request("POST", CHUNKED, body(), {"Content-Type": "application/json"}, encode_chunked=True)
    answer = connection.getresponse()
    assert answer.status == 200, answer.read()
    connection.close()


def test_a_hundred_megabytes_are_never_held(server: ServerProcess) -> None:
    """One such body adds at most 16 MiB to the server's memory, ten at once at most 160."""
    send(server, 0, 1000)
    before = memory(server, "VmRSS")
    send(server, 1, SIZE)
    assert memory(server, "VmHWM") - before <= 16 * MIB
    with ThreadPoolExecutor(10) as threads:
        list(threads.map(lambda number: send(server, number, SIZE), range(2, 12)))
    assert memory(server, "VmHWM") - before <= 160 * MIB
