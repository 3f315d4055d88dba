"""JPEGs whose pixels are missing or damaged are refused; what no pixel needs is passed over."""

import io
from collections.abc import Callable
from typing import Any

import pytest
from PIL import Image

from penstock.imaging.jpeg import checked
from penstock.imaging.render import render
from penstock.model.faults import PictureRefused
from penstock.model.image import Fit, Recipe
from tests.imaging.samples import SECRET, encoded, noisy
from tests.imaging.test_sizes import scene

END = b"\xff\xd9"
WAYS: dict[str, dict[str, Any]] = {
    "usual": {},
    "fine": {"quality": 95, "subsampling": 0},
    "optimised": {"optimize": True},
    "restarting": {"restart_marker_blocks": 7},
    "progressive": {"progressive": True},
}
COLOURS = ("RGB", "L", "CMYK")


def sent(way: str = "usual", mode: str = "RGB", size: tuple[int, int] = (320, 200)) -> bytes:
    return encoded(scene(320, 200).resize(size).convert(mode), "JPEG", **WAYS[way])


def pixels(jpeg: bytes) -> bytes:
    return Image.open(io.BytesIO(jpeg)).tobytes()


@pytest.mark.parametrize("size", [(1, 1), (8, 8), (17, 16), (320, 200), (319, 199)])
@pytest.mark.parametrize("mode", COLOURS)
@pytest.mark.parametrize("way", WAYS)
def test_a_sound_jpeg_passes(way: str, mode: str, size: tuple[int, int]) -> None:
    """However a JPEG was made, what is decoded is what it holds."""
    jpeg = sent(way, mode, size)
    assert pixels(checked(jpeg, 10**6)) == pixels(jpeg)


def spoilt(jpeg: bytes, at: float, length: int, by: bytes) -> bytes:
    """The same with some bytes, from a share of its length on, replaced."""
    start = int(len(jpeg) * at)
    return jpeg[:start] + by + jpeg[start + length :]


DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda jpeg: jpeg[: len(jpeg) * 2 // 3],
    "cut, and ended": lambda jpeg: jpeg[: len(jpeg) * 2 // 3] + END,
    "a hole of other bytes": lambda jpeg: spoilt(jpeg, 0.6, 400, b"\x55" * 400),
    "a hole of zeros": lambda jpeg: spoilt(jpeg, 0.6, 400, bytes(400)),
    "a hole": lambda jpeg: spoilt(jpeg, 0.6, 400, b""),
}


@pytest.mark.parametrize("damage", DAMAGED)
@pytest.mark.parametrize("mode", COLOURS)
@pytest.mark.parametrize("way", [way for way in WAYS if way not in {"fine", "progressive"}])
def test_a_damaged_jpeg_is_refused(way: str, mode: str, damage: str) -> None:
    """A JPEG that lacks pixels, or whose coded pixels do not end where they must, is never stored half grey."""
    for recipe in (Recipe(), Recipe(Fit.COVER, 20, 20)):
        with pytest.raises(PictureRefused):
            render(DAMAGED[damage](sent(way, mode)), [recipe])


@pytest.mark.parametrize("ended", [b"", END])
def test_a_progressive_jpeg_without_its_last_scans_is_refused(ended: bytes) -> None:
    """Scans that would have brought the picture to its last bit are missed."""
    jpeg = sent("progressive")
    last = jpeg.rindex(b"\xff\xda")
    with pytest.raises(PictureRefused):
        render(jpeg[:last] + ended, [Recipe()])


def test_restart_markers_are_counted() -> None:
    """A stretch between two restart markers that is missing is missed."""
    jpeg = sent("restarting")
    first, second = jpeg.index(b"\xff\xd2"), jpeg.index(b"\xff\xd3")
    with pytest.raises(PictureRefused):
        render(jpeg[:first] + jpeg[second:], [Recipe()])


HARMLESS: dict[str, Callable[[bytes], bytes]] = {
    "without an end": lambda jpeg: jpeg[:-2],
    "zeros before the end": lambda jpeg: jpeg[:-2] + bytes(3000) + END,
    "a few bytes too many": lambda jpeg: jpeg[:-2] + b"\x12\x34\x56" + END,
    "a restart marker at the end": lambda jpeg: jpeg[:-2] + b"\xff\xd0" + END,
    "another picture behind it": lambda jpeg: jpeg + bytes(99) + jpeg,
    "a comment": lambda jpeg: jpeg[:2] + b"\xff\xfe\0\x0chalf\xff\xd9\xff\xda?!" + jpeg[2:],
    "filling before a marker": lambda jpeg: jpeg[:2] + b"\xff" * 9 + jpeg[2:],
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_no_pixel_needs_is_no_reason_to_refuse(name: str) -> None:
    """As in browsers: what is missing, or too much, and holds no pixel is passed over."""
    for way in ("usual", "optimised"):
        jpeg = sent(way)
        assert render(HARMLESS[name](jpeg), [Recipe()]) == render(jpeg, [Recipe()])


def test_what_a_jpeg_says_besides_is_left_out() -> None:
    """Neither comments nor other segments reach the decoder."""
    hidden = SECRET.encode()
    segment = b"\xff\xe5" + (len(hidden) + 2).to_bytes(2) + hidden
    jpeg = sent()
    assert hidden not in checked(jpeg[:2] + segment + jpeg[2:] + hidden, 10**6)


@pytest.mark.parametrize(("at", "value"), [(4, 12), (1, 0xC3)], ids=["12 bits", "lossless"])
def test_samples_that_nobody_reads_are_not_supported(at: int, value: int) -> None:
    """A JPEG of 12 bits, or a lossless one, is said to be that, and is no broken picture."""
    jpeg = bytearray(encoded(noisy(40, 40), "JPEG"))
    jpeg[jpeg.index(b"\xff\xc0") + at] = value
    with pytest.raises(PictureRefused, match="not supported"):
        render(bytes(jpeg), [Recipe()])
