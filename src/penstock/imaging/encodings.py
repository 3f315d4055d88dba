"""XML in the encodings that people's programs write, brought to the one that the parser knows best."""

import codecs
import re

_CHINESE = ("gbk", "x-gbk", "gb2312", "gb_2312-80", "gb18030", "cp936", "ms936", "windows-936", "euc-cn", "hz-gb-2312")
_OTHERS = ("big5", "shift_jis", "cp932", "euc-jp", "euc-kr", "windows-1250", "windows-1251", "windows-1252")
_CODECS = {name: codecs.lookup("gb18030") for name in _CHINESE} | {name: codecs.lookup(name) for name in _OTHERS}
"""GB18030 holds all that the older Chinese ones do. Looked up now: a confined worker can open no module any more."""

_UTF_16 = {
    prefix: codecs.lookup(name)
    for prefix, name in {
        b"\xff\xfe": "utf-16-le",
        b"\xfe\xff": "utf-16-be",
        b"<\0": "utf-16-le",
        b"\0<": "utf-16-be",
    }.items()
}
"""How XML in UTF-16 begins, with its mark or without (XML 1.0 appendix F)."""

_DECLARED = re.compile(rb"(?:\xef\xbb\xbf)?<\?xml[^>]{0,200}?\sencoding\s*=\s*[\"']([\w.-]{1,40})[\"']", re.IGNORECASE)


def head_as_utf8(text: bytes, length: int) -> bytes:
    """The beginning of a text that may be UTF-16, in UTF-8."""
    codec = _UTF_16.get(text[:2])
    return text[:length] if codec is None else codec.decode(text[:length], "replace")[0].lstrip("\ufeff").encode()


def as_utf8(text: bytes) -> tuple[bytes, bool]:
    """The text in UTF-8, and whether it was in another encoding, which it may still name. Raises `UnicodeError`."""
    if (codec := _UTF_16.get(text[:2])) is None:
        named = _DECLARED.match(text)
        codec = _CODECS.get(named[1].decode().lower()) if named is not None else None
    if codec is None:
        return text, False
    return codec.decode(text)[0].lstrip("\ufeff").encode(), True
