"""Downloads, conditional and partial, as RFC 9110 §13 and §14 have them."""

import time
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.utils import formatdate

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from penstock.http.downloads.ranges import RangePlan, Representation, Segment, plan

CONTENT = b"0123456789" * 10
ETAG = '"5f3a"'
MODIFIED = 1_700_000_000.75
DATE = formatdate(1_700_000_000, usegmt=True)
EARLIER = formatdate(1_699_999_999, usegmt=True)
LATER = formatdate(1_700_000_001, usegmt=True)
FILE = Representation(len(CONTENT), ETAG, MODIFIED, "text/plain", "a.txt")
EMPTY = replace(FILE, size=0)


def ask(method: str = "GET", representation: Representation = FILE, /, **fields: str) -> RangePlan:
    headers = {name.replace("_", "-"): value for name, value in fields.items()}
    return plan(method, Headers(headers), representation, boundary="edge")


def body(answer: RangePlan, content: bytes = CONTENT) -> bytes:
    return b"".join(segment.prefix + content[segment.start : segment.stop] for segment in answer.segments)


def parts(answer: RangePlan) -> list[tuple[str, bytes]]:
    """Read a multipart/byteranges with the standard library's own parser."""
    head = f"Content-Type: {dict(answer.headers)['Content-Type']}\r\n\r\n".encode()
    _, *found = message_from_bytes(head + body(answer)).walk()
    return [(str(part["Content-Range"]), bytes(part.get_payload(decode=True))) for part in found]


def test_a_plain_get_sends_everything() -> None:
    """A GET without conditions is a 200 with every header a download needs."""
    answer = ask()
    assert (answer.status, body(answer)) == (200, CONTENT)
    assert answer.headers == [
        ("ETag", ETAG),
        ("Last-Modified", "Tue, 14 Nov 2023 22:13:20 GMT"),
        ("Cache-Control", "private, no-cache"),
        ("Accept-Ranges", "bytes"),
        ("Content-Type", "text/plain"),
        ("Content-Length", "100"),
        ("Content-Disposition", 'attachment; filename="a.txt"'),
        ("X-Content-Type-Options", "nosniff"),
        ("Content-Security-Policy", "sandbox; default-src 'none'"),
    ]


@pytest.mark.parametrize("representation", [FILE, EMPTY])
def test_head_says_what_get_would_say(representation: Representation) -> None:
    """HEAD has the headers of GET and no content (§9.3.2)."""
    head, get = ask("HEAD", representation), ask("GET", representation)
    assert (head.status, head.headers, head.segments) == (200, get.headers, ())


def test_an_empty_file_is_sent_whole() -> None:
    """A file of no bytes is a 200 of length 0."""
    answer = ask("GET", EMPTY)
    assert (answer.status, answer.segments) == (200, ())
    assert ("Content-Length", "0") in answer.headers


def test_cache_control_can_be_chosen() -> None:
    """The dialect says how long a cache may keep a file."""
    answer = plan("GET", Headers(), FILE, boundary="edge", cache_control="public, immutable")
    assert dict(answer.headers)["Cache-Control"] == "public, immutable"


