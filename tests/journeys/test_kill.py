"""SIGKILL at random moments: what was acknowledged is there, and the file comes out right."""

import concurrent.futures
import hashlib
import random
import threading
import time
from contextlib import suppress
from pathlib import Path

import httpx
import pytest

from tests.live import LiveServer

ROUNDS = 50
PARTS = 24


class Sender:
    """Sends the parts of one file until all are acknowledged, over as many lives of the server as it takes."""

    def __init__(self, server: LiveServer, token: str, content: bytes, total: int) -> None:
        self.server = server
        self.headers = {"Authorization": f"Bearer {token}"}
        self.content = content
        self.total = total
        self.size = -(-len(content) // total)
        self.key = f"kill-{random.getrandbits(64):x}"
        self.acknowledged: set[int] = set()
        self.file: dict[str, str] | None = None

    def send(self, number: int) -> None:
        """One part; a dead server is no news."""
        headers = self.headers | {
            "x-filename": "kill.bin",
            "x-filesize": str(len(self.content)),
            "x-chunk-index": str(number),
            "x-total-chunks": str(self.total),
            "x-upload-id": self.key,
        }
        part = self.content[number * self.size : (number + 1) * self.size]
        with suppress(httpx.TransportError):
            answer = httpx.post(
                f"{self.server.url}/api/scratch/stream-upload", headers=headers, content=part, timeout=30
            )
            assert answer.status_code == 200, answer.text
            self.acknowledged.add(number)
            self.file = answer.json().get("file", self.file)

    def send_missing(self) -> None:
        """Every part that is not acknowledged, four at a time, in any order."""
        missing = [number for number in range(self.total) if number not in self.acknowledged]
        random.shuffle(missing)
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            list(threads.map(self.send, missing))

    def status(self) -> dict[str, object]:
        """What the server says is there."""
        answer = httpx.get(f"{self.server.url}/api/scratch/upload-status/{self.key}", headers=self.headers)
        return answer.json() if answer.status_code == 200 else {"chunks": []}


@pytest.mark.long
@pytest.mark.parametrize("workers", [1, 2])
def test_no_acknowledged_part_is_lost_to_sigkill(tmp_path: Path, workers: int) -> None:
    """Killed at random moments of uploads and started again, the server has every acknowledged part, and the finished
    files are right.
    """
    server = LiveServer(tmp_path / "data", workers=workers)
    server.start()
    token = server.token("alice")
    rng = random.Random(workers)
    sender = _new_sender(server, token, rng)
    for _ in range(ROUNDS // 2):
        killer = threading.Timer(rng.uniform(0.0, 0.25), server.kill)
        killer.start()
        sender.send_missing()
        killer.join()
        server.start()
        assert sender.acknowledged <= set(sender.status()["chunks"])  # type: ignore[call-overload]
        if sender.file is not None or len(sender.acknowledged) == sender.total:
            _finish(sender)
            sender = _new_sender(server, token, rng)
    _finish(sender)
    server.command("fsck")  # fails unless every byte is sound
    server.stop()


def _new_sender(server: LiveServer, token: str, rng: random.Random) -> Sender:
    return Sender(server, token, rng.randbytes(rng.randrange(200_000, 3_000_000)), PARTS)


def _finish(sender: Sender) -> None:
    """Send what is missing, or the last part again; the file that comes back has the content's digests."""
    deadline = time.monotonic() + 30
    while sender.file is None:
        assert time.monotonic() < deadline, sender.status()
        sender.send_missing()
        if sender.file is None:
            sender.send(sender.total - 1)
    assert sender.file["sha256"] == hashlib.sha256(sender.content).hexdigest()
    assert sender.file["md5"] == hashlib.md5(sender.content).hexdigest()
    got = httpx.get(sender.server.url + sender.file["url"], headers=sender.headers)
    assert got.content == sender.content
