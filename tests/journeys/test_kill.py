"""SIGKILL at random moments: what was acknowledged is there, and the file comes out right."""

import concurrent.futures
import random
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.process import ServerProcess

ROUNDS = 50
PARTS = 24


class Sender:
    """Sends the parts of one file until all are here, over as many lives of the server as it takes. After each it asks
    what is here before it goes on: an answer may be lost although its part is not, and a part that is sent once more
    after its upload became a file begins another upload (RULINGS, `scratch`).
    """

    def __init__(self, server: ServerProcess, token: str, content: bytes, total: int) -> None:
        self.server = server
        self.headers = {"Authorization": f"Bearer {token}"}
        self.content = content
        self.total = total
        self.size = -(-len(content) // total)
        self.key = f"kill-{random.getrandbits(64):x}"
        self.acknowledged: set[int] = set()
        self.finished = False

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
            self.finished = self.finished or "file" in answer.json()

    def send_missing(self) -> None:
        """Every part that is not acknowledged, four at a time, in any order."""
        missing = [number for number in range(self.total) if number not in self.acknowledged]
        random.shuffle(missing)
        with concurrent.futures.ThreadPoolExecutor(4) as threads:
            list(threads.map(self.send, missing))

    def resume(self) -> None:
        """Ask what is here: every part that was acknowledged."""
        answer = httpx.get(f"{self.server.url}/api/scratch/upload-status/{self.key}", headers=self.headers)
        body = answer.json()
        assert answer.status_code == 200 or not self.acknowledged, body
        here = set(body.get("chunks", ()))
        assert self.acknowledged <= here
        assert not self.finished or body["completed"]
        self.acknowledged, self.finished = here, body.get("completed", False)

    def finish(self) -> None:
        """Send what is missing; once all is here but no file, because the server died over it, the part that asked for
        it again. The file that comes back has the content's bytes.
        """
        deadline = time.monotonic() + 30
        while not self.finished:
            assert time.monotonic() < deadline, self.acknowledged
            if len(self.acknowledged) == self.total:
                self.send(self.recorded("completed_by") or 0)
            self.send_missing()
            self.resume()
        file = self.recorded("file_id")
        got = httpx.get(f"{self.server.url}/api/scratch/download/{file}", headers=self.headers)
        assert got.content == self.content

    def recorded(self, column: str) -> Any:
        """What the database has of the upload; the status tells of no file."""
        with self.server.place.records() as records:
            return records.execute(f"SELECT {column} FROM uploads WHERE client_key = ?", (self.key,)).fetchone()[0]


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("workers", [1, 2])
def test_no_acknowledged_part_is_lost_to_sigkill(tmp_path: Path, workers: int) -> None:
    """Killed at random moments of uploads and started again, the server has every acknowledged part, and the finished
    files are right.
    """
    server = ServerProcess(tmp_path / "data", workers=workers)
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
        sender.resume()
        if len(sender.acknowledged) == sender.total:
            sender.finish()
            sender = _new_sender(server, token, rng)
    sender.finish()
    server.command("fsck")  # fails unless every byte is sound
    server.stop()


def _new_sender(server: ServerProcess, token: str, rng: random.Random) -> Sender:
    return Sender(server, token, rng.randbytes(rng.randrange(200_000, 3_000_000)), PARTS)
