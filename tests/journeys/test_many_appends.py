"""Many uploads that grow slowly, and one that grows in very many steps."""

import asyncio
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest

from tests.support.process import ServerProcess

SLOW = 1000
"""How many uploads are under way at once."""

PIECE = 1000
"""How many bytes each of them sends at a time."""

MOST = 64 << 10
"""How many bytes of memory one of them may take, beside what the server takes anyway."""

STEPS = 10_000
STEP = 100
VERSION = {"Tus-Resumable": "1.0.0"}
CHUNK = VERSION | {"Content-Type": "application/offset+octet-stream"}

pytestmark = pytest.mark.long


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data", durability="process").start()
    yield server
    server.stop()


def resident(server: ServerProcess) -> int:
    """How many bytes of memory the server has."""
    status = Path(f"/proc/{server.pid}/status").read_text()
    [kilobytes] = [line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:")]
    return int(kilobytes) << 10


class Slow:
    """An upload whose client sends a little, and waits."""

    def __init__(self, server: ServerProcess, token: str, path: str) -> None:
        self._server, self._token, self._path = server, token, path

    async def begin(self, size: int) -> None:
        self._reader, self._writer = await asyncio.open_connection("127.0.0.1", self._server.port)
        told = CHUNK | {
            "Host": "127.0.0.1",
            "Authorization": f"Bearer {self._token}",
            "Upload-Offset": "0",
            "Content-Length": str(size),
        }
        lines = [f"PATCH {self._path} HTTP/1.1", *(f"{name}: {value}" for name, value in told.items())]
        self._writer.write("\r\n".join([*lines, "", ""]).encode())
        await self._writer.drain()

    async def send(self) -> None:
        self._writer.write(b"x" * PIECE)
        await self._writer.drain()

    async def end(self) -> int:
        line = await self._reader.readline()
        self._writer.close()
        return int(line.split()[1])


async def test_a_thousand_slow_uploads(server: ServerProcess) -> None:
    """They are under way at once in bounded memory, somebody else is answered meanwhile, and all of them end well."""
    token, turns = server.token("sloth"), 4
    headers = VERSION | {"Authorization": f"Bearer {token}", "Upload-Length": str(turns * PIECE)}
    async with httpx.AsyncClient(base_url=server.url, headers=headers, timeout=60) as caller:
        paths = [(await caller.post("/files/")).headers["location"] for _ in range(SLOW)]
        before = resident(server)
        uploads = [Slow(server, token, path) for path in paths]
        for upload in uploads:
            await upload.begin(turns * PIECE)
        for turn in range(turns):
            if turn == turns - 1:
                assert (await caller.head("/files/nothing-there")).status_code == 404
                assert resident(server) - before < SLOW * MOST
            for upload in uploads:
                await upload.send()
            await asyncio.sleep(1)
        assert set(await asyncio.gather(*(upload.end() for upload in uploads))) == {204}
        for path in (paths[0], paths[-1]):
            assert (await caller.get(path)).content == b"x" * turns * PIECE


def test_ten_thousand_steps(server: ServerProcess) -> None:
    """One upload of ten thousand PATCHes has one record, takes no memory that stays, and its bytes are whole."""
    headers = VERSION | {"Authorization": f"Bearer {server.token('step')}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=60) as caller:
        path = caller.post("/files/", headers={"Upload-Length": str(STEPS * STEP)}).headers["location"]
        before = 0
        for number in range(STEPS):
            told = CHUNK | {"Upload-Offset": str(number * STEP)}
            answer = caller.patch(path, headers=told, content=b"%0100d" % number)
            assert answer.status_code == 204, answer.text
            if number == STEPS // 10:
                before = resident(server)
            if number == STEPS - 2:
                assert resident(server) - before < 32 << 20
                with closing(sqlite3.connect(server.data / "penstock.db")) as records:
                    assert records.execute("SELECT count(*) FROM parts").fetchone() == (1,)
        whole = caller.get(path).content
    assert whole == b"".join(b"%0100d" % number for number in range(STEPS))
