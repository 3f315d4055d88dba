"""What a picture is and how large, before any pixel is decoded.

The name and the declared type of a file are not asked (RULINGS, `oss`, *image/upload*).
"""

import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TypeAlias

from PIL import Image, ImageFile

from penstock.imaging import jpeg, png, tiff
from penstock.imaging.drawing import Drawing, read_drawing
from penstock.imaging.encodings import head_as_utf8
from penstock.imaging.settling import settled
from penstock.model.faults import Fault, PictureRefused, PictureTypeRefused
from penstock.model.image import Kind

Source: TypeAlias = ImageFile.ImageFile | Drawing
"""A picture of which the headers alone have been read; `size` is (width, height)."""

_SIGNATURES = {
    Kind.JPEG: rb"\xff\xd8\xff",
    Kind.PNG: rb"\x89PNG\r\n\x1a\n",
    Kind.GIF: rb"GIF8[79]a",
    Kind.WEBP: rb"RIFF....WEBPVP8",
    # "BM" alone begins many texts; the length of the second header is one of six.
    Kind.BMP: rb"BM.{12}[\x0c\x28\x34\x38\x6c\x7c]\0\0\0",
    Kind.TIFF: rb"II[*+]\0|MM\0[*+]",
    # Comments, a document type and the like may go before the root.
    Kind.SVG: rb"(?:\xef\xbb\xbf)?\s*(?=<).{0,65536}?[<:]svg[\s/>]",
}
_LOOKED_AT = 131072

MAX_PIXELS_OF = {Kind.WEBP: 40_000_000}
"""Less than others may have: libwebp holds the canvas three times, and Pillow once (docs/dialects/oss.md)."""
_KINDS = {kind: re.compile(signature, re.DOTALL) for kind, signature in _SIGNATURES.items()}


def kind_of(picture: bytes) -> Kind | None:
    """Recognise a picture by its first bytes; None when it is of no kind that is read."""
    head = head_as_utf8(picture, _LOOKED_AT)
    return next((kind for kind, signature in _KINDS.items() if signature.match(head)), None)


def prepared(picture: bytes, accept: frozenset[str], most_pixels: int) -> bytes:
    """A picture of one of the kinds in `accept` as it is opened: without what no pixel needs, where that is in the way.

    Raises `PictureTypeRefused`; `PictureRefused` when it is damaged or has more than `most_pixels`.
    """
    kind = kind_of(picture)
    if kind is None or kind not in accept:
        raise PictureTypeRefused
    with refusing():
        if kind is Kind.PNG:
            _refuse_above(most_pixels, png.size_of(picture))
            return settled(png.checked(picture))
        if kind is Kind.JPEG:
            return jpeg.checked(picture, most_pixels)
    return picture


def open_picture(picture: bytes, most_pixels: int) -> Source:
    """Read the headers of a prepared picture, of the first frame where there are several.

    Raises `PictureTypeRefused`, or `PictureRefused` when it is broken or has more than `most_pixels`.
    """
    kind = kind_of(picture)
    if kind is None:
        raise PictureTypeRefused
    with refusing():
        if kind is Kind.SVG:
            return read_drawing(picture)
        source = (
            tiff.open_tiff(picture) if kind is Kind.TIFF else Image.open(io.BytesIO(picture), formats=[kind.upper()])
        )
        if kind is Kind.PNG and source.mode == "L" and isinstance(clear := source.info.get("transparency"), int):
            # Pillow spreads greys of two and four bits over eight, and not the one that is clear.
            source.info["transparency"] = clear * 255 // ((1 << png.depth_of(picture)) - 1)
    _refuse_above(min(most_pixels, MAX_PIXELS_OF.get(kind, most_pixels)), source.size)
    if kind is Kind.TIFF:
        tiff.refuse_damaged(picture, source.width * source.height)
    return source


def _refuse_above(most_pixels: int, size: tuple[int, int]) -> None:
    if size[0] * size[1] > most_pixels:
        raise PictureRefused(f"it has more than {most_pixels / 1e6:g} megapixels")


@contextmanager
def refusing() -> Iterator[None]:
    """Decode inside: whatever goes wrong there is the picture's fault."""
    try:
        with warnings.catch_warnings(action="ignore"):
            yield
    except Fault:
        raise
    except MemoryError:
        raise PictureRefused("it takes too much memory") from None
    except Image.DecompressionBombError:
        raise PictureRefused("it has too many pixels") from None
    # The parsers raise whatever they stumbled over: SyntaxError, struct.error, IndexError, ZeroDivisionError …
    except Exception as error:
        raise PictureRefused("it is broken") from error
