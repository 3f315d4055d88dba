"""Bytes that are appended (tus 1.0.0, *Core Protocol*: *PATCH*)."""

from tests.journeys.sentences.client import pieces
from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.tus.client import Tus, Upload
from tests.support.bytes import noise

core = Section("core")


@core(
    "MUST a PATCH that succeeds answers 204",
    "MUST a PATCH that succeeds has Upload-Offset",
    "MUST a PATCH that succeeds has Tus-Resumable: 1.0.0",
)
def _(tus: Tus) -> None:
    answer = tus.upload(13).patch(0, b"hello")
    assert answer.status == 204
    assert answer["Upload-Offset"] == "5"
    assert answer["Tus-Resumable"] == "1.0.0"


@core(
    "MUST the new offset is the old one and the bytes of this request together",
    "MUST a second PATCH goes on where the first ended",
    "MUST the bytes lie where the offsets say",
)
def _(tus: Tus) -> None:
    content, upload = noise(300_000, "where"), tus.upload(300_000)
    for start, end in [(0, 1), (1, 2), (2, 70_000), (70_000, 70_001), (70_001, 299_999), (299_999, 300_000)]:
        assert upload.patch(start, content[start:end])["Upload-Offset"] == str(end)
    upload.holds(content)


@core("MUST an empty PATCH at the offset succeeds and leaves it where it is")
def _(tus: Tus) -> None:
    upload = tus.upload(13)
    upload.appended(0, b"")
    upload.appended(0, b"hello")
    upload.appended(5, b"")
    upload.appended(5, [])
    assert upload.offset == 5


@core(
    "MUST a body sent with chunked transfer coding counts by its bytes, not by its framing",
    "MUST chunked bytes lie where the offset says",
)
def _(tus: Tus) -> None:
    content, upload = noise(100_000, "chunked"), tus.upload(100_000)
    upload.appended(0, pieces(content[:100], 1))
    upload.appended(100, pieces(content[100:60_000], 977))
    upload.appended(60_000, [content[60_000:]])
    upload.holds(content)


@core("SHOULD a PATCH of another content type is refused with 415", "MUST it stores nothing")
def _(tus: Tus) -> None:
    upload = tus.upload(5)
    for kind in ("application/octet-stream", "text/plain", "application/offset", "application/offset+octet-streams"):
        assert upload.patch(0, b"hello", {"Content-Type": kind}).status == 415
        assert upload.offset == 0


@core(
    "SHOULD a PATCH without a content type is refused with 415",
    "MUST it stores nothing",
    "MUST the refusal has Tus-Resumable",
)
def _(tus: Tus) -> None:
    upload = tus.upload(5)
    for kind in (None, ""):
        answer = upload.patch(0, b"hello", {"Content-Type": kind})
        assert answer.status == 415
        assert answer["Tus-Resumable"] == "1.0.0"
        assert upload.offset == 0


# --- other offsets ---------------------------------------------------------------------------------------------------


@core("MUST a PATCH past the offset answers 409", "MUST it leaves the upload as it was", "MUST a 409 has Tus-Resumable")
def _(tus: Tus) -> None:
    upload = tus.upload(13, body=b"hello")
    for offset in (6, 12, 13, 14, 2**40, 2**63, 10**30):
        answer = upload.patch(offset, b"!")
        assert answer.status == 409
        assert answer["Tus-Resumable"] == "1.0.0"
    assert upload.offset == 5


@core(
    "MUST a PATCH before the offset answers 409",
    "MUST it leaves the upload as it was",
    "MUST the bytes stored before are those that stay",
)
def _(tus: Tus) -> None:
    upload = tus.upload(12, body=b"hello")
    for offset in (0, 1, 4):
        assert upload.patch(offset, b"XXXXXXX").status == 409
    assert upload.offset == 5
    upload.appended(5, b", world")
    upload.holds(b"hello, world")


@core("MUST a PATCH without Upload-Offset is refused", "MUST it leaves the upload as it was")
def _(tus: Tus) -> None:
    upload = tus.upload(5)
    assert upload.patch(None, b"hello").refused
    assert upload.offset == 0


@core("SHOULD a PATCH of what does not exist answers 404 (or 410 where it is known to be gone)")
def _(tus: Tus) -> None:
    assert tus.nothing().patch(0, b"hello").status in {404, 410}
    assert tus.strange().ask("PATCH", tus.upload(5).path, {"Upload-Offset": "0"}, b"").status in {403, 404, 410}


