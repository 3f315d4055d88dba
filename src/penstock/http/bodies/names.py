"""File names in HTTP headers, decoded and encoded: pure functions; names are never used as paths."""

import re
from contextlib import suppress
from email.errors import HeaderParseError
from email.header import decode_header
from urllib.parse import quote, unquote_to_bytes

_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "iso-8859-1": "latin-1",
    "windows-1252": "cp1252",
    "gb18030": "gb18030",
    "gbk": "gb18030",
    "gb2312": "gb18030",
    "cp936": "gb18030",
}
"""The charsets of encoded names and their codecs. GB18030 decodes its subsets, too."""
_EXTENDED = re.compile(rb"([a-z0-9-]+)'[a-z0-9-]*'(.*)", re.IGNORECASE | re.DOTALL)
_ENCODED_WORD = r"=\?[A-Za-z0-9-]+(?:\*[A-Za-z0-9-]+)?\?(?:[Bb]\?[A-Za-z0-9+/=]*|[Qq]\?[!->@-~]*)\?="
_ENCODED_WORDS = re.compile(rf"{_ENCODED_WORD}(?:[ \t\r\n]+{_ENCODED_WORD})*")
_FORM_ESCAPE = re.compile("%(22|0D|0A)", re.IGNORECASE)
# RFC 6266 appendix D: recipients disagree about backslashes and percent signs inside a quoted string.
_NOT_PLAIN = re.compile(r'[^ -~]|["\\%]')
# RFC 8187 §3.2.1, attr-char, beyond what quote() never escapes.
_ATTR_CHAR = "!#$&+^`|"


def decode_header_name(raw: bytes) -> str:
    """Read a file name as clients put it into a header (RULINGS, *All dialects*, Names).

    Percent-encoded, raw in UTF-8 or a legacy encoding, an RFC 8187 ext-value (`UTF-8''%e2%82%ac`), or RFC 2047 words;
    a `%` that two hex digits do not follow stays.
    """
    extended = _EXTENDED.fullmatch(raw)
    codec = _CHARSETS.get(extended[1].decode().lower()) if extended is not None else None
    if extended is None or codec is None:
        return decode_words(decode_text(unquote_to_bytes(raw)))
    octets = unquote_to_bytes(extended[2])
    try:
        return octets.decode(codec)
    except UnicodeDecodeError:
        return decode_text(octets)


def decode_words(text: str) -> str:
    """Read a name that consists of RFC 2047 words alone, as mail libraries write them into forms. Anything else, and
    undecodable words, stay as they are: a plain name may look like one.
    """
    if not _ENCODED_WORDS.fullmatch(text):
        return text
    try:
        return "".join(_decode_labelled(octets, charset) for octets, charset in decode_header(text))
    except (HeaderParseError, LookupError, UnicodeDecodeError, ValueError):
        return text


def _decode_labelled(octets: bytes | str, charset: str | None) -> str:
    assert isinstance(octets, bytes)  # decode_header returns text only for a value without any word
    return octets.decode(_CHARSETS[(charset or "").partition("*")[0].lower()])


def decode_form_name(text: str) -> str:
    """Undo the three escapes of a multipart name or file name: `%22`, `%0D`, `%0A`, and nothing else.

    WHATWG HTML, *multipart/form-data encoding algorithm*: a `%41` in a form name is three characters.
    """
    return _FORM_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)


def decode_text(octets: bytes) -> str:
    """Decode UTF-8; else Windows-1252 when that gives letters alone (`requests` sends `café` so), else GB18030, else
    Windows-1252 with U+FFFD for what has no meaning. It cannot fail (RULINGS, *All dialects*, Names).
    """
    with suppress(UnicodeDecodeError):
        return octets.decode()
    western = octets.decode("cp1252", "replace")
    if all(character.isascii() or character.isalpha() for character in western):
        return western
    with suppress(UnicodeDecodeError):
        return octets.decode("gb18030")
    return western


def content_disposition(name: str) -> str:
    """Word the `Content-Disposition` of a download (RFC 6266 §4.3); whatever the name, it stays one header.

    A name that is not plain ASCII comes twice: with `_` for each awkward character, and exactly (RFC 8187).
    """
    fallback = _NOT_PLAIN.sub("_", name)
    if fallback == name.strip():  # readers trim quoted strings
        return f'attachment; filename="{name}"'
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe=_ATTR_CHAR)}"
