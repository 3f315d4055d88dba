"""What the client is to send: phases one after another, of lanes that run at once, of requests that follow each other.

The client is a C program (`client/drive.c`), so that Python is not what is measured. It is built when it is first
needed.
"""

import json
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

CLIENT = Path(__file__).with_name("client") / "drive.c"
CACHE = Path(__file__).with_name(".cache")
UNTIL_THE_OTHERS_END = 0
MAX_SECONDS = 1800
"""How many seconds a plan may take."""


class ClientFailed(Exception):
    """The client could not carry out a plan; the text is what it said."""


@dataclass(frozen=True, slots=True)
class Body:
    """`length` bytes of the source from `start` on, between a prefix and a suffix."""

    start: int = 0
    length: int = 0
    prefix: bytes = b""
    suffix: bytes = b""

    def __len__(self) -> int:
        return len(self.prefix) + self.length + len(self.suffix)


@dataclass(frozen=True, slots=True)
class Request:
    """One request; its times are kept under `label`."""

    label: str
    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Body | None = None

    def written(self, repeat: int, pace: float) -> bytes:
        """As the client reads it."""
        body = self.body or Body()
        fields = {"Host": "127.0.0.1"} | dict(self.headers)
        if self.body is not None or self.method != "GET":
            fields["Content-Length"] = str(len(body))
        lines = "".join(f"{name}: {value}\r\n" for name, value in fields.items())
        head = f"{self.method} {self.path} HTTP/1.1\r\n{lines}\r\n".encode() + body.prefix
        numbers = (repeat, round(pace * 1e6), len(head), body.start, body.length, len(body.suffix))
        return f"send {self.label} {' '.join(map(str, numbers))}\n".encode() + head + body.suffix + b"\n"


@dataclass(slots=True)
class Lane:
    """The requests of one connection, written as the client reads them."""

    lines: list[bytes] = field(default_factory=list)

    def send(self, *requests: Request, repeat: int = 1, pace: float = 0) -> None:
        """Send requests in turn, each `repeat` times and `pace` seconds after the one before was due."""
        self.lines += [request.written(repeat, pace) for request in requests]


@dataclass(frozen=True, slots=True)
class Figures:
    """What the client saw. Seconds and bytes; `times` of each request by label."""

    cpu: float
    phases: list[float]
    times: dict[str, list[float]]
    sent: int
    received: int

    @property
    def wall(self) -> float:
        """From the first phase's begin to the last one's end."""
        return sum(self.phases)


class Plan:
    """A plan, to be run once against a server."""

    def __init__(self, source: Path | None = None) -> None:
        """`source` is the file that the bodies are cut from."""
        self._head = b"" if source is None else f"source {source}\n".encode()
        self._phases: list[list[Lane]] = []

    def phase(self, count: int) -> list[Lane]:
        """The lanes of a new phase. The same lane of every phase has the same connection."""
        lanes = [Lane() for _ in range(count)]
        self._phases.append(lanes)
        return lanes

    def run(self, port: int) -> Figures:
        """Carry the plan out. Raises `ClientFailed`, also for an answer that is no success."""
        plan = self._head + b"".join(
            b"phase\n" + b"".join(b"lane\n" + b"".join(lane.lines) for lane in lanes) for lanes in self._phases
        )
        done = subprocess.run([client(), str(port)], input=plan, capture_output=True, timeout=MAX_SECONDS)
        if done.returncode:
            raise ClientFailed(done.stderr.decode(errors="replace"))
        return Figures(**json.loads(done.stdout))


def client() -> Path:
    """The client program; built when it is not there or older than its source. Raises `ClientFailed`."""
    program = CACHE / "drive"
    if not program.exists() or program.stat().st_mtime < CLIENT.stat().st_mtime:
        compiler = shutil.which("cc")
        if compiler is None:
            raise ClientFailed("there is no C compiler (cc)")
        CACHE.mkdir(exist_ok=True)
        subprocess.run([compiler, "-O2", "-Wall", "-pthread", "-o", program, CLIENT], check=True)
    return program
