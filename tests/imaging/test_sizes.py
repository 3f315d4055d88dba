"""No more bytes than asked for, and no more work than that takes."""

import math
import random
from typing import Any

import pytest
from PIL import Image, ImageChops, ImageDraw, ImageStat

from penstock.imaging.fidelity import squared_error
from penstock.imaging.render import render
from penstock.model.image import Format, Recipe
from tests.imaging.samples import encoded, noisy, opened, quarters

pytestmark = pytest.mark.long

MAX_SIZE = 2 * 1024 * 1024


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
    image = noisy(width // 64, height // 64).resize((width, height), Image.Resampling.BICUBIC)
    for step, share in ((16, 0.3), (4, 0.2), (1, 0.15)):
        finer = noisy(width // step, height // step).resize((width, height), Image.Resampling.BICUBIC)
        image = Image.blend(image, finer, share)
    return image


def test_what_fits_is_encoded_once(encodes: list[tuple[int, int]]) -> None:
    """A picture that fits at once is not encoded again."""
    picture = encoded(scene(1500, 1000), "JPEG")
    encodes.clear()
    [made] = render(picture, [Recipe(most=MAX_SIZE)])
    assert (len(encodes), made.width, made.height) == (1, 1500, 1000)


def test_a_photograph_keeps_its_size(encodes: list[tuple[int, int]]) -> None:
    """A photograph of 12 megapixels that is too large gets there by quality alone, close to the limit, in two."""
    picture = encoded(scene(4000, 3000), "JPEG", quality=95)
    encodes.clear()
    [made] = render(picture, [Recipe(most=MAX_SIZE)])
    assert encodes == [(4000, 3000)] * 2
    assert 0.75 * MAX_SIZE < len(made.content) <= MAX_SIZE
    opened(made)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "BMP"])
def test_noise_of_24_megapixels(encodes: list[tuple[int, int]], kind: str) -> None:
    """The worst photograph there is fits into 2 MB after two encodes, as JPEG."""
    picture = encoded(noisy(6000, 4000), kind)
    encodes.clear()
    [made] = render(picture, [Recipe(most=MAX_SIZE)])
    assert len(encodes) <= 2
    assert len(made.content) <= MAX_SIZE
    assert opened(made).format == "JPEG"


@pytest.mark.parametrize("target", Format)
def test_a_format_that_was_asked_for_is_kept(encodes: list[tuple[int, int]], target: Format) -> None:
    """A recipe that names its format gets it, however small the picture must become for that."""
    picture = encoded(noisy(1200, 900), "PNG")
    encodes.clear()
    [made] = render(picture, [Recipe(format=target, most=200_000)])
    assert opened(made).format == target.upper()
    assert len(made.content) <= 200_000
    assert made.width / made.height == pytest.approx(4 / 3, abs=0.02)
    assert len(encodes) <= (7 if target is Format.PNG else 2)


@pytest.mark.parametrize("most", [MAX_SIZE, 300_000, 50_000, 5_000])
@pytest.mark.parametrize("target", [Format.JPEG, Format.WEBP])
def test_any_limit_is_kept(target: Format, most: int) -> None:
    """Whatever the limit, no answer is larger, and the picture is still the same."""
    [made] = render(encoded(quarters(1600, 1200), "PNG"), [Recipe(format=target, most=most)])
    assert len(opened(made).tobytes()) > 0
    assert len(made.content) <= most


def test_a_small_png_stays_as_it_is() -> None:
    """A PNG that fits is kept without loss."""
    drawn = noisy(300, 200)
    [made] = render(encoded(drawn, "PNG"), [Recipe(most=MAX_SIZE)])
    assert opened(made).tobytes() == drawn.tobytes()


