"""A client of Resumable Uploads for HTTP, in the words of its newest text or of an older version."""

import re
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tests.journeys.sentences.client import Client
from tests.journeys.sentences.wire import NONE, Answer, Connection, Fields

TARGET = "/resumable/"
PART = {"Content-Type": "application/partial-upload"}
INTEROP = "Upload-Draft-Interop-Version"
VERSION = {INTEROP: "9"}

Body = bytes | Sequence[bytes]

NOTHING: Sequence[Body] = (b"", [])
"""A body without bytes, in both framings."""


@dataclass(frozen=True)
class Resumable(Client):
    """Names no version where it is not told one."""

    def create(self, body: Body = b"", complete: str | None = "?0", fields: Fields = NONE) -> Answer:
        """The answer to a creation, with these bytes."""
        return self.ask("POST", TARGET, {"Upload-Complete": complete, **fields}, body)

    def upload(self, body: Body = b"", complete: str = "?0", fields: Fields = NONE) -> "Upload":
        """A new upload."""
        answer = self.create(body, complete, fields)
        assert answer.status == 201, answer
        return self.uploaded(answer)

    def uploaded(self, answer: Answer) -> "Upload":
        """The upload whose address an answer told."""
        return Upload(self, self.path_of(answer, TARGET))

    def creating(self, fields: Fields, complete: str = "?1") -> tuple[Connection, Answer, "Upload"]:
        """A creation of which no content has come yet, and what it was told in the meantime."""
        connection = self.begin("POST", TARGET, {**VERSION, "Upload-Complete": complete, **fields})
        interim = connection.interim()
        assert interim.status == 104, interim
        return connection, interim, self.uploaded(interim)

    def nothing(self) -> "Upload":
        """What is not there."""
        return Upload(self, TARGET + "there-is-nothing-of-this-name-1")


@dataclass(frozen=True)
class Upload:
    """An upload resource, and how it is gone on with."""

    client: Resumable
    path: str

    def head(self, fields: Fields = NONE) -> Answer:
        """How far it is."""
        return self.client.ask("HEAD", self.path, fields)

    def get(self, fields: Fields = NONE) -> Answer:
        """The same, or its bytes."""
        return self.client.ask("GET", self.path, fields)

    def delete(self) -> Answer:
        """The answer to its cancellation."""
        return self.client.ask("DELETE", self.path)

    @property
    def offset(self) -> int:
        """How many bytes it has."""
        answer = self.head()
        assert answer.succeeded, answer
        return int(answer["Upload-Offset"])

    def append(
        self,
        offset: int | str | None,
        body: Body = b"",
        complete: str | None = "?0",
        fields: Fields = NONE,
    ) -> Answer:
        """The answer to an append."""
        return self.client.ask("PATCH", self.path, _append(offset, complete) | dict(fields), body)

    def appended(self, offset: int, body: Body = b"", complete: str = "?0", fields: Fields = NONE) -> None:
        """Append, as it is right."""
        answer = self.append(offset, body, complete, fields)
        assert answer.succeeded, answer
        assert answer["Upload-Complete"] == complete

    def begin(self, offset: int, fields: Fields, complete: str = "?0") -> Connection:
        """A connection with the head of an append on it."""
        return self.client.begin("PATCH", self.path, _append(offset, complete) | dict(fields))

    def hanging(self, offset: int, length: int, content: bytes, complete: str = "?0") -> Connection:
        """An append of which no more than this comes."""
        connection = self.begin(offset, {"Content-Length": str(length)}, complete)
        connection.send(content)
        return connection

    def reaches(self, offset: int, seconds: float = 10.0) -> None:
        """It has so many bytes soon, and never more."""
        deadline = time.monotonic() + seconds
        while (reached := self.offset) < offset and time.monotonic() < deadline:
            time.sleep(0.02)
        assert reached == offset

    def goes_on(self, content: bytes) -> None:
        """It goes on at the offset that HEAD tells, and is whole in the end."""
        offset = self.offset
        self.appended(offset, content[offset:], "?1")
        self.holds(content)

    def is_at(self, offset: int, length: int | None = None) -> None:
        """It is not complete, has so many bytes, and that length was told."""
        answer = self.head()
        assert (answer["Upload-Offset"], answer["Upload-Complete"]) == (str(offset), "?0")
        assert answer.get("Upload-Length") == (None if length is None else str(length))

    def holds(self, content: bytes) -> None:
        """It is complete, and these are its bytes."""
        answer = self.head()
        assert (answer["Upload-Offset"], answer["Upload-Complete"]) == (str(len(content)), "?1")
        answer = self.get()
        assert (answer.status, answer.body) == (200, content)

    def is_gone(self) -> None:
        """Nobody can see it any more."""
        assert self.head().status in {404, 410}


def limits(answer: Answer) -> Mapping[str, int]:
    """`Upload-Limit`, a dictionary of integers (RFC 9651 §3.2)."""
    members = answer.listed("Upload-Limit")
    assert all(re.fullmatch(r"[a-z*][a-z0-9_.*-]*=[0-9]{1,15}", member) for member in members), members
    return {key: int(value) for key, value in (member.split("=") for member in members)}


def _append(offset: int | str | None, complete: str | None) -> dict[str, str | Sequence[str] | None]:
    told = str(offset) if isinstance(offset, int) else offset
    return {**PART, "Upload-Offset": told, "Upload-Complete": complete}
