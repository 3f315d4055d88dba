"""Which bytes of a file answer a request, and under which headers: RFC 9110 §13 and §14, without any I/O.

Spans inside are half-open, `[start, stop)`; positions on the wire are inclusive (§14.1.1).
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import formatdate, parsedate_to_datetime
from functools import lru_cache
from typing import TypeAlias

from starlette.datastructures import Headers

from penstock.http.bodies.names import content_disposition

Span: TypeAlias = tuple[int, int]

_MOST_RANGES = 16
_ENTITY_TAG = re.compile(r'(?:W/)?("[^"]*")')
# int() refuses more than 4300 digits; no honest position has 100.
_RANGE_SPEC = re.compile(r"([0-9]{0,100})-([0-9]{0,100})")
_NAME = "[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]*"
_MEDIA_TYPE = re.compile(f"{_NAME}/{_NAME}(?:;[ -+\\--~]*)?")


@dataclass(frozen=True, slots=True)
class Representation:
    """What is there to be downloaded.

    `size` in bytes, `etag` strong and with its quotes, `modified` in Unix seconds or None when nobody knows.
    """

    size: int
    etag: str
    modified: float | None
    media_type: str
    name: str


@dataclass(frozen=True, slots=True)
class Segment:
    """`prefix` as it stands, then the file's bytes `[start, stop)`; none of them when the two are equal."""

    prefix: bytes
    start: int
    stop: int


@dataclass(frozen=True, slots=True)
class RangePlan:
    """The whole answer: send `status` and `headers`, then every segment in order.

    A 412 or 416 names neither type nor length of a body, so that the dialect can add an envelope of its own.
    """

    status: int
    headers: list[tuple[str, str]]
    segments: tuple[Segment, ...] = ()


def plan(
    method: str,
    headers: Headers,
    representation: Representation,
    *,
    boundary: str,
    cache_control: str = "private, no-cache",
    explicit_range: tuple[int | None, int | None] | None = None,
    echo_full_range: bool = False,
) -> RangePlan:
    """Decide the answer to a download.

    `boundary` separates the parts of a `multipart/byteranges`: unguessable, 1 to 70 characters (RFC 2046 §5.1.1).
    `explicit_range` is (first, last) as in `FileDownloadRangeDto`, both inclusive, and goes before the header.
    `echo_full_range` adds `Content-Range` to a full 200 too (RULINGS, `oss`, *download*).
    """
    refused = _precondition(method, headers, representation)
    if refused == 304:
        return RangePlan(304, _validators(representation, cache_control))
    if refused == 412:
        return RangePlan(412, _refusal(representation))
    spans = _asked(method, headers, representation, explicit_range)
    if spans is None:
        return _whole(method, representation, cache_control, echo_full_range)
    if not spans:
        return RangePlan(416, [*_refusal(representation), ("Content-Range", f"bytes */{representation.size}")])
    if len(spans) == 1:
        return _single(spans[0], representation, cache_control)
    return _multiple(spans, representation, cache_control, boundary)


def _precondition(method: str, headers: Headers, representation: Representation) -> int | None:
    """Evaluate RFC 9110 §13.2.2, steps 1 to 4; None means: go on."""
    reading = method in {"GET", "HEAD"}
    if "if-match" in headers:
        if not _matches(headers, "if-match", representation.etag, weak=False):
            return 412
    elif _modified_after(headers, "if-unmodified-since", representation) is True:
        return 412
    if "if-none-match" in headers:
        if _matches(headers, "if-none-match", representation.etag, weak=True):
            return 304 if reading else 412
    elif reading and _modified_after(headers, "if-modified-since", representation) is False:
        return 304
    return None


def _matches(headers: Headers, field: str, etag: str, *, weak: bool) -> bool:
    """Compare our strong tag with those of a field (§8.8.3.2); `*` is any."""
    value = _combined(headers, field)
    tags = _ENTITY_TAG.finditer(value)
    return value == "*" or any(etag == (tag[1] if weak else tag[0]) for tag in tags)


def _modified_after(headers: Headers, field: str, representation: Representation) -> bool | None:
    """Compare to the second, as HTTP dates do; None when there is nothing to compare (§13.1.3, §13.1.4)."""
    date = _timestamp(_combined(headers, field))
    return None if date is None or representation.modified is None else int(representation.modified) > date


def _asked(
    method: str,
    headers: Headers,
    representation: Representation,
    explicit_range: tuple[int | None, int | None] | None,
) -> list[Span] | None:
    """Return the spans to send: none that can be satisfied is [], nothing asked for (or ignored) is None."""
    # §14.2: Range means something for GET alone.
    if method != "GET" or not _if_range(headers, representation):
        return None
    if explicit_range is not None and explicit_range != (None, None):
        return _explicit_span(*explicit_range, representation.size)
    return _ranges(_combined(headers, "range"), representation.size)


def _if_range(headers: Headers, representation: Representation) -> bool:
    """Tell whether a Range may be honoured (§13.1.5): strong comparison of a tag, or the very same date."""
    if "if-range" not in headers:
        return True
    validator = _combined(headers, "if-range")
    if representation.modified is None:
        return validator == representation.etag
    return validator == representation.etag or _timestamp(validator) == int(representation.modified)


def _explicit_span(first: int | None, last: int | None, size: int) -> list[Span] | None:
    start = first or 0
    if start < 0 or (last is not None and last < start):
        return None
    return _satisfiable([(start, size if last is None else last + 1)], size)


