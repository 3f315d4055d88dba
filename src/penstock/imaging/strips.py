"""A picture made from another strip by strip: what lies between the two is never held for all of it."""

from collections.abc import Callable

from PIL import Image

_STRIP = 1 << 20
"""How many pixels are worked on at once."""


def in_strips(image: Image.Image, mode: str, make: Callable[[Image.Image], Image.Image]) -> Image.Image:
    """What `make`, which looks at no pixel's neighbours, makes of the picture; in this mode."""
    result = Image.new(mode, image.size)
    height = max(1, _STRIP // image.width)
    for top in range(0, image.height, height):
        strip = image.crop((0, top, image.width, min(top + height, image.height)))
        result.paste(make(strip), (0, top))
    return result
