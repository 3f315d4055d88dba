"""MD5 side by side is MD5, in every lane."""

import ctypes
import hashlib
import importlib.util
import os
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock import multibuffer

RFC_1321 = {
    b"": "d41d8cd98f00b204e9800998ecf8427e",
    b"a": "0cc175b9c0f1b6a831c399e269772661",
    b"abc": "900150983cd24fb0d6963f7d28e17f72",
    b"message digest": "f96b697d7cb7938d525a2f31aaf161d0",
    b"abcdefghijklmnopqrstuvwxyz": "c3fcd3d76192e4007dfb496cca67e13b",
    b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789": "d174ab98d277d9f5a5611c2c9f419d9f",
    b"1234567890" * 8: "57edf4a22be3c955ac49da2e2107b67a",
}
"""The test suite of RFC 1321, appendix A.5."""

native = multibuffer._native
if native is None:
    if "CI" in os.environ:
        pytest.fail("the native half was not built", pytrace=False)
    needs_native = pytest.mark.skip("the native half was not built")
    WIDTHS = [2]
else:
    needs_native = pytest.mark.filterwarnings()  # no condition
    WIDTHS = [width for width in (2, 8, 16) if width <= native.WIDEST]

chunks = st.lists(st.binary(max_size=300) | st.integers(0, 5).map(lambda n: b"x" * 64 * n), max_size=5)


def md5(content: bytes) -> str:
    return hashlib.md5(content).hexdigest()


@pytest.fixture(params=["native", "hashlib"])
def either(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the native half and without."""
    if request.param == "hashlib":
        monkeypatch.setattr(multibuffer, "_native", None)
    elif native is None:
        pytest.skip("the native half was not built")


@pytest.mark.usefixtures("either")
def test_the_vectors_of_the_rfc() -> None:
    """Each message by itself, and all at once, has the digest that RFC 1321 gives."""
    together = {content: multibuffer.md5() for content in RFC_1321}
    multibuffer.update_all((digest, memoryview(content)) for content, digest in together.items())
    for content, expected in RFC_1321.items():
        alone = multibuffer.md5()
        alone.update(memoryview(content))
        assert alone.hexdigest() == together[content].hexdigest() == expected


@pytest.mark.usefixtures("either")
def test_a_million() -> None:
    """A long message in uneven pieces; asking in the middle, or copying, changes nothing."""
    whole, digest = memoryview(b"a" * 1_000_000), multibuffer.md5()
    for start in range(0, 1_000_000, 9_999):
        digest.update(whole[start : start + 9_999])
        digest.hexdigest()
        digest.copy().update(whole)
    assert digest.hexdigest() == "7707d6ae4e027c70eea2a935c2296f21"


@needs_native
@pytest.mark.parametrize("width", WIDTHS)
@given(messages=st.lists(chunks, max_size=40))
def test_lane_by_lane(width: int, messages: list[list[bytes]]) -> None:
    """Any number of messages, of any lengths, in any pieces, on every kernel of this processor, beside any others."""
    assert native is not None
    digests = [native.Md5() for _ in messages]
    for turn in range(5):
        taking = [
            (digest, pieces[turn]) for digest, pieces in zip(digests, messages, strict=True) if turn < len(pieces)
        ]
        native.update_together([(digest, memoryview(piece)) for digest, piece in taking], width)
    assert [digest.hexdigest() for digest in digests] == [md5(b"".join(pieces)) for pieces in messages]


@needs_native
@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("count", range(1, 35))
def test_every_number_of_lanes(width: int, count: int) -> None:
    """Long pieces of different lengths, none of them aligned, read-only or not."""
    assert native is not None
    contents = [os.urandom(64 * 50 * (1 + lane % 4) + lane) for lane in range(count)]
    held = [memoryview(content if lane % 3 else bytearray(content))[lane:] for lane, content in enumerate(contents)]
    digests = [native.Md5() for _ in held]
    native.update_together(zip(digests, held, strict=True), width)
    assert [digest.hexdigest() for digest in digests] == [md5(bytes(piece)) for piece in held]


def test_hashers_of_other_kinds_take_part() -> None:
    """Whatever is not an MD5 of ours is given its piece all the same."""
    hashers = [multibuffer.md5(), hashlib.sha256(), hashlib.md5(), multibuffer.md5()]
    multibuffer.update_all((hasher, memoryview(b"abc")) for hasher in hashers)
    assert [hasher.hexdigest() for hasher in hashers] == [
        RFC_1321[b"abc"],
        hashlib.sha256(b"abc").hexdigest(),
        RFC_1321[b"abc"],
        RFC_1321[b"abc"],
    ]


def test_without_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where it was not built, or was built for another machine, MD5 is that of hashlib, one at a time."""

    def refuse(*_: Any) -> None:
        raise OSError("cannot open shared object file")

    monkeypatch.setattr(ctypes, "CDLL", refuse)
    monkeypatch.delitem(sys.modules, "penstock.multibuffer.native", raising=False)
    monkeypatch.delattr(multibuffer, "native", raising=False)
    assert multibuffer.__spec__ is not None
    assert multibuffer.__spec__.origin is not None
    spec = importlib.util.spec_from_file_location("lanes_without", multibuffer.__spec__.origin)
    assert spec is not None
    assert spec.loader is not None
    without = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(without)
    assert without.width() == 1
    assert type(without.md5()) is type(hashlib.md5())
