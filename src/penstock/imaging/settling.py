"""A profile worked into a PNG's table of colours: its pixels stay packed as they came, and nothing is lost."""

import struct
import zlib

from PIL import Image

from penstock.imaging import png
from penstock.imaging.profiles import in_srgb, is_srgb

_GREY, _INDEXED, _GREY_ALPHA = 0, 3, 4
_PROFILE = b"iCCP"


def settled(picture: bytes) -> bytes:
    """A checked PNG without its profile, if that changes nothing or can be worked into a table; else the PNG itself."""
    parts = dict(png.chunks(picture))
    if _PROFILE not in parts:
        return picture
    profile = zlib.decompress(parts[_PROFILE][parts[_PROFILE].index(0) + 2 :])
    depth, colour = parts[b"IHDR"][8:10]
    if is_srgb(profile) and colour not in {_GREY, _GREY_ALPHA}:
        return _with(picture, {})
    if colour == _INDEXED and b"PLTE" in parts:
        return _with(picture, {b"PLTE": _converted(parts[b"PLTE"], "RGB", profile)})
    if colour == _GREY and depth <= 8:
        return _with_table(picture, parts, depth, profile)
    return picture


def _with_table(picture: bytes, parts: dict[bytes, bytes], depth: int, profile: bytes) -> bytes:
    """Greys become numbers of colours, the same bits meaning what the profile made of them."""
    most = (1 << depth) - 1
    greys = bytes(255 * level // most for level in range(most + 1))
    colours = _converted(greys, "L", profile)
    if colours == bytes(grey for grey in greys for _ in range(3)):
        return _with(picture, {})
    head = parts[b"IHDR"]
    changed = {b"IHDR": head[:9] + bytes((_INDEXED,)) + head[10:], b"PLTE": colours}
    if len(through := parts.get(b"tRNS", b"")) == 2:
        [level] = struct.unpack("!H", through)
        changed[b"tRNS"] = b"\xff" * (level & most) + b"\0"
    return _with(picture, changed)


def _converted(colours: bytes, mode: str, profile: bytes) -> bytes:
    count = len(colours) // len(mode)  # a letter to a channel
    return in_srgb(Image.frombytes(mode, (count, 1), colours[: count * len(mode)]), profile).tobytes()


def _with(picture: bytes, changed: dict[bytes, bytes]) -> bytes:
    """The same chunks with others in their places, the table of colours behind the head, and no profile."""
    parts = [(kind, changed.get(kind, data)) for kind, data in png.chunks(picture) if kind != _PROFILE]
    if b"PLTE" in changed:
        parts = [part for part in parts if part[0] != b"PLTE"]
        parts.insert(1, (b"PLTE", changed[b"PLTE"]))
    return png.joined(parts)
