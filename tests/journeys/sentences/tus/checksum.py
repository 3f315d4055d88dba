"""Chunks that count when they are right (tus 1.0.0, *Checksum*)."""

import base64
import hashlib
import re
import time
import zlib

from tests.journeys.sentences.client import SETTLED, pieces
from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.tus.client import Tus
from tests.support.bytes import noise

checksums = Section("checksum")

LARGE = noise(5_000_000, "large")


def checksum(algorithm: str, content: bytes) -> dict[str, str]:
    """`Upload-Checksum` of these bytes."""
    return {"Upload-Checksum": f"{algorithm} {base64.b64encode(_digest(algorithm, content)).decode()}"}


def _digest(algorithm: str, content: bytes) -> bytes:
    if algorithm == "crc32":
        return zlib.crc32(content).to_bytes(4, "big")
    return _crc32c(content) if algorithm == "crc32c" else hashlib.new(algorithm, content).digest()


def _crc32c(content: bytes) -> bytes:
    """Castagnoli's, bit by bit (RFC 3720, appendix B.4)."""
    crc = 0xFFFFFFFF
    for byte in content:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return (crc ^ 0xFFFFFFFF).to_bytes(4, "big")


def _announced(tus: Tus) -> list[str]:
    return tus.options().listed("Tus-Checksum-Algorithm")


@checksums("MUST Tus-Extension names checksum")
def _(tus: Tus) -> None:
    assert "checksum" in tus.extensions()


@checksums(
    "MUST OPTIONS has Tus-Checksum-Algorithm",
    "MUST it is a comma-separated list of names without capitals",
    "MUST sha1 is in it",
)
def _(tus: Tus) -> None:
    assert all(re.fullmatch(r"[^A-Z\s,]+", name) for name in _announced(tus))
    assert "sha1" in _announced(tus)


@checksums("MUST a chunk with its right SHA-1 answers 204 and counts")
def _(tus: Tus) -> None:
    upload = tus.upload(12)
    upload.appended(0, b"hello", checksum("sha1", b"hello"))
    upload.appended(5, b"", checksum("sha1", b""))
    upload.appended(5, b", world", checksum("sha1", b", world"))
    upload.holds(b"hello, world")


@checksums(
    "MUST every further digest that is announced and that we can compute answers 204 when it is right",
    "MUST … and is not taken when it is wrong",
)
def _(tus: Tus) -> None:
    computed = (set(_announced(tus)) & hashlib.algorithms_guaranteed) - {"sha1"}
    assert computed
    for algorithm in computed:
        upload = tus.upload(5)
        assert upload.patch(0, b"hello", checksum(algorithm, b"HELLO")).status == 460
        upload.appended(0, b"hello", checksum(algorithm, b"hello"))
        upload.holds(b"hello")


@checksums("HOUSE crc32 and crc32c, where announced, are four bytes, most significant first")
def _(tus: Tus) -> None:
    assert _crc32c(b"123456789").hex() == "e3069283"
    for algorithm in {"crc32", "crc32c"} & set(_announced(tus)):
        upload = tus.upload(5)
        backwards = base64.b64encode(_digest(algorithm, b"hello")[::-1]).decode()
        assert upload.patch(0, b"hello", {"Upload-Checksum": f"{algorithm} {backwards}"}).status == 460
        upload.appended(0, b"hello", checksum(algorithm, b"hello"))


@checksums(
    "MUST a chunk whose checksum does not match answers 460",
    "MUST the offset stays",
    "MUST the chunk is discarded: other bytes can take its place",
    "MUST the bytes are those of the chunk that matched",
    "MUST 460 has Tus-Resumable",
)
def _(tus: Tus) -> None:
    upload = tus.upload(12)
    answer = upload.patch(0, b"HELLO", checksum("sha1", b"hello"))
    assert (answer.status, answer["Tus-Resumable"]) == (460, "1.0.0")
    assert upload.offset == 0
    upload.appended(0, b"hel", checksum("sha1", b"hel"))
    upload.goes_on(b"hello, world")


@checksums("MUST a mismatch in the middle keeps what was stored before")
def _(tus: Tus) -> None:
    upload = tus.upload(12, body=b"hello")
    assert upload.patch(5, b", WORLD"[:3], checksum("sha1", b"")).status == 460
    assert upload.offset == 5
    upload.goes_on(b"hello, world")


@checksums("MUST a mismatch in the last chunk does not complete the upload")
def _(tus: Tus) -> None:
    upload = tus.upload(12, body=b"hello")
    assert upload.patch(5, b", WORLD", checksum("sha1", b", world")).status == 460
    assert upload.offset == 5
    assert upload.get().status != 200
    upload.goes_on(b"hello, world")


@checksums(
    "MUST a large chunk that does not match is discarded whole", "MUST … and the bytes that take its place are whole"
)
def _(tus: Tus) -> None:
    upload = tus.upload(len(LARGE))
    assert upload.patch(0, LARGE[:-1] + bytes([LARGE[-1] ^ 1]), checksum("sha1", LARGE)).status == 460
    assert upload.offset == 0
    upload.appended(0, LARGE[:1000])
    upload.goes_on(LARGE)


@checksums("MUST a chunked body is checked as well")
def _(tus: Tus) -> None:
    upload = tus.upload(5)
    assert upload.patch(0, pieces(b"HELLO", 2), checksum("sha1", b"hello")).status == 460
    assert upload.offset == 0
    upload.appended(0, pieces(b"hello", 2), checksum("sha1", b"hello"))
    upload.holds(b"hello")


def _not_taken(tus: Tus, *told: str) -> None:
    upload = tus.upload(5)
    for text in told:
        answer = upload.patch(0, b"hello", {"Upload-Checksum": text})
        assert answer.status == 400, text
        assert answer["Tus-Resumable"] == "1.0.0"
        assert upload.offset == 0


@checksums("MUST an algorithm the server does not know answers 400", "MUST … and the chunk is discarded")
def _(tus: Tus) -> None:
    _not_taken(tus, "md6 YQ==", "sha-1 qvTGHdzF6KLavt4PO0gs2a6pQ00=", "sha1,md5 YQ==")


@checksums("MUST a checksum that is not Base64 is not taken", "MUST a 400 has Tus-Resumable")
def _(tus: Tus) -> None:
    right = checksum("sha1", b"hello")["Upload-Checksum"]
    _not_taken(tus, "sha1 !!!", "sha1 aaf4c61ddcc5e8a2dabede0f3b482cd9aea9434d", right.rstrip("="), f"{right}, {right}")


@checksums("MUST an algorithm without a checksum is not taken")
def _(tus: Tus) -> None:
    _not_taken(tus, "sha1", "sha1 ", "sha1=")


@checksums("MUST a checksum of the wrong length is not taken")
def _(tus: Tus) -> None:
    _not_taken(tus, "sha1 YQ==", "md5 qvTGHdzF6KLavt4PO0gs2a6pQ00=", "sha1 qvTGHdzF6KLavt4PO0gs2a6pQw==")


@checksums("HOUSE an empty Upload-Checksum is not taken")
def _(tus: Tus) -> None:
    _not_taken(tus, "")


@checksums("MUST after an interrupted chunk with a checksum, the upload goes on at the offset HEAD tells, and is whole")
def _(tus: Tus) -> None:
    upload = tus.upload(len(LARGE))
    connection = upload.begin(0, {"Content-Length": str(len(LARGE)), **checksum("sha1", LARGE)})
    connection.send(LARGE[:1_000_000])
    time.sleep(SETTLED)
    connection.close()
    assert upload.offset <= 1_000_000
    upload.goes_on(LARGE)
