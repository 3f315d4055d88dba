"""What is told on the way (§4.2.2, §4.4.2: *104 (Upload Resumption Supported)*)."""

import time

from tests.journeys.sentences.client import SETTLED
from tests.journeys.sentences.resumable.client import INTEROP, TARGET, VERSION, Resumable, limits
from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.wire import Answer, Connection
from tests.support.bytes import noise

section = Section("interim")

WHOLE = noise(300_000, "interim")


@section(
    "SHOULD 4.2.2 a creation is announced with 104 before its content is there",
    "MUST 4.2.2 the 104 has Location, of the upload resource",
    "MUST 4.2.2 the 104 has Upload-Limit, where there are limits",
    "MUST draft the 104 has Upload-Draft-Interop-Version, the client's own",
)
def _(resumable: Resumable) -> None:
    for version in ("8", "9"):
        connection, interim, upload = resumable.creating({"Content-Length": "12", INTEROP: version})
        assert limits(interim)
        assert interim[INTEROP] == version
        connection.send(b"hello, world")
        assert connection.answer().status == 201
        upload.holds(b"hello, world")


@section("MUST 4.2.2 with ?0, 104 and the final answer have the same Location")
def _(resumable: Resumable) -> None:
    for body in (b"hello", b"", [b"hel", b"lo"]):
        answer = resumable.create(body, "?0", VERSION)
        assert [interim["Location"] for interim in answer.interim] == [answer["Location"]]


@section("MUST 5     with Expect: 100-continue, a 104 does not stand in for the 100")
def _(resumable: Resumable) -> None:
    connection, _, upload = resumable.creating({"Content-Length": "5", "Expect": "100-continue"})
    assert connection.interim().status == 100
    connection.send(b"hello")
    assert connection.answer().status == 201
    upload.holds(b"hello")


def _without(resumable: Resumable, version: str | None) -> None:
    for complete in ("?0", "?1"):
        answer = resumable.create(b"hello", complete, {INTEROP: version})
        assert answer.status == 201
        assert not answer.interim


@section("MUST draft without Upload-Draft-Interop-Version there is no 104")
def _(resumable: Resumable) -> None:
    _without(resumable, None)


@section("MUST draft with a version nobody speaks there is no 104")
def _(resumable: Resumable) -> None:
    for version in ("1", "99", "0", "-8"):
        _without(resumable, version)


@section("MUST draft with a version that is no integer there is no 104")
def _(resumable: Resumable) -> None:
    for version in ("8.0", "eight", '"8"', "", "8, 9", "?1"):
        _without(resumable, version)


@section("MUST 9110  an HTTP/1.0 client is sent no interim answer")
def _(resumable: Resumable) -> None:
    fields = {**VERSION, "Upload-Complete": "?0", "Content-Length": "5"}
    for more in ({}, {"Expect": "100-continue"}):
        connection = resumable.begin("POST", TARGET, fields | more, http="1.0")
        connection.send(b"hello")
        answer = connection.answer()
        assert answer.status == 201
        assert not answer.interim
        resumable.uploaded(answer).is_at(5)


@section("HOUSE 4.2.2 without a 104 the upload works all the same: 201, Location, and it can be gone on with")
def _(resumable: Resumable) -> None:
    answer = resumable.create(b"hello")
    assert (answer.status, answer.interim) == (201, [])
    resumable.uploaded(answer).goes_on(b"hello, world")


# --- progress --------------------------------------------------------------------------------------------------------


def _slowly(connection: Connection, interims: int) -> tuple[list[Answer], int]:
    """Send little by little until so many interim answers have come; they, and how much was sent until then."""
    told: list[Answer] = []
    sent, deadline = 0, time.monotonic() + 20
    while len(told) < interims and time.monotonic() < deadline:
        connection.send(WHOLE[sent : sent + 1000])
        sent += 1000
        try:
            told.append(connection.interim(0.1))
        except TimeoutError:
            continue
        assert told[-1].status == 104
        if "Upload-Offset" in told[-1]:
            assert int(told[-1]["Upload-Offset"]) <= sent
    assert len(told) == interims
    return told, sent


@section(
    "SHOULD 4.4.2 an append that takes its time is told of its progress: 104 with Upload-Offset",
    "MUST 4.4.2 such a 104 has no Location",
    "MUST draft such a 104 has Upload-Draft-Interop-Version",
    "MUST 4.1.1 the offsets told never go down, and are never ahead of what was sent",
    "MUST 4.1.1 an offset that was told is a promise: after a reset, HEAD tells no less",
)
def _(resumable: Resumable) -> None:
    upload = resumable.upload()
    connection = upload.begin(0, {**VERSION, "Content-Length": str(len(WHOLE))}, "?1")
    told, sent = _slowly(connection, 2)
    offsets = [int(interim["Upload-Offset"]) for interim in told]
    assert offsets == sorted(offsets)
    assert all("Location" not in interim for interim in told)
    assert {interim[INTEROP] for interim in told} == {"9"}
    connection.reset()
    assert offsets[-1] <= upload.offset <= sent
    upload.goes_on(WHOLE)


@section("MUST 4.2.2 the first 104 of a creation has a Location; where later ones have one, it is the same")
def _(resumable: Resumable) -> None:
    connection, first, upload = resumable.creating({"Content-Length": str(len(WHOLE))})
    [later], sent = _slowly(connection, 1)
    assert later.get("Location") in {None, first["Location"]}
    time.sleep(SETTLED)
    connection.close()
    upload.reaches(sent)
    upload.goes_on(WHOLE)
