"""Drawings as people's programs write them."""

import base64
import io

import pytest
from PIL import Image

from penstock.adapters.pictures import PicturePool
from penstock.imaging.cycles import Cycles
from penstock.imaging.probe import kind_of
from penstock.imaging.render import render
from penstock.model.image import Fit, Format, Kind, Recipe
from tests.imaging.samples import colour, encoded, near
from tests.ports.pictures import pieces

MAIN = Recipe(Fit.KEEP, format=Format.PNG)
NAMES = 'xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink"'
GREEN = '<rect width="100" height="100" fill="#008000"/>'


def svg(inside: str, attributes: str = 'width="100" height="100"', before: str = "") -> str:
    return f"{before}<svg {NAMES} {attributes}>{inside}</svg>"


def drawn(text: str | bytes) -> Image.Image:
    [made] = render(text if isinstance(text, bytes) else text.encode(), [MAIN])
    return Image.open(io.BytesIO(made.content)).convert("RGB")


HARMLESS = {
    "a script": svg(f"<script>alert(1)</script>{GREEN}"),
    "a script from elsewhere": svg(f'<script xlink:href="http://127.0.0.1/x.js"/>{GREEN}'),
    "links in metadata": svg(
        f'<metadata><a xlink:href="http://127.0.0.1/"><image xlink:href="/x"/></a></metadata>{GREEN}'
    ),
    "an empty reference": svg(f'<image width="9" height="9" xlink:href=""/>{GREEN}'),
    "a blank reference": svg(f'<image width="9" height="9" href="  "/>{GREEN}'),
    "a ring of uses": svg(f'<g id="a"><use xlink:href="#b"/></g><g id="b"><use xlink:href="#a"/></g>{GREEN}'),
    "a use of itself": svg(f'<g id="a"><rect/><use href="#a" x="3"/></g>{GREEN}'),
    "a use within what it uses": svg(f'<g id="a"><g><g id="c"><use href="#a"/></g></g></g>{GREEN}'),
    "a link of another vocabulary": svg(
        f'<rdf:RDF xmlns:rdf="r"><cc:Work xmlns:cc="c" xlink:href="http://127.0.0.1/"/></rdf:RDF>{GREEN}'
    ),
    "a link in text that is not drawn": svg(
        f'<foreignObject><a xmlns="http://www.w3.org/1999/xhtml" href="http://127.0.0.1/">a</a></foreignObject>{GREEN}'
    ),
    "a style sheet and a font from elsewhere": svg(
        f'<link href="http://127.0.0.1/x.css"/><font-face-uri xlink:href="http://127.0.0.1/f.svg"/>{GREEN}'
    ),
    "a use of the root": svg(f'<use href="#r"/>{GREEN}', 'id="r" width="100" height="100"'),
    "a pattern that is filled with itself": svg(
        f'<pattern id="p" width="9" height="9"><use href="#g"/></pattern><rect id="g" fill="url(#p)"/>{GREEN}'
    ),
    "a ring of three": svg(
        "".join(f'<g id="{one}"><use href="#{other}"/></g>' for one, other in ("ab", "bc", "ca")) + GREEN
    ),
}


@pytest.mark.parametrize("name", HARMLESS)
def test_what_draws_nothing_is_no_reason_to_refuse(name: str) -> None:
    """Scripts do not run, links in metadata lead nowhere, an empty reference and a ring of uses are skipped."""
    image = drawn(HARMLESS[name])
    assert (image.size, image.getpixel((50, 50))) == ((100, 100), (0, 128, 0))


ENCODED = [
    ("utf-16", ""),
    ("utf-16-le", ""),
    ("utf-16-be", ""),
    ("utf-16", "UTF-16"),
    ("utf-16", "UTF-8"),
    ("gbk", "GBK"),
    ("gb18030", "gb2312"),
    ("gbk", "x-gbk"),
    ("big5", "Big5"),
    ("cp1251", "windows-1251"),
]


def in_encoding(encoding: str, declared: str) -> bytes:
    before = f'<?xml version="1.0" encoding="{declared}"?>' if declared else ""
    title = "Напор" if encoding == "cp1251" else "中文水印"
    return svg(f"<title>{title}</title>{GREEN}", before=before).encode(encoding)


