"""multipart/form-data, read as it streams in: fields whole and bounded, files piece by piece (RFC 7578).

The grammar is defnull's push parser. This module adds bounds on everything in memory, the decoding of names, and a cost
per byte that no hostile body can raise.
"""

import re
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import multipart

from penstock.http.bodies.names import decode_form_name, decode_header_name, decode_text, decode_words

_Events: TypeAlias = "AsyncIterator[multipart.MultipartSegment | bytes | None]"

# The parser copies its unused bytes in front of each chunk, so chunks must not be tiny.
_CHUNK = 16 * 1024
# .NET sends a name twice, in base64 and percent-encoded: 4.4 KB for the longest that names.py lets pass.
_MAX_HEADER = 8 * 1024
# A byte of header costs a hundred times a byte of content.
_ALL_HEADERS = 64 * 1024
_MAX_PADDING = 64
_BOUNDARY = re.compile(r';[ \t]*boundary[ \t]*=[ \t]*(?:"([^"]*)"|([^;"]*))', re.IGNORECASE)
_USABLE_BOUNDARY = re.compile(r"[ -~]{0,69}[!-~]")
# An unclosed quote takes the rest, or trying again from each escaped quote would be quadratic.
_QUOTED = re.compile(r'"(?:\\.|[^"\\])*"?')
_ONE_VALUE = re.compile(r'""|[^\s"]*')
_PLAIN_CODINGS = frozenset({"binary", "8bit", "7bit"})
_EXTENDED_FILENAME = re.compile(r";[ \t]*filename\*[ \t]*=[ \t]*([^;\s]+)", re.IGNORECASE)


class FormError(ValueError):
    """The body is no form, is cut short, or exceeds a limit; the message is a short reason."""


class PartAmbiguous(FormError):
    """A part whose header recipients read in different ways; `name` is the part's."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(reason)
        self.name = name


class FormParser(multipart.PushMultipartParser):  # type: ignore[misc]  # the library has no types
    """defnull's parser, which also accepts transport padding: white space between a boundary and the end of its line
    (RFC 2046 §5.1.1).
    """

    def __init__(self, boundary: str, **limits: Any) -> None:
        super().__init__(boundary, **limits)
        self._line = b"\r\n--" + boundary.encode()
        self._padded = re.compile(b"(" + re.escape(self._line) + rb")[ \t]{1,%d}(?=\r\n)" % _MAX_PADDING)
        self._rest = re.compile(rb"[ \t]{0,%d}\r?" % _MAX_PADDING)
        self._held = b"\r\n"  # the first boundary may stand at the very beginning, and is then found like the others

    def parse(self, chunk: bytes) -> Iterator[multipart.MultipartSegment | bytes | None]:
        """As the parser's own. The possible beginning of a boundary is held back until it is decided."""
        data = self._held + chunk if self._held else chunk
        if self._line in data:
            data = self._padded.sub(rb"\1", data)
        held = self._beginning(data)
        self._held = data[held:]
        if data := data[:held] if self._held else data:
            yield from super().parse(data)

    def _beginning(self, data: bytes) -> int:
        """Where the beginning of a boundary's line stands at the end of the data; its length when there is none."""
        start = max(0, len(data) - len(self._line) - _MAX_PADDING - 1)
        while (start := data.find(b"\r", start)) >= 0:
            tail = data[start:]
            if self._line.startswith(tail):
                return start
            if tail.startswith(self._line) and self._rest.fullmatch(tail, len(self._line)):
                return start
            start += 1
        return len(data)


@dataclass(frozen=True, slots=True)
class Field:
    """A text field, whole."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class FilePart:
    """A file that is still arriving: iterate over it before the next item, or its bytes are skipped.

    `filename` is as sent (RULINGS, *All dialects*, Names), "" when there is none; `content_type` likewise, without
    parameters. Neither is to be trusted.
    """

    name: str
    filename: str
    content_type: str
    _pieces: AsyncIterator[bytes]

    def __aiter__(self) -> AsyncIterator[bytes]:
        """Return the file's bytes, once; raises FormError when the form breaks off inside the file."""
        return self._pieces


def boundary_of(content_type: str) -> str | None:
    """Return the boundary of a `multipart/form-data` type; None for one without, and for any other type.

    Unquoted boundaries with characters outside of tokens (`=`, `/`, `:`) are accepted, since clients send them.
    """
    media_type, _, _ = content_type.partition(";")
    match = _BOUNDARY.search(content_type)
    if match is None or media_type.strip().lower() != "multipart/form-data":
        return None
    return (match[1] or match[2] or "").strip() or None


