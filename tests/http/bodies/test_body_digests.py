"""Digests that a request states of its own body are believed or refused, in every dialect."""

import base64
import hashlib
import zlib

import pytest
from starlette.types import Message

from penstock.http.bodies.digests import stated_digests, verifying
from penstock.model.faults import InputInvalid
from tests.dialects.scratch.client import Scratch
from tests.support.bytes import md5
from tests.support.server import Server

BODY = b"123456789"


def b64(octets: bytes) -> str:
    return base64.b64encode(octets).decode()


RIGHT = {
    "Content-MD5": b64(hashlib.md5(BODY).digest()),
    "Content-Digest": f"sha-256=:{b64(hashlib.sha256(BODY).digest())}:",
    "content-digest": f"sha-512=:{b64(hashlib.sha512(BODY).digest())}:, unknown=:AAAA:",
    "Content-digest": f"sha=:{b64(hashlib.sha1(BODY).digest())}:;a=1;b",
    "x-amz-checksum-sha256": b64(hashlib.sha256(BODY).digest()),
    "x-amz-checksum-sha1": b64(hashlib.sha1(BODY).digest()),
    "x-amz-checksum-crc32": b64(zlib.crc32(BODY).to_bytes(4, "big")),
    # Check values of the CRC catalogue for these nine digits.
    "x-amz-checksum-crc32c": b64(bytes.fromhex("e3069283")),
    "x-amz-checksum-crc64nvme": b64(bytes.fromhex("ae8b14860a799888")),
}


async def passed(name: str, value: str, *pieces: bytes) -> bytes:
    """What a reader of the body gets when this header states a digest."""
    messages: list[Message] = [
        {"type": "http.request", "body": piece, "more_body": index < len(pieces) - 1}
        for index, piece in enumerate(pieces)
    ]

    async def receive() -> Message:
        return messages.pop(0)

    verified = verifying(stated_digests([(name.lower().encode(), value.encode())]), receive)
    return b"".join([(await verified())["body"] for _ in pieces])


@pytest.mark.parametrize("name", RIGHT)
async def test_a_right_digest_passes(name: str) -> None:
    """Every algorithm's right digest lets the body through, in however many pieces."""
    assert await passed(name, RIGHT[name], BODY) == BODY
    assert await passed(name, RIGHT[name], BODY[:4], b"", BODY[4:], b"") == BODY


@pytest.mark.parametrize("name", RIGHT)
async def test_a_wrong_digest_does_not(name: str) -> None:
    """The end of a body with another digest is never handed on; nor that of a large one, hashed on a thread."""
    for other in (b"123456788", b"", BODY * 100_000):
        with pytest.raises(InputInvalid):
            await passed(name, RIGHT[name], other)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("content-md5", "???"),
        ("content-md5", b64(b"short")),
        ("content-digest", "sha-256"),
        ("content-digest", "unixsum=:AAAA:"),
        ("content-digest", "sha-256=:AAAA:"),
        ("x-amz-checksum-crc32", b64(b"12345")),
        ("x-amz-checksum-xxhash", b64(b"1234")),
    ],
)
def test_what_cannot_be_verified_is_refused(name: str, value: str) -> None:
    """A digest that is malformed or of an unknown algorithm is refused, not ignored."""
    with pytest.raises(InputInvalid):
        stated_digests([(name.encode(), value.encode())])


def test_what_states_no_digest_is_none() -> None:
    """Other headers, and what S3 clients say about their checksums, state nothing."""
    assert stated_digests([(b"x-amz-checksum-algorithm", b"CRC32"), (b"content-type", b"text/plain")]) == []


FORM = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="f"\r\n\r\nhello\r\n--b--\r\n'
FIELD = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
PART = FIELD % (b"file_id", b"f") + FIELD % (b"index", b"0") + FORM % b"chunk"
MULTIPART = "multipart/form-data; boundary=b"
OSS = f"/api/file/upload?identifier={md5(b'hello')}"


@pytest.mark.parametrize(
    ("path", "content", "kind"),
    [
        ("/api/files/upload", FORM % b"file", MULTIPART),
        (OSS, FORM % b"file", MULTIPART),
        ("/api/file/upload", PART, MULTIPART),
        ("/api/files/chunked-upload/init", b'{"fileName":"a","fileSize":1,"totalChunks":1}', "application/json"),
    ],
)
@pytest.mark.dialects("instant", "files", "oss")
async def test_nothing_of_a_wrong_body_is_kept(server: Server, path: str, content: bytes, kind: str) -> None:
    """In every dialect a body whose digest is another is 400, and leaves nothing behind."""
    headers = {"Content-Type": kind, "Content-MD5": RIGHT["Content-MD5"]}
    answer = await server.alice.post(path, content=content, headers=headers)
    assert answer.status_code == 400, answer.text
    assert server.stored() | {"uploads": 0} == {"uploads": 0, "parts": 0, "files": 0, "staged": 0}
    right = {**headers, "Content-MD5": b64(hashlib.md5(content).digest())}
    assert (await server.alice.post(path, content=content, headers=right)).status_code == 200


async def test_a_raw_part_is_held_to_its_digest(server: Server) -> None:
    """A `scratch` part with a wrong digest is refused, and the right one is taken after it."""
    part = Scratch(server.alice, [b"hello"])
    wrong = await part.send(0, headers={"Content-MD5": RIGHT["Content-MD5"]})
    assert (wrong.status_code, server.stored()["parts"]) == (400, 0)
    right = await part.send(0, headers={"Content-MD5": b64(hashlib.md5(b"hello").digest())})
    assert right.status_code == 200