@pytest.mark.parametrize(("encoding", "declared"), ENCODED)
def test_encodings_are_read(encoding: str, declared: str) -> None:
    """UTF-16 with its mark or without, and those of China and its neighbours by their names, are read as they are."""
    text = in_encoding(encoding, declared)
    assert kind_of(text) is Kind.SVG
    assert drawn(text).getpixel((50, 50)) == (0, 128, 0)


async def test_encodings_are_read_by_who_can_open_nothing() -> None:
    """A confined worker, too, reads every encoding: it can load none that it has not loaded before."""
    pool = PicturePool(workers=1)
    for encoding, declared in ENCODED:
        text = in_encoding(encoding, declared)
        [made] = await pool.render("me", pieces(text), len(text), [MAIN])
        assert Image.open(io.BytesIO(made.content)).size == (100, 100)
    await pool.close()


@pytest.mark.parametrize("name", ["image/jpg", "img/png", "application/octet-stream", ""])
@pytest.mark.parametrize("form", ["PNG", "JPEG", "GIF", "WEBP"])
def test_a_picture_inside_is_known_by_its_bytes(name: str, form: str) -> None:
    """Whatever type a picture inside a drawing is given, it is drawn, as browsers draw it."""
    data = base64.b64encode(encoded(Image.new("RGB", (9, 9), (0, 128, 0)), form)).decode()
    image = drawn(svg(f'<image width="100" height="100" xlink:href="data:{name};base64, {data}"/>'))
    assert near(colour(image, 50, 50), (0, 128, 0), 4)


@pytest.mark.parametrize("language", ["en", "zh", "fr, zh"])
def test_parts_for_people_who_read_english_or_chinese_are_drawn(language: str) -> None:
    """`systemLanguage` en and zh are spoken; another is not."""
    other = '<rect systemLanguage="xx" width="100" height="100" fill="red"/>'
    mine = f'<rect systemLanguage="{language}" width="100" height="100" fill="#008000"/>'
    assert drawn(svg(f"<switch>{other}{mine}</switch>")).getpixel((50, 50)) == (0, 128, 0)


@pytest.mark.parametrize(
    ("attributes", "style", "size"),
    [
        ('style="width:400px;height:100px"', "", (400, 100)),
        ('style="fill:red; HEIGHT : 1in"  viewBox="0 0 2 1"', "", (192, 96)),
        ("", "svg { width: 60px; height: 30px }", (60, 30)),
        ('width="9" height="9"', ".a{x:y} svg{width:60px;height:30px}", (60, 30)),
        ('width="9" height="9" style="width:100%;stroke-width:3"', "", (9, 9)),
        ('class="b a"', "/* svg{} */ g, svg.a {width:60px;height:30px !important}", (60, 30)),
        ('id="a"', "#a{width:60px;height:30px}", (60, 30)),
        ("", ":root{width:60px;height:30px}", (60, 30)),
        ("", "<![CDATA[svg{width:60px;height:30px}]]>", (60, 30)),
        ('width="9" height="9"', "@import 'x'; @media print { svg { width: 60px; height: 30px } }", (9, 9)),
        ('width="9" height="9"', "g svg, rect, .other, svg.other {width:60px;height:30px}", (9, 9)),
    ],
)
def test_the_size_may_come_from_css(attributes: str, style: str, size: tuple[int, int]) -> None:
    """The root's own style and the style sheet's rule for it give its size, where they give one."""
    assert drawn(svg(f"<style>{style}</style>{GREEN}", attributes)).size == size


def test_only_what_closes_a_ring_is_cut() -> None:
    """Uses that lead nowhere near themselves stay, however many there are."""
    cycles = Cycles()
    for index in range(10_000):
        cycles.enter(f"n{index}", f"n{index + 1}", index)
        cycles.leave()
    assert cycles.closing() == set()
    cycles.enter("n10000", "n5000", 10_000)
    cycles.leave()
    assert len(cycles.closing()) == 1
