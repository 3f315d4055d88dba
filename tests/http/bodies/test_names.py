"""What a file may be called, and how its name travels in headers."""

from email.message import Message
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.http.bodies.names import (
    content_disposition,
    decode_form_name,
    decode_header_name,
    decode_text,
    decode_words,
)

NAMES = st.text(min_size=1)


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        (b"report.pdf", "report.pdf"),
        (b"%E4%B8%AD%E6%96%87.txt", "中文.txt"),
        (b"%e4%b8%ad.txt", "中.txt"),
        ("中文.txt".encode(), "中文.txt"),
        ("中%2B文.txt".encode(), "中+文.txt"),
        (b"caf\xe9.txt", "café.txt"),
        (b"caf%E9.txt", "café.txt"),
        (b"caf\xe9%20one", "café one"),
        (b"100%.txt", "100%.txt"),
        (b"100%zz%4", "100%zz%4"),
        (b"50%25", "50%"),
        (b"a+b", "a+b"),
        (b"UTF-8''%e2%82%ac%20rates", "€ rates"),
        (b"utf-8'en'%e2%82%ac", "€"),
        (b"iso-8859-1'en'%A3%20rates", "£ rates"),
        (b"ISO-8859-1''%C3%A9", "Ã©"),
        (b"UTF-8''caf%E9", "café"),
        (b"it''s.txt", "it''s.txt"),
        (b"", ""),
    ],
)
def test_header_names_are_understood_in_every_encoding_in_use(raw: bytes, name: str) -> None:
    """A name in a header is read as RFC 8187, percent-encoded, UTF-8 or a legacy encoding, whichever it is."""
    assert decode_header_name(raw) == name


@given(NAMES)
def test_percent_encoded_names_come_back(name: str) -> None:
    """What encodeURIComponent writes, with or without an RFC 8187 prefix, reads back exactly."""
    encoded = quote(name, safe="").encode()
    assert decode_header_name(encoded) == decode_header_name(b"UTF-8''" + encoded) == name


@given(st.binary())
def test_no_header_bytes_are_unreadable(raw: bytes) -> None:
    """Whatever bytes a header holds, they have a reading without lone surrogates."""
    assert decode_header_name(raw).encode() is not None
    assert decode_text(raw).encode() is not None


@pytest.mark.parametrize(
    ("sent", "name"),
    [
        ("a%22b", 'a"b'),
        ("a%0D%0Ab", "a\r\nb"),
        ("a%0d%0ab", "a\r\nb"),
        ("100%25%41%2F.txt", "100%25%41%2F.txt"),
        ("%2522", "%2522"),
        ("%", "%"),
    ],
)
def test_form_names_undo_three_escapes_only(sent: str, name: str) -> None:
    """In a form name %22, %0D and %0A are escapes; any other percent sign is itself."""
    assert decode_form_name(sent) == name


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("document.pdf", 'attachment; filename="document.pdf"'),
        ("two words; one.txt", 'attachment; filename="two words; one.txt"'),
        ("naïve.txt", "attachment; filename=\"na_ve.txt\"; filename*=UTF-8''na%C3%AFve.txt"),
        ('a"b', "attachment; filename=\"a_b\"; filename*=UTF-8''a%22b"),
        ("a\\b", "attachment; filename=\"a_b\"; filename*=UTF-8''a%5Cb"),
        ("100%25", "attachment; filename=\"100_25\"; filename*=UTF-8''100%2525"),
        ("é*'()!", "attachment; filename=\"_*'()!\"; filename*=UTF-8''%C3%A9%2A%27%28%29!"),
        ("a\r\nSet-Cookie: x", "attachment; filename=\"a__Set-Cookie: x\"; filename*=UTF-8''a%0D%0ASet-Cookie%3A%20x"),
    ],
)
def test_content_disposition_is_worded_as_rfc_6266_has_it(name: str, header: str) -> None:
    """Plain ASCII goes in once; anything else as an ASCII stand-in and as an RFC 8187 parameter."""
    assert content_disposition(name) == header


@given(NAMES)
def test_content_disposition_carries_any_name(name: str) -> None:
    """An independent reader of the header finds the very name, and never more than one header."""
    header = content_disposition(name)
    assert header.isascii()
    assert header.isprintable()
    message = Message()
    message["Content-Disposition"] = header
    assert message.get_content_disposition() == "attachment"
    extended = header.partition("; filename*=")[2]
    assert decode_header_name(extended.encode()) == name if extended else message.get_filename() == name
    assert {key for key, _ in message.get_params([], "Content-Disposition")} <= {"attachment", "filename"}


@pytest.mark.parametrize("name", [" ", " a", "a "])
def test_spaces_at_the_ends_survive(name: str) -> None:
    """Readers trim what stands in quotes, so such a name goes in exactly as well."""
    assert decode_header_name(content_disposition(name).partition("; filename*=")[2].encode()) == name


@pytest.mark.parametrize(
    ("octets", "text"),
    [
        ("中文.txt".encode(), "中文.txt"),
        ("café.txt".encode("cp1252"), "café.txt"),
        ("Œuvre–".encode("cp1252"), "Œuvre–"),
        ("报告.pdf".encode("gbk"), "报告.pdf"),
        ("𠀀报.pdf".encode("gb18030"), "𠀀报.pdf"),
        (b"50\x80.txt", "50€.txt"),
        (b"50\x80 \x81", "50€ \ufffd"),
        (b"\xff", "ÿ"),
    ],
)
def test_every_encoding_of_a_name_is_read(octets: bytes, text: str) -> None:
    """UTF-8, then Windows-1252 where it gives letters alone, then GB18030, then Windows-1252 with what it lacks."""
    assert decode_text(octets) == text


@pytest.mark.parametrize(
    ("words", "text"),
    [
        ("=?utf-8?B?5Lit5paHLnR4dA==?=", "中文.txt"),
        ("=?UTF-8?Q?caf=C3=A9_1.txt?=", "café 1.txt"),
        ("=?utf-8?B?5Lit?= =?utf-8?B?5paH?=", "中文"),
        ("=?utf-8?B?5Lg=?= =?utf-8?B?rQ==?=", "中"),
        ("=?gb2312?B?1tDOxA==?=", "中文"),
        ("=?GBK?Q?=D6=D0=CE=C4?=", "中文"),
        ("=?iso-8859-1?Q?caf=E9?=", "café"),
        ("=?windows-1252?Q?=80?=", "€"),
        ("=?utf-8*zh?B?5Lit?=", "中"),
        ("=?utf-8?B?!!!?=", "=?utf-8?B?!!!?="),
        ("=?koi8-r?B?5Lit?=", "=?koi8-r?B?5Lit?="),
        ("=?utf-8?Q?=FF?=", "=?utf-8?Q?=FF?="),
        ("x =?utf-8?B?5Lit?=", "x =?utf-8?B?5Lit?="),
        ("=?utf-8?B?5Lit?=.txt", "=?utf-8?B?5Lit?=.txt"),
        ("=?utf-8?X?5Lit?=", "=?utf-8?X?5Lit?="),
        ("", ""),
    ],
)
def test_encoded_words_are_read_when_they_are_all_there_is(words: str, text: str) -> None:
    """A value of RFC 2047 words alone in a known charset is decoded; anything that only looks like one stays."""
    assert decode_words(words) == text


@given(st.binary(max_size=60))
def test_no_bytes_of_a_name_are_a_defect(octets: bytes) -> None:
    """Whatever bytes a name consists of, it is read."""
    assert isinstance(decode_header_name(octets), str)
    assert isinstance(decode_words(decode_text(octets)), str)