def test_a_large_png_without_transparency_becomes_jpeg() -> None:
    """A photograph stored as PNG keeps its size, and not its format."""
    [made] = render(encoded(scene(1600, 1200), "PNG"), [Recipe(most=MAX_SIZE // 2)])
    assert (opened(made).format, made.width) == ("JPEG", 1600)


def veiled(drawn: Image.Image) -> Image.Image:
    """The same, ever clearer towards the top."""
    drawn.putalpha(Image.linear_gradient("L").resize(drawn.size))
    return drawn


def flat() -> Image.Image:
    """Large areas, each of one colour in a slight noise, with hard edges all over: what scaling down blurs."""
    image = Image.new("RGBA", (1500, 1500))
    chance = random.Random(5)
    pen = ImageDraw.Draw(image)
    colours = [(*chance.randbytes(3), chance.choice((0, 255))) for _ in range(240)]
    for left in range(0, 1500, 3):
        for top in range(0, 1500, 3):
            pen.rectangle((left, top, left + 2, top + 2), fill=chance.choice(colours))
    pen.rectangle((0, 0, 200, 20), fill=(1, 2, 3, 7))
    for left in range(40):
        pen.point((left, 0), fill=(left, 2, 3, 9))
    return image


def psnr(original: Image.Image, other: Image.Image) -> float:
    """By the book, over white and over black, the worse of the two (RULINGS, `oss`)."""
    errors = []
    larger = other.convert("RGBA").resize(original.size, Image.Resampling.LANCZOS)
    for ground in ("white", "black"):
        seen = [
            Image.alpha_composite(Image.new("RGBA", original.size, ground), each).convert("RGB")
            for each in (original, larger)
        ]
        errors += [sum(each**2 for each in ImageStat.Stat(ImageChops.difference(*seen)).rms) / 3]
    return 10 * math.log10(255**2 / max(errors))


def smooth() -> Image.Image:
    """Soft light with a grain: what 256 colours make bands of."""
    grain = noisy(1600, 1200)
    return veiled(Image.blend(noisy(4, 3).resize((1600, 1200), Image.Resampling.BICUBIC), grain, 0.03))


@pytest.mark.parametrize("drawn", [veiled(scene(1600, 1200)), flat(), smooth()], ids=["scene", "flat", "smooth"])
def test_a_large_png_with_transparency_stays_png(drawn: Image.Image) -> None:
    """What shines through must not turn white: it is made smaller, filling what it may, or brought to 256 colours at
    its size, whichever is nearer to what it was.
    """
    most = 700_000
    [made] = render(encoded(drawn, "PNG"), [Recipe(most=most)])
    image = opened(made)
    numbered = drawn.quantize(256, Image.Quantize.FASTOCTREE)
    assert image.format == "PNG"
    assert len(made.content) <= most
    if len(encoded(numbered, "PNG")) <= most:
        assert psnr(drawn, image) >= psnr(drawn, numbered) - 0.1
    if image.size != drawn.size:
        assert image.mode == "RGBA"
        assert len(made.content) >= 0.8 * most


def test_256_colours_that_fit_are_not_taken_for_that() -> None:
    """Soft light is made smaller, although in 256 colours it would have fitted at its size."""
    drawn, most = smooth(), 1_200_000
    numbered = drawn.quantize(256, Image.Quantize.FASTOCTREE)
    assert len(encoded(numbered, "PNG")) <= most
    [made] = render(encoded(drawn, "PNG"), [Recipe(most=most)])
    assert opened(made).mode == "RGBA"
    assert psnr(drawn, opened(made)) > psnr(drawn, numbered)


def test_what_cannot_be_numbered_is_made_smaller(monkeypatch: pytest.MonkeyPatch) -> None:
    """A picture for whose 256 colours there is not enough memory is no broken picture."""

    def failing(*_: object, **__: object) -> None:
        raise ValueError("quantization error")

    monkeypatch.setattr(Image.Image, "quantize", failing)
    [made] = render(encoded(veiled(scene(640, 480)), "PNG"), [Recipe(most=200_000)])
    assert opened(made).mode == "RGBA"


def test_a_scene_is_made_smaller_and_flat_colours_keep_their_size() -> None:
    """Each loses what it needs least."""
    made = [render(encoded(drawn, "PNG"), [Recipe(most=700_000)])[0] for drawn in (veiled(scene(1600, 1200)), flat())]
    assert [(opened(one).mode, one.width) for one in made] == [("RGBA", made[0].width), ("P", 1500)]
    assert made[0].width < 1600


def test_error_is_the_worse_over_white_and_over_black() -> None:
    """A white veil that is lost shows over black alone, and counts."""
    veil, nothing = (Image.new("RGBA", (99, 99), (255, 255, 255, alpha)) for alpha in (255, 0))
    assert squared_error(veil, nothing) == squared_error(nothing, veil) == 255**2
    assert squared_error(veil, veil) == 0
    assert squared_error(veiled(scene(3000, 2500)), veiled(scene(300, 250))) > 0
