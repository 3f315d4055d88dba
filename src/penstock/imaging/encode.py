"""From pixels to bytes: no metadata, and no more bytes than asked for.

A picture is encoded once; when that is too large, a swatch of it (at most 1/16 of a megapixel) tells how its size
depends on the quality, and it is encoded a second time. Only what no quality brings under the limit is made smaller.
"""

import io
import math
from collections.abc import Callable

from PIL import Image

from penstock.imaging.fidelity import squared_error
from penstock.imaging.packing import packed
from penstock.model.image import Format, Rendered

_BEST, _WORST = 85, 40
_SAFETY = 0.93
_FULL, _AIM = 0.85, 0.95
"""A PNG that is made smaller fills so much of what it may; each try aims a little higher."""

_TRIES = 8
_QUANTIZE = Image.Quantize.FASTOCTREE  # no other knows alpha
_DENSER = 1.25  # the smaller a picture, the more bytes to a pixel
_MAX_SIDE = {Format.JPEG: 65500, Format.PNG: 65500, Format.WEBP: 16383}
"""The longest side that libjpeg and libwebp write; a PNG may turn into a JPEG."""

_TILE, _ACROSS = 32, 8
_SAMPLED = 1 << 19
"""How many pixels tell what a larger PNG would weigh."""

Encode = Callable[[Image.Image], bytes]


def encode(
    image: Image.Image, target: Format, most: int | None, *, may_be_jpeg: bool, as_greys: bool = False
) -> Rendered:
    """Encode RGB or RGBA pixels in at most `most` bytes. A PNG is written `as_greys` where it can be, even if
    a table of colours were smaller.

    A PNG that is too large becomes JPEG if it `may_be_jpeg` and nothing shines through; else it is made smaller, or
    brought to 256 colours.
    """
    image = _bounded(image, _MAX_SIDE[target])
    return _lossless(image, most, may_be_jpeg, as_greys) if target is Format.PNG else _lossy(image, target, most)


def _lossless(image: Image.Image, most: int | None, may_be_jpeg: bool, as_greys: bool) -> Rendered:
    if most is None:
        return _rendered(packed(image, as_greys=as_greys), Format.PNG, image)
    if not _hopeless(image, most) and len(content := packed(image, as_greys=as_greys)) <= most:
        return _rendered(content, Format.PNG, image)
    if may_be_jpeg and image.mode == "RGB":
        return _lossy(image, Format.JPEG, most)
    return _reduced(image, most)


def _reduced(image: Image.Image, most: int) -> Rendered:
    """A PNG that must lose something: in all its colours and smaller, or as large as it is in 256, whichever is nearer
    to what it was (RULINGS, `oss`, *A picture never gets worse than it must*).
    """
    smaller, scaled = _largest(image, most)
    numbered, content = _in_256_colours(image, most)
    if numbered is not None and squared_error(image, numbered) < squared_error(image, smaller):
        return _rendered(content, Format.PNG, numbered)
    return _rendered(scaled, Format.PNG, smaller)


def _in_256_colours(image: Image.Image, most: int) -> tuple[Image.Image | None, bytes]:
    """None where that is too large, too, or takes more memory than there is, which Pillow calls a bad value."""
    sample = _sample(image)
    share = image.height / sample.height
    try:
        if share > 1 and len(_saved(sample.quantize(256, _QUANTIZE), Format.PNG)) * share > 2 * most:
            return None, b""
        numbered = image.quantize(256, _QUANTIZE)
        content = _saved(numbered, Format.PNG)
    except (ValueError, MemoryError):
        return None, b""
    return (numbered, content) if len(content) <= most else (None, b"")


def _largest(image: Image.Image, most: int) -> tuple[Image.Image, bytes]:
    """As many pixels as a PNG in full colours holds in `most` bytes, and that PNG: each try tells how large the next
    must be, between the largest that fitted and the smallest that did not.
    """
    fits, exceeds = 0.0, 1.0
    share = min(0.9, _SAFETY * most / _expected(image))
    best: tuple[Image.Image, bytes] | None = None
    for _ in range(_TRIES):
        smaller = _shrunk(image, share)
        content = packed(smaller)
        if len(content) <= most:
            fits, best = share, (smaller, content)
            if len(content) >= _FULL * most:
                break
        else:
            exceeds = share
        share = min(share * _AIM * most / len(content), _within(fits, exceeds, 0.9))
        share = max(share, _within(fits, exceeds, 0.1))
    return best or _largest(_shrunk(image, share), most)


def _within(low: float, high: float, part: float) -> float:
    return low + (high - low) * part


def _expected(image: Image.Image) -> float:
    """About how many bytes a PNG would have."""
    sample = _sample(image)
    return len(packed(sample)) * image.height / sample.height


