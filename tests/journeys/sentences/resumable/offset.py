"""How far an upload is (§4.3, *Offset Retrieval*)."""

from tests.journeys.sentences.resumable.client import TARGET, Resumable, limits
from tests.journeys.sentences.sentences import Section

section = Section("offset")


@section(
    "MUST 4.3.2 HEAD has Upload-Offset",
    "MUST 4.3.2 HEAD has Upload-Complete: ?0 while the upload is not complete",
    "MUST 4.3.2 HEAD has Upload-Length, once the client has told it",
    "MUST 4.3.2 HEAD has Upload-Limit",
    "SHOULD 4.3.2 HEAD has Cache-Control: no-store",
)
def _(resumable: Resumable) -> None:
    for complete in ("?0", "?1"):
        upload = resumable.upload(b"hello", "?0", {"Upload-Length": "12"})
        if complete == "?1":
            upload.appended(5, b", world", "?1")
        answer = upload.head()
        assert answer.succeeded
        assert (answer["Upload-Offset"], answer["Upload-Complete"]) == ("5" if complete == "?0" else "12", complete)
        assert answer["Upload-Length"] == "12"
        assert limits(answer)
        assert "no-store" in answer.listed("Cache-Control")


@section("MUST 4.3.2 without a length told, HEAD has none")
def _(resumable: Resumable) -> None:
    assert "Upload-Length" not in resumable.upload(b"hello").head()


@section(
    "MUST 4.3.2 GET has the same Upload-Offset",
    "MUST 4.3.2 GET has Upload-Complete: ?0",
    "MUST 4.3.2 GET has Upload-Length and Upload-Limit",
)
def _(resumable: Resumable) -> None:
    answer = resumable.upload(b"hello", "?0", {"Upload-Length": "12"}).get()
    assert answer.succeeded
    assert (answer["Upload-Offset"], answer["Upload-Complete"]) == ("5", "?0")
    assert answer["Upload-Length"] == "12"
    assert limits(answer)


@section("MUST 4.3   HEAD changes nothing")
def _(resumable: Resumable) -> None:
    upload = resumable.upload(b"hello", "?0", {"Upload-Length": "12"})
    first, second = upload.head(), upload.head()
    for name in ("Upload-Offset", "Upload-Complete", "Upload-Length"):
        assert first[name] == second[name]


@section("SHOULD 4.3   HEAD of what does not exist is 404 or 410", "SHOULD 4.3.2 neither is a 301 or 302")
def _(resumable: Resumable) -> None:
    there = resumable.upload().path
    for path in (resumable.nothing().path, f"{TARGET}0", f"{TARGET}%00", f"{there}x", f"{TARGET}{'x' * 500}"):
        assert resumable.ask("HEAD", path).status in {404, 410}
    assert resumable.ask("HEAD", there).succeeded  # no 301 or 302, as none of those was


@section("MUST 4.6   the offset told is accepted by the next append")
def _(resumable: Resumable) -> None:
    upload = resumable.upload()
    for piece in (b"h", b"ello", b"", b", world"):
        upload.appended(upload.offset, piece)
    upload.goes_on(b"hello, world")
