"""A caller of a protocol: whoever asks, and where."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Self
from urllib.parse import urljoin, urlsplit

from tests.journeys.sentences.manners import PLAIN, Manner
from tests.journeys.sentences.wire import NONE, Answer, Connection, Fields

A_SECOND = 2.0
"""A second, on a machine that has other things to do as well."""

SETTLED = 0.3
"""After how many seconds what was sent has surely come."""


@dataclass(frozen=True)
class Client:
    """Calls a server on this machine with a `token`; a `stranger` is somebody else's. `spoken` is said always."""

    port: int
    token: str
    stranger: str
    manner: Manner = PLAIN
    spoken: tuple[tuple[str, str], ...] = ()
    connections: list[Connection] = field(default_factory=list, repr=False, compare=False)

    def close(self) -> None:
        """Hang up whatever was begun."""
        for connection in self.connections:
            connection.close()

    def strange(self) -> Self:
        """Somebody else."""
        return replace(self, token=self.stranger)

    def connect(self) -> Connection:
        """A connection with nothing on it."""
        connection = Connection(self.port, self.manner)
        self.connections.append(connection)
        return connection

    def begin(self, method: str, target: str, fields: Fields = NONE, http: str = "1.1") -> Connection:
        """A connection with the head of a request on it."""
        connection = self.connect()
        self.begin_on(connection, method, target, fields, http)
        return connection

    def begin_on(self, connection: Connection, method: str, target: str, fields: Fields, http: str = "1.1") -> None:
        """The same on a connection that is there."""
        told = {"Host": f"127.0.0.1:{self.port}", "Authorization": f"Bearer {self.token}"}
        connection.begin(method, target, {**told, **dict(self.spoken), **fields}, http)

    def ask(
        self,
        method: str,
        target: str,
        fields: Fields = NONE,
        body: bytes | Sequence[bytes] | None = None,
        trailers: Fields = NONE,
    ) -> Answer:
        """The answer to a request; a body in several pieces is chunked."""
        if isinstance(body, bytes):
            connection = self.begin(method, target, {"Content-Length": str(len(body)), **fields})
            connection.send(body)
        elif body is None:
            connection = self.begin(method, target, fields)
        else:
            connection = self.begin(method, target, {"Transfer-Encoding": "chunked", **fields})
            for piece in body:
                connection.chunk(piece)
            connection.last_chunk(trailers)
        answer = connection.answer()
        connection.close()
        return answer

    def path_of(self, answer: Answer, base: str) -> str:
        """The path of the upload that a creation at `base` made."""
        here = f"http://127.0.0.1:{self.port}"
        url = urlsplit(urljoin(here + base, answer["Location"]))
        assert f"{url.scheme}://{url.netloc}" == here
        return url.path


def pieces(content: bytes, size: int) -> list[bytes]:
    """A body to be sent chunked."""
    return [content[at : at + size] for at in range(0, len(content), size)]


def assert_unguessable(paths: Sequence[str]) -> None:
    """Their last segments are long, and not numbers that are counted up."""
    names = [path.rpartition("/")[2] for path in paths]
    assert all(len(name) >= 22 for name in names)
    for one, two in pairwise(names):
        assert sum(left != right for left, right in zip(one, two, strict=False)) > len(one) / 2


@contextmanager
def within(seconds: float) -> Iterator[None]:
    """What happens inside is not to take longer."""
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    assert took < seconds, f"it took {took:.2f} s"
