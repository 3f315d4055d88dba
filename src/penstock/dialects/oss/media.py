"""From the fields of `OssFileMediaInfoDto` to recipes."""

from collections.abc import Mapping

import msgspec

from penstock.dialects.oss.wire import OssFileMediaInfoDto
from penstock.engine.images import ImageSpec
from penstock.http.bodies.reading import invalid
from penstock.http.bodies.values import within
from penstock.model.faults import InputInvalid
from penstock.model.file import File
from penstock.model.image import EVERY_KIND, Fit, Format, Position, Recipe, Watermark

MAX_SIZE = 2 << 20
"""The largest stored picture, in bytes (oss.md §8)."""

SIDES = (1, 4096)
THUMBNAIL = Recipe(Fit.COVER, 200, 200, Format.JPEG)
AVATAR_SIZES = {side: Recipe(Fit.COVER, side, side) for side in (200, 100, 50)}
AVATAR = ImageSpec(Recipe(Fit.SQUARE, most=MAX_SIZE), tuple(AVATAR_SIZES.values()), frozenset({"jpeg", "png"}))


def image_spec(payload: OssFileMediaInfoDto, watermark: File | None) -> ImageSpec:
    """What becomes of an uploaded image: itself, made safe and small enough, and its thumbnail."""
    return ImageSpec(options(payload, watermark, most=MAX_SIZE), (THUMBNAIL,), EVERY_KIND)


def payload_of(query: Mapping[str, str], form: Mapping[str, str]) -> OssFileMediaInfoDto:
    """The picture options in a query or a form; empty ones are absent. Raises `InputInvalid`."""
    names = OssFileMediaInfoDto.__struct_fields__
    given = {name: value for name in names if (value := query.get(name) or form.get(name))}
    try:
        return msgspec.convert(given, OssFileMediaInfoDto, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(error, "options") from error


def options(
    payload: OssFileMediaInfoDto, watermark: File | None, *, most: int | None = None, default_format: str | None = None
) -> Recipe:
    """The requested recipe. Raises `InputInvalid` for what is out of bounds (RULINGS, `oss`)."""
    sized = payload.width is not None or payload.height is not None
    return Recipe(
        fit=Fit.INSIDE if sized else Fit.KEEP,
        width=_side(payload.width, "width"),
        height=_side(payload.height, "height"),
        format=_format(payload.format or default_format),
        most=most,
        watermark=_watermark(payload, watermark),
    )


def _side(value: int | None, name: str) -> int | None:
    return None if value is None else within(value, name, *SIDES)


def _format(value: str | None) -> Format | None:
    if value is None:
        return None
    try:
        return Format(value.lower().replace("jpg", "jpeg"))
    except ValueError:
        raise InputInvalid("format", "not png, jpeg, jpg or webp") from None


def _watermark(payload: OssFileMediaInfoDto, picture: File | None) -> Watermark | None:
    opacity = _share(payload.opacity, "opacity", 0, 1, 0.5)
    scale = _share(payload.scale, "scale", 0.1, 2, 0.5)
    ratio = _share(payload.ratio, "ratio", 0.05, 1, 0.3)
    position = _position(payload.watermarkPosition)
    return None if picture is None else Watermark(picture.blob.sha256, position, opacity, scale, ratio)


def _share(value: float | None, name: str, low: float, high: float, default: float) -> float:
    if value is None:
        return default
    if not low <= value <= high:  # false for NaN too
        raise InputInvalid(name, f"not between {low} and {high}")
    return value


def _position(value: str | None) -> Position:
    try:
        return Position((value or Position.BOTTOM_RIGHT).upper())
    except ValueError:
        raise InputInvalid("watermarkPosition", "not one of the seven positions") from None
