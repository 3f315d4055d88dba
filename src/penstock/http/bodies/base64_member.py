"""A JSON object with a file in it: the base64 of one string member is decoded as it streams in, the rest is kept.

Laws kept here:
- The scan follows brackets and strings, no more: it asks of a document that the member can be found in it. What it lets
  through is kept byte for byte, so whoever decodes the rest sees every fault the scan has passed over.
- The scan's state is a row of `NEXT`, and depends on no more than the bytes that were read, wherever pieces are cut.
"""

import re
from binascii import a2b_base64
from collections.abc import AsyncIterator, Mapping
from enum import IntEnum, auto

import msgspec

from penstock.http.faults import BodyMalformed
from penstock.model.faults import InputInvalid


class Base64State(IntEnum):
    """Where in the document the scan stands: what it is in, or what must come next."""

    OBJECT = auto()
    NAME_OR_END = auto()
    IN_NAME = auto()
    NAME_ESCAPE = auto()
    COLON = auto()
    OUR_COLON = auto()
    OUR_STRING = auto()
    IN_CONTENT = auto()
    IN_VALUE = auto()
    IN_STRING = auto()
    STRING_ESCAPE = auto()
    NESTED = auto()
    NESTED_STRING = auto()
    NESTED_ESCAPE = auto()
    DONE = auto()


ANY = b""
"""Stands for every byte."""

# Two things no table can hold: `_after` finds our name among the names, and counts how deep `NESTED` is.
NEXT: Mapping[Base64State, Mapping[bytes, Base64State]] = {
    Base64State.OBJECT: {b"{": Base64State.NAME_OR_END},
    Base64State.NAME_OR_END: {b'"': Base64State.IN_NAME, b"}": Base64State.DONE},
    Base64State.IN_NAME: {b'"': Base64State.COLON, b"\\": Base64State.NAME_ESCAPE},
    Base64State.NAME_ESCAPE: {ANY: Base64State.IN_NAME},
    Base64State.COLON: {b":": Base64State.IN_VALUE},
    Base64State.OUR_COLON: {b":": Base64State.OUR_STRING},
    Base64State.OUR_STRING: {b'"': Base64State.IN_CONTENT},
    # No escape can hide the end: neither a quote nor a backslash is base64, however it is written.
    Base64State.IN_CONTENT: {b'"': Base64State.IN_VALUE},
    Base64State.IN_VALUE: {
        b'"': Base64State.IN_STRING,
        b"{": Base64State.NESTED,
        b"[": Base64State.NESTED,
        b",": Base64State.NAME_OR_END,
        b"}": Base64State.DONE,
        b"]": Base64State.DONE,
    },
    Base64State.IN_STRING: {b'"': Base64State.IN_VALUE, b"\\": Base64State.STRING_ESCAPE},
    Base64State.STRING_ESCAPE: {ANY: Base64State.IN_STRING},
    Base64State.NESTED: {
        b'"': Base64State.NESTED_STRING,
        b"{": Base64State.NESTED,
        b"[": Base64State.NESTED,
        b"}": Base64State.IN_VALUE,
        b"]": Base64State.IN_VALUE,
    },
    Base64State.NESTED_STRING: {b'"': Base64State.NESTED, b"\\": Base64State.NESTED_ESCAPE},
    Base64State.NESTED_ESCAPE: {ANY: Base64State.NESTED_STRING},
    Base64State.DONE: {},
}
"""A state and a byte make the next state. Bytes that a row does not name are passed over or, in the states of
`EXPECTED`, refused unless they are white space.
"""

EXPECTED: Mapping[Base64State, str] = {
    Base64State.OBJECT: "not an object",
    Base64State.NAME_OR_END: "a member without a name",
    Base64State.COLON: "a name without a colon",
    Base64State.OUR_COLON: "a name without a colon",
    Base64State.OUR_STRING: "not a string",
    Base64State.DONE: "data after the object",
}
"""The states in which something must come next, and what is said when something else does."""


def _stop(state: Base64State) -> re.Pattern[bytes]:
    """What the scan looks at in this state; all before it is passed over."""
    if state in EXPECTED:
        return re.compile(rb"[^ \t\n\r]")
    named = b"".join(map(re.escape, NEXT[state]))
    return re.compile(b"[%b]" % named if named else b"(?s:.)")


_STOPS = {state: _stop(state) for state in Base64State}

_MAX_CUT_ESCAPE = 5
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
        self._state = Base64State.OBJECT
        self._depth = 0
        self._name_start = 0

    def feed(self, piece: bytes) -> bytes:
        """Return the bytes of the member that this piece of the document makes known, often none.

        Raises `InputInvalid` when the member is no base64 string or comes twice, `BodyMalformed`.
        """
        at, known = 0, b""
        while at < len(piece):
            if self._state is Base64State.IN_CONTENT:
                start, at = at, _quote_or_end(piece, at)
                known = self._decode(piece[start:at], closed=at < len(piece))
            at = self._keep(piece, at)
        return known

    def end(self) -> bytes:
        """Return the whole document with `""` for the member's value. Raises `BodyMalformed` when it is cut short."""
        if self._state is not Base64State.DONE:
            raise BodyMalformed("cut short")
        return bytes(self._rest)

    def _keep(self, piece: bytes, start: int) -> int:
        """Move to the rest what comes up to the next stop; return where that is."""
        end = start + self._limit - len(self._rest)
        match = _STOPS[self._state].search(piece, start, end)
        if match is None and end < len(piece):
            raise BodyMalformed("too much beside the member")
        end = len(piece) if match is None else match.end()
        self._rest += piece[start:end]
        if match is not None:
            self._state = self._after(match[0])
        return end

    def _after(self, byte: bytes) -> Base64State:
        """The state that a byte leads to, which by then is in the rest."""
        state, row = self._state, NEXT[self._state]
        after = row.get(byte) or row.get(ANY)
        if after is None:
            raise self._refusal()
        if after is Base64State.NESTED and state is not Base64State.NESTED_STRING:
            self._depth += 1
        elif state is Base64State.NESTED and after is Base64State.IN_VALUE:
            self._depth -= 1
            return Base64State.NESTED if self._depth else after
        elif after is Base64State.IN_NAME and state is Base64State.NAME_OR_END:
            self._name_start = len(self._rest)
        elif after is Base64State.COLON and self._is_ours():
            return Base64State.OUR_COLON
        elif after is Base64State.OUR_STRING and self.found:
            raise InputInvalid(self._name, "given twice")
        elif after is Base64State.IN_CONTENT:
            self.found = True
        return after

    def _is_ours(self) -> bool:
        try:
            return _unquoted(bytes(self._rest[self._name_start : -1])) == self._name
        except (ValueError, msgspec.DecodeError) as error:
            raise BodyMalformed("a name that cannot be read") from error

    def _refusal(self) -> InputInvalid | BodyMalformed:
        problem = EXPECTED[self._state]
        return InputInvalid(self._name, problem) if self._state is Base64State.OUR_STRING else BodyMalformed(problem)

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
        if cut := _CUT_ESCAPE.search(raw, len(raw) - _MAX_CUT_ESCAPE):
            self._cut_escape = cut[0]
            raw = raw[: cut.start()]
        return _unquoted(raw).encode()


def _unquoted(raw: bytes) -> str:
    return msgspec.json.decode(b'"%b"' % raw, type=str)


def _quote_or_end(piece: bytes, start: int) -> int:
    quote = piece.find(b'"', start)
    return len(piece) if quote < 0 else quote
