"""JPEG, GIF, WebP, BMP, TIFF and SVG, and every format that can be turned, in all eight ways."""

import struct
from collections.abc import Iterator
from typing import Any

from PIL import ExifTags, Image, ImageCms

from tests.imaging.catalogue.sample import QUARTERS, SIZE, Sample, grey
from tests.imaging.samples import (
    BLUE,
    GREEN,
    RED,
    WHITE,
    YELLOW,
    Colour,
    encoded,
    icc_profile,
    quarters,
    srgb_of_adobe,
    svg,
)

GREYS = [grey(round(0.299 * red + 0.587 * green + 0.114 * blue)) for red, green, blue in QUARTERS]
BLACK = (0, 0, 0)
ONE_BIT: list[Colour] = [BLACK, WHITE, BLACK, WHITE]
CLEAR: list[Colour] = [RED, WHITE, BLUE, (247, 232, 142)]
"""The quarters on white, where the second is clear and the fourth half so."""

STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


TURNED_WITH: dict[str, dict[str, Any]] = {"JPEG": {"quality": 95}, "WEBP": {"lossless": True}}


def drawn(mode: str = "RGB") -> Image.Image:
    """The quarters in this mode."""
    image = quarters(*SIZE)
    if mode == "1":
        return image.convert("L").point(lambda level: 255 if level > 110 else 0).convert("1")
    if mode == "RGBA":
        image.putalpha(255)
        half = (SIZE[0] // 2, SIZE[1] // 2)
        image.paste((*GREEN, 0), (half[0], 0, SIZE[0], half[1]))
        image.paste((*YELLOW, 128), (0, half[1], half[0], SIZE[1]))
        return image
    if mode == "LAB":
        spaces = (ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"))
        converted = ImageCms.profileToProfile(image, *spaces, outputMode="LAB")
        assert converted is not None
        return converted
    if mode == "I;16":
        return Image.frombytes("I;16", SIZE, b"".join(bytes((level, level)) for level in drawn("L").tobytes()))
    return image.convert(mode)


def _jpegs() -> Iterator[Sample]:
    ways: dict[str, dict[str, Any]] = {
        "": {},
        " progressive": {"progressive": True},
        " fine": {"quality": 97, "subsampling": 0},
        " coarse": {"quality": 30},
        " restarting": {"restart_marker_rows": 1},
        " optimised": {"optimize": True},
    }
    for mode in ("RGB", "L", "CMYK"):
        for way, options in ways.items():
            shown = GREYS if mode == "L" else QUARTERS
            yield Sample(f"jpeg {mode}{way}", encoded(drawn(mode), "JPEG", **options), shown, tolerance=20)
    adobe = [srgb_of_adobe(*colour) for colour in QUARTERS]
    yield Sample("jpeg profile", encoded(drawn(), "JPEG", icc_profile=icc_profile()), adobe)


def _gifs() -> Iterator[Sample]:
    image = drawn().quantize(8)
    others = [Image.new("RGB", SIZE, "pink")]
    yield Sample("gif", encoded(image, "GIF"), QUARTERS)
    yield Sample("gif straight", encoded(image, "GIF", interlace=0), QUARTERS)
    yield Sample("gif moving", encoded(drawn(), "GIF", save_all=True, append_images=others), QUARTERS)
    clear = drawn("RGBA")
    clear.putalpha(clear.getchannel("A").point(lambda alpha: 255 if alpha else 0))
    yield Sample("gif clear", encoded(clear, "GIF"), [RED, WHITE, BLUE, YELLOW])
    small = encoded(Image.new("P", (SIZE[0] // 2, SIZE[1] // 2)), "GIF")
    canvas = small[:6] + struct.pack("<HH", *SIZE) + small[10:]
    yield Sample("gif first frame small", canvas, [BLACK, WHITE, WHITE, WHITE], tolerance=3)


def _webps() -> Iterator[Sample]:
    others = [Image.new("RGB", SIZE, "pink")]
    yield Sample("webp", encoded(drawn(), "WEBP", quality=95), QUARTERS, tolerance=20)
    yield Sample("webp lossless", encoded(drawn(), "WEBP", lossless=True), QUARTERS)
    yield Sample("webp alpha", encoded(drawn("RGBA"), "WEBP", lossless=True), CLEAR)
    moving = encoded(drawn(), "WEBP", save_all=True, append_images=others, lossless=True)
    yield Sample("webp moving", moving, QUARTERS)
    adobe = [srgb_of_adobe(*colour) for colour in QUARTERS]
    yield Sample("webp profile", encoded(drawn(), "WEBP", lossless=True, icc_profile=icc_profile()), adobe)


def _bmps() -> Iterator[Sample]:
    for mode, shown in {"1": ONE_BIT, "L": GREYS, "P": QUARTERS, "RGB": QUARTERS}.items():
        image = drawn().quantize(8) if mode == "P" else drawn(mode)
        yield Sample(f"bmp {mode}", encoded(image, "BMP"), shown)
    upwards = encoded(drawn(), "BMP")
    stride = 3 * SIZE[0]
    rows = [upwards[at : at + stride] for at in range(54, len(upwards), stride)]
    downwards = upwards[:22] + struct.pack("<i", -SIZE[1]) + upwards[26:54] + b"".join(reversed(rows))
    yield Sample("bmp from the top", downwards, QUARTERS)


def _tiffs() -> Iterator[Sample]:
    modes = {"1": ONE_BIT, "L": GREYS, "I;16": GREYS, "P": QUARTERS, "RGB": QUARTERS, "RGBA": CLEAR}
    modes |= {"CMYK": QUARTERS, "LAB": QUARTERS, "YCbCr": QUARTERS}
    for mode, shown in modes.items():
        for way in ("raw", "tiff_lzw", "tiff_adobe_deflate", "packbits"):
            image = drawn().quantize(8) if mode == "P" else drawn(mode)
            yield Sample(f"tiff {mode} {way}", encoded(image, "TIFF", compression=way), shown, tolerance=14)
    for way in ("group3", "group4"):
        yield Sample(f"tiff 1 {way}", encoded(drawn("1"), "TIFF", compression=way), ONE_BIT)
    yield Sample("tiff jpeg", encoded(drawn(), "TIFF", compression="jpeg"), QUARTERS, tolerance=25)
    big = encoded(drawn(), "TIFF", big_tiff=True)
    yield Sample("tiff big", big, QUARTERS)
    pages = encoded(drawn(), "TIFF", save_all=True, append_images=[Image.new("RGB", SIZE, "pink")])
    yield Sample("tiff pages", pages, QUARTERS)
    adobe = [srgb_of_adobe(*colour) for colour in QUARTERS]
    yield Sample("tiff profile", encoded(drawn(), "TIFF", icc_profile=icc_profile()), adobe)
    for mode, low, high in (("I", -5, 100_000), ("F", 0.5, 0.75)):
        deep = Image.new(mode, SIZE, low)
        deep.paste(high, (SIZE[0] // 2, 0, *SIZE))
        yield Sample(f"tiff {mode}", encoded(deep, "TIFF"), [BLACK, WHITE, WHITE, BLACK])


def _drawings() -> Iterator[Sample]:
    places = ((0, 0), (24, 0), (24, 16), (0, 16))
    inner = "".join(
        f'<rect x="{x}" y="{y}" width="24" height="16" fill="rgb{colour}"/>'
        for (x, y), colour in zip(places, QUARTERS, strict=True)
    )
    text = svg(inner, *SIZE)
    yield Sample("svg", text, QUARTERS)
    yield Sample("svg utf-16", text.decode().encode("utf-16"), QUARTERS)
    named = '<?xml version="1.0" encoding="GBK"?>'
    yield Sample("svg gbk", svg(f"<title>水印</title>{inner}", *SIZE, before=named).decode().encode("gbk"), QUARTERS)
    styled = svg(inner, 1, 1, 'style="width:48px;height:32px"')
    yield Sample("svg sized by css", styled, QUARTERS)
    yield Sample("svg clear", svg(inner.partition("/>")[0] + "/>", *SIZE), [RED, WHITE, WHITE, WHITE])


def _turned() -> Iterator[Sample]:
    for orientation, turn in STORED_AS.items():
        exif = Image.Exif()
        exif[ExifTags.Base.Orientation] = orientation
        image = drawn() if turn is None else drawn().transpose(turn)
        for kind in ("JPEG", "PNG", "WEBP", "TIFF"):
            content = encoded(image, kind, exif=exif, **TURNED_WITH.get(kind, {}))
            most = int(1.02 * len(content)) if kind == "PNG" else 1 << 20
            stays = "PNG" if kind == "PNG" else "JPEG"
            yield Sample(f"{kind.lower()} orientation {orientation}", content, QUARTERS, stays, most, tolerance=20)


OTHERS = (*_jpegs(), *_gifs(), *_webps(), *_bmps(), *_tiffs(), *_drawings(), *_turned())
