"""What is written as a PNG is written exactly, and small."""

import io
import random
import struct
import zlib
from collections.abc import Callable

import pytest
from PIL import Image, ImageCms, ImageDraw

from penstock.imaging import png
from penstock.imaging.packing import packed
from penstock.imaging.render import render
from penstock.model.image import Fit, Format, Recipe
from tests.imaging.samples import SECRET, icc_profile
from tests.imaging.test_png import chunks, drawing, joined, saved

MAX_SIZE = 2 << 20
MAIN = Recipe(most=MAX_SIZE)
TURNED = Image.Exif()
TURNED[0x0112] = 3


def spots(colours: int, alphas: tuple[int, ...] = (255,), size: int = 90) -> Image.Image:
    """So many colours, in spots, with these alphas."""
    chance = random.Random(colours)
    chosen = [(*chance.randbytes(3), chance.choice(alphas)) for _ in range(colours)]
    image = Image.new("RGBA", (size, size), chosen[0])
    pen = ImageDraw.Draw(image)
    for colour in chosen * 3:
        left, top = chance.randrange(size), chance.randrange(size)
        pen.rectangle((left, top, left + 9, top + 5), fill=colour)
    return image


def greys(depth: int) -> Image.Image:
    """A ramp of all the greys of this depth."""
    most = (1 << depth) - 1
    image = Image.new("L", (1 << depth, 40))
    image.putdata([255 * level // most for _ in range(40) for level in range(most + 1)])
    return image.resize((image.width * (256 >> depth), 40), Image.Resampling.NEAREST)


def ihdr(content: bytes) -> tuple[int, int]:
    """Depth and colour type."""
    return content[24], content[25]


@pytest.mark.parametrize("colours", [1, 2, 3, 4, 5, 16, 17, 255, 256, 257, 600])
@pytest.mark.parametrize("alphas", [(255,), (0, 255), (0, 7, 128, 255)])
def test_packing_is_exact(colours: int, alphas: tuple[int, ...]) -> None:
    """However many colours there are, and whatever shines through, the pixels come back as they were."""
    image = spots(colours, alphas)
    image = image.convert("RGB") if alphas == (255,) else image
    back = Image.open(io.BytesIO(packed(image)))
    assert back.convert(image.mode).tobytes() == image.tobytes()


@pytest.mark.parametrize("depth", [1, 2, 4, 8])
def test_greys_take_as_few_bits_as_they_need(depth: int) -> None:
    """Two greys take a bit, four take two, and 256 a byte."""
    image = greys(depth).convert("RGB")
    content = packed(image)
    assert ihdr(content) == (depth, 0)
    assert Image.open(io.BytesIO(content)).convert("RGB").tobytes() == image.tobytes()


def test_colours_take_as_few_bits_as_they_need() -> None:
    """Two colours take a bit each, 16 four."""
    assert [ihdr(packed(spots(count).convert("RGB"))) for count in (2, 4, 16)] == [(1, 3), (2, 3), (4, 3)]


def test_a_clear_grey_needs_no_table() -> None:
    """Greys of which one alone shines through stay greys; where it is opaque elsewhere, too, it gets a number."""
    image = greys(8).convert("LA")
    image.paste((7, 0), (0, 0, 50, 40))
    image.paste((9, 255), (7 * 1, 0, 8, 40))
    image = image.convert("RGBA")
    only = image.copy()
    only.paste((8, 8, 8, 255), (50, 0, 60, 40))
    for each in (image, only):
        content = packed(each)
        assert Image.open(io.BytesIO(content)).convert("RGBA").tobytes() == each.tobytes()


SENT: dict[str, Callable[[], Image.Image]] = {
    "one bit": lambda: drawing("1"),
    "grey": lambda: drawing("L"),
    "two colours": lambda: drawing().quantize(2),
    "16 colours": lambda: drawing().quantize(16),
    "palette": lambda: drawing().quantize(64),
    "palette, some clear": lambda: spots(40, (0, 100, 255), 300).quantize(64),
    "few colours, truecolour": lambda: spots(90, size=300).convert("RGB"),
    "few colours, truecolour and alpha": lambda: spots(90, (0, 100, 255), 300),
    "grey and alpha": lambda: spots(90, (0, 100, 255), 300).convert("LA"),
}


@pytest.mark.parametrize("name", SENT)
def test_few_colours_that_are_turned_stay_small(name: str) -> None:
    """A picture of few colours that is brought upright is no more than 2 % larger than it came."""
    image = SENT[name]()
    sent = saved(image, exif=TURNED, optimize=True)
    [made] = render(sent, [MAIN])
    expected = Image.open(io.BytesIO(sent)).convert("RGBA").transpose(Image.Transpose.ROTATE_180)
    assert made.format is Format.PNG
    assert len(made.content) <= 1.02 * len(sent)
    assert Image.open(io.BytesIO(made.content)).convert("RGBA").tobytes() == expected.tobytes()


PROFILED = ["one bit", "grey", "two colours", "palette", "palette, some clear"]


@pytest.mark.parametrize("name", PROFILED)
def test_a_profile_changes_the_table_and_no_pixel(name: str) -> None:
    """Where colours stand in a short table the pixels stay packed as they came, and look as the profile says."""
    image = SENT[name]()
    grey = image.mode in {"1", "L"}
    profile = icc_profile(b"GRAY", gamma=1.0) if grey else icc_profile()
    sent = saved(image, icc_profile=profile, optimize=True)
    [made] = render(sent, [MAIN])
    came, left = (
        b"".join(data for kind, data in chunks(content) if kind == b"IDAT") for content in (sent, made.content)
    )
    # 256 greys may find themselves in fewer bytes than their table takes.
    assert came == left or (name == "grey" and len(made.content) < len(sent) + 256 * 3)
    shown = ImageCms.profileToProfile(
        image.convert("L") if grey else image.convert("RGBA").convert("RGB"),
        ImageCms.ImageCmsProfile(io.BytesIO(profile)),
        ImageCms.createProfile("sRGB"),
        outputMode="RGB",
    )
    assert shown is not None
    assert Image.open(io.BytesIO(made.content)).convert("RGBA").convert("RGB").tobytes() == shown.tobytes()


def test_a_clear_grey_under_a_profile_stays_clear() -> None:
    """The grey that shines through is the same number when greys become numbers of colours."""
    parts = chunks(
        saved(greys(4).quantize(16, dither=Image.Dither.NONE).convert("L"), icc_profile=icc_profile(b"GRAY", 1.0))
    )
    [made] = render(joined([parts[0], (b"tRNS", struct.pack(">H", 0)), *parts[1:]]), [MAIN])
    alpha = Image.open(io.BytesIO(made.content)).convert("RGBA").getchannel("A")
    assert (alpha.getpixel((0, 0)), alpha.getpixel((255, 0))) == (0, 255)


def test_the_profile_of_srgb_changes_nothing() -> None:
    """A picture that says that it is sRGB keeps its very bytes."""
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    photo = Image.effect_noise((80, 80), 50).convert("RGB")
    [made] = render(saved(photo, icc_profile=srgb), [MAIN])
    assert made.content == saved(photo)


def test_a_size_that_changes_nothing_changes_nothing() -> None:
    """A picture that is small enough as it is keeps its very bytes, whatever bounds are asked for."""
    sent = saved(spots(400).convert("RGB"), optimize=True)
    [made] = render(sent, [Recipe(Fit.INSIDE, 4000, 4000, most=2 << 20)])
    assert made.content == sent


def test_what_was_packed_badly_is_packed_well() -> None:
    """Few colours that came in more than 2 MB stay a PNG of the same pixels when they fit."""
    image = drawing().resize((1500, 900), Image.Resampling.NEAREST)
    sent = saved(image, compress_level=0)
    [made] = render(sent, [MAIN])
    assert (made.format, len(made.content) < 100_000 < MAX_SIZE < len(sent)) == (Format.PNG, True)
    assert Image.open(io.BytesIO(made.content)).convert("RGB").tobytes() == image.tobytes()


@pytest.mark.parametrize("split", [False, True])
def test_nothing_is_hidden_behind_the_pixels(split: bool) -> None:
    """What lies behind the end of what is packed does not come out."""
    parts = chunks(saved(drawing()))
    [pixels] = [data for kind, data in parts if kind == b"IDAT"]
    hidden = [(b"IDAT", pixels), (b"IDAT", SECRET.encode())] if split else [(b"IDAT", pixels + SECRET.encode())]
    [made] = render(joined([parts[0], *hidden, parts[-1]]), [MAIN])
    assert SECRET.encode() not in made.content


def test_the_rows_of_a_large_picture_are_numbered_in_strips() -> None:
    """A picture of more than one strip is as exact as a small one."""
    image = spots(50, (0, 255), 90).resize((1500, 1500), Image.Resampling.NEAREST)
    content = packed(image)
    assert Image.open(io.BytesIO(content)).convert("RGBA").tobytes() == image.tobytes()
    assert zlib.crc32(content) == zlib.crc32(png.joined(png.chunks(content)))
