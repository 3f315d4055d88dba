"""No more bytes than asked for, and no more work than that takes."""

from typing import Any

import pytest
from PIL import Image

from penstock.imaging.render import render
from penstock.model.image import Format, Recipe
from tests.imaging.samples import colour, encoded, noise, opened, quarters

MOST = 2 * 1024 * 1024


@pytest.fixture
def encodes(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, int]]:
    """The sizes of all pictures that are encoded, swatches (at most a sixteenth of a megapixel) left out."""
    sizes: list[tuple[int, int]] = []
    save = Image.Image.save

    def counting(self: Image.Image, *args: Any, **options: Any) -> None:
        if self.width * self.height > 256 * 256:
            sizes.append(self.size)
        save(self, *args, **options)

    monkeypatch.setattr(Image.Image, "save", counting)
    return sizes


def scene(width: int, height: int) -> Image.Image:
    """Something between a photograph and noise: detail at every scale."""
    image = noise(width // 64, height // 64).resize((width, height), Image.Resampling.BICUBIC)
    for step, share in ((16, 0.3), (4, 0.2), (1, 0.15)):
        finer = noise(width // step, height // step).resize((width, height), Image.Resampling.BICUBIC)
        image = Image.blend(image, finer, share)
    return image


def test_what_fits_is_encoded_once(encodes: list[tuple[int, int]]) -> None:
    """A picture that fits at once is not encoded again."""
    picture = encoded(scene(1500, 1000), "JPEG")
    encodes.clear()
    [made] = render(picture, [Recipe(most=MOST)])
    assert (len(encodes), made.width, made.height) == (1, 1500, 1000)


def test_a_photograph_keeps_its_size(encodes: list[tuple[int, int]]) -> None:
    """A photograph of 12 megapixels that is too large gets there by quality alone, close to the limit, in two."""
    picture = encoded(scene(4000, 3000), "JPEG", quality=95)
    encodes.clear()
    [made] = render(picture, [Recipe(most=MOST)])
    assert encodes == [(4000, 3000)] * 2
    assert 0.75 * MOST < len(made.content) <= MOST
    opened(made)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
def test_noise_of_24_megapixels(encodes: list[tuple[int, int]], kind: str) -> None:
    """The worst photograph there is fits into 2 MB after two encodes, as JPEG."""
    picture = encoded(noise(6000, 4000), kind)
    encodes.clear()
    [made] = render(picture, [Recipe(most=MOST)])
    assert len(encodes) <= 2
    assert len(made.content) <= MOST
    assert opened(made).format == "JPEG"


@pytest.mark.parametrize("target", Format)
def test_a_format_that_was_asked_for_is_kept(encodes: list[tuple[int, int]], target: Format) -> None:
    """A recipe that names its format gets it, however small the picture must become for that."""
    picture = encoded(noise(1200, 900), "PNG")
    encodes.clear()
    [made] = render(picture, [Recipe(format=target, most=200_000)])
    assert opened(made).format == target.upper()
    assert len(made.content) <= 200_000
    assert made.width / made.height == pytest.approx(4 / 3, abs=0.02)
    assert len(encodes) <= 2


@pytest.mark.parametrize("most", [MOST, 300_000, 50_000, 5_000])
@pytest.mark.parametrize("target", [Format.JPEG, Format.WEBP])
def test_any_limit_is_kept(target: Format, most: int) -> None:
    """Whatever the limit, no answer is larger, and the picture is still the same."""
    [made] = render(encoded(quarters(1600, 1200), "PNG"), [Recipe(format=target, most=most)])
    assert len(opened(made).tobytes()) > 0
    assert len(made.content) <= most


def test_a_small_png_stays_as_it_is() -> None:
    """A PNG that fits is kept without loss."""
    drawn = noise(300, 200)
    [made] = render(encoded(drawn, "PNG"), [Recipe(most=MOST)])
    assert opened(made).tobytes() == drawn.tobytes()


def test_a_large_png_without_transparency_becomes_jpeg() -> None:
    """A photograph stored as PNG keeps its size, and not its format."""
    [made] = render(encoded(scene(1600, 1200), "PNG"), [Recipe(most=MOST // 2)])
    assert (opened(made).format, made.width) == ("JPEG", 1600)


def test_a_large_png_with_transparency_stays_png() -> None:
    """What shines through must not turn white: the picture is brought to 256 colours, and keeps its size if it can."""
    drawn = scene(1600, 1200)
    drawn.putalpha(Image.linear_gradient("L").resize(drawn.size))
    [made] = render(encoded(drawn, "PNG"), [Recipe(most=MOST)])
    image = opened(made)
    assert (image.format, image.size, image.mode) == ("PNG", (1600, 1200), "P")
    assert colour(image, 800, 1190)[3] > 200 > 55 > colour(image, 800, 10)[3]
    [made] = render(encoded(drawn, "PNG"), [Recipe(most=300_000)])
    assert opened(made).width < 1600
