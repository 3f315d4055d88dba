"""Where the first frame of a moving picture lies on its canvas: around it is white, as no library leaves it."""

import struct

from PIL import Image

from penstock.model.image import Kind

Box = tuple[int, int, int, int]
"""Left, top, right and bottom."""


def first_frame(picture: bytes, kind: Kind | None) -> Box | None:
    """The part of the canvas that the first frame covers; None where a picture is of another kind or says nothing."""
    try:
        if kind is Kind.GIF:
            return _of_gif(picture)
        return _of_webp(picture) if kind is Kind.WEBP else None
    except (IndexError, struct.error):
        return None


def on_blank(image: Image.Image, box: Box | None) -> Image.Image:
    """The picture with nothing but its first frame: white around it, which shines through where anything does."""
    if box is None or box == (0, 0, *image.size):
        return image
    blank = Image.new(image.mode, image.size, (255, 255, 255, 0)[: len(image.getbands())])
    blank.paste(image.crop(box), box[:2])
    return blank


def _of_gif(picture: bytes) -> Box | None:
    """Behind the screen's colours and any extensions comes the frame's own place (GIF89a §20)."""
    at = 13 + (3 << ((picture[10] & 7) + 1) if picture[10] & 0x80 else 0)
    while picture[at] == 0x21:
        at += 2
        while picture[at]:
            at += 1 + picture[at]
        at += 1
    if picture[at] != 0x2C:
        return None
    left, top, width, height = struct.unpack_from("<4H", picture, at + 1)
    return left, top, left + width, top + height


def _of_webp(picture: bytes) -> Box | None:
    """The first `ANMF` chunk says where its frame lies, in steps of two (WebP Container, *Animation*)."""
    at = 12
    while at + 8 <= len(picture):
        name, length = picture[at : at + 4], int.from_bytes(picture[at + 4 : at + 8], "little")
        if name == b"ANMF":
            left, top, width, height = (
                int.from_bytes(picture[at + 8 + 3 * index : at + 11 + 3 * index], "little") for index in range(4)
            )
            return 2 * left, 2 * top, 2 * left + width + 1, 2 * top + height + 1
        at += 8 + length + (length & 1)
    return None
