"""File names on their way in and out of HTTP headers: pure functions, no path is ever made of one."""

import re
from urllib.parse import quote, unquote_to_bytes

_LONGEST = 1024
_EXTENDED = re.compile(rb"(utf-8|iso-8859-1)'[a-z0-9-]*'(.*)", re.IGNORECASE | re.DOTALL)
_FORM_ESCAPE = re.compile("%(22|0D|0A)", re.IGNORECASE)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")
# RFC 6266 appendix D: recipients disagree about backslashes and percent signs inside a quoted string.
_NOT_PLAIN = re.compile(r'[^ -~]|["\\%]')
# RFC 8187 §3.2.1, attr-char, beyond what quote() never escapes.
_ATTR_CHAR = "!#$&+^`|"


def decode_header_name(raw: bytes) -> str:
    """Read a file name as clients put it into a header.

    Percent-encoded, raw UTF-8, Latin-1, or an RFC 8187 ext-value (`UTF-8''%e2%82%ac`); a `%` that two hex
    digits do not follow stays. Bytes that are not valid UTF-8 are Latin-1 (RULINGS, *All dialects*, Names).
    """
    extended = _EXTENDED.fullmatch(raw)
    if extended is None:
        return decode_text(unquote_to_bytes(raw))
    charset, value = extended.groups()
    octets = unquote_to_bytes(value)
    return octets.decode("latin-1") if charset.lower() == b"iso-8859-1" else decode_text(octets)


def decode_form_name(text: str) -> str:
    """Undo the three escapes of a multipart name or file name: `%22`, `%0D`, `%0A`, and nothing else.

    WHATWG HTML, *multipart/form-data encoding algorithm*: a `%41` in a form name is three characters.
    """
    return _FORM_ESCAPE.sub(lambda escape: chr(int(escape[1], 16)), text)


def decode_text(octets: bytes) -> str:
    """Decode UTF-8, or else Latin-1, which cannot fail (RULINGS, *All dialects*, Names)."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets.decode("latin-1")


def display_name(text: str) -> str:
    """Return what follows the last `/` or `\\`, exactly as it came.

    Raises ValueError with a short reason when that is empty, `.`, `..` or longer than 1024 UTF-8 bytes, or when
    the text holds a control character or a lone surrogate anywhere.
    """
    if _CONTROL.search(text):
        raise ValueError("control character in file name")
    if _SURROGATE.search(text):
        raise ValueError("lone surrogate in file name")
    name = text.replace("\\", "/").rpartition("/")[2]
    if name in {"", ".", ".."}:
        raise ValueError("no file name")
    if len(name.encode()) > _LONGEST:
        raise ValueError("file name too long")
    return name


def content_disposition(name: str) -> str:
    """Word the `Content-Disposition` of a download (RFC 6266 §4.3); whatever the name, it stays one header.

    A name that is not plain ASCII comes twice: with `_` for each awkward character, and exactly (RFC 8187).
    """
    fallback = _NOT_PLAIN.sub("_", name)
    if fallback == name.strip():  # readers trim quoted strings
        return f'attachment; filename="{name}"'
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe=_ATTR_CHAR)}"
