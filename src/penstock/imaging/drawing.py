"""SVG: written anew before it is drawn, so that what is drawn is exactly what was checked.

resvg runs no script and knows no network, but it opens the files that an `<image>` names. So nothing leaves here that
refers to anything outside the document, and the worker may open no file but fonts (`confine.py`).
"""

import base64
import io
import re
from contextlib import suppress
from dataclasses import dataclass
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

import resvg_py
from PIL import Image

from penstock.imaging import css, fonts
from penstock.imaging.cycles import Cycles
from penstock.imaging.encodings import as_utf8
from penstock.model.faults import PictureRefused, PictureTypeRefused

MAX_SIDE = 4096
"""No drawing is made larger than this on either side, in pixels, whatever size it declares."""

_MAX_TEXT = 8 << 20
_DPI = 96.0
_LANGUAGES = ["en", "zh"]
"""Whose parts of a `<switch>` are drawn."""

_PASSED_OVER = frozenset({"script", "metadata"})
"""Elements that draw nothing: what is in them neither runs nor refers to anything."""

_DRAWS_REFERENCES = frozenset(
    {
        "image",
        "feimage",
        "use",
        "lineargradient",
        "radialgradient",
        "pattern",
        "filter",
        "mask",
        "clippath",
        "marker",
        "textpath",
        "tref",
    }
)
"""Elements that show what they refer to. On any other a link leads somewhere, which is nothing to look at."""

_DEFAULT_SIZE = (300.0, 150.0)  # CSS 2.2 §10.3.2
_INSIDE = re.compile(r"\s*(#|data:image/(png|jpe?g|gif|webp)[;,])", re.IGNORECASE)
_DATA = re.compile(r"\s*data:[^,]{0,200};\s*base64\s*,", re.IGNORECASE)
_PICTURES = {"png": rb"\x89PNG", "jpeg": rb"\xff\xd8\xff", "gif": rb"GIF8", "webp": rb"RIFF....WEBP"}
_LENGTH = re.compile(r"\s*([0-9]*\.?[0-9]+(?:e[+-]?[0-9]{1,2})?)\s*(px|pt|pc|mm|cm|in|em|ex)?\s*", re.IGNORECASE)
_PIXELS = {"px": 1, "pt": 96 / 72, "pc": 16, "mm": 96 / 25.4, "cm": 96 / 2.54, "in": 96, "em": 16, "ex": 8}


@dataclass(frozen=True, slots=True)
class Drawing:
    """A checked drawing. `size` in pixels is what it declares, shrunk to `MAX_SIDE`; `lettered` when it has text."""

    root: str
    attributes: dict[str, str]
    content: str
    size: tuple[int, int]
    lettered: bool

    def draw(self, scale: float) -> Image.Image:
        """Draw it `scale` times its size, as RGBA."""
        scale = min(scale, MAX_SIDE / max(self.size))
        width, height = (max(1, round(side * scale)) for side in self.size)
        attributes = self.attributes | {"width": str(width), "height": str(height)}
        svg = f"{_tag(self.root, attributes)}{self.content}</{self.root}>"
        png = (_lettered if self.lettered else _drawn)(svg)
        return Image.open(io.BytesIO(png), formats=["PNG"]).convert("RGBA")


def _drawn(svg: str) -> bytes:
    return resvg_py.svg_to_bytes(svg_string=svg, skip_system_fonts=True, dpi=_DPI, languages=_LANGUAGES)


def _lettered(svg: str) -> bytes:
    """Draw with fonts. Looking through them takes longer than most drawings."""
    return resvg_py.svg_to_bytes(
        svg_string=svg,
        skip_system_fonts=True,
        dpi=_DPI,
        languages=_LANGUAGES,
        font_dirs=list(fonts.FOLDERS),
        serif_family=fonts.last_resort(),
    )


def read_drawing(svg: bytes) -> Drawing:
    """Check a drawing and take its size.

    Raises `PictureTypeRefused` when it is some other XML; `PictureRefused` when it refers to anything outside itself,
    or holds entities that expand; `ExpatError` and more when it is broken.
    """
    if len(svg) > _MAX_TEXT:
        raise PictureRefused("it is too long")
    text, recoded = as_utf8(svg)
    reader = _Reader(text.count(b"&"), "utf-8" if recoded else None)
    reader.parser.Parse(text, True)
    reader.break_cycles()
    attributes = reader.attributes
    width, height = _declared(attributes | _css_sides(attributes.pop("style", ""), reader.styles, attributes))
    attributes.setdefault("viewBox", f"0 0 {width} {height}")
    shrunk = min(1.0, MAX_SIDE / max(width, height))
    size = (max(1, round(width * shrunk)), max(1, round(height * shrunk)))
    return Drawing(reader.root, attributes, "".join(reader.pieces), size, reader.lettered)


