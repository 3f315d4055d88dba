"""SVG: written anew before it is drawn, so that what is drawn is exactly what was checked.

resvg runs no script and knows no network, but it opens the files that an `<image>` names. So nothing leaves here that
refers to anything outside the document, and the worker may open no file but fonts (`confine.py`).
"""

import io
import re
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import resvg_py
from PIL import Image

from penstock.imaging import fonts
from penstock.model.faults import PictureRefused, PictureTypeRefused

LONGEST = 4096
"""No drawing is made larger than this on either side, in pixels, whatever size it declares."""

_MOST_TEXT = 8 << 20
_DPI = 96.0
_DEFAULT_SIZE = (300.0, 150.0)  # CSS 2.2 §10.3.2
_INSIDE = re.compile(r"\s*(#|data:image/(png|jpe?g|gif|webp)[;,])", re.IGNORECASE)
_LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+(?:e[+-]?[0-9]{1,2})?)\s*(px|pt|pc|mm|cm|in|em|ex)?\s*", re.IGNORECASE)
_PIXELS = {"px": 1, "pt": 96 / 72, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96, "em": 16, "ex": 8}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A checked drawing. `size` in pixels is what it declares, shrunk to `LONGEST`; `lettered` when it has text."""

    root: str
    attributes: dict[str, str]
    content: str
    size: tuple[int, int]
    lettered: bool

    def draw(self, scale: float) -> Image.Image:
        """Draw it `scale` times its size, as RGBA."""
        scale = min(scale, LONGEST / max(self.size))
        width, height = (max(1, round(side * scale)) for side in self.size)
        attributes = self.attributes | {"width": str(width), "height": str(height)}
        svg = f"{_tag(self.root, attributes)}{self.content}</{self.root}>"
        png = (_lettered if self.lettered else _drawn)(svg)
        return Image.open(io.BytesIO(png), formats=["PNG"]).convert("RGBA")


def _drawn(svg: str) -> bytes:
    return resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, dpi=_DPI)


def _lettered(svg: str) -> bytes:
    """Draw with fonts. Looking through them takes longer than most drawings."""
    return resvg_py.svg_to_bytes(
        svg_string=svg,
        skip_system_fonts=True,
        dpi=_DPI,
        font_dirs=list(fonts.FOLDERS),
        serif_family=fonts.last_resort(),
    )


def read_drawing(svg: bytes) -> Drawing:
    """Check a drawing and take its size.

    Raises `PictureTypeRefused` when it is some other XML; `PictureRefused` when it holds a script, a reference to
    anything outside itself, or entities that expand; `ExpatError` and more when it is broken.
    """
    if len(svg) > _MOST_TEXT:
        raise PictureRefused("it is too long")
    reader = _Reader(svg.count(b"&"))
    reader.parser.Parse(svg, True)
    attributes = reader.attributes
    width, height = _declared(attributes)
    attributes.setdefault("viewBox", f"0 0 {width} {height}")
    shrunk = min(1.0, LONGEST / max(width, height))
    size = (max(1, round(width * shrunk)), max(1, round(height * shrunk)))
    return Drawing(reader.root, attributes, "".join(reader.pieces), size, reader.lettered)


class _Reader:
    """Collects everything inside the root, written anew."""

    def __init__(self, references: int) -> None:
        """`references` is how many ampersands there are."""
        self.parser = expat.ParserCreate()
        self.parser.specified_attributes = True  # not those that a declaration adds to every element
        self.parser.buffer_text = True
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._text
        self.parser.EntityDeclHandler = self._entity
        self.root = ""
        self.attributes: dict[str, str] = {}
        self.pieces: list[str] = []
        self.lettered = False
        self._depth = 0
        self._references = references

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        kept = {key: value for key, value in attributes.items() if _harmless(name, key, value)}
        if self._depth == 1:
            self._begin(name, kept)
            return
        if _local(name) == "script":
            raise PictureRefused("it holds a script")
        self.lettered |= _local(name) == "text"
        self.pieces.append(_tag(name, kept))

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if _local(name) != "svg":
            raise PictureTypeRefused
        self.root, self.attributes = name, attributes

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._depth:
            self.pieces.append(f"</{name}>")

    def _text(self, text: str) -> None:
        self.pieces.append(escape(text))

    def _entity(self, name: str, parameter: bool, value: str | None, *_: object) -> None:
        """Let constants pass, if all references together stay short: Illustrator declares its namespaces so."""
        if parameter or value is None or "&" in value or "%" in value or len(value) * self._references > _MOST_TEXT:
            raise PictureRefused("it declares entities that expand")


def _harmless(element: str, name: str, value: str) -> bool:
    """Tell whether an attribute stays; refuse a reference that something would have to be fetched for."""
    if _local(name) != "href":
        return not name.lower().startswith("on")
    if _local(element) == "a":
        return False
    if _INSIDE.match(value) is None:
        raise PictureRefused("it refers to something outside itself")
    return True


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()


def _tag(name: str, attributes: dict[str, str]) -> str:
    return f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in attributes.items())}>"


def _declared(attributes: dict[str, str]) -> tuple[float, float]:
    """Take the size from `width`, `height` and `viewBox` (SVG 2 §8.2); percentages are of nothing here."""
    width, height = (_length(attributes.get(side, "")) for side in ("width", "height"))
    box = _view_box(attributes.get("viewBox", "")) or (width or _DEFAULT_SIZE[0], height or _DEFAULT_SIZE[1])
    if width and height:
        return width, height
    if width:
        return width, width * box[1] / box[0]
    return (height * box[0] / box[1], height) if height else box


def _length(text: str) -> float:
    match = _LENGTH.fullmatch(text)
    return float(match[1]) * _PIXELS[(match[2] or "px").lower()] if match else 0.0


def _view_box(text: str) -> tuple[float, float] | None:
    numbers = [float(number) for number in re.findall(r"[-+]?[0-9]*\.?[0-9]+(?:[eE][-+]?[0-9]{1,2})?", text[:200])]
    return (numbers[2], numbers[3]) if len(numbers) == 4 and min(numbers[2:]) > 0 else None
