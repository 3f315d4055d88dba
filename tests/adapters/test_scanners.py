"""Scanners against what they scan with: a real clamd with signatures of the test's own, and a real HTTP service."""

import asyncio
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from cluster.programs import free_port
from penstock.adapters.scanners import TOO_LARGE, ClamdScanner, HookScanner
from penstock.model.faults import ScannerUnavailable
from tests.support.bodies import pieces
from tests.support.hook import MARK, Hook, serve_hook

# Kept in two pieces, so that this file is not itself taken for the test virus.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + rb"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


@pytest.fixture(scope="module")
def clamd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """A clamd that knows two signatures, listening on a socket and on a port."""
    program = shutil.which("clamd") or "/usr/sbin/clamd"
    if not Path(program).exists():
        if "CI" in os.environ:
            pytest.fail("clamd is not installed, and CI may not skip it")
        pytest.skip("clamd is not installed")
    folder = tmp_path_factory.mktemp("clamd")
    (folder / "test.ndb").write_text(f"Test.Eicar:0:*:{EICAR.hex()}\nTest.Mark:0:*:{MARK.hex()}\n")
    port = free_port()
    (folder / "clamd.conf").write_text(
        f"DatabaseDirectory {folder}\nLocalSocket {folder}/clamd.sock\nTCPSocket {port}\nTCPAddr 127.0.0.1\n"
        "Foreground yes\nStreamMaxLength 5M\n"
    )
    log = (folder / "log").open("wb")
    process = subprocess.Popen([program, "-c", str(folder / "clamd.conf")], stdout=log, stderr=log)
    deadline = time.monotonic() + 60
    while not (folder / "clamd.sock").exists():
        assert process.poll() is None, (folder / "log").read_text()
        assert time.monotonic() < deadline, (folder / "log").read_text()
        time.sleep(0.1)
    yield {"unix": f"unix://{folder}/clamd.sock", "tcp": f"tcp://127.0.0.1:{port}"}
    process.terminate()
    process.wait(30)
    log.close()


@pytest.mark.parametrize("by", ["unix", "tcp"])
@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (EICAR, "Test.Eicar.UNOFFICIAL"),
        (b"a" * 200_000 + MARK + b"b" * 200_000, "Test.Mark.UNOFFICIAL"),
        (b"nothing to see", None),
        (b"", None),
    ],
    ids=["eicar", "mark", "clean", "empty"],
)
async def test_clamd_says_what_it_finds(clamd: dict[str, str], by: str, content: bytes, finding: str | None) -> None:
    """Over a socket and over TCP, what has a signature is named and what has none passes."""
    scanner = ClamdScanner(clamd[by], 30)
    assert await scanner.scan(pieces(content), len(content), "x", "text/plain") == finding


async def test_what_clamd_cannot_take_whole_is_not_passed(clamd: dict[str, str]) -> None:
    """Content beyond clamd's own limit will never be looked at, and so is refused for good."""
    content = bytes(6 << 20)
    scanner = ClamdScanner(clamd["unix"], 30)
    assert await scanner.scan(pieces(content, 1 << 18), len(content), "x", "text/plain") == TOO_LARGE


async def test_a_clamd_that_is_not_there_is_unavailable() -> None:
    """Nothing passes while nobody can look."""
    with pytest.raises(ScannerUnavailable):
        await ClamdScanner(f"tcp://127.0.0.1:{free_port()}", 5).scan(pieces(b"x"), 1, "x", "text/plain")


async def test_a_clamd_that_says_nothing_is_unavailable_in_time() -> None:
    """A scanner that does not answer is given up after the time-out."""

    left = asyncio.Event()

    async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()
        left.set()

    async with await asyncio.start_server(silent, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(ScannerUnavailable):
            await ClamdScanner(f"tcp://127.0.0.1:{port}", 0.2).scan(pieces(b"x"), 1, "x", "text/plain")
        await left.wait()


@pytest.fixture(scope="module")
def hook() -> Iterator[str]:
    with serve_hook() as url:
        yield url


async def test_a_hook_decides_and_says_why(hook: str) -> None:
    """The hook is sent the content, its type and its name; its answer decides."""
    scanner = HookScanner(hook, 5)
    assert await scanner.scan(pieces(b"good"), 4, "名字.txt", "text/plain") is None
    assert Hook.seen["Content-Type"] == "text/plain"
    assert Hook.seen["X-Penstock-Name"] == "%E5%90%8D%E5%AD%97.txt"
    assert await scanner.scan(pieces(MARK), len(MARK), "x", "text/plain") == "the mark"
    assert await scanner.scan(pieces(b"odd"), 3, "x", "图/片") is None
    assert Hook.seen["Content-Type"] == "application/octet-stream"
    await scanner.close()


@pytest.mark.parametrize("content", [b"break", b"nonsense", b"list"])
async def test_a_hook_that_does_not_decide_is_unavailable(hook: str, content: bytes) -> None:
    """An error, or an answer of another shape, passes nothing."""
    scanner = HookScanner(hook, 5)
    with pytest.raises(ScannerUnavailable):
        await scanner.scan(pieces(content), len(content), "x", "text/plain")
    await scanner.close()


async def test_a_hook_that_is_not_there_is_unavailable() -> None:
    """Nothing passes while nobody can look."""
    scanner = HookScanner(f"http://127.0.0.1:{free_port()}/", 5)
    with pytest.raises(ScannerUnavailable):
        await scanner.scan(pieces(b"x"), 1, "x", "text/plain")
    await scanner.close()
