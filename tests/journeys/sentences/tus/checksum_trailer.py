"""Checksums behind the body (tus 1.0.0, *Checksum*: trailers)."""

from tests.journeys.sentences.client import pieces
from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.tus.checksum import checksum
from tests.journeys.sentences.tus.client import Tus
from tests.journeys.sentences.wire import Fields
from tests.support.bytes import noise

trailers = Section("checksum-trailer")

ANNOUNCED: list[Fields] = [
    {"Trailer": "Upload-Checksum"},
    {"Trailer": "X-Other, upload-checksum"},
    {"Trailer": ["X-Other", "Upload-Checksum"]},
]


@trailers("MUST Tus-Extension names checksum-trailer")
def _(tus: Tus) -> None:
    assert "checksum-trailer" in tus.extensions()


@trailers("MUST a right Upload-Checksum in the trailers answers 204")
def _(tus: Tus) -> None:
    for announced in ANNOUNCED:
        upload = tus.upload(5)
        found = upload.patch(0, [b"hello"], announced, {"X-Other": "1", **checksum("sha1", b"hello")})
        assert found.status == 204
        upload.holds(b"hello")


@trailers(
    "MUST a wrong one answers 460",
    "MUST … and the chunk is discarded",
    "MUST the right chunk then takes its place, and the bytes are whole",
)
def _(tus: Tus) -> None:
    for announced in ANNOUNCED:
        upload = tus.upload(5)
        assert upload.patch(0, [b"HELLO"], announced, checksum("sha1", b"hello")).status == 460
        assert upload.offset == 0
        upload.goes_on(b"hello")


@trailers("MUST an unknown algorithm in the trailers answers 400, and the chunk is discarded")
def _(tus: Tus) -> None:
    upload = tus.upload(5)
    for told in ("md6 YQ==", "sha1", "sha1 !!!", ""):
        assert upload.patch(0, [b"hello"], ANNOUNCED[0], {"Upload-Checksum": told}).status == 400
        assert upload.offset == 0


@trailers("MUST a trailer is found after a body of many chunks")
def _(tus: Tus) -> None:
    content = noise(300_000, "trailer")
    upload = tus.upload(len(content))
    assert upload.patch(0, pieces(content, 777), ANNOUNCED[0], checksum("sha1", content[1:])).status == 460
    assert upload.patch(0, pieces(content, 777), ANNOUNCED[0], checksum("sha1", content)).status == 204
    upload.holds(content)


@trailers("HOUSE a trailer that was announced and does not come is no success")
def _(tus: Tus) -> None:
    upload = tus.upload(5)
    for announced in ANNOUNCED:
        assert upload.patch(0, [b"hello"], announced).refused
        assert upload.patch(0, [b"hello"], announced, {"X-Other": "1"}).refused
    assert upload.offset == 0