@pytest.mark.parametrize(
    "declared",
    [
        "text/html\r\nSet-Cookie: a=b",
        "text/html\nX: y",
        "text/é",
        "中",
        "",
        "video/mp4, text/html",
        "video/mp4;a=b, text/html",
        "video",
        "video/",
        "*/*",
    ],
)
def test_a_declared_type_never_ends_its_header(declared: str) -> None:
    """What is not one media type in printable ASCII is sent as octets, alone and inside a multipart answer."""
    hostile = replace(FILE, media_type=declared)
    assert dict(ask("GET", hostile).headers)["Content-Type"] == "application/octet-stream"
    assert b"Content-Type: application/octet-stream\r\nContent-Range" in body(
        ask("GET", hostile, range="bytes=0-1,5-6")
    )


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [
        ("bytes=0-0", 0, 1),
        ("bytes=0-9", 0, 10),
        ("bytes=10-19", 10, 20),
        ("bytes=99-99", 99, 100),
        ("bytes=90-", 90, 100),
        ("bytes=0-", 0, 100),
        ("bytes=-5", 95, 100),
        ("bytes=-100", 0, 100),
        ("bytes=-101", 0, 100),
        ("bytes=90-100", 90, 100),
        ("bytes=0-99999999999999999999999999", 0, 100),
        ("BYTES=1-2", 1, 3),
        ("bytes= 1-2 ", 1, 3),
        ("bytes=,1-2,,", 1, 3),
        ("bytes=007-08", 7, 9),
        ("bytes=1-2,500-", 1, 3),
        ("bytes=500-,-3", 97, 100),
        ("bytes=1-5,4-9", 1, 10),
        ("bytes=5-9,0-4", 0, 10),
        ("bytes=0-1,2-3,4-", 0, 100),
        ("bytes=0-1,8-9,2-7", 0, 10),
    ],
)
def test_one_range_is_sent_as_it_stands(asked: str, start: int, stop: int) -> None:
    """One satisfiable range, or several that touch, is a plain 206 (§14.1.2, §15.3.7.1, §15.3.7.2)."""
    answer = ask(range=asked)
    assert (answer.status, answer.segments) == (206, (Segment(b"", start, stop),))
    headers = dict(answer.headers)
    assert headers["Content-Range"] == f"bytes {start}-{stop - 1}/100"
    assert headers["Content-Length"] == str(stop - start)
    assert headers["Content-Type"] == "text/plain"


@pytest.mark.parametrize(
    ("representation", "asked"),
    [
        (FILE, "bytes=100-"),
        (FILE, "bytes=100-200"),
        (FILE, "bytes=500-"),
        (FILE, "bytes=-0"),
        (FILE, "bytes=-0,100-"),
        (EMPTY, "bytes=0-"),
        (EMPTY, "bytes=0-0"),
        (EMPTY, "bytes=-1"),
        (EMPTY, "bytes=-0"),
    ],
)
def test_a_range_past_the_end_is_416(representation: Representation, asked: str) -> None:
    """A range without one byte of the file is refused, and the size is told (§15.5.17)."""
    answer = ask("GET", representation, range=asked)
    assert (answer.status, answer.segments) == (416, ())
    assert dict(answer.headers)["Content-Range"] == f"bytes */{representation.size}"


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=a-b",
        "bytes=5",
        "bytes=5-4",
        "bytes=100-99",
        "bytes=0-1,x",
        "bytes=0-1,5-4",
        "bytes=1 - 2",
        "bytes=--5",
        "bytes=+1-2",
        "bytes=\xb2-5",
        "bytes=\xa01-5",
        "bytes=1-2-3",
        "bytes =0-1",
        "bytes=" + "9" * 5000 + "-",
        "items=0-5",
        "bytes=" + ",".join(f"{n * 3}-{n * 3}" for n in range(17)),
    ],
)
def test_a_range_that_cannot_be_read_is_ignored(asked: str) -> None:
    """Malformed, unknown or excessive ranges give the whole file (§14.2)."""
    assert ask(range=asked) == ask()


@pytest.mark.parametrize("method", ["HEAD", "POST"])
def test_range_is_for_get_alone(method: str) -> None:
    """Any other method ignores the Range field (§14.2)."""
    assert ask(method, range="bytes=0-1") == ask(method)


def test_two_range_fields_are_ignored() -> None:
    """Range is no list field: sent twice, it is malformed (§5.3)."""
    headers = Headers(raw=[(b"range", b"bytes=0-1"), (b"range", b"bytes=5-6")])
    assert plan("GET", headers, FILE, boundary="edge").status == 200


