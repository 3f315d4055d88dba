"""Recipes for pictures."""

import hashlib
from dataclasses import asdict, dataclass
from enum import StrEnum

from penstock.model.ids import Sha256

MAX_PIXELS = 75_000_000
"""The default limit of pixels, beyond which pictures are refused (RULINGS, `oss`, *Decompression bombs*)."""


class Kind(StrEnum):
    """The kinds of pictures that can be uploaded (oss.md §8, *支持的图片格式*)."""

    JPEG = "jpeg"
    PNG = "png"
    GIF = "gif"
    WEBP = "webp"
    BMP = "bmp"
    SVG = "svg"
    TIFF = "tiff"


EVERY_KIND = frozenset[str](Kind)
"""Every accepted kind. An avatar may be JPEG or PNG (oss.md §9)."""


class Format(StrEnum):
    """The formats that pictures are stored in."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"

    @property
    def media_type(self) -> str:
        """The media type of the format."""
        return f"image/{self}"


class Fit(StrEnum):
    """How a picture meets its target size."""

    KEEP = "keep"
    """As large as it is."""
    INSIDE = "inside"
    """Its proportions kept, no side longer than the target's, never enlarged; one side of the target may be missing."""
    COVER = "cover"
    """Exactly the target: enlarged if need be, cut from the centre."""
    SQUARE = "square"
    """The largest square around the centre."""


class Position(StrEnum):
    """Where a watermark stands (oss.md, *OssFileMediaInfoDto*)."""

    TOP_LEFT = "TOP_LEFT"
    TOP_CENTER = "TOP_CENTER"
    TOP_RIGHT = "TOP_RIGHT"
    CENTER = "CENTER"
    BOTTOM_LEFT = "BOTTOM_LEFT"
    BOTTOM_CENTER = "BOTTOM_CENTER"
    BOTTOM_RIGHT = "BOTTOM_RIGHT"


@dataclass(frozen=True, slots=True)
class Watermark:
    """A stored picture laid over another: enlarged by `scale`, but to no more than `ratio` of either side."""

    picture: Sha256
    position: Position = Position.BOTTOM_RIGHT
    opacity: float = 0.5
    scale: float = 0.5
    ratio: float = 0.3


@dataclass(frozen=True, slots=True)
class Recipe:
    """How one stored picture is made from another. Sides in pixels, `most` in bytes.

    `format` None keeps JPEG and PNG and makes everything else JPEG; a PNG without transparency that does not fit into
    `most` becomes JPEG too.
    """

    fit: Fit = Fit.KEEP
    width: int | None = None
    height: int | None = None
    format: Format | None = None
    most: int | None = None
    watermark: Watermark | None = None

    def name(self) -> str:
        """A short name, unique to the recipe."""
        return hashlib.sha256(repr(sorted(asdict(self).items())).encode()).hexdigest()[:32]


@dataclass(frozen=True, slots=True)
class Rendered:
    """A rendered picture."""

    content: bytes
    format: Format
    width: int
    height: int
