"""PNGs of every colour type and depth, straight and interlaced, with and without a clear colour (PNG 3rd ed. §11.2)."""

import struct
import zlib
from collections.abc import Iterator, Sequence

from PIL import Image, ImageCms

from tests.imaging.catalogue.sample import QUARTERS, SIZE, Sample, grey, quarter
from tests.imaging.samples import encoded, icc_profile, quarters, srgb_of_adobe
from tests.imaging.test_png import Chunk, joined

GREY, RGB, INDEXED, GREY_ALPHA, RGBA = 0, 2, 3, 4, 6
PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
STRAIGHT = ((0, 0, 1, 1),)
ALPHAS = (255, 0, 255, 128)

Samples = Sequence[int]
"""The numbers of one pixel."""


def _row(pixels: Sequence[Samples], depth: int) -> bytes:
    """A row without a filter, its numbers packed."""
    if depth == 16:
        return b"\0" + b"".join(struct.pack("!H", number) for pixel in pixels for number in pixel)
    numbers = [number for pixel in pixels for number in pixel]
    per = 8 // depth
    numbers += [0] * (-len(numbers) % per)
    packed = (numbers[at : at + per] for at in range(0, len(numbers), per))
    return b"\0" + bytes(sum(number << 8 - depth * (at + 1) for at, number in enumerate(each)) for each in packed)


def png(colour: int, depth: int, of_quarter: Sequence[Samples], *chunks: Chunk, interlaced: bool = False) -> bytes:
    """A PNG whose quarters have these numbers."""
    rows = b"".join(
        _row([of_quarter[quarter(x, y)] for x in range(left, SIZE[0], across)], depth)
        for left, top, across, down in (PASSES if interlaced else STRAIGHT)
        for y in range(top, SIZE[1], down)
    )
    head = struct.pack("!IIBBBBB", *SIZE, depth, colour, 0, 0, int(interlaced))
    return joined([(b"IHDR", head), *chunks, (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b"")])


def _greys() -> Iterator[Sample]:
    for depth in (1, 2, 4, 8, 16):
        most = (1 << depth) - 1
        levels = [0, most, most // 3, most - most // 3]
        shown = [round(255 * level / most) for level in levels]
        clear = (b"tRNS", struct.pack("!H", levels[2]))
        # Where two quarters are one grey, both are clear.
        alphas = [0 if level == levels[2] else 255 for level in levels]
        for interlaced in (False, True):
            name = f"png grey {depth}{' interlaced' * interlaced}"
            numbers = [(level,) for level in levels]
            yield _png(name, png(GREY, depth, numbers, interlaced=interlaced), [grey(level) for level in shown])
            through = png(GREY, depth, numbers, clear, interlaced=interlaced)
            yield _png(f"{name} clear", through, [grey(*pair) for pair in zip(shown, alphas, strict=True)])
            if depth < 8:
                continue
            both = [(level, alpha * (257 if depth == 16 else 1)) for level, alpha in zip(levels, ALPHAS, strict=True)]
            with_alpha = png(GREY_ALPHA, depth, both, interlaced=interlaced)
            yield _png(f"{name} alpha", with_alpha, [grey(*pair) for pair in zip(shown, ALPHAS, strict=True)])


def _colours() -> Iterator[Sample]:
    for depth, scale in ((8, 1), (16, 257)):
        for interlaced in (False, True):
            name = f"png {depth}{' interlaced' * interlaced}"
            numbers = [tuple(value * scale for value in colour) for colour in QUARTERS]
            yield _png(f"{name} rgb", png(RGB, depth, numbers, interlaced=interlaced), QUARTERS)
            clear = (b"tRNS", struct.pack("!3H", *numbers[1]))
            seen = [(*colour, 0 if at == 1 else 255) for at, colour in enumerate(QUARTERS)]
            yield _png(f"{name} rgb clear", png(RGB, depth, numbers, clear, interlaced=interlaced), seen)
            both = [(*number, alpha * scale) for number, alpha in zip(numbers, ALPHAS, strict=True)]
            seen = [(*colour, alpha) for colour, alpha in zip(QUARTERS, ALPHAS, strict=True)]
            yield _png(f"{name} rgba", png(RGBA, depth, both, interlaced=interlaced), seen)


def _indexed() -> Iterator[Sample]:
    table = (b"PLTE", bytes(value for colour in QUARTERS for value in colour))
    few = (b"PLTE", table[1][:6])
    for depth in (1, 2, 4, 8):
        used = [(number % (2 if depth == 1 else 4),) for number in range(4)]
        colours = [QUARTERS[number] for (number,) in used]
        alphas = [ALPHAS[number] for (number,) in used]
        for interlaced in (False, True):
            name = f"png palette {depth}{' interlaced' * interlaced}"
            tables = few if depth == 1 else table
            yield _png(name, png(INDEXED, depth, used, tables, interlaced=interlaced), colours)
            clear = (b"tRNS", bytes(ALPHAS[: len(tables[1]) // 3]))
            seen = [(*colour, alpha) for colour, alpha in zip(colours, alphas, strict=True)]
            yield _png(f"{name} alpha", png(INDEXED, depth, used, tables, clear, interlaced=interlaced), seen)


def _profiled() -> Iterator[Sample]:
    adobe, linear = icc_profile(), icc_profile(b"GRAY", 1.0)
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    shown = [srgb_of_adobe(*colour) for colour in QUARTERS]
    image = quarters(*SIZE)
    yield _png("png profile", encoded(image, "PNG", icc_profile=adobe), shown, tolerance=3)
    yield _png("png palette profile", encoded(image.quantize(4), "PNG", icc_profile=adobe), shown, tolerance=3)
    yield _png("png profile srgb", encoded(image, "PNG", icc_profile=srgb), QUARTERS)
    white = Image.new("L", SIZE, 55)
    yield _png("png grey profile", encoded(white, "PNG", icc_profile=linear), [grey(128)] * 4, tolerance=3)


def _png(name: str, content: bytes, seen: Sequence[tuple[int, ...]], tolerance: int = 1) -> Sample:
    # A table of colours takes 12 bytes at least where few pixels are all that there is.
    return Sample(name, content, seen, "PNG", int(1.02 * len(content)), tolerance)


PNGS = (*_greys(), *_colours(), *_indexed(), *_profiled())
