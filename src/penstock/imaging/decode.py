"""From bytes to upright sRGB pixels."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from PIL import ExifTags, Image, ImageFile

from penstock.imaging.drawing import Drawing
from penstock.imaging.frames import Box, on_blank
from penstock.imaging.geometry import Size, magnification
from penstock.imaging.probe import Source, refusing
from penstock.imaging.profiles import in_srgb
from penstock.imaging.strips import in_strips
from penstock.model.image import Recipe

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
"""What brings a picture of this EXIF orientation upright (Exif 2.32 §4.6.4 A)."""

_XMP = ("xmp", "XML:com.adobe.xmp", "Raw profile type xmp")
_DEEP = frozenset({"I", "F", "I;16", "I;16L", "I;16B", "I;16N"})


@dataclass(frozen=True, slots=True)
class Pixels:
    """A decoded picture, upright, RGB or (only where something shines through) RGBA, in sRGB.

    `size` is the picture's own; the image may have been decoded smaller or drawn larger than that.
    """

    image: Image.Image
    size: Size
    as_sent: bool = False
    """Whether the pixels are those of the file, neither turned nor brought to other colours."""


def decode(source: Source, recipes: Sequence[Recipe], frame: Box | None = None) -> Pixels:
    """Decode the first frame, no larger than the recipes need where the format allows that. `frame` is where it lies on
    its canvas. Raises `PictureRefused`.
    """
    with refusing():
        if isinstance(source, Drawing):
            return Pixels(_without_needless_alpha(source.draw(magnification(source.size, recipes))), source.size)
        return _decode(source, recipes, frame)


def _decode(source: ImageFile.ImageFile, recipes: Sequence[Recipe], frame: Box | None) -> Pixels:
    for key in _XMP:
        source.info.pop(key, None)  # Pillow would take the orientation from there, too; browsers take EXIF's alone
    own, drafted = source.size, _draft(source, recipes)
    source.load()
    # Only now: Pillow reads a PNG's pixels to find its orientation, and what goes wrong there would be lost.
    orientation = _orientation(source)
    profile = source.info.get("icc_profile")
    image = _without_needless_alpha(on_blank(in_srgb(_in_eight_bits(source), profile), frame))
    if orientation in _TURNS:
        image = image.transpose(_TURNS[orientation])
    size = _upright(own, orientation) if drafted else image.size
    return Pixels(image, size, orientation not in _TURNS and not profile)


def _draft(source: ImageFile.ImageFile, recipes: Sequence[Recipe]) -> bool:
    """Have a JPEG decoded at an eighth, a quarter or half of its size: at twice what is needed, or more. Other formats
    are decoded whole.
    """
    if source.format != "JPEG":
        return False
    size = _upright(source.size, _orientation(source))
    return source.draft(None, _draft_size(source.size, magnification(size, recipes))) is not None


def _draft_size(size: Size, factor: float) -> Size:
    return math.ceil(size[0] * min(1.0, 2 * factor)), math.ceil(size[1] * min(1.0, 2 * factor))


def _orientation(image: Image.Image) -> int:
    """Read the EXIF orientation; 1, upright, where there is none that can be read."""
    try:
        return int(image.getexif().get(ExifTags.Base.Orientation, 1))
    except Exception:  # whatever its parser stumbled over; a picture is not refused for broken metadata
        return 1


def _upright(size: Size, orientation: int) -> Size:
    return size[::-1] if orientation in {5, 6, 7, 8} else size


def _in_eight_bits(image: Image.Image) -> Image.Image:
    """Bring deeper greys to 8 bits. 16 bits keep their black and white; others are stretched between their extremes."""
    if image.mode not in _DEEP:
        return image
    if image.mode.startswith("I;16"):
        return _of_sixteen_bits(image)
    low, high = _extremes(image)
    scale = 255 / (high - low) if high > low else 0.0
    return in_strips(
        image,
        "L",
        lambda strip: strip.convert("F").point(lambda value: value * scale + (0.5 - low * scale)).convert("L"),
    )


def _of_sixteen_bits(image: Image.Image) -> Image.Image:
    """Of greys that become one in 8 bits only the very one that is named shines through (PNG 3rd ed. §11.3.1.1)."""
    grey = _looked_up(image, [(level * 255 + 32767) // 65535 for level in range(65536)])
    if isinstance(through := image.info.get("transparency"), int):
        grey.putalpha(_looked_up(image, [0 if level == through else 255 for level in range(65536)]))
    return grey


def _looked_up(image: Image.Image, table: Sequence[int]) -> Image.Image:
    return in_strips(image, "L", lambda strip: strip.convert("I").point(table, "L"))


def _extremes(image: Image.Image) -> tuple[float, float]:
    low, high = image.getextrema()
    assert not isinstance(low, tuple) and not isinstance(high, tuple)  # noqa: PT018 - one band, so two numbers
    return low, high


def _without_needless_alpha(image: Image.Image) -> Image.Image:
    opaque = image.mode == "RGBA" and image.getchannel("A").getextrema()[0] == 255
    return image.convert("RGB") if opaque else image