async def read_form(
    content_type: str,
    body: AsyncIterator[bytes],
    *,
    max_field: int = 64 * 1024,
    max_fields: int = 64,
    files: frozenset[str] = frozenset(),
) -> AsyncIterator[Field | FilePart]:
    """Yield the items of a form in the order they arrive.

    A part is a file when it has a file name (an empty one too) or when its name is in `files`: some clients send a Blob
    without one. `max_field` counts the bytes of one field, `max_fields` the parts of any kind. The preamble may fill
    one chunk of 16 KiB; the epilogue is read and dropped (RFC 2046 §5.1.1).

    Raises FormError; what `body` raises passes through.
    """
    events = _events(form_parser(content_type, max_fields), body)
    patience = _ALL_HEADERS
    async for event in events:
        if not isinstance(event, multipart.MultipartSegment):
            continue  # the rest of a file that the caller did not read
        patience -= sum(len(name) + len(value) for name, value in event.headerlist)
        if patience < 0:
            raise FormError("too many headers")
        name, filename = _names(event)
        if filename is None and name not in files:
            yield Field(name, await _value(event, events, max_field))
        else:
            yield FilePart(name, filename or "", event.content_type or "", _payload(event, events))


def form_parser(content_type: str, max_fields: int) -> FormParser:
    """A parser with this module's limits. Raises FormError for a type without a usable boundary."""
    boundary = boundary_of(content_type)
    if boundary is None:
        raise FormError("no multipart boundary")
    if not _USABLE_BOUNDARY.fullmatch(boundary):
        raise FormError("malformed boundary")
    return FormParser(
        boundary,
        max_header_size=_MAX_HEADER,
        max_segment_count=max_fields,
        header_charset="latin-1",  # cannot fail; _form_name looks for UTF-8 in it
        strict=True,  # no folded headers (each short line would copy all before it), no endless preamble
    )


async def _events(parser: FormParser, body: AsyncIterator[bytes]) -> _Events:
    async for chunk in _chunks(body):
        try:
            for event in parser.parse(chunk):
                yield event
        except multipart.MultipartError as error:
            _unless_complete(parser, str(error))
    _unless_complete(parser, "form cut short")


def _unless_complete(parser: multipart.PushMultipartParser, reason: str) -> None:
    """Raise FormError, except for the strict parser's error about data behind the last boundary."""
    try:
        parser.close()
    except multipart.MultipartError as error:
        raise FormError(reason) from error


async def _chunks(body: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """Join tiny pieces; a large enough piece passes uncopied."""
    pending: list[bytes] = []
    size = 0
    async for piece in body:
        pending.append(piece)
        size += len(piece)
        if size >= _CHUNK:
            yield b"".join(pending)
            pending.clear()
            size = 0
    if size:
        yield b"".join(pending)


async def _payload(segment: multipart.MultipartSegment, events: _Events) -> AsyncIterator[bytes]:
    # The segment is complete and was skipped: the next event belongs to another one.
    while not segment.complete and (piece := await anext(events, None)):
        yield piece


async def _value(segment: multipart.MultipartSegment, events: _Events, max_field: int) -> str:
    pieces: list[bytes] = []
    async for piece in _payload(segment, events):
        if segment.bytes_received > max_field:
            raise FormError("field too long")
        pieces.append(piece)
    return decode_text(b"".join(pieces))


def _names(segment: multipart.MultipartSegment) -> tuple[str, str | None]:
    """Return a part's name and file name, the latter from `filename*` where a client (.NET) sends both."""
    name = _form_name(segment.name)
    bare = _QUOTED.sub('""', segment.header("Content-Disposition"))
    _refuse_ambiguous(name, segment, bare)
    extended = _EXTENDED_FILENAME.search(bare)
    if extended is not None:
        return name, decode_header_name(extended[1].encode("latin-1"))
    return name, None if segment.filename is None else decode_words(_form_name(segment.filename))


def _refuse_ambiguous(name: str, segment: multipart.MultipartSegment, bare: str) -> None:
    """Raise PartAmbiguous for headers that recipients read differently; `bare` is the disposition without quoted
    strings.
    """
    pairs = [parameter.partition("=") for parameter in bare.split(";")[1:] if parameter.strip()]
    keys = [key.strip().lower() for key, _, _ in pairs]
    if len(set(keys)) < len(keys):
        raise PartAmbiguous(name, "a parameter of Content-Disposition stands there twice")
    if not all(_ONE_VALUE.fullmatch(value.strip()) for _, _, value in pairs):
        raise PartAmbiguous(name, "a value of Content-Disposition needs quotes")
    codings = [value.strip().lower() for key, value in segment.headerlist if key == "Content-Transfer-Encoding"]
    if any(coding not in _PLAIN_CODINGS for coding in codings):
        raise PartAmbiguous(name, "a Content-Transfer-Encoding is not undone")  # RFC 7578 §4.7


def _form_name(text: str) -> str:
    return decode_form_name(decode_text(text.encode("latin-1")))
