"""Forms as they stream in, from honest clients and from others."""

from base64 import b64encode
from collections.abc import AsyncIterator, Iterable
from itertools import pairwise
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.http.bodies import forms
from penstock.http.bodies.forms import Field, FilePart, FormError, PartAmbiguous, boundary_of, read_form

FORM = "multipart/form-data; boundary=edge"
MIB = 1024 * 1024
NOTHING: frozenset[str] = frozenset()

# A file part that was read: name, file name, content type, bytes.
File = tuple[str, str, str, bytes]


def part(disposition: str, content: bytes = b"", *more: str) -> bytes:
    head = "\r\n".join(["--edge", f"Content-Disposition: form-data; {disposition}", *more, "", ""])
    return head.encode() + content + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--edge--\r\n"


class Source:
    """A request body in pieces, which counts the bytes it was asked for."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = pieces
        self.taken = 0

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            self.taken += len(piece)
            yield piece


def tiny(content: bytes, step: int = 1) -> Source:
    return Source(content[at : at + step] for at in range(0, len(content), step))


async def whole(item: Field | FilePart) -> Field | File:
    if isinstance(item, Field):
        return item
    return (item.name, item.filename, item.content_type, b"".join([piece async for piece in item]))


async def read(
    source: bytes | Source, content_type: str = FORM, *, max_field: int = 1000, files: frozenset[str] = NOTHING
) -> list[Field | File]:
    body = aiter(Source([source]) if isinstance(source, bytes) else source)
    return [await whole(item) async for item in read_form(content_type, body, max_field=max_field, files=files)]


@pytest.mark.parametrize(
    ("content_type", "boundary"),
    [
        ("multipart/form-data; boundary=abc", "abc"),
        ("Multipart/Form-Data;Boundary=abc", "abc"),
        ('multipart/form-data; charset=utf-8; boundary="a b:c"', "a b:c"),
        ("multipart/form-data; boundary=----=_Part_1/2:3; charset=utf-8", "----=_Part_1/2:3"),
        ("multipart/form-data;\tboundary = abc ", "abc"),
        ("multipart/form-data", None),
        ("multipart/form-data; boundary=", None),
        ('multipart/form-data; boundary=""', None),
        ("multipart/form-data; xboundary=abc", None),
        ("text/plain; boundary=abc", None),
        ("", None),
    ],
)
def test_the_boundary_is_found_or_known_to_be_absent(content_type: str, boundary: str | None) -> None:
    """A form's boundary is read from its type, quoted or not; other types have none."""
    assert boundary_of(content_type) == boundary


async def test_fields_and_files_come_in_the_order_sent() -> None:
    """A file before a text field stays before it, with its names and its type."""
    sent = form(
        part('name="file"; filename="a.txt"', b"bytes\r\n--edg", "Content-Type: Text/Plain; charset=utf-8"),
        part('name="note"', "héllo".encode()),
        part('name="empty"; filename=""'),
        part('name="last"'),
    )
    assert await read(sent) == [
        ("file", "a.txt", "text/plain", b"bytes\r\n--edg"),
        Field("note", "héllo"),
        ("empty", "", "", b""),
        Field("last", ""),
    ]


async def test_an_empty_form_has_no_items() -> None:
    """A form of nothing but its closing boundary is a form."""
    assert await read(form()) == []


async def test_a_blob_without_a_file_name_is_a_file_where_one_is_expected() -> None:
    """A part named in `files` is streamed, whatever its size; any other is a field."""
    sent = form(part('name="blob"', b"x" * 5000), part('name="other"', b"y"))
    assert await read(sent, files=frozenset({"blob"})) == [("blob", "", "", b"x" * 5000), Field("other", "y")]


async def test_a_field_that_is_no_utf8_is_of_a_legacy_encoding() -> None:
    """A value that is not valid UTF-8 is read as Windows-1252 where that gives letters alone."""
    assert await read(form(part('name="n"', b"caf\xe9"))) == [Field("n", "café")]


@pytest.mark.parametrize(
    ("disposition", "filename"),
    [
        (b'filename="a%22b%0D%0a%41.txt"', 'a"b\r\n%41.txt'),
        ('filename="中.txt"'.encode(), "中.txt"),
        (b'filename="caf\xe9.txt"', "café.txt"),
        (b'filename="dir/../a.txt"', "dir/../a.txt"),
        (b"filename=plain.txt", "plain.txt"),
        (b"filename=\"=?utf-8?B?5Lit?=\"; filename*=utf-8''%E4%B8%AD", "中"),
        (b"filename*=UTF-8''%E4%B8%AD", "中"),
        (b"filename=\"a; filename*=UTF-8''b\"", "a; filename*=UTF-8''b"),
    ],
)
async def test_file_names_of_parts_are_decoded(disposition: bytes, filename: str) -> None:
    """Part names undo three escapes and no more; a second, extended file name goes before the first."""
    sent = b'--edge\r\nContent-Disposition: form-data; name="f"; ' + disposition + b"\r\n\r\n\r\n--edge--"
    assert await read(sent) == [("f", filename, "", b"")]


