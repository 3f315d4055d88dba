"""Creations that bring bytes (tus 1.0.0, *Creation With Upload*)."""

from tests.journeys.sentences.client import pieces
from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.tus.checksum import checksum
from tests.journeys.sentences.tus.client import CHUNK, FILES, Tus, metadata
from tests.support.bytes import noise

creation_with_upload = Section("creation-with-upload")

WHOLE = noise(200_000, "with upload")


@creation_with_upload("MUST Tus-Extension names creation-with-upload, and creation beside it")
def _(tus: Tus) -> None:
    assert {"creation", "creation-with-upload"} <= set(tus.extensions())


@creation_with_upload(
    "MUST a creation that brings bytes answers 201",
    "MUST … with Location",
    "MUST … with Upload-Offset: as many as it took",
    "SHOULD … and it takes all of them",
    "MUST HEAD agrees",
    "MUST the upload goes on from there",
    "MUST its bytes are whole",
)
def _(tus: Tus) -> None:
    answer = tus.create(len(WHOLE), body=WHOLE[:50_000])
    assert answer.status == 201
    assert answer["Upload-Offset"] == "50000"
    upload = tus.uploaded(answer)
    assert upload.offset == 50_000
    upload.goes_on(WHOLE)


@creation_with_upload("MUST a creation that brings everything makes a finished upload", "MUST its bytes are whole")
def _(tus: Tus) -> None:
    answer = tus.create(len(WHOLE), body=WHOLE)
    assert answer["Upload-Offset"] == str(len(WHOLE))
    tus.uploaded(answer).holds(WHOLE)


@creation_with_upload("MUST a chunked body does as well")
def _(tus: Tus) -> None:
    upload = tus.upload(len(WHOLE), body=pieces(WHOLE[:10_000], 999))
    assert upload.offset == 10_000
    upload.goes_on(WHOLE)
    tus.upload(len(WHOLE), body=pieces(WHOLE, 65_536)).holds(WHOLE)


@creation_with_upload("MUST more bytes than the length never take the offset past it")
def _(tus: Tus) -> None:
    for body in (b"hello!", [b"hello!"], [b"hello", b"!"], pieces(WHOLE, 10_000)):
        answer = tus.create(5, body=body)
        assert answer.refused or tus.uploaded(answer).offset <= 5


@creation_with_upload("SHOULD a creation that waits for 100 (Continue) is told to go on, then answers 201")
def _(tus: Tus) -> None:
    fields = {**CHUNK, "Upload-Length": "5", "Content-Length": "5", "Expect": "100-continue"}
    waiting = tus.begin("POST", FILES, fields)
    assert waiting.interim().status == 100
    waiting.send(b"hello")
    answer = waiting.answer()
    assert answer.status == 201
    tus.uploaded(answer).holds(b"hello")


@creation_with_upload("SHOULD one that is refused is refused before its body is sent")
def _(tus: Tus) -> None:
    waits = {**CHUNK, "Content-Length": "5", "Expect": "100-continue"}
    for wrong in (
        {"Upload-Length": "4"},
        {"Upload-Length": "five"},
        {"Upload-Length": "5", "Tus-Resumable": "0.2.2"},
        {"Upload-Length": "5", "Content-Type": "text/plain"},
        {"Upload-Length": "5", "Upload-Metadata": "a,a"},
        {"Upload-Length": "5", "Upload-Checksum": "md6 YQ=="},
        {"Upload-Length": "5", "Authorization": None},
    ):
        assert 400 <= tus.begin("POST", FILES, {**waits, **wrong}).interim().status < 500, wrong


@creation_with_upload("MUST metadata comes back after such a creation, too")
def _(tus: Tus) -> None:
    told = metadata(filename="a.bin", note="x")
    for body in (b"he", b"hello"):
        assert tus.upload(5, told, body).head()["Upload-Metadata"] == told["Upload-Metadata"]


@creation_with_upload("SHOULD a wrong Upload-Checksum on such a creation is not stored: the rules of PATCH hold")
def _(tus: Tus) -> None:
    for body in (b"hello", [b"hel", b"lo"], b"he"):
        answer = tus.create(5, checksum("sha1", b"HELLO"), body)
        assert answer.status == 460 or tus.uploaded(answer).offset == 0
    tus.upload(5, checksum("sha1", b"hello"), b"hello").holds(b"hello")
