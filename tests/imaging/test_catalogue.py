"""Every sort of picture that users send, and what comes of it."""

import pytest

from penstock.adapters.pictures import PicturePool
from penstock.imaging.render import render
from penstock.model.image import Fit, Format, Recipe, Rendered
from tests.imaging.catalogue import CATALOGUE, Sample
from tests.imaging.samples import Colour, colour, near, opened
from tests.ports.pictures import pieces

UPLOAD = [Recipe(most=2 << 20), Recipe(Fit.COVER, 200, 200, Format.JPEG)]


def check(sample: Sample, made: Rendered) -> None:
    """Hold what came out to what the sample says."""
    image = opened(made)
    if made.format is Format.PNG and image.mode == "L" and "transparency" in image.info:
        # Pillow spreads greys of two and four bits over eight, and not the one that is clear.
        image.info["transparency"] *= 255 // ((1 << made.content[24]) - 1)
    width, height = sample.size
    assert (image.format, image.size) == (sample.kind, sample.size)
    assert len(made.content) <= sample.most
    for at, expected in enumerate(sample.quarters):
        left, top = (width // 4, 3 * width // 4)[at in {1, 2}], (height // 4, 3 * height // 4)[at in {2, 3}]
        seen = colour(image.convert("RGBA") if len(expected) == 4 else image, left, top)[: len(expected)]
        assert near(seen, expected, sample.tolerance) or (len(expected) == 4 and expected[3] == seen[3] == 0), at


def on_white(shown: Colour) -> Colour:
    """What a colour is in a thumbnail."""
    *channels, alpha = shown if len(shown) == 4 else (*shown, 255)
    return tuple(255 - (255 - channel) * alpha // 255 for channel in channels)


@pytest.mark.parametrize("name", CATALOGUE)
def test_what_comes_of_it(name: str) -> None:
    """It has the colours that it had, upright and in sRGB, keeps its kind, and is no larger than it may be."""
    main, thumbnail = render(CATALOGUE[name].content, UPLOAD)
    check(CATALOGUE[name], main)
    assert opened(thumbnail).size == (200, 200)
    for at, expected in enumerate(CATALOGUE[name].quarters):
        seen = colour(opened(thumbnail), (50, 150)[at in {1, 2}], (50, 150)[at in {2, 3}])
        assert near(seen, on_white(expected), 26), at


async def test_who_can_open_nothing_makes_the_same() -> None:
    """A confined worker, which can load no module or codec any more, makes every one of them."""
    pool = PicturePool(workers=1)
    for sample in CATALOGUE.values():
        [made] = await pool.render("me", pieces(sample.content), len(sample.content), UPLOAD[:1])
        check(sample, made)
    await pool.close()
