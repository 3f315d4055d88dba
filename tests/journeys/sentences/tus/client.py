"""A client of tus 1.0.0."""

import base64
import time
from collections.abc import Sequence
from dataclasses import dataclass

from tests.journeys.sentences.client import Client
from tests.journeys.sentences.wire import NONE, Answer, Connection, Fields

FILES = "/files/"
CHUNK = {"Content-Type": "application/offset+octet-stream"}


@dataclass(frozen=True)
class Tus(Client):
    """Speaks its version wherever it is not told otherwise."""

    spoken: tuple[tuple[str, str], ...] = (("Tus-Resumable", "1.0.0"),)

    def options(self) -> Answer:
        """What the server speaks."""
        return self.ask("OPTIONS", FILES, {"Tus-Resumable": None, "Authorization": None})

    def extensions(self) -> list[str]:
        """The extensions that it names."""
        return self.options().listed("Tus-Extension")

    def create(self, length: int | str | None, fields: Fields = NONE, body: bytes | Sequence[bytes] = b"") -> Answer:
        """The answer to a creation, perhaps with bytes; without a length none is told."""
        told = {} if length is None else {"Upload-Length": str(length)}
        return self.ask("POST", FILES, {**told, **(CHUNK if body else {}), **fields}, body)

    def upload(self, length: int | None, fields: Fields = NONE, body: bytes | Sequence[bytes] = b"") -> "Upload":
        """A new upload; without a length it is deferred."""
        deferred = {} if length is not None else {"Upload-Defer-Length": "1"}
        answer = self.create(length, {**deferred, **fields}, body)
        assert answer.status == 201, answer
        return self.uploaded(answer)

    def uploaded(self, answer: Answer) -> "Upload":
        """The upload that a creation made."""
        return Upload(self, self.path_of(answer, FILES))

    def nothing(self) -> "Upload":
        """What is not there."""
        return Upload(self, FILES + "there-is-nothing-of-this-name-1")


@dataclass(frozen=True)
class Upload:
    """An upload, and how it is gone on with."""

    tus: Tus
    path: str

    def head(self, fields: Fields = NONE) -> Answer:
        """How far it is."""
        return self.tus.ask("HEAD", self.path, fields)

    @property
    def offset(self) -> int:
        """How many bytes it has."""
        answer = self.head()
        assert answer.status in {200, 204}, answer
        return int(answer["Upload-Offset"])

    def patch(
        self,
        offset: int | str | Sequence[str] | None,
        body: bytes | Sequence[bytes] = b"",
        fields: Fields = NONE,
        trailers: Fields = NONE,
    ) -> Answer:
        """The answer to an append; a body in several pieces is chunked."""
        return self.tus.ask("PATCH", self.path, _append(offset) | dict(fields), body, trailers)

    def appended(self, offset: int, body: bytes | Sequence[bytes] = b"", fields: Fields = NONE) -> None:
        """Append, as it is right."""
        answer = self.patch(offset, body, fields)
        assert answer.status == 204, answer
        assert answer["Upload-Offset"] == str(offset + sum(map(len, [body] if isinstance(body, bytes) else body)))

    def begin(self, offset: int, fields: Fields) -> Connection:
        """A connection with the head of a PATCH on it."""
        return self.tus.begin("PATCH", self.path, _append(offset) | dict(fields))

    def hanging(self, offset: int, length: int, content: bytes) -> Connection:
        """A PATCH of which no more than this comes."""
        connection = self.begin(offset, {"Content-Length": str(length)})
        connection.send(content)
        return connection

    def delete(self, fields: Fields = NONE) -> Answer:
        """The answer to its termination."""
        return self.tus.ask("DELETE", self.path, fields)

    def get(self, fields: Fields = NONE) -> Answer:
        """The answer to whoever wants to read it."""
        return self.tus.ask("GET", self.path, {"Tus-Resumable": None, **fields})

    def read(self) -> bytes:
        """Its bytes, now that it is finished."""
        answer = self.get()
        assert answer.status == 200, answer
        return answer.body

    def reaches(self, offset: int, seconds: float = 10.0) -> None:
        """It has so many bytes soon, and never more."""
        deadline = time.monotonic() + seconds
        while (reached := self.offset) < offset and time.monotonic() < deadline:
            time.sleep(0.02)
        assert reached == offset

    def goes_on(self, content: bytes) -> None:
        """It goes on at the offset that HEAD tells, and is whole in the end."""
        if (offset := self.offset) < len(content):
            self.appended(offset, content[offset:])
        self.holds(content)

    def holds(self, content: bytes) -> None:
        """It is finished, and these are its bytes."""
        answer = self.head()
        assert (answer["Upload-Offset"], answer["Upload-Length"]) == (str(len(content)), str(len(content)))
        assert self.read() == content

    def is_gone(self) -> None:
        """Nobody can see it any more."""
        assert self.head().status in {404, 410}


def metadata(**values: str | bytes) -> dict[str, str]:
    """`Upload-Metadata` of these pairs."""
    encoded = {key: value.encode() if isinstance(value, str) else value for key, value in values.items()}
    return {"Upload-Metadata": ",".join(f"{key} {base64.b64encode(value).decode()}" for key, value in encoded.items())}


def _append(offset: int | str | Sequence[str] | None) -> dict[str, str | Sequence[str] | None]:
    return {**CHUNK, "Upload-Offset": str(offset) if isinstance(offset, int) else offset}
