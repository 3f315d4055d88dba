"""JSON objects with a file in one of their members, from honest clients and from others."""

import json
import re
import tracemalloc
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable, Iterable
from itertools import chain, cycle, pairwise, repeat
from typing import Any

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from penstock.http.bodies.base64_member import ANY, EXPECTED, NEXT, Base64Member, Base64State, decoded
from penstock.http.faults import BodyMalformed
from penstock.model.faults import Fault, InputInvalid

KIB = 1024
MIB = 1024 * KIB
STEPS = (1, 3, 64 * KIB)
STANDARD = re.compile(r"(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?")
NOT_BASE64 = InputInvalid("content", "not standard base64")

# How a character of a string is written.
WRITINGS: list[Callable[[str], str]] = [
    lambda char: char,
    lambda char: f"\\u{ord(char):04x}",
    lambda char: f"\\u{ord(char):04X}",
    lambda char: "\\/" if char == "/" else char,
]


def written(text: str, writings: list[Callable[[str], str]]) -> str:
    return '"' + "".join(way(char) for char, way in zip(text, cycle(writings), strict=False)) + '"'


def tiny(document: bytes, step: int = 1) -> Iterable[bytes]:
    return (document[at : at + step] for at in range(0, len(document), step))


def cut_at(document: bytes, cuts: list[int]) -> Iterable[bytes]:
    edges = sorted({0, len(document), *(cut for cut in cuts if cut < len(document))})
    return (document[start:stop] for start, stop in pairwise(edges))


def read(pieces: Iterable[bytes], limit: int = 2 * MIB) -> tuple[bytes, bytes]:
    member = Base64Member("content", limit)
    content = b"".join([member.feed(piece) for piece in pieces])
    return content, member.end()


def refusal(document: bytes, step: int) -> Fault:
    with pytest.raises(Fault) as refused:
        read(tiny(document, step))
    return refused.value


def holding(value: bytes) -> bytes:
    return b'{"address": [1, {}], "content": ' + value + b', "fileName": "a"}'


def test_the_table_is_whole() -> None:
    """Every state has a row, and is come to from the first; a row names single bytes, or all of them."""
    assert set(NEXT) == set(Base64State)
    known, new = set[Base64State](), {Base64State.OBJECT}
    while new:
        known |= new
        # Our colon is the one step that is no table's: from our name, where another name leads to its colon.
        new = {after for state in new for after in NEXT[state].values()} - known
        new |= {Base64State.OUR_COLON} - known if Base64State.COLON in known else set()
    assert known == set(Base64State)
    for state, row in NEXT.items():
        assert set(row) == {ANY} or all(len(byte) == 1 for byte in row)
        assert row or state in EXPECTED


def test_the_member_is_decoded_and_the_rest_is_kept() -> None:
    """What stands around the member's value comes back byte for byte, with an empty string in its place."""
    sent = b' {"address" : "\\u0041", "content":\t"aGVsbG8=" , "n":1e5 }\r\n'
    assert read([sent]) == (b"hello", b' {"address" : "\\u0041", "content":\t"" , "n":1e5 }\r\n')


NAMES = st.sampled_from(["content", "Content", "cont", '"', "\\", '\\"content'])
KEYS = NAMES | st.text(max_size=5)
NUMBERS = st.integers() | st.floats(allow_nan=False, allow_infinity=False)
VALUES: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | NUMBERS | KEYS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=8,
)
OTHERS = st.dictionaries(KEYS.filter(lambda key: key != "content"), VALUES, max_size=4)
WAYS = st.lists(st.sampled_from(WRITINGS), min_size=1, max_size=9)


@given(
    others=OTHERS,
    place=st.integers(0, 4),
    content=st.binary(max_size=60),
    ways=WAYS,
    gap=st.sampled_from(["", " ", "\r\n\t"]),
    ascii_only=st.booleans(),
    cuts=st.lists(st.integers(0, 500)) | st.just(list(range(2000))),
)
def test_any_object_is_read_however_it_is_written_and_cut(
    others: dict[str, Any],
    place: int,
    content: bytes,
    ways: list[Callable[[str], str]],
    gap: str,
    ascii_only: bool,
    cuts: list[int],
) -> None:
    """Any members in any order, any escapes and any pieces give the content, and the rest with an empty string."""

    def document(value: str) -> bytes:
        pairs = [(json.dumps(key, ensure_ascii=ascii_only), value) for key, value in others.items()]
        members = [f"{key}{gap}:{gap}{json.dumps(value, ensure_ascii=ascii_only)}" for key, value in pairs]
        members.insert(place, f"{written('content', ways)}{gap}:{gap}{value}")
        return f"{gap}{{{gap}{f'{gap},{gap}'.join(members)}{gap}}}{gap}".encode()

    sent = document(written(b64encode(content).decode(), ways))
    assert read(cut_at(sent, cuts)) == (content, document('""'))
    assert json.loads(document('""')) == {**others, "content": ""}


