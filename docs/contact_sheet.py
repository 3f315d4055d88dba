"""Draws `contact-sheet.png`: what comes of pictures of every kind, for a person to look at.

Run it from anywhere; every input is drawn here: `python docs/contact_sheet.py`.
"""

import io
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from PIL import ExifTags, Image, ImageChops, ImageCms, ImageDraw, ImageFont

from penstock.imaging.render import render
from penstock.model.ids import Sha256
from penstock.model.image import Fit, Format, Position, Recipe, Rendered, Watermark

WIDTH, HEIGHT, MARGIN = 1440, 2102, 48
PAPER, CARD, INK, FAINT, ACCENT = "#f6f4ee", "#ffffff", "#1f2d36", "#76828a", "#0f7c80"
UPLOAD = Recipe(most=2 << 20)
Pair = tuple[int, int]


def scene(width: int = 640, height: int = 480) -> bytes:
    """A reservoir, its wall, and the penstock below it: a drawing."""
    stones = "".join(
        f'<rect x="{4 + 44 * column + 22 * (row % 2)}" y="{262 + 26 * row}" width="40" height="22" fill="#b9ab98"/>'
        for row in range(6)
        for column in range(7)
    )
    return f"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 480" width="{width}" height="{height}">
    <rect width="640" height="480" fill="#bfe3ea"/><circle cx="500" cy="96" r="48" fill="#f7c948"/>
    <path d="M0 220 120 90 210 180 330 50 480 220Z" fill="#7a8fa6"/>
    <path d="M330 50 372 98 345 92 326 112 300 90ZM120 90 148 118 122 116 98 122Z" fill="#fff"/>
    <path d="M200 240 420 150 640 230V480H200Z" fill="#5b9a5f"/><path d="M380 260 640 200V480H330Z" fill="#3f7d4a"/>
    <rect y="214" width="300" height="60" fill="#2f7fb3"/>
    <path d="M0 226H300M40 240H260" stroke="#8cc4e2" stroke-width="5"/>
    <path d="M0 252H330L360 480H0Z" fill="#a39580"/>{stones}<rect y="250" width="336" height="14" fill="#857761"/>
    <path d="M300 330H410L470 400" fill="none" stroke="#37474f" stroke-width="30" stroke-linejoin="round"/>
    <path d="M462 390 520 480H640V430Z" fill="#2f7fb3"/><path d="M470 396 560 470" stroke="#d8eef7" stroke-width="9"/>
    <rect x="236" y="168" width="46" height="84" fill="#c8553d"/><path d="M226 170 259 138 292 170Z" fill="#37474f"/>
    <rect x="250" y="190" width="18" height="22" fill="#fbe9a9"/></svg>""".encode()


def logo() -> bytes:
    """A drop on a clear ground."""
    return b"""<svg xmlns="http://www.w3.org/2000/svg" width="240" height="240"><path fill="#0f7c80"
    d="M120 10C150 70 190 105 190 155a70 70 0 0 1-140 0C50 105 90 70 120 10Z"/><path d="M85 160a35 35 0 0 0 35 35"
    fill="none" stroke="#fff" stroke-width="14" stroke-linecap="round"/></svg>"""


def lettering() -> bytes:
    """A drawing with text and a clear ground."""
    return b"""<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 200 150"><circle cx="100" cy="75" r="66"
    fill="#0f7c80" fill-opacity=".25"/><circle cx="100" cy="75" r="54" fill="none" stroke="#0f7c80" stroke-width="6"/>
    <text x="100" y="88" font-family="Anything" font-size="38" text-anchor="middle" fill="#1f2d36">SVG</text></svg>"""


def saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    """The picture as a file."""
    content = io.BytesIO()
    image.save(content, kind, **options)
    return content.getvalue()


def adobe_rgb() -> bytes:
    """A profile with the primaries and the gamma of Adobe RGB (1998), written by the book (ICC.1:2001)."""
    columns = {b"rXYZ": (0.6097, 0.3111, 0.0195), b"gXYZ": (0.2053, 0.6257, 0.0609), b"bXYZ": (0.1492, 0.0632, 0.7446)}
    white = {b"wtpt": (0.9642, 1.0, 0.8249)}
    tags = {
        name: b"XYZ \0\0\0\0" + struct.pack("!3i", *(round(value * 65536) for value in xyz))
        for name, xyz in (columns | white).items()
    }
    tags |= dict.fromkeys((b"rTRC", b"gTRC", b"bTRC"), b"curv\0\0\0\0\0\0\0\1\x02\x33\0\0")
    tags |= {b"desc": b"desc\0\0\0\0\0\0\0\1" + bytes(80), b"cprt": b"text\0\0\0\0\0\0\0\0"}
    table, body, start = struct.pack("!I", len(tags)), b"", 132 + 12 * len(tags)
    for name, data in tags.items():
        table += name + struct.pack("!II", start + len(body), len(data))
        body += data + bytes(-len(data) % 4)
    head = struct.pack("!I4xI4s4s4s12x4s", start + len(body), 0x02400000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return head + bytes(28) + struct.pack("!3i", 63190, 65536, 54061) + bytes(48) + table + body


@dataclass(frozen=True)
class Sample:
    """One card: a picture as it comes in."""

    title: str
    picture: bytes
    kind: str
    note: str


def samples() -> list[Sample]:
    """A picture of every kind, each with what makes its kind hard."""
    [whole] = render(scene(), [Recipe(format=Format.PNG)])
    photo = Image.open(io.BytesIO(whole.content)).convert("RGB")
    sideways = Image.Exif()
    sideways[ExifTags.Base.Orientation] = 6
    round_one = photo.convert("RGBA")
    mask = Image.new("L", photo.size, 0)
    ImageDraw.Draw(mask).ellipse((80, 0, 560, 480), fill=255)
    round_one.putalpha(mask)
    later = [ImageChops.invert(photo), photo.transpose(Image.Transpose.FLIP_LEFT_RIGHT)]
    large = Image.blend(photo.resize((6000, 4500)), Image.effect_noise((6000, 4500), 60).convert("RGB"), 0.25)
    grey = photo.convert("L").convert("I").point(lambda value: value * 257).convert("I;16")
    profile = ImageCms.ImageCmsProfile(io.BytesIO(adobe_rgb()))
    wide = ImageCms.profileToProfile(photo, ImageCms.createProfile("sRGB"), profile)
    assert wide is not None
    turned = photo.transpose(Image.Transpose.ROTATE_90)
    on_its_side = screenshot().quantize(16).transpose(Image.Transpose.ROTATE_90)
    cut_out = large.resize((2400, 1800)).convert("RGBA")
    cut_out.putalpha(mask.resize(cut_out.size))
    return [
        Sample("JPEG, held sideways", saved(turned, "JPEG", exif=sideways), "JPEG", "EXIF orientation 6"),
        Sample("JPEG, Adobe RGB", saved(wide, "JPEG", icc_profile=adobe_rgb()), "JPEG", "ICC profile"),
        Sample("JPEG, for print", saved(photo.convert("CMYK"), "JPEG"), "JPEG", "CMYK"),
        Sample("JPEG, 27 megapixels", saved(large, "JPEG", quality=92), "JPEG", "noise"),
        Sample("PNG, transparent", saved(round_one, "PNG"), "PNG", "RGBA"),
        Sample("PNG, deep", saved(grey, "PNG"), "PNG", "16-bit grey"),
        Sample("PNG, palette", saved(round_one.quantize(32), "PNG"), "PNG", "32 colours, clear"),
        Sample("GIF, animated", saved(photo, "GIF", save_all=True, append_images=later), "GIF", "3 frames"),
        Sample("WebP, transparent", saved(round_one, "WEBP"), "WebP", "RGBA"),
        Sample("BMP", saved(photo, "BMP"), "BMP", "uncompressed"),
        Sample("TIFF, pages", saved(photo, "TIFF", save_all=True, append_images=later), "TIFF", "3 pages"),
        Sample("SVG", lettering(), "SVG", "text, half clear"),
        Sample("PNG, screenshot", saved(screenshot(), "PNG"), "PNG", "few colours, exact"),
        Sample("PNG, turned", saved(on_its_side, "PNG", exif=sideways), "PNG", "16 colours, exact"),
        Sample("PNG, one bit", saved(screenshot().convert("1"), "PNG"), "PNG", "1 bit, exact"),
        Sample("PNG, cut out, large", saved(cut_out, "PNG", compress_level=1), "PNG", "scaled into 2 MB"),
        Sample("GIF, small first frame", small_frame(photo), "GIF", "white around it"),
        Sample("PNG, one grey clear", with_clear_grey(saved(grey, "PNG")), "PNG", "16-bit grey"),
        Sample("SVG, in GBK", styled(), "SVG", "sized by CSS, a script"),
        Sample("TIFF, one bit", saved(photo.convert("1"), "TIFF", compression="group4"), "TIFF", "fax, group 4"),
    ]


def screenshot() -> Image.Image:
    """A window with lines of text in a few colours."""
    image = Image.new("RGB", (640, 480), "#fdfdfd")
    pen = ImageDraw.Draw(image)
    pen.rectangle((0, 0, 640, 30), fill="#37474f")
    for left, colour in ((14, "#c8553d"), (38, "#f7c948"), (62, "#5b9a5f")):
        pen.ellipse((left, 8, left + 14, 22), fill=colour)
    inks = ("#1f2d36", "#0f7c80", "#c8553d", "#76828a")
    for line in range(14):
        pen.fontmode = "1"
        words = "penstock serve --data store" if line % 3 else "# what comes in, what comes out"
        pen.text((18 + 24 * (line % 3), 44 + 30 * line), words, inks[line % 4], ImageFont.load_default(22))
    return image


def small_frame(photo: Image.Image) -> bytes:
    """A GIF whose only frame covers the middle of its canvas."""
    frame = photo.resize((320, 240)).quantize(64)
    gif = bytearray(saved(frame, "GIF"))
    gif[6:10] = struct.pack("<HH", 640, 480)
    at = gif.index(b"\x2c" + struct.pack("<4H", 0, 0, 320, 240))
    gif[at + 1 : at + 5] = struct.pack("<HH", 160, 120)
    return bytes(gif)


def with_clear_grey(png: bytes) -> bytes:
    """The same, its most frequent grey clear."""
    image = Image.open(io.BytesIO(png)).convert("I")
    levels = image.point(lambda value: value / 257).convert("L").histogram()
    clear = struct.pack("!H", 257 * levels.index(max(levels)))
    chunk = struct.pack("!I", 2) + b"tRNS" + clear + struct.pack("!I", zlib.crc32(b"tRNS" + clear))
    return png[:33] + chunk + png[33:]


def styled() -> bytes:
    """A drawing as programs in China write it."""
    return """<?xml version="1.0" encoding="GBK"?>
    <svg xmlns="http://www.w3.org/2000/svg" class="sheet" viewBox="0 0 200 150"><style>.sheet{width:400px;height:300px}
    </style><title>\u6c34\u5370</title><script>alert(1)</script><g id="a"><use href="#b"/></g><g id="b"><use href="#a"/>
    <rect x="10" y="10" width="180" height="130" rx="14" fill="#0f7c80"/></g><switch><text x="100" y="86"
    systemLanguage="zh" font-size="30" text-anchor="middle" fill="#fff">GBK</text></switch></svg>""".encode("gbk")


class Sheet:
    """The paper, and what is put on it."""

    def __init__(self) -> None:
        self.paper = Image.new("RGB", (WIDTH, HEIGHT), PAPER)
        self.pen = ImageDraw.Draw(self.paper)

    def write(self, at: Pair, text: str, size: int = 13, ink: str = FAINT, anchor: str = "la") -> None:
        """Some words."""
        self.pen.text(at, text, ink, ImageFont.load_default(size), anchor)

    def heading(self, top: int, text: str, more: str, left: int = MARGIN, right: int = WIDTH - MARGIN) -> None:
        """What opens a section."""
        self.pen.rectangle((left, top, left + 36, top + 3), fill=ACCENT)
        self.write((left, top + 14), text, 24, INK)
        self.write((right, top + 22), more, 14, FAINT, "ra")

    def card(self, box: tuple[int, int, int, int]) -> None:
        """A white card."""
        self.pen.rounded_rectangle(box, 10, CARD, "#e4e0d6")

    def picture(self, image: Image.Image, box: tuple[int, int, int, int]) -> None:
        """A picture as large as fits, in the middle of a box; squares shine through where it is clear."""
        room = (box[2] - box[0], box[3] - box[1])
        smooth = {"1": "L", "P": "RGBA" if image.has_transparency_data else "RGB"}  # neither can be scaled smoothly
        image = image.convert(smooth[image.mode]) if image.mode in smooth else image.copy()
        image.thumbnail(room, Image.Resampling.LANCZOS)
        left, top = box[0] + (room[0] - image.width) // 2, box[1] + (room[1] - image.height) // 2
        if image.has_transparency_data:
            self.paper.paste(checkers(image.size), (left, top))
            image = image.convert("RGBA")
            self.paper.paste(image, (left, top), image)
        else:
            self.paper.paste(image.convert("RGB"), (left, top))
        self.pen.rectangle((left - 1, top - 1, left + image.width, top + image.height), outline="#d5d0c4")


def checkers(size: Pair, step: int = 6) -> Image.Image:
    """What is shown where nothing is."""
    image = Image.new("RGB", size, "#ffffff")
    pen = ImageDraw.Draw(image)
    for left in range(0, size[0], step):
        for top in range(left // step % 2 * step, size[1], 2 * step):
            pen.rectangle((left, top, left + step - 1, top + step - 1), "#dcdcdc")
    return image


def decoded(made: Rendered) -> Image.Image:
    """What came out."""
    return Image.open(io.BytesIO(made.content))


def stored(sample: Sample) -> Image.Image:
    """What came in, as its pixels are stored: neither turned nor converted."""
    if sample.kind == "SVG":
        return decoded(render(sample.picture, [Recipe(Fit.INSIDE, format=Format.PNG)])[0])
    image = Image.open(io.BytesIO(sample.picture))
    if image.mode == "I;16":
        return image.convert("I").point(lambda value: value / 257).convert("L")
    return image


def told(width: int, height: int, content: bytes) -> str:
    """Size and weight."""
    weight = len(content) / 1000
    return f"{width} by {height} · " + (f"{weight / 1000:.1f} MB" if weight >= 1000 else f"{max(1, weight):.0f} KB")


def formats(sheet: Sheet, top: int) -> None:
    """Before and after, for every kind."""
    sheet.heading(top, "What comes in, what comes out", "as stored; then upright, sRGB, at most 2 MB, without metadata")
    for index, sample in enumerate(samples()):
        left, upper = MARGIN + index % 4 * 340, top + 64 + index // 4 * 206
        [made] = render(sample.picture, [UPLOAD])
        before = stored(sample)
        sheet.card((left, upper, left + 324, upper + 190))
        sheet.write((left + 14, upper + 12), sample.title, 17, INK)
        sheet.write((left + 310, upper + 15), sample.note, 13, FAINT, "ra")
        for image, start, words in (
            (before, left + 14, f"{sample.kind}\n{told(*before.size, sample.picture)}"),
            (decoded(made), left + 174, f"{made.format.upper()}\n{told(made.width, made.height, made.content)}"),
        ):
            sheet.picture(image, (start, upper + 42, start + 136, upper + 144))
            sheet.write((start, upper + 152), words, 12)
        sheet.pen.polygon([(left + 158, upper + 86), (left + 158, upper + 100), (left + 167, upper + 93)], ACCENT)


def watermarks(sheet: Sheet, top: int) -> None:
    """The seven positions, then strength and size."""
    sheet.heading(top, "Watermarks", "seven positions; opacity, scale and ratio")
    mark = Sha256("0" * 64)
    wanted = [(position.value.replace("_", " ").lower(), Watermark(mark, position)) for position in Position]
    wanted += [
        ("opacity 1", Watermark(mark, Position.CENTER, 1.0)),
        ("opacity 0.2", Watermark(mark, Position.CENTER, 0.2)),
        ("scale 0.25", Watermark(mark, Position.CENTER, 1.0, 0.25)),
        ("ratio 0.8", Watermark(mark, Position.CENTER, 0.5, 2.0, 0.8)),
        ("ratio 0.1", Watermark(mark, Position.CENTER, 1.0, 2.0, 0.1)),
    ]
    recipes = [Recipe(Fit.INSIDE, width=400, watermark=each) for _, each in wanted]
    for index, (made, (words, _)) in enumerate(zip(render(scene(), recipes, watermark=logo()), wanted, strict=True)):
        left, upper = MARGIN + index % 6 * 226, top + 64 + index // 6 * 192
        sheet.picture(decoded(made), (left, upper, left + 212, upper + 160))
        sheet.write((left + 106, upper + 166), words, 13, INK, "ma")


def avatars(sheet: Sheet, top: int) -> None:
    """Avatars, in their real sizes."""
    sheet.heading(top, "Avatars", "200, 100 and 50", right=MARGIN + 390)
    recipes = [Recipe(Fit.COVER, side, side) for side in (200, 100, 50)]
    left = MARGIN
    for made in render(scene(), recipes):
        upper = top + 64
        sheet.picture(decoded(made), (left, upper, left + made.width, upper + made.height))
        sheet.write((left + made.width // 2, upper + made.height + 6), f"{made.width}", 13, INK, "ma")
        left += made.width + 20


def thumbnails(sheet: Sheet, top: int, left: int) -> None:
    """Pictures of odd shapes, covered by a square of 200."""
    sheet.heading(top, "Thumbnails", "200 by 200, whatever the shape", left)
    icon = logo().replace(b'width="240" height="240"', b'width="24" height="24" viewBox="0 0 240 240"')
    wide = Image.open(io.BytesIO(render(scene(1600, 1200), [Recipe(format=Format.PNG)])[0].content)).convert("RGB")
    shapes: Sequence[tuple[str, bytes]] = (
        ("from 1600 by 300", saved(wide.crop((0, 400, 1600, 700)), "PNG")),
        ("from 300 by 1200", saved(wide.crop((550, 0, 850, 1200)), "PNG")),
        ("from 40 by 30, enlarged", saved(wide.resize((40, 30)), "PNG")),
        ("from an icon of 24 by 24", icon),
    )
    for index, (words, picture) in enumerate(shapes):
        [made] = render(picture, [Recipe(Fit.COVER, 200, 200, Format.JPEG)])
        start = left + index * 220
        sheet.picture(decoded(made), (start, top + 64, start + 200, top + 264))
        sheet.write((start + 100, top + 270), words, 13, INK, "ma")


def main() -> None:
    """Draw the sheet beside this file."""
    sheet = Sheet()
    sheet.write((MARGIN, 40), "Penstock · pictures", 40, INK)
    sheet.write((MARGIN, 92), "Drawn by docs/contact_sheet.py with the code that serves uploads.", 16)
    formats(sheet, 146)
    watermarks(sheet, 1268)
    avatars(sheet, 1748)
    thumbnails(sheet, 1748, 532)
    target = Path(__file__).with_name("contact-sheet.png")
    sheet.paper.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(target, optimize=True)


if __name__ == "__main__":
    main()
