"""PNGs stay what they are, and damaged ones are refused."""

import io
import struct
import zlib
from collections.abc import Callable, Sequence

import pytest
from PIL import Image, ImageCms, ImageDraw

from penstock.imaging import png
from penstock.imaging.render import render
from penstock.model.faults import PictureRefused
from penstock.model.image import Fit, Format, Recipe

MAIN = Recipe(Fit.KEEP, most=2_000_000)
GREYS = [0, 3, 200, 255]

Chunk = tuple[bytes, bytes]


def saved(image: Image.Image, **options: object) -> bytes:
    content = io.BytesIO()
    image.save(content, "PNG", **options)
    return content.getvalue()


def chunks(picture: bytes) -> list[Chunk]:
    found, at = [], 8
    while at < len(picture):
        length, kind = struct.unpack_from(">I4s", picture, at)
        found.append((kind, picture[at + 8 : at + 8 + length]))
        at += 12 + length
    return found


def joined(parts: Sequence[Chunk], wrong: bytes = b"") -> bytes:
    """A PNG of these chunks; the checksum of the kind `wrong` is wrong."""
    return png.SIGNATURE + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data) ^ (kind == wrong))
        for kind, data in parts
    )


def drawing(mode: str = "RGB") -> Image.Image:
    """A screenshot in small: a few colours, sharp edges."""
    image = Image.new("RGB", (301, 177), "white")
    draw = ImageDraw.Draw(image)
    for index in range(0, 300, 7):
        draw.line((index, 0, 300 - index, 176), fill=((index * 5) % 256, (index // 7) * 5, 90))
    draw.text((20, 80), "The quick brown fox", fill="black")
    return image.convert(mode)


def grey(levels: int) -> Image.Image:
    image = Image.new("L", (64, 64))
    image.putdata([GREYS[(index // 16) % levels] if levels <= 4 else index % levels for index in range(64 * 64)])
    return image


FEW: dict[str, Callable[[], bytes]] = {
    "few colours, truecolour": lambda: saved(drawing()),
    "few colours, palette": lambda: saved(drawing().quantize(64)),
    "palette of two bits": lambda: saved(drawing().quantize(4), bits=2),
    "palette with transparency": lambda: saved(drawing().quantize(16), transparency=3),
    "grey": lambda: saved(grey(256)),
    "one bit": lambda: saved(drawing("1")),
    "grey and alpha": lambda: saved(drawing("LA").point(lambda value: value // 2)),
    "photo": lambda: saved(Image.effect_mandelbrot((120, 120), (-2, -1, 1, 1), 90).convert("RGB")),
}


@pytest.mark.parametrize("name", FEW)
def test_a_png_stays_the_same_pixels(name: str) -> None:
    """Whatever its mode, a PNG comes out as a PNG of the same pixels, and no larger than 2 % more."""
    sent = FEW[name]()
    [made] = render(sent, [MAIN])
    assert made.format is Format.PNG
    assert len(made.content) <= len(sent) * 1.02
    before, after = (Image.open(io.BytesIO(content)).convert("RGBA") for content in (sent, made.content))
    assert before.tobytes() == after.tobytes()


@pytest.mark.parametrize("name", ["few colours, truecolour", "few colours, palette", "grey", "one bit"])
@pytest.mark.parametrize("how", ["turned", "profile"])
def test_few_colours_stay_few(name: str, how: str) -> None:
    """Turned upright, or brought to sRGB from a profile that changes nothing much, it is still small and exact."""
    image = Image.open(io.BytesIO(FEW[name]()))
    if how == "turned":
        exif = Image.Exif()
        exif[0x0112] = 6
        sent = saved(image, exif=exif)
        expected = image.convert("RGB").transpose(Image.Transpose.ROTATE_270)
    else:
        profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        sent, expected = saved(image.convert("RGB"), icc_profile=profile), image.convert("RGB")
    [made] = render(sent, [MAIN])
    got = Image.open(io.BytesIO(made.content))
    assert len(made.content) <= 1.02 * len(sent)
    assert got.convert("RGB").tobytes() == expected.tobytes()
    assert got.info.keys() <= {"transparency"}


def test_deep_grey_becomes_grey_of_eight_bits() -> None:
    """16-bit grey stays a grey PNG, of 8 bits."""
    image = Image.new("I;16", (64, 64), 0x8000)
    [made] = render(saved(image), [MAIN])
    got = Image.open(io.BytesIO(made.content))
    assert (made.format, got.mode, got.getpixel((5, 5))) == (Format.PNG, "L", 128)


def test_deep_grey_with_alpha_keeps_both() -> None:
    """16-bit grey and alpha becomes 8-bit grey and alpha, where a clear grey is opaque elsewhere, too."""
    rows = b"".join(b"\0" + struct.pack(">4H", 0, 0xFFFF, 0, 0) for _ in range(2))
    head = (b"IHDR", struct.pack(">IIBBBBB", 2, 2, 16, 4, 0, 0, 0))
    [made] = render(joined([head, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]), [MAIN])
    got = Image.open(io.BytesIO(made.content))
    assert (got.mode, got.getpixel((0, 0)), got.getpixel((1, 1))) == ("LA", (0, 255), (0, 0))


def damaged(change: Callable[[bytearray], object]) -> bytes:
    """A PNG whose packed pixels are changed, with a checksum that is right all the same."""
    parts = chunks(saved(Image.effect_noise((200, 200), 60)))
    packed = bytearray(next(data for kind, data in parts if kind == b"IDAT"))
    change(packed)
    return joined([(kind, bytes(packed) if kind == b"IDAT" else data) for kind, data in parts])


NOISE = saved(Image.effect_noise((200, 200), 60))
exif = Image.Exif()
exif[0x0112] = 6
TURNED = saved(Image.effect_noise((200, 200), 60), exif=exif)
DAMAGED = {
    "cut in half": NOISE[: len(NOISE) // 2],
    "cut, and to be turned": TURNED[: len(TURNED) // 2],
    "without an end": NOISE[:-12],
    "a flipped bit, the checksum right": damaged(lambda packed: packed.__setitem__(9000, packed[9000] ^ 1)),
    "rows missing, the checksum right": damaged(lambda packed: packed.__delitem__(slice(len(packed) * 2 // 3, None))),
    "the stream's checksum wrong": damaged(lambda packed: packed.__setitem__(-1, packed[-1] ^ 1)),
    "the chunk's checksum wrong": joined(chunks(NOISE), b"IDAT"),
    "the head's checksum wrong": joined(chunks(NOISE), b"IHDR"),
}


@pytest.mark.parametrize("name", DAMAGED)
def test_a_damaged_png_is_refused(name: str) -> None:
    """A PNG that lacks pixels, or has others than were written, is never stored half black."""
    with pytest.raises(PictureRefused):
        render(DAMAGED[name], [MAIN])


def with_chunk(*extra: Chunk) -> list[Chunk]:
    first, *rest = chunks(saved(drawing()))
    return [first, *extra, *rest]


IGNORED = {
    "a text of 40 MB": joined(with_chunk((b"zTXt", b"Comment\0\0" + zlib.compress(bytes(40 << 20))))),
    "a profile of 40 MB": joined(with_chunk((b"iCCP", b"monitor\0\0" + zlib.compress(bytes(40 << 20))))),
    "a profile that is none": joined(with_chunk((b"iCCP", b"x\0\0garbage"))),
    "a text with a wrong checksum": joined(with_chunk((b"tEXt", b"Software\0x")), b"tEXt"),
    "a profile with a wrong checksum": joined(with_chunk((b"iCCP", b"x\0\0garbage")), b"iCCP"),
    "an EXIF block that is none": joined(with_chunk((b"eXIf", b"garbage"))),
    "something behind the end": saved(drawing()) + b"trailing" * 100,
    "frames": joined(with_chunk((b"acTL", struct.pack(">II", 2, 0)))),
}


@pytest.mark.parametrize("name", IGNORED)
def test_what_no_pixel_needs_is_no_reason_to_refuse(name: str) -> None:
    """As in browsers: comments, profiles and checksums that no pixel needs are skipped, and do not come out."""
    [made] = render(IGNORED[name], [MAIN])
    assert Image.open(io.BytesIO(made.content)).convert("RGB").tobytes() == drawing().tobytes()
    assert {kind for kind, _ in chunks(made.content)} <= png.NEEDED


def test_what_is_packed_behind_the_pixels_does_not_come_out() -> None:
    """A stream that unpacks to more than the rows is read, and stored without what is too much."""
    parts = chunks(saved(grey(256)))
    rows = zlib.decompress(next(data for kind, data in parts if kind == b"IDAT"))
    stuffed = zlib.compress(rows + bytes(20 << 20))
    [made] = render(joined([(kind, stuffed if kind == b"IDAT" else data) for kind, data in parts]), [MAIN])
    assert len(made.content) < len(stuffed)


@pytest.mark.parametrize("size", [(1, 1), (3, 5), (8, 8), (9, 1), (200, 100)])
def test_interlaced_rows_are_counted(size: tuple[int, int]) -> None:
    """The sum of the rows of all seven passes is what an interlaced picture unpacks to."""
    width, height = size
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 1)
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    counted = 0
    for x, y, across, down in passes:
        columns, rows = len(range(x, width, across)), len(range(y, height, down))
        counted += rows * (1 + 3 * columns) if columns else 0
    assert png._unpacked_size(header) == counted
