"""The media type of a file, from its first bytes and its name."""

import mimetypes
import re
from functools import lru_cache

import puremagic

from penstock.model.ids import Location
from penstock.ports import Blobs

HEAD = 4096
"""How many leading bytes are searched for signatures."""

UNKNOWN = "application/octet-stream"

CERTAIN = 0.3
"""puremagic's confidence from which a signature outweighs the name; JPEG's three bytes reach just this."""

_OFFICE = "application/vnd.openxmlformats-officedocument"
_names = mimetypes.MimeTypes()
for _ending, _type in {
    ".docx": f"{_OFFICE}.wordprocessingml.document",
    ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    ".pptx": f"{_OFFICE}.presentationml.presentation",
    ".flac": "audio/flac",
    ".md": "text/markdown",
    ".webp": "image/webp",
    ".woff2": "font/woff2",
}.items():
    _names.add_type(_type, _ending)


_NAME = "[A-Za-z0-9][A-Za-z0-9!#$&^_.+-]{0,126}"
_DECLARED = re.compile(f"{_NAME}/{_NAME}")


def one_type(text: str | None) -> str | None:
    """The media type that a client declares, if it is exactly one (RFC 6838 §4.2): of several, browsers use the
    last.
    """
    return text.lower() if text is not None and _DECLARED.fullmatch(text) else None


async def sniffed(blobs: Blobs, location: Location, size: int, name: str) -> str:
    """The media type of a stored blob of `size` bytes under this name."""
    head = b"".join([piece async for piece in await blobs.read(location, 0, min(size, HEAD))])
    return media_type(head, name)


def media_type(head: bytes, name: str) -> str:
    """The media type of a file that begins with `head`: the one of its name, unless the bytes clearly contradict it."""
    by_name, by_content = _by_name(name), _by_content(head)
    if by_name is not None and (not by_content or _agree(by_name, by_content, head)):
        return by_name
    if "application/zip" in by_content:
        return "application/zip"
    return by_content[0] if by_content else UNKNOWN


def _by_name(name: str) -> str | None:
    kind, packed = _names.guess_type(name)
    return {None: kind, "gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}.get(
        packed
    )


@lru_cache(256)  # many records share one blob, and detection costs a hundred times what a cache hit does
def _by_content(head: bytes) -> list[str]:
    """Every type whose signature matches, most certain first; none when the most certain has no type."""
    if not head:
        return []
    try:
        matches = puremagic.magic_string(head)
    except (puremagic.PureError, ValueError):
        return []
    certain = [match.mime_type for match in matches if match.confidence >= CERTAIN]
    return [kind.replace("/x-gzip", "/gzip") for kind in certain if kind] if certain and certain[0] else []


def _agree(by_name: str, by_content: list[str], head: bytes) -> bool:
    """Whether the bytes are compatible with the name's type: the same type, one based on ZIP or XML, or text."""
    return (
        by_name in by_content
        or ("application/zip" in by_content and by_name.startswith("application/"))
        or ("application/xml" in by_content and by_name.endswith("+xml"))
        or (by_name.startswith("text/") and b"\0" not in head)
    )