def test_several_ranges_are_a_multipart_answer() -> None:
    """Ranges that do not touch come as multipart/byteranges, in the order asked for (§14.6)."""
    answer = ask(range="bytes=50-51, 0-4, -2")
    assert answer.status == 206
    assert body(answer) == (
        b"\r\n--edge\r\nContent-Type: text/plain\r\nContent-Range: bytes 50-51/100\r\n\r\n01"
        b"\r\n--edge\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-4/100\r\n\r\n01234"
        b"\r\n--edge\r\nContent-Type: text/plain\r\nContent-Range: bytes 98-99/100\r\n\r\n89"
        b"\r\n--edge--\r\n"
    )
    headers = dict(answer.headers)
    assert headers["Content-Type"] == "multipart/byteranges; boundary=edge"
    assert headers["Content-Length"] == str(len(body(answer)))
    assert "Content-Range" not in headers
    assert answer.segments[-1].start == answer.segments[-1].stop


def test_joined_ranges_keep_their_place() -> None:
    """A range that touches an earlier one is sent in that one's place (§15.3.7.2)."""
    answer = ask(range="bytes=50-51,0-1,52-53")
    assert [told for told, _ in parts(answer)] == ["bytes 50-53/100", "bytes 0-1/100"]


def test_sixteen_ranges_are_answered() -> None:
    """The most ranges that are honoured is sixteen."""
    answer = ask(range="bytes=" + ",".join(f"{n * 3}-{n * 3}" for n in range(16)))
    assert len(parts(answer)) == 16


@pytest.mark.parametrize(
    ("method", "fields", "status"),
    [
        # §13.1.1 If-Match: strong comparison
        ("GET", {"if_match": ETAG}, 200),
        ("GET", {"if_match": f'"other", {ETAG}'}, 200),
        ("GET", {"if_match": "*"}, 200),
        ("GET", {"if_match": '"other"'}, 412),
        ("GET", {"if_match": f"W/{ETAG}"}, 412),
        ("GET", {"if_match": "5f3a"}, 412),
        ("HEAD", {"if_match": '"other"'}, 412),
        ("GET", {"if_match": '"other"', "range": "bytes=500-"}, 412),
        # §13.1.2 If-None-Match: weak comparison
        ("GET", {"if_none_match": ETAG}, 304),
        ("HEAD", {"if_none_match": ETAG}, 304),
        ("GET", {"if_none_match": f"W/{ETAG}"}, 304),
        ("GET", {"if_none_match": f'"a,b", W/"c",{ETAG}'}, 304),
        ("GET", {"if_none_match": "*"}, 304),
        ("GET", {"if_none_match": '"other"'}, 200),
        ("GET", {"if_none_match": "5f3a"}, 200),
        ("POST", {"if_none_match": ETAG}, 412),
        ("GET", {"if_none_match": ETAG, "range": "bytes=500-"}, 304),
        # §13.1.3 If-Modified-Since
        ("GET", {"if_modified_since": DATE}, 304),
        ("HEAD", {"if_modified_since": LATER}, 304),
        ("GET", {"if_modified_since": EARLIER}, 200),
        ("GET", {"if_modified_since": "yesterday"}, 200),
        ("POST", {"if_modified_since": DATE}, 200),
        ("GET", {"if_modified_since": "Tuesday, 14-Nov-23 22:13:20 GMT"}, 304),
        ("GET", {"if_modified_since": "Tue Nov 14 22:13:20 2023"}, 304),
        ("GET", {"if_modified_since": "Tue Nov 14 22:13:19 2023"}, 200),
        # §13.1.4 If-Unmodified-Since
        ("GET", {"if_unmodified_since": DATE}, 200),
        ("GET", {"if_unmodified_since": LATER}, 200),
        ("GET", {"if_unmodified_since": EARLIER}, 412),
        ("POST", {"if_unmodified_since": EARLIER}, 412),
        ("GET", {"if_unmodified_since": "yesterday"}, 200),
        # §13.1.5 If-Range
        ("GET", {"range": "bytes=0-1", "if_range": ETAG}, 206),
        ("GET", {"range": "bytes=0-1", "if_range": '"other"'}, 200),
        ("GET", {"range": "bytes=0-1", "if_range": f"W/{ETAG}"}, 200),
        ("GET", {"range": "bytes=0-1", "if_range": DATE}, 206),
        ("GET", {"range": "bytes=0-1", "if_range": LATER}, 200),
        ("GET", {"range": "bytes=0-1", "if_range": EARLIER}, 200),
        ("GET", {"range": "bytes=0-1", "if_range": ""}, 200),
        ("GET", {"range": "bytes=500-", "if_range": '"other"'}, 200),
        ("GET", {"range": "bytes=500-", "if_range": ETAG}, 416),
        ("GET", {"if_range": ETAG}, 200),
        # §13.2.2 precedence
        ("GET", {"if_match": ETAG, "if_unmodified_since": EARLIER}, 200),
        ("GET", {"if_match": '"other"', "if_none_match": ETAG}, 412),
        ("GET", {"if_match": ETAG, "if_none_match": ETAG}, 304),
        ("GET", {"if_unmodified_since": EARLIER, "if_none_match": ETAG}, 412),
        ("GET", {"if_none_match": '"other"', "if_modified_since": DATE}, 200),
        ("GET", {"if_none_match": ETAG, "if_modified_since": EARLIER}, 304),
        ("GET", {"if_none_match": '"other"', "range": "bytes=0-1"}, 206),
    ],
)
def test_preconditions(method: str, fields: dict[str, str], status: int) -> None:
    """Conditions are compared and ordered as RFC 9110 §13 has it."""
    assert ask(method, **fields).status == status