QUADS = st.lists(st.sampled_from(["YWJj", "+/+/", "YQ==", "YWI=", "====", "YW", "A", "="]), max_size=5)


@given(QUADS.map("".join), WAYS, st.integers(1, 80))
def test_padding_is_required_and_ends_the_content(text: str, ways: list[Callable[[str], str]], step: int) -> None:
    """Characters of the alphabet are taken in quads of which only the last is padded, whatever the pieces."""
    sent = holding(written(text, ways).encode())
    if STANDARD.fullmatch(text):
        assert read(tiny(sent, step)) == (b64decode(text), holding(b'""'))
    else:
        assert repr(refusal(sent, step)) == repr(NOT_BASE64)


@pytest.mark.parametrize(
    "text",
    [
        *(b"YQ", b"YQ=", b"Y", b"=", b"====", b"Y===", b"Y=Q=", b"=YQ=", b"YQ===", b"YQ==="),
        *(b"YQ==YQ==", b"YQ==YQ", b"YQ==Y", b"YWI=YWJj", b"YWJj=", b"YWJj====", b"YWJj========"),
        *(b"YW Jj", b" YWJj", b"YWJj ", b"YWJj\\n", b"YWJj\\u0020", b"YW\\tJj", b"YW\\r\\nJj"),
        *(b"YW\nJj", b"YW\x00J", b"YW\x7fJ", b"YW\x1fJ", b"YWJ\xe4", b"YWJ\xff", "YW中".encode(), b"YWJ\\u0100"),
        *(b"\\u0059W\nJ", b"\\u0059WJ\xe4", "\\u0059W中".encode()),
        *(b"YW-_", b"YW-J", b"YW_J", b"YW.J", b"YW\\u002dJ", b"data:;base64,YWJj"),
        *(b'YW\\"J', b"YW\\\\J", b"YWJj\\\\", b'\\"', b"YW\\u0022J", b"YW\\u005cJ"),
        *(b"YW\\xJ", b"YW\\uJJJJ", b"YW\\u004", b"YW\\u00", b"YW\\u", b"YWJj\\u", b"\\u00\\u004a", b"YW\\ud83dJ"),
        *(b"\\ud83d\\ude00", b"YW\\ud83d\\ude00", b"YW\\U0041J", b"YW\\u+041J", b"YW\\u 41J"),
    ],
)
def test_what_is_no_standard_base64_is_refused(text: bytes) -> None:
    """Another alphabet, spaces, bad padding, broken escapes and control characters are refused in the member's name."""
    for step in STEPS:
        assert repr(refusal(holding(b'"%b"' % text), step)) == repr(NOT_BASE64)


@pytest.mark.parametrize("value", [b"null", b"true", b"12", b"-1", b"{}", b'["YQ=="]', b'{"content":"YQ=="}', b""])
def test_a_member_that_is_no_string_is_refused(value: bytes) -> None:
    """Any other value for the member is refused in its name."""
    for step in STEPS:
        assert repr(refusal(holding(value), step)) == repr(InputInvalid("content", "not a string"))


@pytest.mark.parametrize("second", [b'"content":""', b'"content":null', b'"cont\\u0065nt" : "YQ=="'])
def test_a_second_such_member_is_refused(second: bytes) -> None:
    """The member may be given once, however its name is written and whatever the second one holds."""
    for step in STEPS:
        refused = refusal(b'{"content":"YQ==","a":{},' + second + b"}", step)
        assert repr(refused) == repr(InputInvalid("content", "given twice"))


def test_the_same_name_further_down_is_another_member() -> None:
    """Members of inner objects, and strings that are no names, pass to the rest whatever they are called."""
    before = b'{"a":{"content":"YQ==","b":[{"content":1},"content"]},"c":"content","d":["content",{}],'
    after = b',"e":[[{"content":null}]],"f":"\\"content\\":","":{"content":"content"}}'
    for step in STEPS:
        sent = tiny(before + b'"content":"aGVsbG8="' + after, step)
        assert read(sent) == (b"hello", before + b'"content":""' + after)


