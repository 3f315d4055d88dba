"""SIGKILL while files are being published: each is on the chain once, and every satoshi is accounted for."""

import random
import time
from pathlib import Path

import httpx
import pytest

from tests.dialects.metaid.client import BASE, asked
from tests.support.bytes import noise
from tests.support.process import ServerProcess

TASKS = 3
ROUNDS = 5


def finished(server: ServerProcess, task: str) -> dict[str, object]:
    """How a task ended."""
    deadline = time.monotonic() + 60
    while True:
        data: dict[str, object] = httpx.get(f"{server.url}{BASE}/files/task/{task}").json()["data"]
        if data["status"] in {"success", "failed"}:
            return data
        assert time.monotonic() < deadline, data
        time.sleep(0.3)


@pytest.mark.long
@pytest.mark.parametrize("workers", [1, 2])
def test_sigkill_loses_and_repeats_nothing(tmp_path: Path, workers: int) -> None:
    """Killed at random moments and started again, the server finishes every task, pays once, and serves every file."""
    server = ServerProcess(tmp_path / "data", workers=workers, open="metaid").start()
    server.command("wallet", "fund")
    rng = random.Random(workers)
    contents = [noise((6 << 20) + number, number) for number in range(TASKS)]
    tasks = [
        httpx.post(f"{server.url}{BASE}/files/chunked-upload-task", json=asked(content, fileName=f"{number}")).json()[
            "data"
        ]["taskId"]
        for number, content in enumerate(contents)
    ]
    for _ in range(ROUNDS):
        time.sleep(rng.uniform(0, 0.15))
        server.kill()
        server.start()
        time.sleep(rng.choice((0, 0, 5.2)))  # now and then a lease runs out, and somebody else goes on
    ended = [finished(server, task) for task in tasks]
    for done, content in zip(ended, contents, strict=True):
        assert done["status"] == "success", done
        address = f"{server.url}{BASE}/files/content/{done['indexTxId']}i0"
        assert httpx.get(address, timeout=60).content == content
    assert len({str(done["indexTxId"]) for done in ended}) == TASKS
    assert server.stop() in {0, -15}
    _check_books(server)


def _check_books(server: ServerProcess) -> None:
    with server.place.records() as records:
        [[chunks]] = records.execute("SELECT count(*) FROM plans WHERE role = 'chunk'")
        [[sent]] = records.execute("SELECT count(*) FROM chain_transactions")
        [[free]] = records.execute("SELECT sum(value) FROM coins WHERE state = 'free'")
        [[cost]] = records.execute("SELECT sum(cost) FROM publications")
    assert sent == chunks + 3 * TASKS + 1  # merge, funding, index of each; and the faucet's gift
    assert free == 100 * 100_000_000 - cost
