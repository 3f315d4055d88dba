"""One picture in, several out."""

from collections.abc import Sequence

from PIL import Image

from penstock.imaging import png
from penstock.imaging.decode import Pixels, decode
from penstock.imaging.encode import encode, on_white
from penstock.imaging.frames import first_frame
from penstock.imaging.geometry import fitted, marked
from penstock.imaging.probe import kind_of, open_picture, prepared
from penstock.model.image import EVERY_KIND, MAX_PIXELS, Format, Kind, Recipe, Rendered, Watermark


def render(
    picture: bytes,
    recipes: Sequence[Recipe],
    *,
    watermark: bytes | None = None,
    accept: frozenset[str] = EVERY_KIND,
    most_pixels: int = MAX_PIXELS,
) -> list[Rendered]:
    """Make one picture by each recipe, in their order, without metadata, upright and in sRGB (oss.md §8, *图片处理*).

    `accept` holds kinds; `watermark` is what the recipes lay over, and may be of any kind; of several frames the first
    is used. Raises `PictureTypeRefused`, or `PictureRefused` when it is broken or has more than `most_pixels`.
    """
    kind, came, picture = kind_of(picture), len(picture), prepared(picture, accept, most_pixels)
    pixels = decode(open_picture(picture, most_pixels), recipes, first_frame(picture, kind))
    mark = None if watermark is None else _decoded_mark(watermark, most_pixels)
    deep = kind is Kind.PNG and png.is_deep_grey(picture)
    sent = picture if kind is Kind.PNG and pixels.as_sent and not deep else None

    def make(recipe: Recipe) -> Rendered:
        kept = _kept(sent, pixels, recipe)
        if kept is not None and len(kept.content) <= came:
            return kept
        # What a profile was worked into may weigh more than a small picture.
        rendered = _make(pixels, recipe, _format(kind, recipe), mark, as_greys=deep)
        return kept if kept is not None and len(kept.content) < len(rendered.content) else rendered

    return [make(recipe) for recipe in recipes]


def _decoded_mark(watermark: bytes, most_pixels: int) -> Pixels:
    mark = prepared(watermark, EVERY_KIND, most_pixels)
    return decode(open_picture(mark, most_pixels), (), first_frame(mark, kind_of(mark)))


def _kept(sent: bytes | None, pixels: Pixels, recipe: Recipe) -> Rendered | None:
    """A PNG whose pixels stay as they are keeps its very bytes for them: no other encoding is sure to be as small."""
    if (
        sent is None
        or fitted(pixels.size, recipe) != ((0, 0, *pixels.size), pixels.size)
        or recipe.watermark is not None
        or _format(Kind.PNG, recipe) is not Format.PNG
    ):
        return None
    content = png.bare(sent)
    if content is None or (recipe.most is not None and len(content) > recipe.most):
        return None
    return Rendered(content, Format.PNG, *pixels.size)


def _format(kind: Kind | None, recipe: Recipe) -> Format:
    return recipe.format or (Format.PNG if kind is Kind.PNG else Format.JPEG)


def _make(pixels: Pixels, recipe: Recipe, target: Format, mark: Pixels | None, *, as_greys: bool) -> Rendered:
    image = _fit(pixels, recipe)
    if target is Format.JPEG:
        image = on_white(image)
    if recipe.watermark is not None:
        image = _with_watermark(image, recipe.watermark, mark)
    return encode(image, target, recipe.most, may_be_jpeg=recipe.format is None, as_greys=as_greys)


def _fit(pixels: Pixels, recipe: Recipe) -> Image.Image:
    """Cut and resize. What comes back may be the decoded picture itself."""
    box, size = fitted(pixels.size, recipe)
    image, own = pixels.image, pixels.size
    if image.size == own == size:
        return image
    across, down = image.width / own[0], image.height / own[1]
    scaled = (box[0] * across, box[1] * down, box[2] * across, box[3] * down)
    return image.resize(size, Image.Resampling.LANCZOS, scaled, reducing_gap=3.0)


def _with_watermark(image: Image.Image, wanted: Watermark, mark: Pixels | None) -> Image.Image:
    if mark is None:
        raise ValueError("a recipe with a watermark, and no watermark")
    size, place = marked(image.size, mark.size, wanted)
    over = mark.image.convert("RGBA").resize(size, Image.Resampling.LANCZOS, reducing_gap=3.0)
    over.putalpha(over.getchannel("A").point(lambda alpha: round(alpha * wanted.opacity)))
    box = (*place, place[0] + size[0], place[1] + size[1])
    patch = image.crop(box).convert("RGBA")
    patch.alpha_composite(over)
    # A copy: what was given may be what the next recipe starts from.
    image = image.copy()
    image.paste(patch.convert(image.mode), box)
    return image
