"""Digests of what is sent and of the whole (§8, §10; RFC 9530)."""

import base64
import gzip
import hashlib

from tests.journeys.sentences.client import pieces
from tests.journeys.sentences.resumable.client import Resumable
from tests.journeys.sentences.sentences import Section
from tests.support.bytes import noise

section = Section("digests")

LARGE = noise(5_000_000, "digests")


def _digest(content: bytes, algorithm: str = "sha-256") -> str:
    found = hashlib.new(algorithm.replace("-", ""), content).digest()
    return f"{algorithm}=:{base64.b64encode(found).decode()}:"


def _content(content: bytes, algorithm: str = "sha-256") -> dict[str, str]:
    return {"Content-Digest": _digest(content, algorithm)}


def _whole(content: bytes) -> dict[str, str]:
    return {"Repr-Digest": _digest(content)}


@section(
    "MUST 8     content-coded data are counted as they are coded", "MUST 8     … and appended to as they are coded"
)
def _(resumable: Resumable) -> None:
    coded, as_coded = gzip.compress(b"hello, world"), {"Content-Encoding": "gzip"}
    upload = resumable.upload(coded[:10], "?0", as_coded)
    upload.is_at(10)
    upload.appended(10, coded[10:20], "?0", as_coded)
    upload.goes_on(coded)
    resumable.upload(coded, "?1", as_coded).holds(coded)


@section("MUST 10.2  an append with the right Content-Digest is taken")
def _(resumable: Resumable) -> None:
    upload = resumable.upload(b"he", "?0", _content(b"he"))
    upload.appended(2, pieces(b"llo", 1), "?0", _content(b"llo"))
    parameters = {"Content-Digest": f"{_digest(b', ')};a=1;b"}
    upload.appended(5, b", ", "?0", parameters)
    upload.appended(7, b"world", "?1", _content(b"world"))
    upload.holds(b"hello, world")


@section(
    "SHOULD 10.2  one with a wrong Content-Digest is refused",
    "SHOULD 10.2  … and appends nothing",
    "SHOULD 10.2  … though it is large",
    "SHOULD 10.2  the right content then takes its place, and the bytes are whole",
)
def _(resumable: Resumable) -> None:
    right, wrong = LARGE[1000:], LARGE[1000:-1] + bytes([LARGE[-1] ^ 1])
    upload = resumable.upload(LARGE[:1000])
    for body in (b"?", [b"?"], wrong, pieces(wrong, 500_000)):
        assert upload.append(1000, body, "?0", _content(right)).refused
        upload.is_at(1000)
    for body in (wrong, pieces(wrong, 500_000)):
        assert upload.append(1000, body, "?1", _content(right)).refused
        upload.is_at(1000, len(LARGE))
    upload.appended(1000, right, "?1", _content(right))
    upload.holds(LARGE)


@section("SHOULD 10.2  a creation with a wrong Content-Digest stores nothing")
def _(resumable: Resumable) -> None:
    for complete in ("?0", "?1", None):
        for body in (b"HELLO", [b"HELLO"]):
            answer = resumable.create(body, complete, _content(b"hello"))
            assert answer.refused
            assert "Location" not in answer


@section("SHOULD 9530  a digest of an algorithm nobody knows is passed over")
def _(resumable: Resumable) -> None:
    unknown = "life=:NDI=:"
    upload = resumable.upload(b"he", "?0", {"Content-Digest": unknown})
    upload.appended(2, b"llo", "?0", {"Content-Digest": f"{unknown}, {_digest(b'llo')}"})
    assert upload.append(5, b"!", "?0", {"Content-Digest": f"{unknown}, {_digest(b'?')}"}).refused
    upload.appended(5, b"", "?1", {"Repr-Digest": unknown})
    upload.holds(b"hello")


@section("SHOULD 10.2  sha-512 is known as well")
def _(resumable: Resumable) -> None:
    upload = resumable.upload()
    assert upload.append(0, b"HELLO", "?0", _content(b"hello", "sha-512")).refused
    upload.appended(0, b"hello", "?0", _content(b"hello", "sha-512"))
    both = {"Content-Digest": [_digest(b"!", "sha-512"), _digest(b"?")]}
    assert upload.append(5, b"!", "?0", both).refused
    upload.is_at(5)


@section("MUST 10.1  an upload with the right Repr-Digest completes")
def _(resumable: Resumable) -> None:
    told = _whole(b"hello, world")
    upload = resumable.upload(b"hello", "?0", told)
    upload.appended(5, b", world", "?1")
    upload.holds(b"hello, world")
    upload = resumable.upload(b"hello")
    upload.appended(5, b", world", "?1", told)
    upload.holds(b"hello, world")
    resumable.upload(b"hello, world", "?1", told).holds(b"hello, world")


@section("SHOULD 10.1  one with a wrong Repr-Digest does not succeed", "SHOULD 10.1  … not in a single request, either")
def _(resumable: Resumable) -> None:
    told = _whole(b"hello, world")
    early, late = resumable.upload(b"hello", "?0", told), resumable.upload(b"hello")
    assert early.append(5, b", WORLD", "?1").refused
    assert late.append(5, b", WORLD", "?1", told).refused
    for upload in (early, late):
        assert upload.get().status != 200
    for complete in ("?1", None):
        assert resumable.create(b"HELLO", complete, told).refused
        assert resumable.create([b"HELLO"], complete, told).refused


@section(
    "SHOULD 10.1  Want-Repr-Digest is answered with a Repr-Digest in the end",
    "MUST 9530  a Repr-Digest that is answered is right",
)
def _(resumable: Resumable) -> None:
    for want in ("sha-256=1", "sha-512=0, sha-256=5", "sha-256=10"):
        wanted, told = {"Want-Repr-Digest": want}, _digest(b"hello, world")
        assert resumable.upload(b"hello").append(5, b", world", "?1", wanted)["Repr-Digest"] == told
        for complete in ("?1", None):
            assert resumable.create(b"hello, world", complete, wanted)["Repr-Digest"] == told
