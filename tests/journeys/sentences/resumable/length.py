"""How long the whole is (§4.1.3, *Upload-Length*)."""

import msgspec

from tests.journeys.sentences.client import pieces
from tests.journeys.sentences.resumable.client import Resumable, limits
from tests.journeys.sentences.sentences import Section

section = Section("length")


def _length(length: int | str) -> dict[str, str]:
    return {"Upload-Length": str(length)}


@section(
    "MUST 4.1.3 Upload-Length at creation is recorded",
    "MUST 4.1.3 Upload-Length on an append is recorded",
    "MUST 4.1.3 the same length again is fine",
)
def _(resumable: Resumable) -> None:
    resumable.upload(b"hello", "?0", _length(12)).is_at(5, 12)
    upload = resumable.upload(b"hello")
    upload.appended(5, b", ", "?0", _length(12))
    upload.is_at(7, 12)
    upload.appended(7, b"wo", "?0", _length(12))
    upload.appended(9, b"rld", "?1", _length(12))
    upload.holds(b"hello, world")


@section(
    "MUST 4.1.3 an Upload-Length that is no integer counts as none: the creation succeeds",
    "MUST 4.1.3 … and the length is unknown",
)
def _(resumable: Resumable) -> None:
    for told in ("ten", "10.0", '"10"', "?1", "", "10, 11", "1e1", "0x10"):
        resumable.upload(b"hello", "?0", _length(told)).is_at(5)


@section("MUST 4.1.3 a negative one counts as none, too")
def _(resumable: Resumable) -> None:
    for told in ("-1", "-12"):
        resumable.upload(b"hello", "?0", _length(told)).is_at(5)


@section("MUST 4.1.3 a length no float can hold comes back digit for digit (or is past max-size)")
def _(resumable: Resumable) -> None:
    most = limits(resumable.upload().head())["max-size"]
    for length in (2**53 + 1, 10**15 - 1):
        answer = resumable.create(b"", "?0", _length(length))
        assert length > most or resumable.uploaded(answer).head()["Upload-Length"] == str(length)
        assert length <= most or answer.status == 413


@section(
    "MUST 4.1.3 a creation whose Upload-Length is not its Content-Length, with ?1, is refused",
    "HOUSE 7.2   … with 400 and a problem of type inconsistent-upload-length",
)
def _(resumable: Resumable) -> None:
    for length in (4, 6, 0):
        answer = resumable.create(b"hello", "?1", _length(length))
        assert answer.status == 400
        assert answer["Content-Type"] == "application/problem+json"
        kind = msgspec.json.decode(answer.body)["type"]
        assert kind == "https://iana.org/assignments/http-problem-types#inconsistent-upload-length"


@section(
    "MUST 4.1.3 an append that names another length than before is refused",
    "MUST 4.1.3 … the first length stays",
    "MUST 4.1.3 … and nothing was appended",
)
def _(resumable: Resumable) -> None:
    upload = resumable.upload(b"hello", "?0", _length(12))
    for length in (11, 13, 7, 0):
        assert upload.append(5, b", ", "?0", _length(length)).refused
        assert upload.append(5, [b", "], "?0", _length(length)).refused
        upload.is_at(5, 12)
    upload.goes_on(b"hello, world")


@section(
    "MUST 4.1.3 a completing append whose content does not fill the length is refused",
    "MUST 4.1.3 … and does not complete the upload",
)
def _(resumable: Resumable) -> None:
    for end in (b", ", b"", [b", "], []):
        upload = resumable.upload(b"hello", "?0", _length(12))
        assert upload.append(5, end, "?1").refused
        answer = upload.head()
        assert answer["Upload-Complete"] == "?0"
        assert upload.get().status != 200
        upload.goes_on(b"hello, world")


@section("MUST 4.1.3 a length below the offset is refused")
def _(resumable: Resumable) -> None:
    upload = resumable.upload(b"hello")
    for length in (4, 0):
        assert upload.append(5, b"", "?0", _length(length)).refused
        assert upload.append(5, b"", "?1", _length(length)).refused
    upload.is_at(5)


@section("MUST 4.4.2 an append longer than what is left is refused", "MUST 4.4.2 the offset never passes the length")
def _(resumable: Resumable) -> None:
    for complete in ("?0", "?1"):
        upload = resumable.upload(b"hello", "?0", _length(12))
        assert upload.append(5, b", world!", complete).refused
        answer = upload.head()
        assert answer.refused or int(answer["Upload-Offset"]) <= 12


@section(
    "MUST 4.4.2 without a Content-Length it is refused as well",
    "MUST 4.4.2 … the offset never passes the length",
    "MUST 4.4.2 … and the upload is invalid then: HEAD is refused",
    "MUST 4.4.2 … and so is a further append",
)
def _(resumable: Resumable) -> None:
    for body in ([b", world!"], [b", world", b"!"], pieces(bytes(500_000), 65_536)):
        for complete in ("?0", "?1"):
            upload = resumable.upload(b"hello", "?0", _length(12))
            assert upload.append(5, body, complete).refused
            upload.is_gone()
            assert upload.append(5, b", world", "?1").refused
            assert upload.append(12, b"", "?1").refused
