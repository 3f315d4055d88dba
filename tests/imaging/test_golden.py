"""What goes in, and what comes out: every format, every turn, every kind of colour, no metadata."""

import base64
from typing import Any

import pytest
from PIL import ExifTags, Image, ImageCms, PngImagePlugin

from penstock.imaging.fonts import last_resort
from penstock.imaging.render import render
from penstock.model.image import Fit, Format, Recipe
from tests.imaging.samples import (
    BLUE,
    GREEN,
    KINDS,
    RED,
    SECRET,
    WHITE,
    colour,
    corners,
    encoded,
    icc_profile,
    near,
    noisy,
    opened,
    quarters,
    srgb_of_adobe,
    svg,
    upright,
)
from tests.support.ci import required_in_ci

KEEP = Recipe()
THUMBNAIL = Recipe(Fit.COVER, 200, 200)
Q_SVG = "".join(
    f'<rect x="{x}" y="{y}" width="48" height="32" fill="rgb{c}"/>'
    for x, y, c in ((0, 0, RED), (48, 0, GREEN), (48, 32, BLUE), (0, 32, (240, 210, 30)))
)


def one(picture: bytes, recipe: Recipe = KEEP, **options: Any) -> Image.Image:
    """The one picture that the recipe makes."""
    [made] = render(picture, [recipe], **options)
    return opened(made)


@pytest.mark.parametrize("kind", [*KINDS, "SVG"])
def test_every_kind_comes_out_as_it_looked(kind: str) -> None:
    """JPEG and PNG stay what they are and all else becomes JPEG, of the same size and colours (oss.md §8)."""
    picture = svg(Q_SVG) if kind == "SVG" else encoded(quarters(), kind)
    image = one(picture)
    assert image.format == ("PNG" if kind == "PNG" else "JPEG")
    assert (image.size, image.mode) == ((96, 64), "RGB")
    assert upright(image)


@pytest.mark.parametrize("target", Format)
@pytest.mark.parametrize("kind", KINDS)
def test_a_format_can_be_asked_for(kind: str, target: Format) -> None:
    """Any kind is made JPEG, PNG or WebP."""
    image = one(encoded(quarters(), kind), Recipe(format=target))
    assert image.format == target.upper()
    assert upright(image)


STORED_AS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}


@pytest.mark.parametrize("orientation", STORED_AS)
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
def test_orientation_is_baked_in(kind: str, orientation: int) -> None:
    """However a camera was held, the picture and its thumbnails come out upright."""
    turn = STORED_AS[orientation]
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    # Large enough to be decoded at a fraction of its size.
    stored = quarters(960, 640) if turn is None else quarters(960, 640).transpose(turn)
    picture = encoded(stored, kind, exif=exif)
    for recipe, size in ((KEEP, (960, 640)), (THUMBNAIL, (200, 200)), (Recipe(Fit.INSIDE, width=48), (48, 32))):
        image = one(picture, recipe)
        assert image.size == size
        assert upright(image)


def test_an_orientation_that_is_none_turns_nothing() -> None:
    """A wrong number in the EXIF, or EXIF that cannot be read, is ignored."""
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 77
    assert upright(one(encoded(quarters(), "JPEG", exif=exif)))
    assert upright(one(encoded(quarters(), "JPEG", exif=b"Exif\0\0MM\0*\xff\xff\xff\xff\xff")))


def secretive(kind: str) -> bytes:
    """A picture with a secret in everything that its kind can hide one in."""
    exif = Image.Exif()
    exif[ExifTags.Base.Artist] = SECRET
    exif.get_ifd(ExifTags.IFD.GPSInfo)[ExifTags.GPS.GPSMapDatum] = SECRET
    xmp = f"<x:xmpmeta xmlns:x='adobe:ns:meta/'>{SECRET}</x:xmpmeta>".encode()
    iptc = b"Photoshop 3.0\x008BIM\x04\x04\0\0" + len(SECRET).to_bytes(4) + SECRET.encode()
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SECRET)
    text.add_text("Author", SECRET, zip=True)
    text.add_itxt("XML:com.adobe.xmp", SECRET, zip=True)
    options: dict[str, dict[str, Any]] = {
        "JPEG": {
            "exif": exif,
            "xmp": xmp,
            "comment": SECRET,
            "extra": b"\xff\xed" + (len(iptc) + 2).to_bytes(2) + iptc,
            "icc_profile": icc_profile(),
        },
        "PNG": {"exif": exif, "pnginfo": text, "icc_profile": icc_profile(), "dpi": (300, 300)},
        "GIF": {"comment": SECRET},
        "WEBP": {"exif": exif, "xmp": xmp, "icc_profile": icc_profile()},
        "TIFF": {"exif": exif, "tiffinfo": {270: SECRET, 700: xmp, 33723: SECRET}, "icc_profile": icc_profile()},
        "BMP": {},
    }
    picture = encoded(quarters(), kind, **options[kind]) + SECRET.encode()
    assert SECRET.encode() in picture
    return picture


