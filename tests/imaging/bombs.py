"""Pictures made to do harm."""

import base64
import random
import struct
import zlib

from PIL import Image

from tests.imaging.samples import encoded, noisy, png, quarters, svg

JPEG = encoded(noisy(640, 480), "JPEG")


def gif(width: int, height: int, frames: int, frame_size: tuple[int, int] = (1, 1)) -> bytes:
    """An animation that declares a screen and frames of these sizes, of one pixel's worth of data each."""
    frame = b"\x2c" + struct.pack("<HHHHB", 0, 0, *frame_size, 0) + b"\x02\x02\x44\x01\0"
    return b"GIF89a" + struct.pack("<HHBBB", width, height, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff" + frame * frames + b";"


def tiff(tags: dict[int, tuple[int, int, int]], data: bytes = b"") -> bytes:
    """A TIFF of one page with these tags (type, count, value) after a sane 8 × 8 grey's."""
    sane = {256: 8, 257: 8, 258: 8, 259: 1, 262: 1, 273: 8, 277: 1, 278: 8, 279: 64}
    every = {tag: (4, 1, value) for tag, value in sane.items()} | tags
    entries = b"".join(struct.pack("<HHII", tag, *told) for tag, told in sorted(every.items()))
    data = data.ljust(64, b"\x80")
    directory = struct.pack("<H", len(every)) + entries + bytes(4)
    return b"II*\0" + struct.pack("<I", 8 + len(data)) + data + directory


def webp(width: int, height: int) -> bytes:
    """An animation that declares this canvas."""
    body = b"\x02\0\0\0" + struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    chunks = b"WEBPVP8X" + struct.pack("<I", len(body)) + body + b"ANIM" + struct.pack("<I", 6) + bytes(6)
    return b"RIFF" + struct.pack("<I", len(chunks)) + chunks


def jpeg_of(width: int, height: int) -> bytes:
    """A small JPEG that declares another size."""
    at = JPEG.index(b"\xff\xc0") + 5
    return JPEG[:at] + struct.pack("!HH", height, width) + JPEG[at + 4 :]


def bmp(width: int, height: int) -> bytes:
    """A bitmap of this size, without a pixel."""
    return b"BM" + struct.pack("<IHHIIiiHHIIiiII", 54, 0, 0, 54, 40, width, height, 1, 24, 0, 0, 0, 0, 0, 0)


def deflated(megabytes: int) -> bytes:
    """Zeros, packed a thousandfold."""
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(bytes(1 << 20)) for _ in range(megabytes)) + packer.flush()


def image(reference: str) -> bytes:
    """A drawing that shows another picture."""
    return svg(f'<image href="{reference}" width="96" height="64"/>')


NOT_PICTURES = {
    "empty": b"",
    "random": random.Random(2).randbytes(100_000),
    "text": b"BMW and other words",
    "html": b"<!DOCTYPE html><html><body><svg width='9' height='9'></svg><script>alert(1)</script></body></html>",
    "pdf": b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
    "xml": b"<?xml version='1.0'?><note><svg:svg xmlns:svg='http://www.w3.org/2000/svg'/></note>",
    "avif": b"\0\0\0\x20ftypavif\0\0\0\0avifmif1",
    "postscript": b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n",
    "svgz": zlib.compress(svg("<rect/>"), wbits=31),
    "riff": b"RIFF\x24\0\0\0WAVEfmt ",
}
"""Bytes of no kind that is taken."""

TOO_LARGE = {
    "png": png(50_000, 50_000, (b"IDAT", zlib.compress(bytes(1000)))),
    "png of the largest size": png(0x7FFFFFFF, 0x7FFFFFFF, (b"IDAT", b"")),
    "gif of 100 giant frames": gif(30_000, 30_000, 100, (30_000, 30_000)),
    "gif with a frame beyond its screen": gif(10, 10, 100, (65_535, 65_535)),
    "webp": webp(16_384, 16_384),
    "jpeg": jpeg_of(65_500, 65_500),
    "bmp": bmp(50_000, -50_000),
    "tiff": tiff({256: (4, 1, 50_000), 257: (4, 1, 50_000)}),
}
"""Headers that declare more pixels than are taken."""

_LOL = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
_MANY = "".join(f'<g id="g{i}">{f"""<use xlink:href="#g{i - 1}"/>""" * 10}</g>' for i in range(1, 9))
_BROKEN_PALETTE = encoded(quarters().quantize(4), "GIF")