async def test_the_longest_name_fits_into_a_header_twice() -> None:
    """A name of 1,024 bytes arrives whole from a client that sends it in base64 and percent-encoded."""
    name = "中" * 341
    base64 = b64encode(name.encode()).decode()
    sent = form(part(f"name=f; filename=\"=?utf-8?B?{base64}?=\"; filename*=utf-8''{quote(name)}"))
    assert await read(sent) == [("f", name, "", b"")]


async def test_an_unclosed_quote_hides_what_follows() -> None:
    """What looks like a parameter inside an unfinished quoted string is none."""
    assert await read(form(part("name=f; x=\"a\\\"; filename*=UTF-8''b"))) == [Field("f", "")]


async def test_field_names_are_decoded_like_file_names() -> None:
    """The name of a field undoes the same escapes and is UTF-8 as well."""
    assert await read(form(part('name="%22中%22"'))) == [Field('"中"', "")]


NAME = st.text("ab é中%;\\", max_size=5)
CONTENT = st.lists(st.sampled_from([b"\r", b"\n", b"-", b"--edge", b"\r\n--edg", b"a", b"\x00" * 50])).map(b"".join)
ITEMS = st.lists(st.tuples(NAME, st.none() | NAME, CONTENT), max_size=6)


def encoded(items: list[tuple[str, str | None, bytes]]) -> bytes:
    return form(
        *(
            part(f'name="n{name}."' + ("" if filename is None else f'; filename="n{filename}."'), content)
            for name, filename, content in items
        )
    )


def expected(items: list[tuple[str, str | None, bytes]]) -> list[Field | File]:
    return [
        Field(f"n{name}.", content.decode()) if filename is None else (f"n{name}.", f"n{filename}.", "", content)
        for name, filename, content in items
    ]


@given(ITEMS, st.lists(st.integers(0, 1000)), st.sampled_from([1, 30, 16 * 1024]))
async def test_where_the_body_is_cut_makes_no_difference(
    items: list[tuple[str, str | None, bytes]], cuts: list[int], chunk: int
) -> None:
    """Any form, cut into pieces anywhere and gathered into chunks of any size, gives the same items."""
    items = [(name, filename, content.replace(b"\r\n--edge", b"")) for name, filename, content in items]
    sent = encoded(items)
    edges = sorted({0, len(sent), *(cut for cut in cuts if cut < len(sent))})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(forms, "_CHUNK", chunk)
        assert await read(Source(sent[start:stop] for start, stop in pairwise(edges))) == expected(items)


@given(st.binary(max_size=300), st.booleans())
async def test_no_body_breaks_the_reader(noise: bytes, framed: bool) -> None:
    """Arbitrary bytes are a form or a FormError, and nothing else."""
    try:
        await read(b'--edge\r\nContent-Disposition: form-data; name="' + noise if framed else noise)
    except FormError:
        return
    assert b"--edge--" in noise


async def test_a_file_nobody_reads_is_skipped() -> None:
    """Asking for the next item passes over what was not read, also in the middle of a file."""
    sent = tiny(form(part('name="a"; filename="a"', b"x" * 100_000), part('name="b"')), 20_000)
    items = read_form(FORM, aiter(sent))
    unread = await anext(items)
    assert isinstance(unread, FilePart)
    assert await anext(aiter(unread)) != b""
    assert await anext(items) == Field("b", "")


async def test_a_file_passed_over_gives_nothing_more() -> None:
    """A file part left behind never takes bytes of the part that follows."""
    sent = form(part('name="a"; filename="a"', b"first"), part('name="b"; filename="b"', b"second"))
    items = read_form(FORM, aiter(Source([sent])))
    first, second = await anext(items), await anext(items)
    assert await whole(first) == ("a", "a", "", b"")
    assert await whole(second) == ("b", "b", "", b"second")


async def test_a_large_piece_is_handed_on_uncopied() -> None:
    """A piece that holds nothing but file content reaches the reader as the same object."""
    piece = b"x" * 20_000
    head = part('name="f"; filename="f"')[:-2]
    items = read_form(FORM, aiter(Source([head + b"y" * 20_000, piece, b"\r\n--edge--"])))
    item = await anext(items)
    assert isinstance(item, FilePart)
    assert any([handed is piece async for handed in item])


