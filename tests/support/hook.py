"""A moderation service for the tests, over real HTTP."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import ClassVar

MARK = b"penstock-test-signature-7c1f"


class Hook(BaseHTTPRequestHandler):
    """It refuses what contains the mark, breaks when told to, and answers while the gate is open."""

    seen: ClassVar[dict[str, str]] = {}
    broken: ClassVar[bool] = False
    gate: ClassVar[threading.Event] = threading.Event()

    def do_POST(self) -> None:
        content = self.rfile.read(int(self.headers["Content-Length"]))
        Hook.gate.wait()
        Hook.seen = dict(self.headers)
        answers: dict[bytes, tuple[int, object]] = {
            b"break": (500, {}),
            b"nonsense": (200, {"verdict": "fine"}),
            b"list": (200, []),
        }
        status, verdict = answers.get(content, (200, {"allowed": MARK not in content, "reason": "the mark"}))
        body = json.dumps(verdict).encode()
        self.send_response(503 if Hook.broken else status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serve_hook() -> Iterator[str]:
    """Run the service; the value is its address."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    Hook.gate.set()
    try:
        yield f"http://127.0.0.1:{server.server_port}/moderate"
    finally:
        Hook.gate.set()
        server.shutdown()
        thread.join()
        server.server_close()