BROKEN = {
    "jpeg cut in half": JPEG[: len(JPEG) // 2],
    "png cut in half": (_half := encoded(quarters(), "PNG"))[: len(_half) // 2],
    "gif cut in half": _BROKEN_PALETTE[: len(_BROKEN_PALETTE) // 2],
    "webp cut in half": (_half := encoded(noisy(99, 99), "WEBP"))[: len(_half) // 2],
    "bmp cut in half": (_half := encoded(noisy(99, 99), "BMP"))[: len(_half) // 2],
    "png of no size": png(0, 0, (b"IDAT", b"")),
    "signatures alone": b"\x89PNG\r\n\x1a\n",
    "jpeg of three bytes": b"\xff\xd8\xff",
    "png profile of 100 MB": png(8, 8, (b"iCCP", b"a\0\0" + deflated(100)), (b"IDAT", b"")),
    "tiff strips beyond the end": tiff({273: (4, 1, 0x7FFFFFF0)}),
    "tiff strips too short": tiff({256: (4, 1, 4000), 257: (4, 1, 4000), 278: (4, 1, 4000)}),
    "tiff strips of 4 GB": tiff({279: (4, 1, 0xFFFFFFFF), 278: (4, 1, 0xFFFFFFFF), 259: (4, 1, 8)}),
    "tiff of 60,000 strips": tiff({273: (4, 60_000, 8), 279: (4, 60_000, 8), 278: (4, 1, 1), 257: (4, 1, 60_000)}),
    "tiff of 60,000 bands": tiff({277: (4, 1, 60_000), 258: (3, 60_000, 8)}),
    "tiff of one tile of 16 GB": tiff(
        {322: (4, 1, 65_520), 323: (4, 1, 65_520), 324: (4, 1, 8), 325: (4, 1, 64), 259: (4, 1, 8)}
    ),
    "tiff of broken LZW": tiff({259: (4, 1, 5)}),
    "tiff of broken JPEG": tiff({259: (4, 1, 7)}),
    "tiff of no compression known": tiff({259: (4, 1, 51_234)}),
    "svg broken": svg("<rect"),
    "svg of entities": svg("<text>&l9;</text>", before=f'<!DOCTYPE svg [<!ENTITY l0 "lol">{_LOL}]>'),
    "svg of one long entity": svg(
        "<text>" + "&l;" * 100_000 + "</text>", before=f'<!DOCTYPE svg [<!ENTITY l "{"lol" * 80}">]>'
    ),
    "svg of one long entity in an attribute": svg(
        f'<path d="{"&l;" * 2_000_000}"/>', before=f'<!DOCTYPE svg [<!ENTITY l "{"lol" * 80}">]>'
    ),
    "svg with a file for an entity": svg(
        "<text>&file;</text>", before='<!DOCTYPE svg [<!ENTITY file SYSTEM "file:///etc/passwd">]>'
    ),
    "svg with entities from elsewhere": svg(
        "<text/>", before='<!DOCTYPE svg [<!ENTITY % more SYSTEM "http://127.0.0.1:9/x.dtd"> %more;]>'
    ),
    "svg of a hundred million": svg(f'<defs><rect id="g0" width="9" height="9"/>{_MANY}</defs><use xlink:href="#g8"/>'),
    "svg too long": svg(f"<!--{'x' * (8 << 20)}-->"),
    "svg in svg": image("data:image/svg+xml;base64," + base64.b64encode(svg("<rect/>")).decode()),
    "svg with a filter from elsewhere": svg("<filter><feImage href='/etc/hostname'/></filter>"),
    "svg using another": svg('<use xlink:href="other.svg#part"/>'),
    "svg with an entity in its reference": svg(
        '<image href="&file;" width="9" height="9"/>', before='<!DOCTYPE svg [<!ENTITY file "/tmp/x.png">]>'
    ),
}
"""Pictures that are refused for what they are."""

HARMLESS = {
    "gif of 100 frames of 25 megapixels": gif(5000, 5000, 100),
    "png text of 100 MB": png(8, 8, (b"zTXt", b"Comment\0\0" + deflated(100)), (b"IDAT", zlib.compress(bytes(200)))),
    "png with 100 MB too many": png(8, 8, (b"IDAT", deflated(100))),
    "tiff with 100 MB too many": tiff({259: (4, 1, 8), 279: (4, 1, len(deflated(100)))}, deflated(100)),
    "svg of 50,000 by 50,000": svg("<rect width='9' height='9'/>", 50_000, 50_000),
    "svg with declared attributes": svg(
        "<g/>" * 20_000 + "<image/>",
        before=f'<!DOCTYPE svg [<!ATTLIST image href CDATA "/x.png"><!ATTLIST g a CDATA "{"lol" * 15_000}">]>',
    ),
    "svg as thin as a hair": svg("<rect width='9' height='9'/>", 4096, 1),
    "svg with a script": svg("<script>while (true) {}</script>"),
    "svg with a prefixed script": svg("<s:script xmlns:s='http://www.w3.org/2000/svg'>1</s:script>"),
    "svg with handlers": svg("<rect width='9' height='9' onload='alert(1)' onclick='alert(2)'/>"),
    "svg with styles from elsewhere": svg("<style>@import url(http://127.0.0.1:9/x.css);</style><rect/>"),
    "polyglot": encoded(Image.new("RGB", (9, 9)), "GIF", comment=b"<script>alert(1)</script><svg onload=alert(1)>"),
}
"""Pictures of which what is harmful is left out."""

COSTLY = {
    "svg with a bomb inside": image("data:image/png;base64," + base64.b64encode(TOO_LARGE["png"]).decode()),
    "svg of endless filters": svg(
        '<filter id="f" x="0" y="0" width="1" height="1"><feMorphology radius="900" operator="dilate"/></filter>'
        + '<rect width="4000" height="4000" filter="url(#f)"/>' * 50,
        4000,
        4000,
    ),
    "svg as deep as the sea": svg("<g>" * 200_000 + "</g>" * 200_000),
}
"""Pictures that would take minutes, or more memory or stack than there is."""
