"""Names of files: shown to people, and never used as paths."""

import re

_MAX_BYTES = 1024
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
