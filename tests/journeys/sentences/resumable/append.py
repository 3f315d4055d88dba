"""Bytes that are appended (§4.4, *Upload Append*)."""

import time

import msgspec

from tests.journeys.sentences.client import SETTLED, pieces
from tests.journeys.sentences.resumable.client import NOTHING, Resumable, Upload
from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.wire import Answer
from tests.support.bytes import noise

section = Section("append")

WHOLE = noise(300_000, "append")
CAME = 180_000


@section(
    "MUST 4.4.2 an append with ?0 answers 2xx",
    "MUST 4.4.2 … with Upload-Complete: ?0",
    "MUST 4.1.1 the offset grows by what was appended",
    "MUST 4.4.1 an empty append with ?0 is taken, and changes nothing",
)
def _(resumable: Resumable) -> None:
    upload = resumable.upload()
    for offset, piece in [(0, b"hello"), (5, b""), (5, b", ")]:
        answer = upload.append(offset, piece)
        assert answer.succeeded
        assert answer["Upload-Complete"] == "?0"
        upload.is_at(offset + len(piece))


@section("MUST 9     a chunked append counts by its bytes")
def _(resumable: Resumable) -> None:
    upload = resumable.upload()
    upload.appended(0, pieces(WHOLE[:100], 1))
    upload.appended(100, pieces(WHOLE[100:70_000], 977))
    upload.appended(70_000, [])
    upload.goes_on(WHOLE)


@section(
    "MUST 4.4.2 the completing append has Upload-Complete: ?1",
    "MUST 4.4.2 … and answers as the upload's target would: 2xx",
    "MUST 4.4   the bytes are whole",
    "MUST 4.1.2 after completion nothing more is appended",
    "HOUSE 4     the finished upload still tells its state: Upload-Complete: ?1 and the offset",
)
def _(resumable: Resumable) -> None:
    for end in (b", world", [b", wo", b"rld"]):
        upload = resumable.upload(b"hello")
        answer = upload.append(5, end, "?1")
        assert answer.succeeded
        assert answer["Upload-Complete"] == "?1"
        for complete in ("?0", "?1"):
            assert not upload.append(12, b"!", complete).succeeded
            assert not upload.append(12, [b"!"], complete).succeeded
        upload.holds(b"hello, world")


@section(
    "MUST 4.1.3 an offset that has reached the length is not completion: HEAD still has ?0",
    "MUST 4.4.1 an empty append with ?1 completes",
    "MUST 4.4.2 … and has Upload-Complete: ?1",
    "MUST 4.4   the bytes are whole",
)
def _(resumable: Resumable) -> None:
    for end in NOTHING:
        upload = resumable.upload(b"hello", "?0", {"Upload-Length": "12"})
        upload.appended(5, b", world")
        upload.is_at(12, 12)
        answer = upload.append(12, end, "?1")
        assert answer.succeeded
        assert answer["Upload-Complete"] == "?1"
        upload.holds(b"hello, world")


@section("MUST 4.4.1 an upload of unknown length is completed by ?1, whatever came", "MUST 4.4   its bytes are whole")
def _(resumable: Resumable) -> None:
    for end in (b", world", [b", world"]):
        upload = resumable.upload([b"hello"])
        upload.appended(5, end, "?1")
        upload.holds(b"hello, world")
    upload = resumable.upload()
    upload.appended(0, b"", "?1")
    upload.holds(b"")


@section(
    "HOUSE 4.4.2 the completing append asked again (its answer was lost) is answered again, or refused as complete"
)
def _(resumable: Resumable) -> None:
    upload = resumable.upload(b"hello")
    first, again = upload.append(5, b", world", "?1"), upload.append(5, b", world", "?1")
    assert again.refused or again.body == first.body
    assert again["Upload-Complete"] == "?1"
    assert not upload.append(5, b", WORLD", "?1").succeeded
    upload.holds(b"hello, world")


# --- other offsets ---------------------------------------------------------------------------------------------------


def _conflict(upload: Upload, offset: int, body: bytes = b"!", complete: str = "?0") -> Answer:
    answer = upload.append(offset, body, complete)
    assert answer.status == 409
    assert answer["Upload-Offset"] == "5"
    assert answer["Upload-Complete"] == "?0"
    upload.is_at(5)
    return answer


@section(
    "MUST 4.4.2 an append past the offset answers 409",
    "MUST 4.4.2 … with the right Upload-Offset",
    "MUST 4.4.2 … with Upload-Complete: ?0",
    "MUST 4.4.2 … and appends nothing",
)
def _(resumable: Resumable) -> None:
    upload = resumable.upload(b"hello")
    for offset in (6, 12, 2**40):
        for complete in ("?0", "?1"):
            _conflict(upload, offset, b"!", complete)