@pytest.mark.parametrize("sent", [b"{}", b" { } \n", b'{"a":{"content":"YQ=="}}', b'{"Content":"YQ=="}'])
def test_a_member_that_is_not_there_is_not_found(sent: bytes) -> None:
    """A document without the member comes back as it was, and `found` says so."""
    member = Base64Member("content", KIB)
    assert member.feed(sent) == b""
    assert (member.end(), member.found) == (sent, False)


@pytest.mark.parametrize("value", [b'""', b'"YQ=="'])
def test_a_member_is_found_as_soon_as_its_string_begins(value: bytes) -> None:
    """`found` turns true with the opening quote, for an empty string too."""
    member = Base64Member("content", KIB)
    member.feed(b'{"content":')
    assert not member.found
    member.feed(value[:1])
    assert member.found
    member.feed(value[1:] + b"}")
    assert (member.end(), member.found) == (b'{"content":""}', True)


def test_a_name_of_any_characters_is_found() -> None:
    """The name is compared as text, not as it is written."""
    for sent in ('{"文\\"件":"YQ=="}', '{"\\u6587\\u0022\\u4ef6":"YQ=="}'):
        member = Base64Member('文"件', KIB)
        assert member.feed(sent.encode()) == b"a"


@pytest.mark.parametrize(
    ("reason", "documents"),
    [
        ("cut short", [b"", b" \n", b"{", b'{"a', b'{"a"', b'{"a":1', b'{"a":1,', b'{"a":[}', b'{"a":"}']),
        ("not an object", [b"[]", b'"content"', b"null", b"1", b"}", b",{}", b"\x00{}", b"\x0c{}", b"\xa0{}"]),
        ("not an object", [b"\xef\xbb\xbf{}", "{}".encode("utf-16"), "{}".encode("utf-16-be")]),
        ("data after the object", [b"{}{}", b"{}}", b"{},", b'{} "content"', b"{}\x00", b'{"a":1]]']),
        ("a member without a name", [b"{,}", b"{a:1}", b"{1:1}", b"{'a':1}", b"{{}}", b'{"a":1,,}']),
        ("a name without a colon", [b'{"a"}', b'{"a",1}', b'{"content" "YQ=="}', b'{"a"x:1}']),
        ("a name that cannot be read", [b'{"\\x":1}', b'{"\\ud800":1}', b'{"\xff":1}', b'{"\n":1}']),
    ],
)
def test_what_cannot_be_followed_is_malformed(reason: str, documents: list[bytes]) -> None:
    """A document that is no object, is unbalanced, or goes on after its end is refused with a reason."""
    for sent in documents:
        for step in STEPS:
            assert repr(refusal(sent, step)) == repr(BodyMalformed(reason))


SENT = b' {"a":{"b":[1,"]}\\"",{}]}, "cont\\u0065nt" : "aGV\\u0073bG8\\u003d", "z\\\\" : "\\u4e2d" }'


def test_a_document_cut_anywhere_is_refused() -> None:
    """No beginning of a document passes for the whole, inside the content neither."""
    assert read([SENT])[0] == b"hello"
    for length in range(len(SENT)):
        for step in STEPS:
            assert repr(refusal(SENT[:length], step)) == repr(BodyMalformed("cut short"))


class Pairs(list[tuple[str, Any]]):
    """An object, every member of it."""


def meaning(document: bytes) -> tuple[bytes, Any] | None:
    """What decoders of whole documents find: the content and the rest; None for what must be refused."""
    try:
        msgspec.json.decode(document)
    except (ValueError, msgspec.DecodeError):
        return None
    whole = json.loads(document, object_pairs_hook=Pairs)
    texts = [value for name, value in whole if name == "content"] if isinstance(whole, Pairs) else ["not an object"]
    if len(texts) > 1 or not all(isinstance(text, str) and STANDARD.fullmatch(text) for text in texts):
        return None
    return b64decode("".join(texts)), [(name, "" if name == "content" else value) for name, value in whole]


def streamed(document: bytes, step: int) -> tuple[bytes, Any] | None:
    """What the scan and a decoder of the rest find together."""
    try:
        content, rest = read(tiny(document, step))
        msgspec.json.decode(rest)
    except (Fault, ValueError, msgspec.DecodeError):
        return None
    return content, json.loads(rest, object_pairs_hook=Pairs)


