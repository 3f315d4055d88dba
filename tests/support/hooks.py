"""A hook for the tests, over real HTTP, and an independent look at its signatures."""

import json
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

SECRET = "whsec_" + "cGVuc3RvY2stdGVzdHMtYWxvbmUtMDEyMzQ1Njc4OQ=="  # of the tests alone
PASS: Mapping[str, Any] = {}
DOCS = Path(__file__).parents[2] / "docs" / "hooks.md"


@dataclass(frozen=True)
class Told:
    """One request to the hook."""

    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def content(self) -> dict[str, Any]:
        content: dict[str, Any] = json.loads(self.body)
        return content

    @property
    def kind(self) -> str:
        kind: str = self.content["Type"]
        return kind

    @property
    def upload(self) -> dict[str, Any]:
        upload: dict[str, Any] = self.content["Event"]["Upload"]
        return upload

    @property
    def ours(self) -> dict[str, Any]:
        ours: dict[str, Any] = self.content["Event"]["Penstock"]
        return ours

    @property
    def request(self) -> dict[str, Any]:
        request: dict[str, Any] = self.content["Event"]["HTTPRequest"]
        return request

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]


Reaction = Mapping[str, Any] | bytes | int
"""JSON, other bytes, or a status without anything."""


@dataclass
class HookServer:
    """What the hook was told, and what it answers: by the kind of what it is asked, else that all is well."""

    url: str = ""
    told: list[Told] = field(default_factory=list)
    answers: dict[str, Reaction | Callable[[Told], Reaction]] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    gate: threading.Event = field(default_factory=threading.Event)

    def of(self, kind: str) -> list[Told]:
        """What it was told of one kind."""
        return [told for told in list(self.told) if told.kind == kind]

    def kinds(self) -> list[str]:
        """The kinds of what it was told, in order."""
        return [told.kind for told in list(self.told)]

    def take(self, told: Told) -> tuple[int, bytes]:
        """Note a request; what it is answered."""
        self.told.append(told)
        self.gate.wait(30)
        answer = self.answers.get(told.kind, PASS)
        answer = answer(told) if callable(answer) else answer
        if isinstance(answer, int):
            return answer, b""
        return 200, answer if isinstance(answer, bytes) else json.dumps(answer).encode()


@contextmanager
def serve_hooks(port: int = 0) -> Iterator[HookServer]:
    """Run a hook."""
    hook = HookServer()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, content = hook.take(Told(headers, body, time.time()))
            self.send_response(status)
            for name, value in {"Content-Length": str(len(content)), **hook.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(ConnectionError):  # whoever asked does not wait any more
                super().handle()

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 64

    server = Server(("127.0.0.1", port), Handler)
    hook.url = f"http://127.0.0.1:{server.server_port}/hook"
    hook.gate.set()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield hook
    finally:
        hook.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()


def is_signed(told: Told, secret: str = SECRET) -> bool:
    """Whether the lines of Python in the docs find the signature good."""
    [lines] = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(lines, names)
    good: bool = names["sent_by_penstock"](secret, told.headers, told.body)
    return good