@core("MUST a PATCH at the end of a finished upload stores nothing more")
def _(tus: Tus) -> None:
    upload = tus.upload(5, body=b"hello")
    assert not upload.patch(5, b"!").succeeded
    assert not upload.patch(5, [b"!"]).succeeded
    upload.holds(b"hello")


@core("MUST a PATCH at the beginning of a finished upload answers 409")
def _(tus: Tus) -> None:
    upload = tus.upload(5)
    upload.appended(0, b"he")
    upload.appended(2, b"llo")
    for body in (b"hello", b"HELLO", b""):
        assert upload.patch(0, body).status == 409
    upload.holds(b"hello")


def _not_taken(tus: Tus, *offsets: str) -> None:
    upload = tus.upload(13)
    for offset in offsets:
        assert upload.patch(offset, b"hello").refused, offset
        assert upload.offset == 0


@core("MUST Upload-Offset is a non-negative integer: -1 is refused", "MUST … and stores nothing")
def _(tus: Tus) -> None:
    _not_taken(tus, "-1", "-0", "- 0", "+0")


@core("MUST … so is a word")
def _(tus: Tus) -> None:
    _not_taken(tus, "zero", "null", "0 bytes", "\xb2", "0_0", '"0"')


@core("MUST … so is a fraction")
def _(tus: Tus) -> None:
    _not_taken(tus, "0.0", "0.", ".0", "0/1")


@core("MUST … so is an exponent")
def _(tus: Tus) -> None:
    _not_taken(tus, "0e0", "0E1")


@core("MUST … so is hexadecimal")
def _(tus: Tus) -> None:
    _not_taken(tus, "0x0", "0X0", "0h")


@core("MUST … so is an empty value")
def _(tus: Tus) -> None:
    _not_taken(tus, "")


@core("HOUSE … so are two values")
def _(tus: Tus) -> None:
    upload = tus.upload(13)
    for offsets in (["0, 5"], ["0", "5"], ["5", "0"], ["0,0"]):
        assert upload.patch(offsets, b"hello").refused, offsets
    assert upload.offset == 0


@core("MUST … none of the single ones stored anything")
def _(tus: Tus) -> None:
    upload = tus.upload(5)
    for offset in ("-1", "zero", "0.0", "0e0", "0x0", ""):
        upload.patch(offset, b"HELLO")
    upload.appended(0, b"hello")
    upload.holds(b"hello")


# --- more than the length --------------------------------------------------------------------------------------------


def _too_much(upload: Upload, body: bytes | list[bytes]) -> None:
    answer = upload.patch(5, body)
    assert not answer.succeeded
    assert upload.offset <= 12


@core(
    "MUST a PATCH longer than what is left never takes the offset past the length",
    "MUST … it is not answered with a success that counts them",
)
def _(tus: Tus) -> None:
    _too_much(tus.upload(12, body=b"hello"), b", world!")
    _too_much(tus.upload(12, body=b"hello"), bytes(1_000_000))


@core(
    "MUST the same without a Content-Length to warn of it", "MUST … it is not answered with a success that counts them"
)
def _(tus: Tus) -> None:
    _too_much(tus.upload(12, body=b"hello"), [b", world!"])
    _too_much(tus.upload(12, body=b"hello"), [b", world", b"!"])
    _too_much(tus.upload(12, body=b"hello"), pieces(bytes(1_000_000), 65_536))


@core("MUST the upload is never longer than its length when it is read")
def _(tus: Tus) -> None:
    for body in (b", world!", [b", world", b"!"]):
        upload = tus.upload(12, body=b"hello")
        _too_much(upload, body)
        upload.goes_on(b"hello, world")


# --- 100 (Continue) --------------------------------------------------------------------------------------------------


@core("SHOULD a PATCH that waits for 100 (Continue) is told to go on, then succeeds")
def _(tus: Tus) -> None:
    for expect in ("100-continue", "100-Continue"):
        upload = tus.upload(5)
        waiting = upload.begin(0, {"Content-Length": "5", "Expect": expect})
        assert waiting.interim().status == 100
        waiting.send(b"hello")
        assert waiting.answer().status == 204
        upload.holds(b"hello")


@core("SHOULD one at a wrong offset is refused before its body is sent")
def _(tus: Tus) -> None:
    waiting = tus.upload(13).begin(3, {"Content-Length": "5", "Expect": "100-continue"})
    assert waiting.interim().status == 409