TOKENS = [bytes([byte]) for byte in b'{}[]:,"\\u1/= \nx'] + [
    b'"content"',
    b'"YWJj"',
    b"null",
    b',"content":"",',
    b'"a":[',
]
NOISE = st.lists(st.sampled_from(TOKENS), max_size=6).map(b"".join) | st.binary(max_size=3)


@given(st.integers(0, len(SENT)), NOISE, st.integers(0, len(SENT)), st.integers(1, 99))
@example(0, b'{"content":"YQ==" "content":"YQ=="}', len(SENT), 1)
@example(0, b'{"a":[}],"content":"YQ=="}', len(SENT), 1)
@example(0, b'{"a":"content":"YQ=="}', len(SENT), 1)
@example(0, b'{"content":"YQ==":"YQ=="}', len(SENT), 1)
@example(0, b'{"a":1,}', len(SENT), 1)
def test_a_damaged_document_means_what_it_means_to_others(start: int, noise: bytes, stop: int, step: int) -> None:
    """A document with any part replaced is refused, by the scan or for its rest, exactly when it has to be."""
    damaged = SENT[:start] + noise + SENT[stop:]
    assert streamed(damaged, step) == meaning(damaged)


@pytest.mark.parametrize(
    ("front", "filler"),
    [
        *((front, b" ") for front in (b"", b"{", b'{"a"', b'{"a":', b'{"content":', b'{"content":""', b"{}")),
        *((b'{"a":', filler) for filler in (b"[", b"{", b"x", b"[]", b'[{"content":"",', b"\xff")),
        *((b'{"a":"', filler) for filler in (b"x", b"\\", b"{", b'\\"')),
        *((b'{"', filler) for filler in (b"x", b'a":0,"')),
    ],
)
def test_a_rest_without_end_is_refused(front: bytes, filler: bytes) -> None:
    """Whatever goes on and on and is no content is refused once it passes the limit, white space too."""
    for step in STEPS:
        with pytest.raises(BodyMalformed):
            read(chain([front], repeat(filler * step)), KIB)


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize("value", [b'""', b'"%b"' % (b"YWJj" * 500)])
def test_the_limit_is_for_the_rest_alone(value: bytes, step: int) -> None:
    """A rest of exactly the limit passes beside content of any length; one byte more is too large."""
    sent = b'{"a":[1],"content":' + value + b',"b":"\\""} \n'
    rest = sent.replace(value, b'""')
    assert read(tiny(sent, step), len(rest))[1] == rest
    for limit in range(len(rest)):
        with pytest.raises(BodyMalformed):
            read(tiny(sent, step), limit)


def test_nesting_costs_no_stack() -> None:
    """Brackets as deep as the limit allows are passed like any others."""
    deep = b"[" * 100_000 + b"]" * 100_000
    assert read([b'{"a":', deep, b',"content":"YQ=="}']) == (b"a", b'{"a":' + deep + b',"content":""}')


@pytest.mark.parametrize("character", [b"Y", b"\\u0059", b"\\/"])
def test_memory_stays_flat(character: bytes) -> None:
    """Content of 64 MiB in pieces of 256 KiB, cut inside escapes and quads, never takes 4 MiB to decode."""
    step, size = 256 * KIB - 1, len(character)
    member = Base64Member("content", KIB)
    member.feed(b'{"content":"')
    tracemalloc.start()
    try:
        for start in range(0, 64 * MIB, step):
            assert member.feed((character * (step // size + 2))[start % size :][:step])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 4 * MIB


async def test_a_body_is_decoded_as_it_comes() -> None:
    """The content's bytes are handed on piece by piece, none of them empty, and the rest is known at the end."""
    sent = b'{"a":1,"content":"%b","z":2}' % b64encode(bytes(range(256)))

    async def body() -> AsyncIterator[bytes]:
        for piece in tiny(sent):
            yield piece

    member = Base64Member("content", KIB)
    pieces = [piece async for piece in decoded(body(), member)]
    assert b"".join(pieces) == bytes(range(256))
    assert {len(piece) for piece in pieces} == {1, 3}
    assert member.end() == b'{"a":1,"content":"","z":2}'


async def test_what_the_body_raises_passes_through() -> None:
    """A client that vanishes is not mistaken for a malformed document."""

    async def vanishing() -> AsyncIterator[bytes]:
        yield b'{"content":"YWJj'
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        [piece async for piece in decoded(vanishing(), Base64Member("content", KIB))]
