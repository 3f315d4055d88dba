"""Where watermarks stand, how large and how strong they are (oss.md, *OssFileMediaInfoDto*)."""

import pytest
from PIL import Image, ImageChops

from penstock.imaging.render import render
from penstock.model.faults import PictureRefused, PictureTypeRefused
from penstock.model.ids import Sha256
from penstock.model.image import Fit, Format, Position, Recipe, Watermark
from tests.imaging.samples import BLUE, RED, SECRET, colour, encoded, near, opened, svg

MARK = Sha256("0" * 64)
BASE = encoded(Image.new("RGB", (200, 100), "white"), "PNG")
RED_MARK = encoded(Image.new("RGB", (40, 20), RED), "PNG")


def laid(mark: Watermark, base: bytes = BASE, watermark: bytes = RED_MARK, **recipe: object) -> Image.Image:
    """The picture under its watermark."""
    [made] = render(base, [Recipe(watermark=mark, **recipe)], watermark=watermark)  # type: ignore[arg-type]  # of Recipe
    return opened(made)


def extent(image: Image.Image) -> tuple[int, int, int, int] | None:
    """The box in which anything was laid over white."""
    return ImageChops.invert(image.convert("RGB")).getbbox()


PLACES = {
    Position.TOP_LEFT: (0, 0),
    Position.TOP_CENTER: (90, 0),
    Position.TOP_RIGHT: (180, 0),
    Position.CENTER: (90, 45),
    Position.BOTTOM_LEFT: (0, 90),
    Position.BOTTOM_CENTER: (90, 90),
    Position.BOTTOM_RIGHT: (180, 90),
}


@pytest.mark.parametrize("position", Position)
def test_positions(position: Position) -> None:
    """Each of the seven positions is where its name says, flush with the edge."""
    left, top = PLACES[position]
    assert extent(laid(Watermark(MARK, position))) == (left, top, left + 20, top + 10)


@pytest.mark.parametrize(
    ("scale", "ratio", "size"),
    [(0.5, 0.3, (20, 10)), (1.0, 0.3, (40, 20)), (2.0, 0.3, (60, 30)), (2.0, 1.0, (80, 40)), (0.1, 0.05, (4, 2))],
)
def test_sizes(scale: float, ratio: float, size: tuple[int, int]) -> None:
    """A watermark is enlarged by its scale, but to no more than its ratio of either side."""
    assert extent(laid(Watermark(MARK, Position.TOP_LEFT, 1.0, scale, ratio))) == (0, 0, *size)


def test_the_ratio_holds_for_the_narrow_side_too() -> None:
    """A tall watermark is held by the height."""
    tall = encoded(Image.new("RGB", (20, 400), RED), "PNG")
    assert extent(laid(Watermark(MARK, Position.TOP_LEFT, 1.0, 1.0, 0.5), watermark=tall)) == (0, 0, 2, 50)


@pytest.mark.parametrize("opacity", [0.0, 0.25, 0.5, 1.0])
def test_opacity(opacity: float) -> None:
    """An opacity of 0 is nothing, 1 is the watermark alone, and between them it is mixed."""
    image = laid(Watermark(MARK, Position.CENTER, opacity))
    expected = tuple(round(255 + (channel - 255) * opacity) for channel in RED)
    assert near(colour(image, 100, 50), expected, 2)


def test_a_watermark_keeps_its_own_transparency() -> None:
    """What is clear in the watermark stays clear; what is veiled is veiled twice."""
    logo = Image.new("RGBA", (40, 20), (*RED, 0))
    logo.paste((*RED, 128), (0, 0, 20, 20))
    image = laid(Watermark(MARK, Position.TOP_LEFT, 0.5, 1.0), watermark=encoded(logo, "WEBP", lossless=True))
    assert near(colour(image, 8, 10), tuple(round(255 + (channel - 255) / 4) for channel in RED), 3)
    assert colour(image, 35, 10) == (255, 255, 255)


def test_over_a_transparent_picture() -> None:
    """On a clear ground the watermark is as transparent as it is strong."""
    clear = encoded(Image.new("RGBA", (200, 100), (0, 0, 0, 0)), "PNG")
    image = laid(Watermark(MARK, Position.CENTER), base=clear)
    assert near(colour(image, 100, 50), (*RED, 128), 2)
    assert colour(image, 10, 10)[3] == 0


def test_after_resizing() -> None:
    """The watermark is measured against the picture that comes out, not the one that came in."""
    image = laid(Watermark(MARK, opacity=1.0, scale=2.0, ratio=0.2), fit=Fit.INSIDE, width=100)
    assert extent(image) == (80, 40, 100, 50)


def test_only_where_it_is_asked_for() -> None:
    """A recipe without a watermark gets none, whichever comes first."""
    marked, plain = Recipe(watermark=Watermark(MARK, Position.CENTER)), Recipe(Fit.COVER, 100, 100)
    for recipes in ([marked, plain], [plain, marked]):
        images = [opened(made) for made in render(BASE, recipes, watermark=RED_MARK)]
        assert [extent(image) is not None for image in images] == [recipe is marked for recipe in recipes]


def test_a_watermark_of_any_kind() -> None:
    """A drawing serves as well, even where the picture itself must be a JPEG or PNG."""
    drawn = svg(f'<rect width="40" height="20" fill="rgb{BLUE}"/><title>{SECRET}</title>', 40, 20)
    recipe = Recipe(format=Format.JPEG, watermark=Watermark(MARK, opacity=1.0))
    [made] = render(BASE, [recipe], watermark=drawn, accept=frozenset({"jpeg", "png"}))
    assert near(colour(opened(made), 190, 95), BLUE)


def test_a_hostile_watermark_is_refused() -> None:
    """A watermark is read as carefully as a picture."""
    with pytest.raises(PictureTypeRefused):
        laid(Watermark(MARK), watermark=b"no picture")
    with pytest.raises(PictureRefused):
        laid(Watermark(MARK), watermark=RED_MARK[: len(RED_MARK) // 2])
