"""The smallest PNG of exactly these pixels that a few tries find: as greys, as numbers of colours, or in full.

What fits best differs from picture to picture: text wants no filter, a ramp wants one, and few colours want few bits
(PNG 3rd ed. §11.2.1, §12.7). No library at hand tries that.
"""

import io
import struct
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from PIL import Image, ImageChops

from penstock.imaging import png
from penstock.imaging.strips import in_strips

_MAX_COLOURS = 256
_GREY, _INDEXED = 0, 3
_NONE, _SUB, _UP = range(3)
_TINY = 1 << 12
"""Up to how many pixels a table of colours may weigh more than it saves."""

_PATIENT = 8 << 20
"""Up to how many bytes of rows every filter is tried, and compressed as well as zlib can."""

_TO_BITS = {1: "P;1", 2: "P;2", 4: "P;4", 8: "P"}

_OPAQUE = 255
_PREFERENCE = 1.02
"""Greys stay greys unless numbers are smaller by more than this."""

Colour = tuple[int, ...]
Compress = Callable[[Image.Image], Iterable[bytes]]
"""Some ways to pack rows."""


def packed(image: Image.Image, *, as_greys: bool = False) -> bytes:
    """An RGB or RGBA picture as a PNG, lossless; `as_greys` where it can be, else where that is about as small."""
    counted = image.getcolors(_MAX_COLOURS)
    if counted is None:
        return _in_full(image)
    counts = {_as_four(colour): count for count, colour in counted}
    by_light = sorted(counts, key=lambda colour: (colour[3], sum(colour[:3]), colour))
    numbers = _numbered(image, {colour: number for number, colour in enumerate(by_light)})
    grey = _in_greys(numbers, by_light)
    if as_greys:
        return grey or _in_full(image)
    candidates = [*_as_numbers(numbers, by_light, counts)]
    if image.width * image.height <= _TINY:
        candidates.append(_in_full(image))
    if grey is not None and all(len(grey) <= _PREFERENCE * len(each) for each in candidates):
        return grey
    return min(candidates, key=len)


def _in_full(image: Image.Image) -> bytes:
    if image.mode == "RGBA":
        red, green, blue, alpha = image.split()
        if _same(red, green) and _same(green, blue):
            return _saved(Image.merge("LA", (red, alpha)))
    return _saved(image)