@pytest.fixture
def far_east(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "CST-8")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("far_east")
def test_a_date_without_a_zone_is_gmt() -> None:
    """An asctime date means GMT wherever the server stands (§5.6.7)."""
    assert ask(if_modified_since="Tue Nov 14 22:13:20 2023").status == 304


@pytest.mark.parametrize(("field", "status"), [(b"if-none-match", 304), (b"if-match", 200)])
def test_tags_may_come_on_several_lines(field: bytes, status: int) -> None:
    """A list field sent in two lines is one list (§5.3)."""
    headers = Headers(raw=[(field, b'"other"'), (field, ETAG.encode())])
    assert plan("GET", headers, FILE, boundary="edge").status == status


def test_not_modified_carries_validators_only() -> None:
    """A 304 names tag, date and caching, and describes no content (§15.4.5)."""
    answer = ask(if_none_match=ETAG)
    assert answer.headers == [("ETag", ETAG), ("Last-Modified", DATE), ("Cache-Control", "private, no-cache")]
    assert answer.segments == ()


@pytest.mark.parametrize("fields", [{"if_match": '"other"'}, {"range": "bytes=500-"}])
def test_a_refusal_leaves_room_for_an_envelope_and_is_not_cached(fields: dict[str, str]) -> None:
    """412 and 416 carry no type, length or name, and never the file's own permission to be cached."""
    answer = plan(
        "GET",
        Headers({name.replace("_", "-"): value for name, value in fields.items()}),
        FILE,
        boundary="edge",
        cache_control="public, max-age=31536000",
    )
    headers = dict(answer.headers)
    assert answer.segments == ()
    assert headers.pop("Cache-Control") == "no-store"
    assert headers.keys() <= {"ETag", "Last-Modified", "Accept-Ranges", "Content-Range"}


@pytest.mark.parametrize(
    ("asked", "header", "same_as"),
    [
        ((0, 9), None, "bytes=0-9"),
        ((90, None), None, "bytes=90-"),
        ((None, 9), None, "bytes=0-9"),
        ((0, 1000), None, "bytes=0-1000"),
        ((100, None), None, "bytes=100-"),
        ((5, 4), None, "bytes=5-4"),
        ((-5, None), None, "bytes=x"),
        ((None, -1), None, "bytes=x"),
        ((5, 6), "bytes=0-1", "bytes=5-6"),
        ((None, None), "bytes=0-1", "bytes=0-1"),
        (None, "bytes=0-1", "bytes=0-1"),
    ],
)
def test_start_and_end_stand_in_for_the_header(
    asked: tuple[int | None, int | None] | None, header: str | None, same_as: str
) -> None:
    """`start` and `end`, both inclusive, do what the Range field would do, and go before it."""
    headers = Headers({} if header is None else {"range": header})
    assert plan("GET", headers, FILE, boundary="edge", explicit_range=asked) == ask(range=same_as)