@pytest.mark.parametrize(
    ("content_type", "sent", "reason"),
    [
        ("multipart/form-data", form(), "no multipart boundary"),
        ("application/json", form(), "no multipart boundary"),
        ("multipart/form-data; boundary=" + "x" * 71, form(), "malformed boundary"),
        ("multipart/form-data; boundary=a\rb", form(), "malformed boundary"),
        ("multipart/form-data; boundary=中", form(), "malformed boundary"),
        (FORM, b"", "form cut short"),
        (FORM, b"--edge", "form cut short"),
        (FORM, part('name="a"', b"x"), "form cut short"),
        (FORM, part('name="a"; filename="a"', b"x"), "form cut short"),
        (FORM, form(part('name="a"', b"x"))[:-4], "form cut short"),
        (FORM, b'--edge\r\nContent-Disposition: form-data; name="a"', "form cut short"),
        (FORM, b'{"a": 1, "and": "no boundary"}', "Boundary not found"),
        (FORM, b"x" + form(), "Unexpected byte in front"),
        (FORM, b"--edge\r\n\r\nx\r\n--edge--", "Missing Content-Disposition"),
        (FORM, b"--edge\r\nContent-Disposition: attachment; name=a\r\n\r\nx\r\n--edge--", "Wrong type"),
        (FORM, form(part("x=y")), "Missing name"),
        (FORM, form(part('name="a"', b"", "Not a header")), "Malformed segment header"),
        (FORM, form(part('name="a"', b"xx", "Content-Length: 1")), "Content-Length exceeded"),
    ],
)
async def test_what_is_no_form_is_refused(content_type: str, sent: bytes, reason: str) -> None:
    """A missing boundary, a malformed part or an end that never comes is a FormError that says so."""
    with pytest.raises(FormError, match=reason):
        await read(sent, content_type)


async def test_what_the_body_raises_passes_through() -> None:
    """A client that vanishes is not mistaken for a malformed form."""

    async def vanishing() -> AsyncIterator[bytes]:
        yield part('name="a"; filename="a"', b"x" * 20_000)
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        [await whole(item) async for item in read_form(FORM, vanishing())]


@pytest.mark.parametrize("step", [1, 20_000])
async def test_a_field_past_its_limit_is_refused_at_once(step: int) -> None:
    """A field one byte too long is a FormError, long before its end has been read."""
    source = tiny(form(part('name="a"', b"x" * MIB)), step)
    with pytest.raises(FormError, match="field too long"):
        await read(source, max_field=1000)
    assert source.taken <= 40_000
    assert await read(form(part('name="a"', b"x" * 1000)), max_field=1000) == [Field("a", "x" * 1000)]
    with pytest.raises(FormError, match="field too long"):
        await read(form(part('name="a"', b"x" * 1001)), max_field=1000)


@pytest.mark.parametrize("disposition", ['name="a"', 'name="a"; filename="a"'])
async def test_more_parts_than_allowed_are_refused(disposition: str) -> None:
    """The 65th part, field or file, is a FormError; 64 are a form."""
    assert len(await read(form(*[part(disposition)] * 64))) == 64
    source = Source([part(disposition)] * 10_000)
    with pytest.raises(FormError, match="segment count"):
        await read(source)
    assert source.taken < 20_000


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"X-A: " + b"a" * MIB, "header length"),
        (b"X-A: a\r\n" * 100_000, "header count"),
        (b"X-A: a\r\n" + b" a\r\n" * 100_000, "header continuation"),
        (b"X-A: a\r\n" + b"\ta\r\n" * 100_000, "header continuation"),
    ],
)
async def test_headers_without_end_are_refused_early(line: bytes, reason: str) -> None:
    """A part's header that is too long, one of too many, or folded stops the reading within a chunk or two."""
    source = tiny(b"--edge\r\n" + line, 1000)
    with pytest.raises(FormError, match=reason):
        await read(source)
    assert source.taken <= 40_000


async def test_the_headers_of_all_parts_have_one_limit() -> None:
    """Parts whose headers add up to more than 64 KiB are a FormError, even when each part is within its own limits."""
    wordy = part('name="a"', b"", *["X-A: " + "a" * 8000] * 7)
    assert await read(form(wordy)) == [Field("a", "")]
    source = Source([wordy] * 64)
    with pytest.raises(FormError, match="too many headers"):
        await read(source)
    assert source.taken < 200_000


