"""Names of files: shown to people, and never used as paths."""

import itertools
import re
import unicodedata
from collections.abc import Set

_MAX_BYTES = 1024
_MAX_ENDING = 16
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")
_SURROGATE = re.compile("[\ud800-\udfff]")


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
    if len(name.encode()) > _MAX_BYTES:
        raise ValueError("file name too long")
    return name


def folded(text: str) -> str:
    """A text as names are compared, sorted and searched: the same in either case and in every form of its characters
    (Unicode §5.18, UAX 15).
    """
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold())


def fragments(text: str) -> Set[str]:
    """The characters of a folded text, and each two that follow each other."""
    return {*text, *map("".join, itertools.pairwise(text))}


def numbered(name: str, number: int) -> str:
    """The name with a number before its ending, and as much of it as fits."""
    if number < 2:
        return name
    stem, dot, ending = name.rpartition(".")
    if not stem or len(ending) > _MAX_ENDING:
        stem, dot, ending = name, "", ""
    suffix = f" ({number}){dot}{ending}"
    room = _MAX_BYTES - len(suffix.encode())
    return stem.encode()[:room].decode(errors="ignore") + suffix
