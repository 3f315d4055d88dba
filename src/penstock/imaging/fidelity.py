"""How far a picture is from the one it stands for, as eyes see both: at the same size, over white and over black."""

from collections.abc import Iterator

from PIL import Image, ImageChops

_BAND = 64
_LOOKED_AT = 6_000_000
"""Of larger pictures bands from all over are compared, of so many pixels together."""


def squared_error(original: Image.Image, other: Image.Image) -> float:
    """The mean squared error of a channel, over white or over black, whichever is more. `other`, of any size, is
    brought to the original's. PSNR falls as it rises: 20 log(255) - 10 log(this), in decibels.
    """
    over_white = over_black = pixels = 0
    for top, bottom in _bands(original.size):
        pair = [original.crop((0, top, original.width, bottom)), _band(other, original.size, top, bottom)]
        over_white += _squares(*(_over(each, "white") for each in pair))
        over_black += _squares(*(_over(each, "black") for each in pair))
        pixels += original.width * (bottom - top)
    return max(over_white, over_black) / (3 * pixels)


def _bands(size: tuple[int, int]) -> Iterator[tuple[int, int]]:
    width, height = size
    every = max(1, width * height // _LOOKED_AT)
    for top in range(0, height, every * _BAND):
        yield top, min(top + _BAND, height)


def _band(image: Image.Image, size: tuple[int, int], top: int, bottom: int) -> Image.Image:
    if image.size == size:
        return image.crop((0, top, size[0], bottom))
    scale = image.height / size[1]
    box = (0, top * scale, image.width, bottom * scale)
    return image.resize((size[0], bottom - top), Image.Resampling.LANCZOS, box)


def _over(image: Image.Image, ground: str) -> Image.Image:
    under = Image.new("RGBA", image.size, ground)
    under.alpha_composite(image.convert("RGBA"))
    return under.convert("RGB")


def _squares(one: Image.Image, other: Image.Image) -> int:
    counted = ImageChops.difference(one, other).histogram()
    return sum(count * (at % 256) ** 2 for at, count in enumerate(counted))
