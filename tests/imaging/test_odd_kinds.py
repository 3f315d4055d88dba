"""Kinds of pictures that are rare and real."""

import io
import struct
import zlib

import pytest
from PIL import Image

from penstock.imaging.render import render
from penstock.model.faults import PictureRefused
from penstock.model.image import Fit, Format, Recipe
from tests.imaging.test_png import joined

MAIN = Recipe(Fit.KEEP, most=2_000_000)
EXACT = Recipe(Fit.KEEP, format=Format.PNG)


def made(picture: bytes, recipe: Recipe = EXACT) -> Image.Image:
    [one] = render(picture, [recipe])
    return Image.open(io.BytesIO(one.content))


def gif(background: int, extension: bytes = b"") -> bytes:
    """A canvas of 100 by 100, blue by its background, whose only frame is a red square of 2 by 2 at (40, 50)."""
    colours = bytes((0, 0, 255, 255, 0, 0, 0, 255, 0, 255, 255, 255))
    frame = b"\x2c" + struct.pack("<4HB", 40, 50, 2, 2, 0) + b"\x02\x03\x4c\x12\x05\0"
    return b"GIF89a" + struct.pack("<2H3B", 100, 100, 0x81, background, 0) + colours + extension + frame + b";"


@pytest.mark.parametrize("extension", [b"", b"\x21\xfe\x05hello\0", b"\x21\xf9\x04\0\0\0\0\0"])
def test_around_the_first_frame_of_a_gif_is_white(extension: bytes) -> None:
    """What the first frame does not cover is white, whatever the background colour is said to be."""
    image = made(gif(0, extension)).convert("RGB")
    assert image.size == (100, 100)
    assert [image.getpixel(place) for place in ((40, 50), (39, 50), (42, 51), (99, 99))] == [
        (255, 0, 0),
        *[(255, 255, 255)] * 3,
    ]


def test_around_the_first_frame_of_a_webp_is_white() -> None:
    """An animated WebP whose first frame is smaller than its canvas has white around it, not black."""
    still = io.BytesIO()
    Image.new("RGB", (10, 10), "red").save(still, "WEBP", lossless=True)
    frame = still.getvalue()[12:]
    place = b"".join(number.to_bytes(3, "little") for number in (20, 10, 9, 9, 100)) + b"\x02"

    def chunk(name: bytes, data: bytes) -> bytes:
        return name + struct.pack("<I", len(data)) + data + b"\0" * (len(data) & 1)

    canvas = b"\x02\0\0\0" + (99).to_bytes(3, "little") + (49).to_bytes(3, "little")
    frames = chunk(b"ANMF", place + frame) * 2
    body = b"WEBP" + chunk(b"VP8X", canvas) + chunk(b"ANIM", bytes(6)) + frames
    image = made(b"RIFF" + struct.pack("<I", len(body)) + body, MAIN).convert("RGB")
    assert image.size == (100, 50)
    red, *around = (image.getpixel(place) for place in ((45, 25), (5, 5), (60, 25), (45, 45)))
    assert isinstance(red, tuple)
    assert red[0] > 240
    assert red[1] < 20
    assert all(isinstance(colour, tuple) and min(colour) > 240 for colour in around)


@pytest.mark.parametrize("through", [0, 0x8000, 0x8001, 0xFFFF])
def test_the_right_grey_of_sixteen_bits_is_transparent(through: int) -> None:
    """Of greys that become one in 8 bits, only the one that is named shines through."""
    greys = [0x8000, 0x8001, 0, 0xFFFF]
    rows = b"".join(b"\0" + struct.pack(">4H", *greys) for _ in range(4))
    head = struct.pack(">IIBBBBB", 4, 4, 16, 0, 0, 0, 0)
    named = (b"tRNS", struct.pack(">H", through))
    picture = joined([(b"IHDR", head), named, (b"IDAT", zlib.compress(rows)), (b"IEND", b"")])
    image = made(picture).convert("RGBA")
    alphas = [image.getpixel((x, 1))[3] for x in range(4)]  # type: ignore[index]
    assert alphas == [0 if grey == through else 255 for grey in greys]


def tiff(bits: int, kind: int = 1, planes: int = 1, samples: int = 1) -> bytes:
    """An uncompressed TIFF of 8 by 8, with samples of this kind."""
    size = 8 * 8 * 8 * samples
    tags = [
        (256, 4, 1, 8),
        (257, 4, 1, 8),
        (258, 3, 1, bits),
        (259, 3, 1, 1),
        (262, 3, 1, 2 if samples == 3 else 1),
        (273, 4, 1, 300),
        (277, 3, 1, samples),
        (278, 4, 1, 8),
        (279, 4, 1, size),
        (284, 3, 1, planes),
        (339, 3, 1, kind),
    ]
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    head = b"II*\0" + struct.pack("<I", 8) + struct.pack("<H", len(tags)) + entries + bytes(4)
    return head.ljust(300, b"\0") + bytes(range(256)) * (size // 256 + 1)


@pytest.mark.parametrize(
    ("bits", "kind", "planes", "samples"),
    [
        (10, 1, 1, 1),
        (12, 1, 1, 1),
        (14, 1, 1, 3),
        (16, 3, 1, 1),
        (64, 3, 1, 1),
        (32, 3, 1, 3),
        (32, 1, 1, 3),
        (16, 1, 2, 3),
    ],
)
def test_samples_that_nobody_reads_are_not_supported(bits: int, kind: int, planes: int, samples: int) -> None:
    """Samples of odd depths, halves and doubles, and deep planes are said to be that, and are no broken picture."""
    with pytest.raises(PictureRefused) as refused:
        made(tiff(bits, kind, planes, samples))
    assert "not supported" in refused.value.reason


@pytest.mark.parametrize("at", [0.2, 0.5, 0.8])
def test_a_deflated_tiff_is_held_against_its_checksums(at: float) -> None:
    """A few bytes that were changed in any strip are found, wherever the decoder would have stopped."""
    sent = io.BytesIO()
    Image.effect_noise((300, 300), 60).save(sent, "TIFF", compression="tiff_adobe_deflate")
    picture = bytearray(sent.getvalue())
    start = int(len(picture) * at)
    assert made(bytes(picture)).size == (300, 300)
    picture[start : start + 4] = b"\x55" * 4
    with pytest.raises(PictureRefused):
        made(bytes(picture))


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("turned", [False, True])
def test_the_orientation_is_exif_s_alone(form: str, turned: bool) -> None:
    """What XMP says of the orientation turns nothing; what EXIF says does."""
    exif = Image.Exif()
    exif[0x0112] = 6 if turned else 1
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:Description tiff:Orientation="8"/></x:xmpmeta>'
    sent = io.BytesIO()
    options: dict[str, object] = {"exif": exif} if turned else {}
    if form in {"JPEG", "WEBP"}:
        options["xmp"] = xmp
    if form == "TIFF":
        options = {"tiffinfo": {700: xmp, 0x0112: 6 if turned else 1}}
    Image.new("RGB", (40, 20), "red").save(sent, form, **options)
    assert made(sent.getvalue()).size == ((20, 40) if turned else (40, 20))
