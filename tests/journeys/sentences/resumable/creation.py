"""Uploads that begin (§4.2, *Upload Creation*)."""

from urllib.parse import quote

from tests.journeys.sentences.client import assert_unguessable, pieces
from tests.journeys.sentences.resumable.client import NOTHING, TARGET, VERSION, Resumable, Upload, limits
from tests.journeys.sentences.sentences import Section
from tests.support.bytes import noise

section = Section("creation")

WHOLE = noise(300_000, "creation")
CAME = 180_000


@section(
    "MUST 4.2.2 a creation with Upload-Complete: ?0 has Location, of the upload resource",
    "SHOULD 4.2.2 it answers 201",
    "MUST 4.2.2 it has Upload-Limit, where there are limits",
    "SHOULD 4.2.2 it has Upload-Complete: ?0",
    "MUST 4.2.2 what it brought counts",
)
def _(resumable: Resumable) -> None:
    for target in (TARGET, TARGET.rstrip("/")):
        answer = resumable.ask("POST", target, {"Upload-Complete": "?0"}, b"hello")
        assert answer.status == 201
        assert limits(answer)
        assert answer["Upload-Complete"] == "?0"
        upload = resumable.uploaded(answer)
        upload.is_at(5)
        upload.goes_on(b"hello, world")


@section("MUST 4.2.2 an empty one creates as well", "MUST 4.1.1 the offset of an empty one is 0")
def _(resumable: Resumable) -> None:
    for body in NOTHING:
        resumable.upload(body).is_at(0)


@section("MUST 4.2.2 a creation that does not say its length is taken")
def _(resumable: Resumable) -> None:
    resumable.upload(pieces(WHOLE[:1000], 99)).is_at(1000)
    resumable.upload(pieces(WHOLE, 9_999), "?1").holds(WHOLE)


@section(
    "MUST 4.2.2 a creation with Upload-Complete: ?1 and the whole content succeeds, as a plain upload would",
    "SHOULD 4.2.2 it has Upload-Complete: ?1",
)
def _(resumable: Resumable) -> None:
    plain, whole = resumable.create(WHOLE, None), resumable.create(WHOLE, "?1")
    assert plain.status == whole.status == 201
    assert whole["Upload-Complete"] == "?1"
    assert plain["Content-Type"] == whole["Content-Type"]
    resumable.uploaded(whole).holds(WHOLE)


@section("MUST 4.2.2 an empty representation is one, too")
def _(resumable: Resumable) -> None:
    for body in NOTHING:
        resumable.upload(body, "?1").holds(b"")


@section("SHOULD 4.2   without Upload-Complete there is no 104: nobody asked for an upload resource")
def _(resumable: Resumable) -> None:
    answer = resumable.create(b"hello", None, VERSION)
    assert answer.status == 201
    assert not answer.interim


@section("MUST 4.1.2 an Upload-Complete that is no boolean counts as none: the answer is that of a request without")
def _(resumable: Resumable) -> None:
    plain = resumable.create(b"hello", None, VERSION)
    for told in ("1", "0", "true", "?2", "?", "", '"?1"', "?0, ?1", "?1 x", "? 1", "?T"):
        answer = resumable.create(b"hello", told, VERSION)
        assert answer.status == plain.status, told
        assert not answer.interim, told
        assert answer.get("Upload-Complete") == plain.get("Upload-Complete")
        assert [name for name, _ in answer.fields] == [name for name, _ in plain.fields]


@section("MUST 4.2   two creations make two uploads")
def _(resumable: Resumable) -> None:
    one, two = resumable.upload(), resumable.upload()
    one.appended(0, b"hello")
    two.is_at(0)


@section("SHOULD 4.2.1 a name in Content-Disposition (filename*) is taken")
def _(resumable: Resumable) -> None:
    for told in (
        f"inline; filename*=UTF-8''{quote('报告 1.pdf')}",
        f"inline; filename=\"report.pdf\"; filename*=UTF-8''{quote('报告 1.pdf')}",
        f"attachment; FILENAME*=utf-8'zh'{quote('报告 1.pdf')}",
    ):
        upload = resumable.upload(b"hello", "?1", {"Content-Disposition": told})
        assert quote("报告 1.pdf") in upload.get()["Content-Disposition"]
    upload = resumable.upload(b"hello", "?1", {"Content-Disposition": 'inline; filename="report.pdf"'})
    assert "report.pdf" in upload.get()["Content-Disposition"]


@section("MUST 13    a name that is a path, or full of control characters, breaks nothing")
def _(resumable: Resumable) -> None:
    for told in (
        'inline; filename="../../etc/passwd"',
        "inline; filename*=UTF-8''..%2f..%2fetc%2fpasswd",
        "inline; filename*=UTF-8''%0d%0aX-Smuggled:%20yes%00%07",
        "inline; filename*=UTF-8''%ff%fe",
        "inline; filename*=klingon''x",
        'inline; filename=".."',
        'inline; filename="unfinished',
        f'inline; filename="{"x" * 2000}"',
        ";;;=;",
        "",
    ):
        upload = resumable.upload(b"hello", "?0", {"Content-Disposition": told})
        upload.goes_on(b"hello, world")
        assert "X-Smuggled" not in upload.get()


def _cut(resumable: Resumable) -> Upload:
    """A creation whose sender hangs up."""
    connection, _, upload = resumable.creating({"Content-Length": str(len(WHOLE))})
    connection.send(WHOLE[:CAME])
    connection.finish()
    assert not connection.answer().succeeded
    return upload


@section(
    "SHOULD 4.2.2 when the sender hangs up, what came is kept",
    "MUST 4.2.2 such an upload is not complete, though ?1 was said",
    "MUST 4.1.3 its length is known from Upload-Complete: ?1 and Content-Length",
    "MUST 4.4   it goes on from the offset it tells",
    "MUST 4.4.2 and completes: the answer has Upload-Complete: ?1",
    "MUST 4.4   its bytes are whole",
)
def _(resumable: Resumable) -> None:
    upload = _cut(resumable)
    upload.is_at(CAME, len(WHOLE))
    upload.goes_on(WHOLE)


# --- its address -----------------------------------------------------------------------------------------------------


@section("SHOULD 4     an upload resource is unique: a hundred creations, a hundred URLs")
def _(resumable: Resumable) -> None:
    assert len({resumable.upload().path for _ in range(100)}) == 100


@section("HOUSE 13    the last segment of its URL has 22 characters or more, and is not a counter")
def _(resumable: Resumable) -> None:
    assert_unguessable([resumable.upload().path for _ in range(4)])


@section(
    "SHOULD 13    without the caller's credentials, HEAD of it is refused",
    "SHOULD 13    … PATCH is refused, and stores nothing",
    "SHOULD 13    … DELETE is refused",
)
def _(resumable: Resumable) -> None:
    upload = resumable.upload(b"hello")
    foreign, nobody = Upload(resumable.strange(), upload.path), {"Authorization": None}
    for answer in (
        foreign.head(),
        foreign.append(5, b"!"),
        foreign.get(),
        foreign.delete(),
        upload.head(nobody),
        upload.append(5, b"!", "?1", nobody),
        resumable.ask("DELETE", upload.path, nobody),
        upload.head({"Authorization": "Bearer wrong"}),
    ):
        assert answer.status in {401, 403, 404}
        assert "Upload-Offset" not in answer
    upload.is_at(5)
