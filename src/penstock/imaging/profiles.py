"""From a picture's own colours to sRGB."""

import io
from functools import cache

from PIL import Image, ImageChops, ImageCms

_STEPS = tuple(range(0, 256, 15))
_NO_DIFFERENCE = 2
"""Up to this much in a channel is what two builders of one and the same profile differ by."""


def in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """The picture as RGB or RGBA, in sRGB. A profile that cannot be read, or is for other pixels, counts as none."""
    if profile and not is_srgb(profile):
        try:
            return _converted(image, ImageCms.ImageCmsProfile(io.BytesIO(profile)))
        except (ImageCms.PyCMSError, OSError):
            pass
    return as_rgb(image)


@cache
def is_srgb(profile: bytes) -> bool:
    """Whether the profile leaves every colour as it is, to the eye: then its pixels need not be touched."""
    colours = _all_colours()
    try:
        read = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if read.profile.xcolor_space.strip() != "RGB":
            return False
        converted = _converted(colours.copy(), read)
    except (ImageCms.PyCMSError, OSError):
        return False
    differences = ImageChops.difference(colours, converted).getextrema()
    return all(isinstance(each, tuple) and each[1] <= _NO_DIFFERENCE for each in differences)


@cache
def _all_colours() -> Image.Image:
    """Colours from all over the cube."""
    cube = bytes(value for red in _STEPS for green in _STEPS for blue in _STEPS for value in (red, green, blue))
    return Image.frombytes("RGB", (len(cube) // 3, 1), cube)


def _converted(image: Image.Image, profile: ImageCms.ImageCmsProfile) -> Image.Image:
    """Convert from the profile to sRGB. Raises `PyCMSError`."""
    space, srgb = profile.profile.xcolor_space.strip(), ImageCms.createProfile("sRGB")
    if space == "RGB":
        image = as_rgb(image)
        ImageCms.profileToProfile(image, profile, srgb, inPlace=True)
        return image
    if space == "GRAY" and image.mode in {"1", "L", "LA"}:
        converted = ImageCms.profileToProfile(image.convert("L"), profile, srgb, outputMode="RGB")
        if converted is not None and image.has_transparency_data:
            converted.putalpha(image.convert("LA").getchannel("A"))
    elif space == image.mode == "CMYK":
        converted = ImageCms.profileToProfile(image, profile, srgb, outputMode="RGB")
    else:
        raise ImageCms.PyCMSError("a profile for other pixels")
    assert converted is not None
    return converted


def as_rgb(image: Image.Image) -> Image.Image:
    """Convert to RGB or RGBA; a large picture that is one already is not copied."""
    mode = "RGBA" if image.has_transparency_data else "RGB"
    return image if image.mode == mode else image.convert(mode)