@pytest.mark.parametrize("target", [None, *Format])
@pytest.mark.parametrize("kind", KINDS)
def test_no_metadata_is_left(kind: str, target: Format | None) -> None:
    """EXIF, GPS, XMP, IPTC, profiles, comments, texts, and what was appended to the file are gone."""
    opened(*render(secretive(kind), [Recipe(format=target)]))


def test_what_a_drawing_says_about_itself_is_gone() -> None:
    """Titles, comments and metadata of an SVG are not kept."""
    one(svg(f"<title>{SECRET}</title><!-- {SECRET} --><metadata>{SECRET}</metadata>{Q_SVG}"))


@pytest.mark.parametrize(("kind", "mode"), [("JPEG", "RGB"), ("PNG", "RGBA"), ("WEBP", "RGB"), ("TIFF", "RGB")])
def test_colours_are_converted_to_srgb(kind: str, mode: str) -> None:
    """A picture in another colour space looks the same without its profile."""
    solid = Image.new(mode, (64, 64), (200, 100, 50, 128)[: len(mode)])
    image = one(encoded(solid, kind, icc_profile=icc_profile(), quality=95), Recipe(format=Format.PNG))
    expected = srgb_of_adobe(200, 100, 50)
    assert not near(expected, (200, 100, 50), 20)
    assert near(colour(image, 30, 30)[:3], expected, 3)
    assert colour(image, 30, 30)[3:] == (128,)[: len(mode) - 3]


def test_greys_are_converted_to_srgb() -> None:
    """A grey picture with a profile of its own is brought to the greys of sRGB, its transparency kept."""
    linear = icc_profile(b"GRAY", gamma=1.0)
    image = one(encoded(Image.new("L", (32, 32), 55), "PNG", icc_profile=linear))
    assert near(colour(image, 9, 9), (128, 128, 128), 2)
    image = one(encoded(Image.new("LA", (32, 32), (55, 77)), "PNG", icc_profile=linear))
    assert near(colour(image, 9, 9), (128, 128, 128, 77), 2)


@pytest.mark.parametrize("profile", [b"nonsense", icc_profile(b"GRAY"), icc_profile()[:200]])
def test_a_useless_profile_is_ignored(profile: bytes) -> None:
    """A profile that is broken, or made for other pixels, changes nothing."""
    assert upright(one(encoded(quarters(), "JPEG", icc_profile=profile)))


@pytest.mark.parametrize("kind", ["JPEG", "TIFF"])
def test_cmyk(kind: str) -> None:
    """Pictures for print come out in colours for the screen."""
    image = one(encoded(quarters(mode="CMYK"), kind))
    assert image.mode == "RGB"
    assert upright(image, 12)


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits(kind: str) -> None:
    """A deep grey keeps its shade: 0x8000 of 0xffff is a middle grey, not white."""
    image = one(encoded(Image.new("I;16", (32, 32), 0x8000), kind))
    assert near(colour(image, 5, 5), (128, 128, 128), 1)


def test_deeper_than_sixteen_bits() -> None:
    """Greys of 32 bits, whole or broken numbers, are stretched between the darkest and the lightest."""
    for mode, low, high in (("I", -5, 1_000_000), ("F", 0.25, 0.5)):
        deep = Image.new(mode, (32, 32), low)
        deep.paste(high, (16, 0, 32, 32))
        image = one(encoded(deep, "TIFF"))
        assert near(colour(image, 4, 9), (0, 0, 0), 2)
        assert near(colour(image, 28, 9), (255, 255, 255), 2)


@pytest.mark.parametrize("mode", ["1", "L", "P", "LA", "PA", "RGBA", "YCbCr", "LAB"])
def test_every_mode_becomes_rgb(mode: str) -> None:
    """However pixels were stored, their colours come out, RGB; a PNG keeps even alpha that hides nothing."""
    kind = {"LA": "PNG", "RGBA": "PNG", "PA": "TIFF"}.get(mode, "TIFF")
    drawn = Image.new("RGB", (32, 32), "white")
    image = one(encoded(drawn.convert("RGBA").convert(mode) if mode != "LAB" else _lab(drawn), kind))
    assert image.mode == (mode if kind == "PNG" else "RGB")
    assert near(colour(image, 9, 9)[:3], WHITE, 2)