async def test_a_short_preamble_is_skipped_and_a_long_one_refused() -> None:
    """Text before the first boundary is tolerated up to a chunk's length (RFC 2046 §5.1.1)."""
    sent = form(part('name="a"', b"x"))
    assert await read(tiny(b"This is a form.\r\n" * 900 + sent)) == [Field("a", "x")]
    assert await read(tiny(b"\r\n" + sent)) == [Field("a", "x")]
    endless = tiny(b"This is no form.\r\n" * 100_000, 1000)
    with pytest.raises(FormError, match="Boundary not found"):
        await read(endless)
    assert endless.taken <= 40_000


@pytest.mark.parametrize("step", [1, 20_000])
async def test_what_follows_the_last_boundary_is_read_and_dropped(step: int) -> None:
    """The source is drained to its end, and what is there counts for nothing (RFC 2046 §5.1.1)."""
    sent = form(part('name="a"', b"x")) + part('name="b"', b"y") * 2000
    source = tiny(sent, step)
    assert await read(source) == [Field("a", "x")]
    assert source.taken == len(sent)


async def test_tiny_pieces_are_gathered() -> None:
    """A body of single bytes reaches the reader in pieces of a chunk each, and nothing is held back."""
    sent = form(part('name="f"; filename="f"', b"x" * 100_000))
    items = read_form(FORM, aiter(tiny(sent)))
    item = await anext(items)
    assert isinstance(item, FilePart)
    sizes = [len(piece) async for piece in item]
    assert (sum(sizes), len(sizes)) == (100_000, 7)


# --- what is no fault, and what can be read in two ways --------------------------------------------------------------


@pytest.mark.parametrize("padding", [b" ", b"\t", b" \t  ", b" " * 64])
@pytest.mark.parametrize("step", [1, 3, 17, 10_000])
async def test_white_space_after_a_boundary_is_no_fault(padding: bytes, step: int) -> None:
    """Every boundary may be followed by white space (RFC 2046 §5.1.1), wherever the body is cut."""
    content = b"a\r\n--edg\r\n--edge" + b"x\r"
    sent = form(part('name="a"', b"1"), part('name="f"; filename="n"', b"\r\n-" * 20), part('name="b"', b"2"))
    padded = sent.replace(b"--edge\r\n", b"--edge" + padding + b"\r\n")
    expected = [Field("a", "1"), ("f", "n", "", b"\r\n-" * 20), Field("b", "2")]
    assert await read(tiny(b"preamble\r\n" + padded, step)) == expected
    assert await read(tiny(padded, step)) == expected
    with pytest.raises(FormError):
        await read(form(part('name="a"', content)))


async def test_white_space_without_end_is_refused() -> None:
    """A boundary's line is not padded for ever."""
    with pytest.raises(FormError):
        await read(part('name="a"', b"1").replace(b"--edge", b"--edge" + b" " * 10_000) + b"--edge--\r\n")


@pytest.mark.parametrize(
    ("disposition", "more"),
    [
        ("name=f; filename=my file.txt", ()),
        ("name=my field", ()),
        ('name="f"; filename="a" b.txt', ()),
        ('name="f"; filename="a"; filename="b"', ()),
        ('name="f"; name="g"; filename="a"', ()),
        ('name="f"; filename="a"', ("Content-Transfer-Encoding: base64",)),
        ('name="f"; filename="a"', ("content-transfer-encoding: Quoted-Printable",)),
    ],
)
async def test_what_can_be_read_in_two_ways_is_refused(disposition: str, more: tuple[str, ...]) -> None:
    """A name without quotes that it needs, a parameter that stands there twice, a coding that is not undone."""
    with pytest.raises(PartAmbiguous):
        await read(form(part(disposition, b"aGk=", *more)))


@pytest.mark.parametrize(
    ("disposition", "more"),
    [
        ("name=f; filename=file.txt", ()),
        ("name=f;filename=file.txt;", ()),
        ('name = "f" ; filename = "file.txt"', ()),
        ('name="f"; filename="x"; filename*=UTF-8\'\'file.txt', ()),
        ('name="f"; filename="file.txt"', ("Content-Transfer-Encoding: binary",)),
        ('name="f"; filename="file.txt"', ("Content-Transfer-Encoding: 8BIT",)),
        ('name="f"; filename="=?utf-8?B?ZmlsZS50eHQ=?="', ()),
    ],
)
async def test_odd_and_clear_parts_pass(disposition: str, more: tuple[str, ...]) -> None:
    """What can be read in one way only is taken, however it is written."""
    assert await read(form(part(disposition, b"hi", *more))) == [("f", "file.txt", "", b"hi")]
