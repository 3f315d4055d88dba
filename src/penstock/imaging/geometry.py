"""Where pictures and watermarks go: sizes and boxes, no pixels."""

from collections.abc import Sequence
from typing import TypeAlias

from penstock.model.image import Fit, Position, Recipe, Watermark

Size: TypeAlias = tuple[int, int]
"""Width and height, in pixels."""
Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right and bottom, half-open, in pixels."""


def fitted(size: Size, recipe: Recipe) -> tuple[Box, Size]:
    """Which box of a picture of this size the recipe takes, and the size it is brought to."""
    width, height = size
    match recipe.fit:
        case Fit.KEEP:
            return (0, 0, width, height), size
        case Fit.SQUARE:
            side = min(size)
            left, top = (width - side) // 2, (height - side) // 2
            return (left, top, left + side, top + side), (side, side)
        case Fit.INSIDE:
            factor = min(1.0, (recipe.width or width) / width, (recipe.height or height) / height)
            return (0, 0, width, height), _scaled(size, factor)
        case Fit.COVER:
            return _covering(size, recipe)


def _covering(size: Size, recipe: Recipe) -> tuple[Box, Size]:
    if recipe.width is None or recipe.height is None:
        raise ValueError("to cover takes a width and a height")
    target = (recipe.width, recipe.height)
    factor = max(to / side for to, side in zip(target, size, strict=True))
    width, height = (to / factor for to in target)
    left, top = (size[0] - width) / 2, (size[1] - height) / 2
    return (max(0.0, left), max(0.0, top), min(left + width, size[0]), min(top + height, size[1])), target


def magnification(size: Size, recipes: Sequence[Recipe]) -> float:
    """How large a picture must be decoded, as a multiple of its size, to satisfy every recipe."""
    return max((_magnification(*fitted(size, recipe)) for recipe in recipes), default=1.0)


def _magnification(box: Box, target: Size) -> float:
    left, top, right, bottom = box
    return max(target[0] / (right - left), target[1] / (bottom - top))


def marked(size: Size, mark: Size, wanted: Watermark) -> tuple[Size, tuple[int, int]]:
    """The size of a watermark on a picture of this size, and where its top left corner stands."""
    fitting = min(wanted.ratio * side / own for side, own in zip(size, mark, strict=True))
    width, height = _scaled(mark, min(wanted.scale, fitting))
    left, top = _ANCHORS[wanted.position]
    return (width, height), (round((size[0] - width) * left), round((size[1] - height) * top))


_ANCHORS = {
    Position.TOP_LEFT: (0.0, 0.0),
    Position.TOP_CENTER: (0.5, 0.0),
    Position.TOP_RIGHT: (1.0, 0.0),
    Position.CENTER: (0.5, 0.5),
    Position.BOTTOM_LEFT: (0.0, 1.0),
    Position.BOTTOM_CENTER: (0.5, 1.0),
    Position.BOTTOM_RIGHT: (1.0, 1.0),
}


def _scaled(size: Size, factor: float) -> Size:
    return max(1, round(size[0] * factor)), max(1, round(size[1] * factor))