def _ranges(value: str, size: int) -> list[Span] | None:
    """Read a Range field (§14.1.1, §14.2); None when it is absent, malformed, in another unit, or excessive."""
    unit, _, listed = value.partition("=")
    # §5.6.1.2: empty elements of a list do not count.
    specs = [spec for element in listed.split(",") if (spec := element.strip(" \t"))]
    if unit.lower() != "bytes" or not 0 < len(specs) <= _MOST_RANGES:
        return None
    spans = [_span(spec, size) for spec in specs]
    readable = [span for span in spans if span is not None]
    return _satisfiable(readable, size) if len(readable) == len(specs) else None


def _span(spec: str, size: int) -> Span | None:
    """Read `first-last`, `first-` or `-length`; None when it is malformed (§14.1.1)."""
    match = _RANGE_SPEC.fullmatch(spec)
    if match is None or spec == "-":
        return None
    first, last = match.groups()
    if not first:
        return max(0, size - int(last)), size
    if not last:
        return int(first), size
    return (int(first), int(last) + 1) if int(first) <= int(last) else None


def _satisfiable(spans: Sequence[Span], size: int) -> list[Span]:
    """Clamp to the size, drop what is empty then, and join what touches, in the order asked for (§15.3.7.2)."""
    joined: list[Span] = []
    for start, stop in spans:
        if start < min(stop, size):
            _join(joined, (start, min(stop, size)))
    return joined


def _join(spans: list[Span], new: Span) -> None:
    touching = [span for span in spans if span[0] <= new[1] and new[0] <= span[1]]
    at = spans.index(touching[0]) if touching else len(spans)
    for span in touching:
        spans.remove(span)
    everything = [*touching, new]
    spans.insert(at, (min(start for start, _ in everything), max(stop for _, stop in everything)))


def _whole(method: str, representation: Representation, cache_control: str, echo_full_range: bool) -> RangePlan:
    headers = _described(representation, cache_control, representation.media_type, representation.size)
    if echo_full_range:
        whole = (0, representation.size)
        headers.append(("Content-Range", _content_range(whole, representation.size) if whole[1] else "bytes */0"))
    sent = method != "HEAD" and representation.size > 0
    return RangePlan(200, headers, (Segment(b"", 0, representation.size),) if sent else ())


def _single(span: Span, representation: Representation, cache_control: str) -> RangePlan:
    headers = _described(representation, cache_control, representation.media_type, span[1] - span[0])
    headers.append(("Content-Range", _content_range(span, representation.size)))
    return RangePlan(206, headers, (Segment(b"", *span),))


def _multiple(spans: Sequence[Span], representation: Representation, cache_control: str, boundary: str) -> RangePlan:
    """Lay out a `multipart/byteranges` (§14.6)."""
    segments = [Segment(_part_head(span, representation, boundary), *span) for span in spans]
    segments.append(Segment(f"\r\n--{boundary}--\r\n".encode(), 0, 0))
    length = sum(len(segment.prefix) + segment.stop - segment.start for segment in segments)
    media_type = f"multipart/byteranges; boundary={boundary}"
    return RangePlan(206, _described(representation, cache_control, media_type, length), tuple(segments))


def _part_head(span: Span, representation: Representation, boundary: str) -> bytes:
    head = (
        f"\r\n--{boundary}\r\n"
        f"Content-Type: {_safe_type(representation.media_type)}\r\n"
        f"Content-Range: {_content_range(span, representation.size)}\r\n\r\n"
    )
    return head.encode()


def _described(
    representation: Representation, cache_control: str, media_type: str, length: int
) -> list[tuple[str, str]]:
    return [
        *_validators(representation, cache_control),
        ("Accept-Ranges", "bytes"),
        ("Content-Type", _safe_type(media_type)),
        ("Content-Length", str(length)),
        ("Content-Disposition", content_disposition(representation.name)),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "sandbox; default-src 'none'"),
    ]


def _refusal(representation: Representation) -> list[tuple[str, str]]:
    # A max-age meant for the file would let caches keep the refusal (RFC 9111 §3).
    return [*_validators(representation, "no-store"), ("Accept-Ranges", "bytes")]


def _validators(representation: Representation, cache_control: str) -> list[tuple[str, str]]:
    modified = representation.modified
    dated = [] if modified is None else [("Last-Modified", _http_date(int(modified)))]
    return [("ETag", representation.etag), *dated, ("Cache-Control", cache_control)]


def _safe_type(media_type: str) -> str:
    """Pass on one type and its parameters only: it was once declared by somebody, and must neither end the header early
    nor name a second type, which browsers would take.
    """
    return media_type if _MEDIA_TYPE.fullmatch(media_type) else "application/octet-stream"


def _content_range(span: Span, size: int) -> str:
    return f"bytes {span[0]}-{span[1] - 1}/{size}"


@lru_cache(1024)
def _http_date(seconds: int) -> str:
    return formatdate(seconds, usegmt=True)


def _combined(headers: Headers, field: str) -> str:
    """Join the lines of one field (§5.3); empty when there is none."""
    return ", ".join(headers.getlist(field)).strip()


def _timestamp(text: str) -> float | None:
    """Read an HTTP date, in any of its three forms (§5.6.7), as Unix seconds."""
    if not text:
        return None
    try:
        return _in_utc(parsedate_to_datetime(text)).timestamp()
    except (ValueError, OverflowError):
        return None


def _in_utc(date: datetime) -> datetime:
    # asctime dates name no zone and mean GMT.
    return date if date.tzinfo else date.replace(tzinfo=UTC)
