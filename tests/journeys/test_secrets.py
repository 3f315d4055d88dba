"""What must not be in a log is not in it."""

import time
from pathlib import Path

import httpx

from tests.dialects.metaid.client import BASE, DIRECT, asked
from tests.support.process import ServerProcess


def test_the_nodes_password_is_not_logged(tmp_path: Path) -> None:
    """A server that talks to a node never writes down how it lets itself in."""
    server = ServerProcess(
        tmp_path / "data", chain="rpc+http://user:hunter2@127.0.0.1:1", open="metaid", log_level="debug"
    )
    server.start()
    httpx.get(f"{server.url}{BASE}/files/content/{'ab' * 32}i0")
    httpx.post(f"{server.url}{DIRECT}", json=asked(b"hello"))
    time.sleep(0.2)
    server.stop()
    log = server.log.read_text()
    assert "files/content" in log
    assert "hunter2" not in log