@section(
    "MUST 4.4.2 an append before the offset answers 409",
    "MUST 4.4.2 … with the right Upload-Offset",
    "MUST 4.4.2 … and appends nothing",
    "HOUSE 7.1   the 409 is a problem of type mismatching-upload-offset",
    "SHOULD 7.1   a problem of that type has expected-offset and provided-offset",
    "MUST 4.4   the upload goes on at the offset the 409 told",
)
def _(resumable: Resumable) -> None:
    upload = resumable.upload(b"hello")
    for offset in (0, 4):
        answer = _conflict(upload, offset, b"XXXXXXXX", "?1")
        assert answer["Content-Type"] == "application/problem+json"
        problem = msgspec.json.decode(answer.body)
        assert problem["type"] == "https://iana.org/assignments/http-problem-types#mismatching-upload-offset"
        assert (problem["expected-offset"], problem["provided-offset"]) == (5, offset)
    upload.appended(int(answer["Upload-Offset"]), b", world", "?1")
    upload.holds(b"hello, world")


def _not_taken(resumable: Resumable, *offsets: str | None) -> None:
    upload = resumable.upload()
    for offset in offsets:
        assert upload.append(offset, b"hello").refused, offset
        assert upload.append(offset, b"hello", "?1").refused, offset
        upload.is_at(0)


@section("MUST 4.1.1 an append without Upload-Offset appends nothing, and is refused")
def _(resumable: Resumable) -> None:
    _not_taken(resumable, None, "")


@section("MUST 4.1.1 an Upload-Offset of -1 counts as none")
def _(resumable: Resumable) -> None:
    _not_taken(resumable, "-1", "+0")


@section("MUST 4.1.1 … so does a decimal")
def _(resumable: Resumable) -> None:
    _not_taken(resumable, "0.0", "0.", "0e0")


@section("MUST 4.1.1 … so does a string")
def _(resumable: Resumable) -> None:
    _not_taken(resumable, '"0"', "'0'")


@section("MUST 4.1.1 … so does a token")
def _(resumable: Resumable) -> None:
    _not_taken(resumable, "zero", "?0", ":MA==:", "@0", "0x0", "0, 0", "(0)", "0;", "\xb2")


@section("MUST 4.1.1 none of them appended anything")
def _(resumable: Resumable) -> None:
    upload = resumable.upload()
    for offset in (None, "-1", "0.0", '"0"', "zero"):
        upload.append(offset, b"HELLO")
    upload.goes_on(b"hello, world")


@section("SHOULD 9651  an integer with a parameter is that integer")
def _(resumable: Resumable) -> None:
    upload = resumable.upload()
    for told in ("0;a", "0;a=1", "0; a=?1;b=tok/en:*", '0;a="x; y"', "00", "0;a=:aGk=:;b=1.5;c=-7"):
        assert upload.append(told, b"").succeeded, told
    assert upload.append("0", b"", "?0;a=1").succeeded
    upload.is_at(0)


@section(
    "HOUSE 4.4.1 an append without Upload-Complete is refused, and appends nothing",
    "HOUSE 4.4.1 … so is one whose Upload-Complete is no boolean",
)
def _(resumable: Resumable) -> None:
    upload = resumable.upload()
    for told in (None, "", "1", "0", "true", "?2", "?0, ?1"):
        assert upload.append(0, b"hello", told).refused
        upload.is_at(0)


@section(
    "MUST 6     a PATCH that is no application/partial-upload is not appended",
    "SHOULD 5789  it is refused with 415",
    "MUST 6     a PATCH without a type is not appended",
)
def _(resumable: Resumable) -> None:
    upload = resumable.upload()
    for kind in (
        "application/octet-stream",
        "text/plain",
        "application/partial-uploads",
        "application/partial",
        "",
        None,
    ):
        assert upload.append(0, b"hello", "?0", {"Content-Type": kind}).status == 415
        upload.is_at(0)
    several = {"Content-Type": ["application/partial-upload", "text/plain"]}
    assert upload.append(0, b"hello", "?0", several).status == 415
    upload.appended(0, b"hello", "?0", {"Content-Type": "Application/Partial-Upload"})


@section("SHOULD 4.4   an append to what does not exist is 404 or 410")
def _(resumable: Resumable) -> None:
    for complete in ("?0", "?1"):
        assert resumable.nothing().append(0, b"hello", complete).status in {404, 410}


# --- hang-ups --------------------------------------------------------------------------------------------------------


@section(
    "SHOULD 4.4.2 when the sender hangs up, what came is kept",
    "MUST 4.4.2 the upload is not complete, though ?1 was said",
    "MUST 4.1.3 its length is then the offset and Content-Length together",
    "MUST 4.1.1 HEAD tells no more than was sent",
    "MUST 4.4   the upload goes on there, and its bytes are whole",
)
def _(resumable: Resumable) -> None:
    upload = resumable.upload(WHOLE[:10])
    connection = upload.hanging(10, len(WHOLE) - 10, WHOLE[10:CAME], "?1")
    time.sleep(SETTLED)
    connection.close()
    upload.reaches(CAME)
    upload.is_at(CAME, len(WHOLE))
    upload.goes_on(WHOLE)


@section("MUST 4.4.2 a chunked append that ends without its last chunk completes nothing, though ?1 was said")
def _(resumable: Resumable) -> None:
    upload = resumable.upload()
    connection = upload.begin(0, {"Transfer-Encoding": "chunked"}, "?1")
    connection.chunk(WHOLE)
    connection.finish()
    assert not connection.answer().succeeded
    upload.is_at(len(WHOLE))
    upload.goes_on(WHOLE)
