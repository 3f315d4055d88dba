"""The most pixels that are taken fit into the memory that a worker has."""

import io
import re
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from penstock.adapters.pictures import PicturePool, RenderLimits
from penstock.imaging.probe import MAX_PIXELS_OF
from penstock.imaging.render import render
from penstock.model.faults import PictureRefused
from penstock.model.image import MAX_PIXELS, Fit, Format, Kind, Recipe
from tests.imaging.samples import encoded
from tests.imaging.test_png import joined
from tests.ports.pictures import pieces

UPLOAD = [Recipe(most=2 << 20), Recipe(Fit.COVER, 200, 200, Format.JPEG)]
SIZE = (10_000, 7_500)
COLOUR = {"RGB": (9, 99, 200), "RGBA": (9, 99, 200, 90), "CMYK": (9, 99, 200, 9), "YCbCr": (99, 99, 200)}
TURNED = Image.Exif()
TURNED[0x0112] = 6
SLOW = pytest.mark.long


def flat(mode: str, kind: str, size: tuple[int, int] = SIZE, **options: Any) -> bytes:
    """A picture of this size, of one colour."""
    return encoded(Image.new(mode, size, COLOUR.get(mode, 1)), kind, **options)


def deep(colour: int, channels: int, *chunks: tuple[bytes, bytes]) -> bytes:
    """A PNG of this size with samples of 16 bits, made row by row."""
    packer = zlib.compressobj(1)
    row = b"\0" + (bytes(range(256)) * 320)[: 2 * channels * SIZE[0]]
    packed = b"".join(packer.compress(row) for _ in range(SIZE[1])) + packer.flush()
    head = struct.pack("!IIBBBBB", *SIZE, 16, colour, 0, 0, 0)
    return joined([(b"IHDR", head), *chunks, (b"IDAT", packed), (b"IEND", b"")])


def webp(megapixels: float, mode: str = "RGBA") -> bytes:
    """A square one."""
    side = int((megapixels * 1e6) ** 0.5)
    return flat(mode, "WEBP", (side, side), method=0)


LARGEST: dict[str, Callable[[], bytes]] = {
    "jpeg": lambda: flat("RGB", "JPEG", exif=TURNED),
    "jpeg for print, progressive": lambda: flat("CMYK", "JPEG", progressive=True, exif=TURNED),
    "png": lambda: flat("RGB", "PNG", compress_level=1),
    "png, turned and clear": lambda: flat("RGBA", "PNG", compress_level=1, exif=TURNED),
    "png of 16 bits and alpha": lambda: deep(6, 4),
    "png of one bit": lambda: flat("1", "PNG"),
    "gif": lambda: flat("P", "GIF"),
    "bmp": lambda: flat("L", "BMP"),
    "tiff": lambda: flat("RGBA", "TIFF", compression="tiff_adobe_deflate"),
    "tiff for print": lambda: flat("CMYK", "TIFF", compression="tiff_lzw"),
    "tiff of floats": lambda: flat("F", "TIFF", compression="tiff_lzw"),
    "webp": lambda: webp(40),
}
DEEP_GREY = {"png of deep grey, one clear": lambda: deep(0, 1, (b"tRNS", b"\0\1"))}


@pytest.mark.parametrize("name", [*DEEP_GREY, *(pytest.param(name, marks=SLOW) for name in LARGEST)])
async def test_the_largest_fit(name: str) -> None:
    """75 megapixels of any format, 40 of WebP, are made within the memory of a worker."""
    picture = (LARGEST | DEEP_GREY)[name]()
    pool = PicturePool(RenderLimits(seconds=300), workers=1)
    made = await pool.render("me", pieces(picture), len(picture), UPLOAD)
    assert len(made) == 2
    await pool.close()


def test_a_webp_has_its_own_bound() -> None:
    """One of more than 40 megapixels is refused for its pixels, before they are decoded."""
    with pytest.raises(PictureRefused, match="more than 40 megapixels"):
        render(webp(41, "RGB"), UPLOAD)


def test_the_page_tells_the_bounds() -> None:
    """The table of `docs/dialects/oss.md` has every format, with its bound."""
    page = Path("docs/dialects/oss.md").read_text()
    told = dict(re.findall(r"^\| (\w+) \| (\d+) \|", page, re.MULTILINE))
    expected = {kind: MAX_PIXELS_OF.get(kind, MAX_PIXELS) for kind in Kind if kind is not Kind.SVG}
    assert {Kind(name.lower()): int(most) * 1_000_000 for name, most in told.items()} == expected


def test_deep_pictures_are_brought_to_eight_bits_in_strips() -> None:
    """A picture of more than one strip is as exact as a small one, to the last row."""
    rows = b"".join(b"\0" + struct.pack(">H", level) * 1500 for level in range(0, 65536, 32))
    head = struct.pack("!IIBBBBB", 1500, 2048, 16, 0, 0, 0, 0)
    through = (b"tRNS", struct.pack(">H", 32 * 2047))
    picture = joined([(b"IHDR", head), through, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")])
    [made] = render(picture, [Recipe(format=Format.PNG)])
    image = Image.open(io.BytesIO(made.content)).convert("LA")
    expected = [(round(255 * level / 65535), 255 if level != 32 * 2047 else 0) for level in range(0, 65536, 32)]
    assert [image.getpixel((1499, top)) for top in range(2048)] == expected