def _in_greys(numbers: Image.Image, colours: Sequence[Colour]) -> bytes | None:
    depth = _grey_depth(colours)
    if depth is None:
        return None
    step = _OPAQUE // ((1 << depth) - 1)
    samples = numbers.point(_table(colour[0] // step for colour in colours))
    clear = [struct.pack("!H", colour[0] // step) for colour in colours if not colour[3]]
    tables = [(b"tRNS", clear[0])] if clear else []
    return min((_written(samples, depth, _GREY, tables, how) for how in (_unfiltered, _filtered)), key=len)


def _as_numbers(numbers: Image.Image, by_light: Sequence[Colour], counted: Mapping[Colour, int]) -> Iterator[bytes]:
    depth = next(bits for bits in _TO_BITS if len(by_light) <= 1 << bits)
    if depth == _grey_depth(by_light):
        return
    yield _indexed(numbers, by_light, depth, _filtered)
    # Without a filter bytes are but names, and the most frequent pack best when they are neighbours.
    by_count = sorted(counted, key=lambda colour: (colour[3] == _OPAQUE, -counted[colour], colour))
    renamed = numbers.point(_table(by_count.index(colour) for colour in by_light))
    yield _indexed(renamed, by_count, depth, _unfiltered)


def _indexed(numbers: Image.Image, colours: Sequence[Colour], depth: int, how: Compress) -> bytes:
    tables = [(b"PLTE", bytes(value for colour in colours for value in colour[:3]))]
    if alphas := bytes(colour[3] for colour in colours if colour[3] < _OPAQUE):  # they come first
        tables.append((b"tRNS", alphas))
    return _written(numbers, depth, _INDEXED, tables, how)


def _table(values: Iterable[int]) -> list[int]:
    """What each of the first numbers becomes; there are no others."""
    return [*values, *bytes(256)][:256]


def _grey_depth(colours: Sequence[Colour]) -> int | None:
    """How many bits these colours take as greys of which one at most shines through; None if they are no such greys."""
    if any(not red == green == blue or alpha not in {0, _OPAQUE} for red, green, blue, alpha in colours):
        return None
    clear = {colour[0] for colour in colours if not colour[3]}
    opaque = {colour[0] for colour in colours if colour[3]}
    if len(clear) > 1 or clear & opaque:
        return None
    return next(bits for bits in _TO_BITS if all(grey % (_OPAQUE // ((1 << bits) - 1)) == 0 for grey in clear | opaque))


def _numbered(image: Image.Image, numbers: Mapping[Colour, int]) -> Image.Image:
    """Each pixel's number, in a picture of greys."""
    return in_strips(image, "L", lambda strip: _numbered_strip(strip, numbers))


def _numbered_strip(strip: Image.Image, numbers: Mapping[Colour, int]) -> Image.Image:
    """Take channel by channel in: what is known of the pixels so far, of at most 256 sorts, and the next channel are
    one number of 16 bits, for which there are tables.
    """
    bands = strip.split()
    sort = bands[0]
    known: dict[int, Colour] = {value: (value,) for value in range(256)}
    for depth, band in enumerate(bands[1:], 2):
        last = depth == len(bands)
        wanted: dict[Colour, int] = (
            {colour[:depth]: number for colour, number in numbers.items()}
            if last
            else {start: at for at, start in enumerate(sorted({colour[:depth] for colour in numbers}))}
        )
        table = bytearray(1 << 16)
        reverse = {start: at for at, start in known.items()}
        for start, number in wanted.items():
            table[reverse[start[:-1]] | start[-1] << 8] = number
        pair = Image.merge("LA", (sort, band)).tobytes()
        sort = Image.frombytes("I", strip.size, pair, "raw", "I;16").point(list(table), "L")
        known = {number: start for start, number in wanted.items()}
    return sort


def _written(samples: Image.Image, depth: int, colour: int, tables: Sequence[png.Chunk], how: Compress) -> bytes:
    head = struct.pack("!IIBBBBB", *samples.size, depth, colour, 0, 0, 0)
    data = min(how(_rows(samples, depth)), key=len)
    return png.joined([(b"IHDR", head), *tables, (b"IDAT", data), (b"IEND", b"")])


def _rows(samples: Image.Image, depth: int) -> Image.Image:
    """The packed bytes of the rows, as a picture of greys: so that filters are arithmetic of pictures."""
    if depth == 8:
        return samples
    indexed = samples.copy()
    indexed.putpalette(bytes(768))
    return Image.frombytes(
        "L", (-(-samples.width * depth // 8), samples.height), indexed.tobytes("raw", _TO_BITS[depth])
    )


def _unfiltered(rows: Image.Image) -> Iterator[bytes]:
    yield _deflated(rows, _NONE)


def _filtered(rows: Image.Image) -> Iterator[bytes]:
    yield b"".join(data for kind, data in png.chunks(_saved(rows)) if kind == b"IDAT")  # a filter for each row
    if _is_small(rows):
        for filtered, across, down in ((_SUB, 1, 0), (_UP, 0, 1)):
            before = Image.new("L", rows.size)
            before.paste(rows, (across, down))
            yield _deflated(ImageChops.subtract_modulo(rows, before), filtered)


def _deflated(rows: Image.Image, filtered: int) -> bytes:
    whole = Image.new("L", (rows.width + 1, rows.height), filtered)
    whole.paste(rows, (1, 0))
    return zlib.compress(whole.tobytes(), 9 if _is_small(rows) else 6)


def _is_small(rows: Image.Image) -> bool:
    return rows.width * rows.height <= _PATIENT


def _as_four(colour: object) -> Colour:
    assert isinstance(colour, tuple)
    return (*colour, _OPAQUE) if len(colour) == 3 else colour


def _same(one: Image.Image, other: Image.Image) -> bool:
    return ImageChops.difference(one, other).getbbox() is None


def _saved(image: Image.Image) -> bytes:
    image.info = {}  # savers copy comments, profiles and more from there
    content = io.BytesIO()
    image.save(content, "PNG")
    return content.getvalue()