def _sample(image: Image.Image) -> Image.Image:
    """Rows from all over a picture."""
    every = max(2, image.width * image.height // _SAMPLED)
    rows = range(0, image.height - _TILE + 1, every * _TILE)
    if not rows:
        return image
    sample = Image.new(image.mode, (image.width, len(rows) * _TILE))
    for place, top in enumerate(rows):
        sample.paste(image.crop((0, top, image.width, top + _TILE)), (0, place * _TILE))
    return sample


def _lossy(image: Image.Image, target: Format, most: int | None) -> Rendered:
    if target is Format.JPEG:
        image = on_white(image)
    content = _saved(image, target, _BEST)
    if most is None or len(content) <= most:
        return _rendered(content, target, image)
    quality, share = _second_try(image, target, most / len(content))
    return _shrunk_to_fit(_shrunk(image, share), target, most, lambda smaller: _saved(smaller, target, quality))


def _shrunk_to_fit(image: Image.Image, target: Format, most: int, save: Encode) -> Rendered:
    """Encode, and as long as that is too large, again with fewer pixels."""
    while len(content := save(image)) > most and max(image.size) > 1:
        image = _shrunk(image, min(0.8, (_SAFETY * most / len(content)) ** _DENSER))
    return _rendered(content, target, image)


def _second_try(image: Image.Image, target: Format, wanted: float) -> tuple[int, float]:
    """Which quality, and which share of the pixels, bring a picture to the `wanted` share of its bytes.

    Bytes fall with a power of the coarseness of the quantiser (libjpeg, `jpeg_quality_scaling`), and with another of
    the number of pixels; the swatch knows both.
    """
    wanted *= _SAFETY
    swatch = _swatch(image)
    best, worst = (len(_saved(swatch, target, quality)) for quality in (_BEST, _WORST))
    power = max(0.05, math.log(best / worst) / math.log(_coarseness(_WORST) / _coarseness(_BEST)))
    coarseness = _coarseness(_BEST) * wanted ** (-1 / power)
    if coarseness <= _coarseness(_WORST):
        return math.floor(100 - coarseness / 2 if coarseness < 100 else 5000 / coarseness), 1.0
    halved = len(_saved(_resized(swatch, 0.5), target, _WORST))
    density = min(1.5, max(0.7, math.log(worst / halved) / math.log(4)))
    return _WORST, min(1.0, wanted * best / worst) ** (1 / density)


def _coarseness(quality: int) -> float:
    return 5000 / quality if quality < 50 else 200 - 2 * quality


def _swatch(image: Image.Image) -> Image.Image:
    """Patch together small tiles from all over a picture."""
    columns, rows = (max(1, min(_ACROSS, side // _TILE)) for side in image.size)
    swatch = Image.new(image.mode, (columns * _TILE, rows * _TILE))
    for column in range(columns):
        for row in range(rows):
            left = (image.width - _TILE) * column // max(1, columns - 1)
            top = (image.height - _TILE) * row // max(1, rows - 1)
            swatch.paste(image.crop((left, top, left + _TILE, top + _TILE)), (column * _TILE, row * _TILE))
    return swatch


def _hopeless(image: Image.Image, most: int) -> bool:
    """Tell, for a fraction of the price, that a PNG would be several times too large."""
    if image.mode == "RGBA":
        return image.width * image.height > 2 * _SAMPLED and _expected(image) > 2 * most
    swatch = _swatch(image)
    share = image.width * image.height / (swatch.width * swatch.height)
    return len(packed(swatch)) * share > 4 * most


def on_white(image: Image.Image) -> Image.Image:
    """Put what shines through on white."""
    if image.mode == "RGB":
        return image
    ground = Image.new("RGB", image.size, "white")
    ground.paste(image, mask=image.getchannel("A"))
    return ground


def _bounded(image: Image.Image, longest: int) -> Image.Image:
    """Heed the longest side that a format knows."""
    factor = longest / max(image.size)
    return image if factor >= 1 else _resized(image, factor)


def _shrunk(image: Image.Image, share: float) -> Image.Image:
    return image if share >= 1 else _resized(image, math.sqrt(share))


def _resized(image: Image.Image, factor: float) -> Image.Image:
    size = (max(1, int(image.width * factor)), max(1, int(image.height * factor)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)


def _saved(image: Image.Image, target: Format, quality: int | None = None) -> bytes:
    # Savers copy comments, profiles and more from there. What no saver is given, no saver writes.
    image.info = {}
    content = io.BytesIO()
    image.save(content, target, **({} if quality is None else {"quality": quality}))
    return content.getvalue()


def _rendered(content: bytes, target: Format, image: Image.Image) -> Rendered:
    return Rendered(content, target, *image.size)