@pytest.mark.parametrize(("representation", "told"), [(FILE, "bytes 0-99/100"), (EMPTY, "bytes */0")])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_a_full_answer_can_tell_its_range(method: str, representation: Representation, told: str) -> None:
    """On request a 200 carries Content-Range too, because a contract's sample reads it there."""
    answer = plan(method, Headers(), representation, boundary="edge", echo_full_range=True)
    assert answer.status == 200
    assert dict(answer.headers)["Content-Range"] == told


FIELDS = ["if-match", "if-none-match", "if-modified-since", "if-unmodified-since", "if-range", "range"]
NOISE = st.text(st.characters(max_codepoint=255), max_size=40)
RANGE_NOISE = st.text("0123456789-, x", max_size=30).map("bytes={}".format)
DATE_NOISE = st.from_regex(r"\A(Mon, )?[0-9]{1,3} (Jan|Feb|Foo) [0-9]{1,6} [0-9:]{1,9} (GMT|[+-][0-9]{1,7}|)\Z")


@given(
    st.sampled_from(["GET", "HEAD", "POST"]),
    st.dictionaries(st.sampled_from(FIELDS), NOISE | RANGE_NOISE | DATE_NOISE),
    st.integers(0, 120),
)
@example("GET", {"if-modified-since": "1 Jan 2000 0:0:0 +9999"}, 1)
@example("GET", {"if-modified-since": "1 Jan 2000 0:0:0 +99999999999999999999"}, 1)
def test_no_request_field_can_break_the_planning(method: str, fields: dict[str, str], size: int) -> None:
    """Whatever the fields say, the answer is one of five, and as long as it claims to be."""
    answer = plan(method, Headers(fields), replace(FILE, size=size), boundary="edge")
    assert answer.status in {200, 206, 304, 412, 416}
    assert all(0 <= segment.start <= segment.stop <= size for segment in answer.segments)
    if answer.segments:
        assert dict(answer.headers)["Content-Length"] == str(len(body(answer, bytes(size))))


POSITIONS = st.integers(0, 120)
SPECS = st.lists(
    st.one_of(
        st.tuples(POSITIONS, POSITIONS).map(lambda pair: (min(pair), max(pair))),
        st.tuples(POSITIONS, st.none()),
        st.tuples(st.none(), POSITIONS),
    ),
    min_size=1,
    max_size=16,
)


def wanted(first: int | None, last: int | None) -> set[int]:
    """Read one range off a list of positions, the naive way."""
    positions = list(range(len(CONTENT)))
    if first is None:
        return set(positions[-last:]) if last else set()
    return set(positions[first:] if last is None else positions[first : last + 1])


def sent(answer: RangePlan) -> list[int]:
    file_bytes = [list(range(segment.start, segment.stop)) for segment in answer.segments]
    return [position for positions in file_bytes for position in positions]


@given(SPECS)
def test_ranges_send_what_a_naive_reader_would_slice(specs: list[tuple[int | None, int | None]]) -> None:
    """Exactly the bytes asked for are sent, each once, and every part is what its Content-Range says."""
    asked = ",".join(f"{'' if first is None else first}-{'' if last is None else last}" for first, last in specs)
    answer = ask(range=f"bytes={asked}")
    union = set().union(*(wanted(*spec) for spec in specs))
    assert answer.status == (206 if union else 416)
    assert sorted(sent(answer)) == sorted(union)
    if len(answer.segments) > 1:
        for told, content in parts(answer):
            first, last = told.removeprefix("bytes ").removesuffix("/100").split("-")
            assert content == CONTENT[int(first) : int(last) + 1]
