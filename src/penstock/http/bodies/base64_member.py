"""A JSON object with a file in it: the base64 of one string member is decoded as it streams in, the rest is kept.

The scan follows brackets and strings, no more: it asks of a document that the member can be found in it. What it lets
through is kept byte for byte, so whoever decodes the rest sees every fault the scan has passed over.
"""

import re
from binascii import a2b_base64
from collections.abc import AsyncIterator, Generator
from typing import TypeAlias, TypeVar

import msgspec

from penstock.http.faults import BodyMalformed
from penstock.model.faults import InputInvalid

T = TypeVar("T")

# A scan says what to stop at next, and is sent the byte that was found, which by then is in the rest.
_Scan: TypeAlias = Generator[re.Pattern[bytes], bytes, T]

_INK = re.compile(rb"[^ \t\n\r]")
_TRAILING = re.compile(rb"[^ \t\n\r]+")
_STRUCTURE = re.compile(rb'["{}\[\],]')
_IN_STRING = re.compile(rb'["\\]')
_ANY = re.compile(rb"(?s:.)")
# No escape can hide the end: neither a quote nor a backslash is base64, however it is written.
_IN_CONTENT = re.compile(rb'"')

_LONGEST_CUT_ESCAPE = 5
_CUT_ESCAPE = re.compile(rb"\\(?:u.{0,3})?\Z")


class Base64Member:
    """A push decoder for the member `name` of the object at the top level; all else may fill `rest_limit` bytes.

    `found` tells whether the member has been seen. A decoder that has raised is of no further use.
    """

    def __init__(self, name: str, rest_limit: int) -> None:
        self.found = False
        self._name = name
        self._limit = rest_limit
        self._rest = bytearray()
        self._text = _Base64Text()
        self._scan = _document(name, self._rest)
        self._stop = next(self._scan)

    def feed(self, piece: bytes) -> bytes:
        """Return the bytes of the member that this piece of the document makes known, often none.

        Raises `InputInvalid` when the member is no base64 string or comes twice, `BodyMalformed`.
        """
        at, known = 0, b""
        while at < len(piece):
            if self._stop is _IN_CONTENT:
                start, at = at, _quote_or_end(piece, at)
                known = self._decode(piece[start:at], closed=at < len(piece))
            at = self._keep(piece, at)
        return known

    def end(self) -> bytes:
        """Return the whole document with `""` for the member's value. Raises `BodyMalformed` when it is cut short."""
        if self._stop is not _TRAILING:
            raise BodyMalformed("cut short")
        return bytes(self._rest)

    def _keep(self, piece: bytes, start: int) -> int:
        """Move to the rest what comes up to the next stop; return where that is."""
        end = start + self._limit - len(self._rest)
        match = self._stop.search(piece, start, end)
        if match is None and end < len(piece):
            raise BodyMalformed("too much beside the member")
        end = len(piece) if match is None else match.end()
        self._rest += piece[start:end]
        if match is not None:
            self._stop = self._scan.send(match[0])
            self.found |= self._stop is _IN_CONTENT
        return end

    def _decode(self, raw: bytes, *, closed: bool) -> bytes:
        try:
            known = self._text.feed(raw)
            if closed:
                self._text.end()
        except (ValueError, msgspec.DecodeError) as error:
            raise InputInvalid(self._name, "not standard base64") from error
        return known


async def decoded(body: AsyncIterator[bytes], member: Base64Member) -> AsyncIterator[bytes]:
    """Yield the member's bytes as the body comes in, no piece empty; `member.end()` is left to the caller.

    Raises as `Base64Member.feed`; what `body` raises passes through.
    """
    async for piece in body:
        if known := member.feed(piece):
            yield known


class _Base64Text:
    """What stands between the quotes, from JSON escapes to bytes. Its errors are ValueError and DecodeError."""

    def __init__(self) -> None:
        self._cut_escape = b""
        self._cut_quad = b""
        self._padded = False

    def feed(self, raw: bytes) -> bytes:
        text = self._cut_quad + self._unescaped(self._cut_escape + raw)
        whole = len(text) - len(text) % 4
        self._cut_quad = text[whole:]
        if not whole:
            return b""
        # Strict mode takes `====` behind a whole quad, and cannot know of what came in earlier pieces.
        if self._padded or text.endswith(b"===", 0, whole):
            raise ValueError("data after padding")
        self._padded = text.endswith(b"=", 0, whole)
        return a2b_base64(memoryview(text)[:whole], strict_mode=True)

    def end(self) -> None:
        if self._cut_escape or self._cut_quad:
            raise ValueError("cut short")

    def _unescaped(self, raw: bytes) -> bytes:
        self._cut_escape = b""
        if b"\\" not in raw:
            return raw
        if cut := _CUT_ESCAPE.search(raw, len(raw) - _LONGEST_CUT_ESCAPE):
            self._cut_escape = cut[0]
            raw = raw[: cut.start()]
        return _unquoted(raw).encode()


def _document(name: str, rest: bytearray) -> _Scan[None]:
    if (yield _INK) != b"{":
        raise BodyMalformed("not an object")
    yield from _members(name, rest)
    yield _TRAILING
    raise BodyMalformed("data after the object")


def _members(name: str, rest: bytearray) -> _Scan[None]:
    found = False
    while (byte := (yield _INK)) == b'"':
        ours = (yield from _key(rest)) == name
        if (yield _INK) != b":":
            raise BodyMalformed("a name without a colon")
        if ours:
            if found:
                raise InputInvalid(name, "given twice")
            found = True
            yield from _content(name)
        if not (yield from _value()):
            return
    if byte != b"}":
        raise BodyMalformed("a member without a name")


def _key(rest: bytearray) -> _Scan[str]:
    start = len(rest)
    yield from _string()
    try:
        return _unquoted(bytes(rest[start:-1]))
    except (ValueError, msgspec.DecodeError) as error:
        raise BodyMalformed("a name that cannot be read") from error


def _content(name: str) -> _Scan[None]:
    if (yield _INK) != b'"':
        raise InputInvalid(name, "not a string")
    yield _IN_CONTENT


def _value() -> _Scan[bool]:
    """Pass a value or what is left of one; tell whether another member is to follow."""
    depth = 1
    while depth:
        byte = yield _STRUCTURE
        if byte == b'"':
            yield from _string()
        elif byte in b"{[":
            depth += 1
        elif byte in b"}]":
            depth -= 1
        elif depth == 1:
            return True
    return False


def _string() -> _Scan[None]:
    while (yield _IN_STRING) != b'"':
        yield _ANY


def _unquoted(raw: bytes) -> str:
    return msgspec.json.decode(b'"%b"' % raw, type=str)


def _quote_or_end(piece: bytes, start: int) -> int:
    quote = piece.find(b'"', start)
    return len(piece) if quote < 0 else quote
