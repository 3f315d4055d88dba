"""Pictures drawn in code, and a look at what came of them."""

import io
import random
import struct
from collections.abc import Callable
from typing import Any

from PIL import Image, PngImagePlugin

from penstock.model.image import Rendered

RED, GREEN, BLUE, YELLOW, WHITE = (220, 30, 40), (40, 180, 60), (30, 60, 200), (240, 210, 30), (255, 255, 255)
SECRET = "secret-51.4934N-7f3a"
"""Hidden in every kind of metadata; must never be found in what comes out."""

KINDS = ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF")
Colour = tuple[int, ...]


def quarters(width: int = 96, height: int = 64, mode: str = "RGB") -> Image.Image:
    """Red, green, blue and yellow, clockwise from the top left; so any turn shows."""
    image = Image.new("RGB", (width, height), YELLOW)
    image.paste(RED, (0, 0, width // 2, height // 2))
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (width // 2, height // 2, width, height))
    return image.convert(mode)


def noisy(width: int, height: int) -> Image.Image:
    """What compresses worst."""
    return Image.frombytes("RGB", (width, height), random.Random(1).randbytes(3 * width * height))


def encoded(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file."""
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def svg(inner: str, width: object = 96, height: object = 64, attributes: str = "", before: str = "") -> bytes:
    """A drawing."""
    names = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
    return f'{before}<svg {names} width="{width}" height="{height}" {attributes}>{inner}</svg>'.encode()


def png(width: int, height: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG that declares this size, with these chunks after its header."""
    header = struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    packed = [PngChunk(name, data) for name, data in ((b"IHDR", header), *chunks, (b"IEND", b""))]
    return b"\x89PNG\r\n\x1a\n" + b"".join(packed)


def PngChunk(name: bytes, data: bytes) -> bytes:
    """One chunk, with its length and sum."""
    content = io.BytesIO()
    PngImagePlugin.putchunk(content, name, data)
    return content.getvalue()


def opened(made: Rendered) -> Image.Image:
    """Decode what came out, and hold the answer to it: format, size, and nothing but pixels inside."""
    image = Image.open(io.BytesIO(made.content))
    image.load()
    assert (image.format, image.size) == (made.format.upper(), (made.width, made.height))
    assert _LISTS[made.format](made.content) <= _NEEDED[made.format]
    assert not image.getexif()
    assert SECRET.encode() not in made.content
    return image


def corners(image: Image.Image) -> list[Colour]:
    """The colours in the middle of the four quarters, clockwise from the top left."""
    width, height = image.size
    places = ((1, 1), (3, 1), (3, 3), (1, 3))
    return [colour(image, width * across // 4, height * down // 4) for across, down in places]


def colour(image: Image.Image, left: int, top: int) -> Colour:
    """The colour of one pixel."""
    pixel = image.convert("RGBA" if image.has_transparency_data else "RGB").getpixel((left, top))
    assert isinstance(pixel, tuple)
    return pixel


def near(one: Colour, other: Colour, tolerance: int = 8) -> bool:
    """Whether two colours differ by no more in any channel."""
    return len(one) == len(other) and all(abs(a - b) <= tolerance for a, b in zip(one, other, strict=True))


def upright(image: Image.Image, tolerance: int = 8) -> bool:
    """Whether these are the quarters as they were drawn."""
    expected = (RED, GREEN, BLUE, YELLOW)
    return all(near(is_, should, tolerance) for is_, should in zip(corners(image), expected, strict=True))


def icc_profile(space: bytes = b"RGB ", gamma: float = 2.2) -> bytes:
    """A profile of our own (ICC.1:2001): the primaries of Adobe RGB, seen under D50, and this gamma."""

    def xyz(*values: float) -> bytes:
        return b"XYZ \0\0\0\0" + struct.pack("!3i", *(round(value * 65536) for value in values))

    curve = b"curv\0\0\0\0" + struct.pack("!IH", 1, round(gamma * 256)) + b"\0\0"
    named = b"desc\0\0\0\0" + struct.pack("!I", len(SECRET) + 1) + SECRET.encode() + bytes(79)
    tags = {b"desc": named, b"cprt": b"text\0\0\0\0" + SECRET.encode() + b"\0", b"wtpt": xyz(0.9642, 1, 0.8249)}
    if space == b"RGB ":
        tags |= {name: xyz(*column) for name, column in zip((b"rXYZ", b"gXYZ", b"bXYZ"), ADOBE, strict=True)}
        tags |= {b"rTRC": curve, b"gTRC": curve, b"bTRC": curve}
    else:
        tags |= {b"kTRC": curve}
    table, body, at = struct.pack("!I", len(tags)), b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        data += bytes(-len(data) % 4)
        table += name + struct.pack("!II", at + len(body), len(data))
        body += data
    head = struct.pack("!I4sI4s4s4s12s4s", at + len(body), b"", 0x02400000, b"mntr", space, b"XYZ ", bytes(12), b"acsp")
    return head + bytes(28) + struct.pack("!3i", 63190, 65536, 54061) + bytes(48) + table + body


ADOBE = ((0.60974, 0.31111, 0.01947), (0.20528, 0.62567, 0.06087), (0.14919, 0.06322, 0.74457))


def srgb_of_adobe(*channels: int) -> Colour:
    """The same colour in sRGB, by the formulas of IEC 61966-2-1 and not by the library under test."""
    linear = [(channel / 255) ** 2.2 for channel in channels]
    xyz = [sum(value * column[row] for value, column in zip(linear, ADOBE, strict=True)) for row in range(3)]
    to_srgb = ((3.13386, -1.61687, -0.49061), (-0.97877, 1.91614, 0.03345), (0.07195, -0.22899, 1.40524))
    return tuple(_companded(sum(a * b for a, b in zip(row, xyz, strict=True))) for row in to_srgb)


def _companded(value: float) -> int:
    value = min(max(value, 0.0), 1.0)
    return round(255 * (12.92 * value if value <= 0.0031308 else 1.055 * value ** (1 / 2.4) - 0.055))


def _segments(jpeg: bytes) -> set[str]:
    found, at = set[str](), 2
    while jpeg[at + 1] != 0xDA:
        found.add(f"{jpeg[at + 1]:02x}")
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4])
    assert jpeg.endswith(b"\xff\xd9")
    return found


def _chunks(content: bytes, at: int, size_first: bool) -> set[str]:
    found = set[str]()
    while at < len(content):
        first, second = content[at : at + 4], content[at + 4 : at + 8]
        name, size = (second, int.from_bytes(first) + 12) if size_first else (first, int.from_bytes(second, "little"))
        found.add(name.decode())
        at += size if size_first else 8 + size + size % 2
    return found


_LISTS: dict[str, Callable[[bytes], set[str]]] = {
    "jpeg": _segments,
    "png": lambda content: _chunks(content, 8, size_first=True),
    "webp": lambda content: _chunks(content, 12, size_first=False),
}
_NEEDED = {
    # JFIF header, tables, frame; no other application segment and no comment
    "jpeg": {"e0", "db", "c0", "c4", "dd"},
    "png": {"IHDR", "PLTE", "tRNS", "IDAT", "IEND"},
    "webp": {"VP8 ", "VP8L", "VP8X", "ALPH"},
}
