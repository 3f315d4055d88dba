"""HTTP/1.1 on a socket, as a judge needs it: every byte that goes out is chosen, every one that comes is read."""

import re
import socket
import struct
import time
from collections import deque
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass

from tests.journeys.sentences.manners import PLAIN, Manner

Fields = Mapping[str, str | Sequence[str] | None]
"""Headers. One that is None is left out; one with several values is sent as often."""

NONE: Fields = {}

_STATUS = re.compile(r"HTTP/1\.1 ([1-5][0-9][0-9]) [^\r\n]*")
_FIELD = re.compile(r"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\x00\r\n]*?)[ \t]*")
_PACED = 600
"""How many bytes of a sending are sent at a manner's pace."""


class Ended(ConnectionError):
    """The server ended the connection instead of answering."""


@dataclass(frozen=True)
class Answer:
    """An answer: its headers by their names in any case, and the interim ones that came before it."""

    status: int
    fields: Sequence[tuple[str, str]]
    body: bytes = b""
    interim: Sequence["Answer"] = ()

    @property
    def succeeded(self) -> bool:
        """Whether it is a success."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether it refuses, which is not to break down."""
        return 400 <= self.status < 500

    def __contains__(self, name: str) -> bool:
        return any(key == name.lower() for key, _ in self.fields)

    def __getitem__(self, name: str) -> str:
        """The value of a header, which is there once."""
        found = self.get(name)
        assert found is not None, f"no {name} in {self}"
        return found

    def get(self, name: str) -> str | None:
        """The same; None where it is not."""
        found = [value for key, value in self.fields if key == name.lower()]
        assert len(found) < 2, f"{name} twice in {self}"
        return found[0] if found else None

    def listed(self, name: str) -> list[str]:
        """The members of a list in a header."""
        return [member.strip() for member in self[name].split(",")]


class Connection:
    """A connection to a server on this machine, and the requests that go over it."""

    def __init__(self, port: int, manner: Manner = PLAIN) -> None:
        self._manner = manner
        self._socket = socket.create_connection(("127.0.0.1", port), 30)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._held = b""
        self._came = b""
        self._asked: deque[str] = deque()

    def begin(self, method: str, target: str, fields: Fields, http: str = "1.1") -> None:
        """Send the head of a request."""
        self._asked.append(method)
        self._held += self._manner.head(f"{method} {target} HTTP/{http}", _lines(fields))
        if not self._manner.together:
            self._flush()

    def send(self, content: bytes) -> None:
        """Send bytes of a body. A server that listens no more may have answered."""
        with suppress(ConnectionError):
            self._flush(content)

    def chunk(self, content: bytes) -> None:
        """Send bytes as a chunk (RFC 9112 §7.1)."""
        if content:
            self.send(self._manner.chunk.format(len(content)).encode() + b"\r\n" + content + b"\r\n")

    def last_chunk(self, trailers: Fields = NONE) -> None:
        """Send the end of a chunked body, with fields behind it."""
        self.send(self._manner.head("0", _lines(trailers)))

    def interim(self, within: float = 20.0) -> Answer:
        """The next answer, final or not, of which the head is read. Raises `TimeoutError`, `Ended`."""
        self._flush()
        deadline = time.monotonic() + within
        while b"\r\n\r\n" not in self._came:
            self._more(deadline)
        head, _, self._came = self._came.partition(b"\r\n\r\n")
        line, *lines = head.decode("latin-1").split("\r\n")
        return Answer(int(_parsed(_STATUS, line)[1]), [_field(line) for line in lines])

    def answer(self, within: float = 20.0) -> Answer:
        """The answer, with its body and the interim ones before it. Raises as `interim`."""
        interim = []
        while (found := self.interim(within)).status < 200:
            interim.append(found)
        body = self._body(self._asked.popleft(), found, time.monotonic() + within)
        return Answer(found.status, found.fields, body, interim)

    def succeeds(self) -> bool:
        """Whether the answer is a success; not, where the server hangs up instead."""
        try:
            return self.answer().succeeded
        except ConnectionError:
            return False

    def is_ended(self, within: float = 5.0) -> bool:
        """Whether the server has answered, or closes the connection soon."""
        try:
            self.answer(within)
        except TimeoutError:
            return False
        except ConnectionError:
            return True
        return True

    def finish(self) -> None:
        """End our side alone."""
        self._flush()
        self._socket.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Hang up."""
        with suppress(ConnectionError):
            self._flush()
        self._socket.close()

    def reset(self) -> None:
        """Hang up without a farewell. What the server's system has not handed over may be lost."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    def _flush(self, content: bytes = b"") -> None:
        content, self._held = self._held + content, b""
        if pace := self._manner.pace:
            paced, content = content[:_PACED], content[_PACED:]
            for at in range(0, len(paced), pace):
                self._socket.sendall(paced[at : at + pace])
        if content:
            self._socket.sendall(content)

    def _more(self, deadline: float) -> None:
        self._socket.settimeout(max(0.001, deadline - time.monotonic()))
        piece = self._socket.recv(1 << 16)
        if not piece:
            raise Ended
        self._came += piece

    def _body(self, method: str, answer: Answer, deadline: float) -> bytes:
        if answer.status in {204, 304}:
            assert "Content-Length" not in answer or answer.status == 304  # RFC 9110 §8.6
            assert "Transfer-Encoding" not in answer  # RFC 9112 §6.1
            return b""
        if method == "HEAD":
            return b""
        if answer.get("Transfer-Encoding") == "chunked":
            return self._chunks(deadline)
        if (length := answer.get("Content-Length")) is not None:
            return self._take(int(length), deadline)
        with suppress(Ended):
            while True:
                self._more(deadline)
        return self._take(len(self._came), deadline)

    def _chunks(self, deadline: float) -> bytes:
        body = b""
        while size := int(self._line(deadline), 16):
            body += self._take(size, deadline)
            assert self._line(deadline) == b""
        while self._line(deadline):
            pass
        return body

    def _line(self, deadline: float) -> bytes:
        while b"\r\n" not in self._came:
            self._more(deadline)
        line, _, self._came = self._came.partition(b"\r\n")
        return line

    def _take(self, size: int, deadline: float) -> bytes:
        while len(self._came) < size:
            self._more(deadline)
        taken, self._came = self._came[:size], self._came[size:]
        return taken


def _lines(fields: Fields) -> list[tuple[str, str]]:
    several = {name: [value] if isinstance(value, str) else value or [] for name, value in fields.items()}
    return [(name, value) for name, values in several.items() for value in values]


def _field(line: str) -> tuple[str, str]:
    found = _parsed(_FIELD, line)
    return found[1].lower(), found[2]


def _parsed(pattern: re.Pattern[str], line: str) -> re.Match[str]:
    found = pattern.fullmatch(line)
    assert found is not None, f"no HTTP: {line!r}"
    return found
