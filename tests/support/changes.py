"""Programs that change files over servers that die, and a receiver that has to hear of every change."""

import base64
import itertools
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx

from tests.support.receiver import Answer, Heard, WebhookReceiver

LIFE = ("file.created", "file.changed", "file.trashed", "file.restored")
"""What happens to each file."""


class Changer:
    """Sends files and changes them, whatever dies meanwhile: what was not answered is asked again, elsewhere."""

    def __init__(self, urls: Sequence[str], token: str, within: float = 60.0) -> None:
        self._urls = itertools.cycle(urls)
        self._headers = {"Authorization": f"Bearer {token}"}
        self._deadline = time.monotonic() + within
        self._client = httpx.Client(timeout=10)
        self.files: list[str] = []

    def change(self, count: int, threads: int = 8) -> None:
        """Let so many files live."""
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(self._live, range(count)))
        self._client.close()

    def ask(self, method: str, path: str, done: Sequence[int], **kwargs: Any) -> httpx.Response:
        """Ask until the answer is one of what was `done`."""
        headers = self._headers | kwargs.pop("headers", {})
        while True:
            try:
                answer = self._client.request(method, f"{next(self._urls)}{path}", headers=headers, **kwargs)
                if answer.status_code in done:
                    return answer
                assert answer.status_code in {500, 502, 503, 504}, answer.text
            except httpx.TransportError:
                pass
            assert time.monotonic() < self._deadline, path
            time.sleep(0.1)

    def _live(self, number: int) -> None:
        told = base64.b64encode(f"{number}.txt".encode()).decode()
        headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "5", "Upload-Metadata": f"filename {told}"}
        headers["Content-Type"] = "application/offset+octet-stream"
        sent = self.ask("POST", "/files/", [201], headers=headers, content=b"hello")
        upload = sent.headers["location"].rpartition("/")[2]
        file = self.ask("GET", f"/drive/v1/files/{upload}", [200]).json()["id"]
        self.ask("PATCH", f"/drive/v1/files/{file}", [200], json={"name": f"{file}.txt"})
        self.ask("DELETE", f"/drive/v1/files/{file}", [200, 404])  # 404: it lies there, and nobody heard the answer
        self.ask("POST", f"/drive/v1/trash/{file}/restore", [200])
        self.files.append(file)


def made(url: str, token: str, receiver: str, password: str = "a password") -> dict[str, Any]:
    """A new webhook for everything, made by an administrator of this token."""
    headers = {"Authorization": f"Bearer {token}"}
    asked = {"purpose": "sudo", "method": "password", "password": password}
    sudo = httpx.post(f"{url}/auth/authenticate", headers=headers, json=asked, timeout=20).json()["data"]["sudo_token"]
    headers |= {"X-Sudo-Token": sudo}
    answer = httpx.post(f"{url}/drive/v1/webhooks", headers=headers, json={"url": receiver}, timeout=20)
    assert answer.status_code == 201, answer.text
    hook: dict[str, Any] = answer.json()
    return hook


class Fickle:
    """Answers badly now and then."""

    def __init__(self, every: int) -> None:
        self._every = every
        self._count = itertools.count(1)
        self._lock = threading.Lock()

    def __call__(self, _: Heard) -> Answer:
        with self._lock:
            return 503 if next(self._count) % self._every == 0 else 204


class Slow:
    """Takes its time, in seconds."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __call__(self, _: Heard) -> Answer:
        time.sleep(self._seconds)
        return 204


def lives(receiver: WebhookReceiver) -> dict[str, list[str]]:
    """What was heard of each file, each event once, in the order in which it was heard first."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for heard in list(receiver.heard):
        found[heard.event["data"]["id"]].setdefault(heard.id, heard.type)
    return {file: list(events.values()) for file, events in found.items()}


def all_heard(receiver: WebhookReceiver, files: Sequence[str], within: float) -> None:
    """Wait until everything that happened to these files was heard, in its order."""
    deadline = time.monotonic() + within
    while True:
        found = lives(receiver)
        missing = {file: found.get(file) for file in files if found.get(file) != list(LIFE)}
        if not missing:
            return
        assert time.monotonic() < deadline, f"{len(missing)} of {len(files)}, such as {list(missing.items())[:3]}"
        time.sleep(0.2)