def _lab(image: Image.Image) -> Image.Image:
    converted = ImageCms.profileToProfile(
        image, ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), outputMode="LAB"
    )
    assert converted is not None
    return converted


def half_clear(mode: str) -> Image.Image:
    """Red on the left, nothing on the right."""
    image = Image.new("RGBA", (64, 64), (*RED, 255))
    image.paste((0, 0, 0, 0), (32, 0, 64, 64))
    return image.quantize(16) if mode == "P" else image


@pytest.mark.parametrize(
    "picture",
    [
        encoded(half_clear("RGBA"), "PNG"),
        encoded(half_clear("P"), "PNG"),
        encoded(half_clear("RGBA"), "GIF"),
        encoded(half_clear("RGBA"), "WEBP", lossless=True),
        encoded(half_clear("RGBA"), "TIFF"),
        svg(f'<rect width="32" height="64" fill="rgb{RED}"/>', 64, 64),
    ],
    ids=["png", "png-palette", "gif", "webp", "tiff", "svg"],
)
def test_what_shines_through(picture: bytes) -> None:
    """Transparency is kept where the format can and is white where it cannot."""
    jpeg, kept, webp = (one(picture, Recipe(format=target)) for target in Format)
    assert near(colour(jpeg, 12, 32), RED)
    assert near(colour(jpeg, 52, 32), WHITE, 2)
    for image in (kept, webp):
        assert near(colour(image, 12, 32), (*RED, 255))
        assert colour(image, 52, 32)[3] == 0


def test_a_veil_is_mixed_with_white() -> None:
    """Half transparent on white is half as strong."""
    image = one(encoded(Image.new("RGBA", (32, 32), (0, 0, 0, 128)), "WEBP"))
    assert near(colour(image, 9, 9), (127, 127, 127), 3)


@pytest.mark.parametrize("kind", ["GIF", "WEBP", "TIFF", "PNG"])
def test_the_first_of_many_frames(kind: str) -> None:
    """Of an animation or of many pages the first is used."""
    others = [Image.new("RGB", (96, 64), shade) for shade in ("black", "white", "pink")]
    assert upright(one(encoded(quarters(), kind, save_all=True, append_images=others)))


@pytest.mark.parametrize("size", [(1, 1), (7, 3), (199, 201), (200, 200), (1000, 30), (30, 1000), (3000, 2000)])
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "SVG"])
def test_thumbnails_are_exactly_200_by_200(kind: str, size: tuple[int, int]) -> None:
    """A thumbnail covers its square, cut from the centre, enlarged when the picture is smaller (RULINGS, `oss`)."""
    picture = svg("<rect width='100%' height='100%'/>", *size) if kind == "SVG" else encoded(quarters(*size), kind)
    assert one(picture, THUMBNAIL).size == (200, 200)


def test_a_thumbnail_is_cut_from_the_centre() -> None:
    """What is off the middle of a wide picture is cut off on both sides alike."""
    wide = Image.new("RGB", (900, 300), RED)
    wide.paste(BLUE, (300, 0, 600, 300))
    image = one(encoded(wide, "PNG"), THUMBNAIL)
    assert corners(image) == [BLUE] * 4
    assert near(colour(image, 0, 100), BLUE)
    assert near(colour(image, 199, 100), BLUE)


@pytest.mark.parametrize("kind", ["JPEG", "PNG"])
@pytest.mark.parametrize("size", [(500, 500), (401, 300), (300, 403)])
def test_avatars_are_square(kind: str, size: tuple[int, int]) -> None:
    """An avatar is the largest square around the centre, and the same at 200, 100 and 50 (oss.md §9)."""
    recipes = [Recipe(Fit.SQUARE), *(Recipe(Fit.COVER, side, side) for side in (200, 100, 50))]
    images = [opened(made) for made in render(encoded(quarters(*size), kind), recipes)]
    assert [image.size for image in images] == [(side, side) for side in (min(size), 200, 100, 50)]
    assert all(upright(image) for image in images)


def test_a_square_is_cut_not_resized() -> None:
    """The large avatar has the very pixels of the picture."""
    picture = noisy(70, 50)
    image = one(encoded(picture, "PNG"), Recipe(Fit.SQUARE))
    assert image.tobytes() == picture.crop((10, 0, 60, 50)).tobytes()