class _Reader:
    """Collects everything inside the root, written anew."""

    def __init__(self, references: int, encoding: str | None) -> None:
        """`references` is how many ampersands there are; `encoding` overrules what the text says of itself."""
        self.parser = expat.ParserCreate(encoding)
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
        self.styles = ""
        self._cycles = Cycles()
        self._pointless: dict[int, str] = {}
        self._in_style = False
        self._passing_over = 0
        self._depth = 0
        self._references = references

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._passing_over or (self._depth > 1 and _local(name) in _PASSED_OVER):
            self._passing_over += 1
            return
        kept = _read_attributes(name, attributes)
        if self._depth == 1:
            self._begin(name, kept)
            return
        self.lettered |= _local(name) == "text"
        self._in_style = _local(name) == "style"
        target = next((value.strip() for key, value in kept.items() if _local(key) == "href"), "")
        used = target[1:] if _local(name) == "use" and target.startswith("#") else None
        self._cycles.enter(kept.get("id"), used, len(self.pieces))
        if used is not None:
            others = {key: value for key, value in kept.items() if _local(key) != "href"}
            self._pointless[len(self.pieces)] = _tag(name, others)
        self.pieces.append(_tag(name, kept))

    def _begin(self, name: str, attributes: dict[str, str]) -> None:
        if _local(name) != "svg":
            raise PictureTypeRefused
        self.root, self.attributes = name, attributes

    def _end(self, name: str) -> None:
        self._depth -= 1
        if self._passing_over:
            self._passing_over -= 1
        elif self._depth:
            self._in_style = False
            self._cycles.leave()
            self.pieces.append(f"</{name}>")

    def _text(self, text: str) -> None:
        if self._passing_over:
            return
        if self._in_style:
            self.styles += text
        self.pieces.append(escape(text))

    def break_cycles(self) -> None:
        """Let nothing use what it is part of: browsers skip that, and the drawer refuses all for it."""
        for index in self._cycles.closing():
            self.pieces[index] = self._pointless[index]

    def _entity(self, name: str, parameter: bool, value: str | None, *_: object) -> None:
        """Let constants pass, if all references together stay short: Illustrator declares its namespaces so."""
        if parameter or value is None or "&" in value or "%" in value or len(value) * self._references > _MAX_TEXT:
            raise PictureRefused("it declares entities that expand")


def _read_attributes(element: str, attributes: dict[str, str]) -> dict[str, str]:
    """What stays of an element's attributes. Raises `PictureRefused` for a reference that something would have to be
    fetched for, to be drawn.
    """
    kept = {}
    for name, value in attributes.items():
        if _local(name) == "href":
            if _local(element) in _DRAWS_REFERENCES and value.strip():
                kept[name] = _inside(value)
        elif not name.lower().startswith("on"):
            kept[name] = value
    return kept


def _inside(reference: str) -> str:
    """The reference, if it leads nowhere else; a picture under a wrong name, or none, gets its own, as in browsers."""
    if (data := _DATA.match(reference)) is not None:
        with suppress(ValueError):
            start = base64.b64decode(re.sub(r"\s", "", reference[data.end() : data.end() + 64])[:32])
            for name, signature in _PICTURES.items():
                if re.match(signature, start, re.DOTALL):
                    return f"data:image/{name};base64,{reference[data.end() :]}"
    if _INSIDE.match(reference) is None:
        raise PictureRefused("it refers to something outside itself")
    return reference


def _local(name: str) -> str:
    return name.rpartition(":")[2].lower()


def _tag(name: str, attributes: dict[str, str]) -> str:
    return f"<{name}{''.join(f' {key}={quoteattr(value)}' for key, value in attributes.items())}>"


def _css_sides(own: str, sheet: str, attributes: dict[str, str]) -> dict[str, str]:
    """The sides that CSS gives the root: its own style before the sheet's, and both before its attributes."""
    if rest := css.without_sides(own):
        attributes["style"] = rest
    styles = css.sheet_sides(sheet, attributes) | css.sides(own)
    return {key: value for key, value in styles.items() if _length(value)}


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
