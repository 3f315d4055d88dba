"""A receiver of webhooks for the tests, over real HTTP, and an independent look at its signatures."""

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

DOCS = Path(__file__).parents[2] / "docs" / "events.md"

Answer = int | tuple[int, Mapping[str, str]]
"""A status, or one with headers."""


@dataclass(frozen=True)
class Heard:
    """One request to the receiver."""

    headers: Mapping[str, str]
    body: bytes
    at: float

    @property
    def event(self) -> dict[str, Any]:
        """What it tells."""
        event: dict[str, Any] = json.loads(self.body)
        return event

    @property
    def type(self) -> str:
        """The kind of it."""
        return str(self.event["type"])

    @property
    def id(self) -> str:
        """The id under which it is told."""
        return self.headers["webhook-id"]


@dataclass
class WebhookReceiver:
    """What was heard, and what is answered: 204, or what `answer` says of it."""

    url: str = ""
    heard: list[Heard] = field(default_factory=list)
    answer: Callable[[Heard], Answer] = lambda _: 204

    def types(self) -> list[str]:
        """The kinds of what was heard, in order."""
        return [heard.type for heard in list(self.heard)]

    def take(self, heard: Heard) -> tuple[int, Mapping[str, str]]:
        """Note a request; what it is answered."""
        self.heard.append(heard)
        answer = self.answer(heard)
        return (answer, {}) if isinstance(answer, int) else answer


@contextmanager
def receiving(port: int = 0) -> Iterator[WebhookReceiver]:
    """Run a receiver."""
    receiver = WebhookReceiver()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if len(body) < int(self.headers["Content-Length"]):
                return  # whoever told it has died over it
            headers = {name.lower(): value for name, value in self.headers.items()}
            status, more = receiver.take(Heard(headers, body, time.time()))
            self.send_response(status)
            for name, value in {"Content-Length": "0", **more}.items():
                self.send_header(name, value)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

        def handle(self) -> None:
            with suppress(ConnectionError):  # whoever told it does not wait any more
                super().handle()

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        request_queue_size = 128

    server = Server(("127.0.0.1", port), Handler)
    receiver.url = f"http://127.0.0.1:{server.server_port}/events"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def is_genuine(heard: Heard, secret: str) -> bool:
    """Whether the lines of Python in the docs find the signature good."""
    [lines] = re.findall(r"```python\n(def is_genuine.*?|import.*?def is_genuine.*?)```", DOCS.read_text(), re.DOTALL)
    names: dict[str, Any] = {}
    exec(lines, names)
    good: bool = names["is_genuine"](secret, heard.headers, heard.body)
    return good