@pytest.mark.parametrize(
    ("width", "height", "size"),
    [
        (48, None, (48, 32)),
        (None, 16, (24, 16)),
        (48, 48, (48, 32)),
        (10, 4096, (10, 7)),
        (4096, 4096, (96, 64)),
        (1, 1, (1, 1)),
        (None, None, (96, 64)),
    ],
)
def test_inside(width: int | None, height: int | None, size: tuple[int, int]) -> None:
    """Proportions are kept, no side is longer than asked for, and nothing is enlarged."""
    assert one(encoded(quarters(), "PNG"), Recipe(Fit.INSIDE, width, height)).size == size


def test_extreme_shapes() -> None:
    """A picture of one line is shrunk to the longest side that a format knows, and its thumbnail is made."""
    line = encoded(Image.new("RGB", (70_000, 1), RED), "PNG")
    recipes = [Recipe(format=Format.JPEG), Recipe(format=Format.WEBP), THUMBNAIL]
    sizes = [opened(made).size for made in render(line, recipes)]
    assert sizes == [(65500, 1), (16383, 1), (200, 200)]


@pytest.mark.parametrize(
    ("attributes", "size"),
    [
        ('width="96" height="64"', (96, 64)),
        ('width="1in" height="25.4mm"', (96, 96)),
        ('width="30pt" height="2pc"', (40, 32)),
        ('viewBox="0 0 30 20"', (30, 20)),
        ('viewBox="-5,-5 30,20" width="300"', (300, 200)),
        ('viewBox="0 0 30 20" height="40" width="100%"', (60, 40)),
        ("", (300, 150)),
        ('width="-1" height="0" viewBox="0 0 0 0"', (300, 150)),
        ('width="1e3" height=".5e3"', (1000, 500)),
        ('width="50000" height="25000"', (4096, 2048)),
        ('width="1e99" height="1"', (4096, 1)),
    ],
)
def test_the_size_of_a_drawing(attributes: str, size: tuple[int, int]) -> None:
    """A drawing is as large as it says, in any unit, and never larger than 4096 pixels."""
    picture = f'<svg xmlns="http://www.w3.org/2000/svg" {attributes}><rect width="9" height="9"/></svg>'
    assert one(picture.encode()).size == size


def test_a_small_drawing_is_drawn_large_for_its_thumbnail() -> None:
    """An icon is drawn at the size of the thumbnail, so that its edges are sharp."""
    icon = svg('<rect width="12" height="24"/>', 24, 24)
    small, large = (opened(made) for made in render(icon, [KEEP, Recipe(Fit.COVER, 200, 200, Format.PNG)]))
    assert small.size == (24, 24)
    assert large.convert("RGBA").getcolors() == [(20_000, (0, 0, 0, 0)), (20_000, (0, 0, 0, 255))]


@pytest.mark.parametrize(
    "letters",
    [
        '<text x="5" y="40" font-size="30">Penstock</text>',
        '<text x="5" y="40" font-size="30" font-family="No Such Font">Penstock</text>',
        '<text x="5" y="40" style="font-size:30px;font-family:\'No Such Font\'">Penstock</text>',
        '<style>text{font-family:Nothing;font-size:30px}</style><text x="5" y="40">Penstock</text>',
    ],
)
def test_drawings_keep_their_text(letters: str) -> None:
    """Text is drawn with the fonts of the machine, also when the one that it names is not there."""
    required_in_ci(last_resort() is not None, "a font")
    image = one(svg(letters, 200, 60))
    assert image.convert("L").point(lambda value: 255 if value < 128 else 0).getbbox() is not None


def test_harmless_drawings_pass() -> None:
    """Links, document types, constants of Illustrator, processing instructions and pictures inside are no harm."""
    dot = "data:image/png;base64," + base64.b64encode(encoded(quarters(8, 8), "PNG")).decode()
    before = """<?xml version="1.0"?><?xml-stylesheet href="http://127.0.0.1:9/x.css"?>
    <!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd"
    [<!ENTITY ns_ai "http://ns.adobe.com/AdobeIllustrator/10.0/">]>"""
    inner = f"""<a xlink:href="https://example.com/" onclick="alert(1)"><defs><g id="one">{Q_SVG}</g></defs></a>
    <use xlink:href="#one"/><image href="{dot}" width="8" height="8"/><text>a &lt; b &amp; c</text>"""
    assert upright(one(svg(inner, attributes='xmlns:ai="&ns_ai;"', before=before)))


def test_prefixed_drawings() -> None:
    """An SVG may name its namespace with a prefix."""
    picture = b'<s:svg xmlns:s="http://www.w3.org/2000/svg" width="8" height="8"><s:rect width="9" height="9"/></s:svg>'
    assert corners(one(picture)) == [(0, 0, 0)] * 4
