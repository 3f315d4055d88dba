"""`oss`: what its contract and RULINGS promise of pictures."""

import io

import httpx
import pytest
from PIL import Image

from penstock.adapters.pictures import PicturePool
from tests.dialects.instant.client import Instant
from tests.dialects.oss.client import DIALECTS, FILE, MEDIA, Oss, image, opened, outcome, process, send_image, upload
from tests.support.bytes import md5, noise
from tests.support.hook import MARK, Hook, serve_hook
from tests.support.pictures import photo
from tests.support.server import OpenServer, Server

pytestmark = pytest.mark.dialects(*DIALECTS)


@pytest.mark.parametrize(
    ("kind", "stored"),
    [("JPEG", "JPEG"), ("PNG", "PNG"), ("GIF", "JPEG"), ("WEBP", "JPEG"), ("BMP", "JPEG"), ("TIFF", "JPEG")],
)
async def test_an_image_is_stored_safe_with_its_thumbnail(server: Server, kind: str, stored: str) -> None:
    """Any format comes out as JPEG or PNG, and its thumbnail is exactly 200 by 200; `size` is what is stored."""
    file = await image(server.alice, photo(600, 400, kind), f"a.{kind.lower()}")
    picture = await opened(server, file["path"])
    assert (picture.format, picture.size) == (stored, (600, 400))
    assert file["size"] == int((await server.caller().head(file["path"])).headers["content-length"])
    assert (await opened(server, file["thumbnailPath"])).size == (200, 200)
    assert file["thumbPath"] == file["thumbnailPath"]


async def test_a_vector_drawing_becomes_a_picture(server: Server) -> None:
    """SVG is drawn, and is no longer SVG."""
    size = b'width="300" height="100"'
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" %s><rect %s fill="red"/></svg>' % (size, size)
    file = await image(server.alice, svg, "a.svg")
    assert (await opened(server, file["path"])).size == (300, 100)


async def test_the_same_image_again_is_the_same_record(server: Server) -> None:
    """Asked for in the same way it is not made twice; asked for in another way it is."""
    content = photo(300, 200)
    first, second = await image(server.alice, content), await image(server.alice, content)
    assert first == second
    other = await image(server.alice, content, width="100")
    assert other["path"] != first["path"]
    assert (await opened(server, other["path"])).size == (100, 67)


@pytest.mark.parametrize("content", [b"", b"<html>", noise(5000), b"GIF89a"], ids=["empty", "html", "noise", "head"])
async def test_what_is_no_picture_is_refused(server: Server, content: bytes) -> None:
    """By content, whatever the name says: 415 or 400, and nothing is kept."""
    answer = await send_image(server.alice, "image/upload", content, "a.jpg")
    assert outcome(answer)[0] in {400, 415}
    assert (server.rows("files"), server.rows("blobs"), server.staged()) == ([], [], [])


async def test_another_md5_than_the_identifier_is_refused(server: Server) -> None:
    """Pictures are checked too, before they are changed."""
    answer = await send_image(server.alice, "image/upload", photo(20, 20), identifier=md5(b"other"))
    assert outcome(answer)[:2] == (400, "INVALID_MD5")
    assert server.rows("files") == []


@pytest.mark.parametrize(
    ("query", "size"),
    [
        ({"width": "100"}, (100, 67)),
        ({"height": "100"}, (150, 100)),
        ({"width": "100", "height": "100"}, (100, 67)),
        ({"format": "png"}, (600, 400)),
        ({"format": "jpg", "width": "60"}, (60, 40)),
    ],
    ids=str,
)
async def test_options_resize_and_convert(server: Server, query: dict[str, str], size: tuple[int, int]) -> None:
    """In the query, as the data model names them; proportions are kept."""
    picture = await opened(server, (await image(server.alice, photo(600, 400), **query))["path"])
    assert picture.size == size
    assert picture.format == {"png": "PNG"}.get(query.get("format", ""), "JPEG")


async def test_options_may_be_fields_of_the_form(server: Server) -> None:
    """The same, beside the file."""
    content = photo(600, 400)
    answer = await server.alice.post(
        f"{MEDIA}/image/upload",
        data={"identifier": md5(content), "width": "90"},
        files={"file": ("a.jpg", content)},
    )
    assert (await opened(server, answer.json()["data"]["path"])).size == (90, 60)


@pytest.mark.parametrize(
    "wrong",
    [
        {"width": "0"},
        {"width": "4097"},
        {"width": "wide"},
        {"height": "-1"},
        {"format": "gif"},
        {"opacity": "1.1"},
        {"opacity": "nan"},
        {"scale": "0.05"},
        {"ratio": "0.01"},
        {"watermarkPosition": "LEFT"},
    ],
    ids=str,
)
async def test_options_out_of_bounds_are_refused(server: Server, wrong: dict[str, str]) -> None:
    """Each is 400, and nothing is kept."""
    answer = await send_image(server.alice, "image/upload", photo(60, 40), **wrong)
    assert outcome(answer)[:2] == (400, "INVALID_PARAMETER")
    assert server.rows("files") == []


async def test_a_watermark_is_a_stored_picture_of_ones_own(server: Server) -> None:
    """By its path, or by its identifier; where it stands the picture changes, elsewhere it does not."""
    mark = io.BytesIO()
    Image.new("RGB", (100, 100), "red").save(mark, "PNG")
    logo = await image(server.alice, mark.getvalue(), "logo.png")
    plain = Image.new("RGB", (400, 400), "white")
    out = io.BytesIO()
    plain.save(out, "PNG")
    for named in (logo["path"], logo["identifier"]):
        file = await image(
            server.alice, out.getvalue(), watermarkPath=named, opacity="1", scale="1", watermarkPosition="TOP_LEFT"
        )
        picture = (await opened(server, file["path"])).convert("RGB")
        red, green, blue = picture.getpixel((50, 50))  # type: ignore[misc]
        assert (red > 200, green < 80, blue < 80) == (True, True, True)
        assert picture.getpixel((390, 390)) == (255, 255, 255)


@pytest.mark.parametrize(
    "named",
    ["http://127.0.0.1:9/logo.png", "file:///etc/passwd", "/watermarks/logo.png", "0" * 32, "/oss/f/x/y/z", "//evil/x"],
)
async def test_a_watermark_from_elsewhere_is_refused(server: Server, named: str) -> None:
    """Nothing is fetched: what is not a stored picture of the caller's is no watermark."""
    answer = await send_image(server.alice, "image/upload", photo(60, 40), watermarkPath=named)
    assert answer.status_code in {400, 404}
    assert server.rows("files") == []


async def test_somebody_elses_picture_is_no_watermark(server: Server) -> None:
    """Not even by its path."""
    theirs = await image(server.bob, photo(50, 50))
    answer = await send_image(server.alice, "image/upload", photo(60, 40), watermarkPath=theirs["path"])
    assert outcome(answer)[:2] == (400, "INVALID_PARAMETER")


async def test_a_text_is_no_watermark(server: Server) -> None:
    """A file that is no picture is refused as the parameter that names it, not as the picture that was sent."""
    file = (await upload(server.alice, b"words", "words.txt")).json()["data"]
    answer = await send_image(server.alice, "image/upload", photo(60, 40), watermarkPath=file["path"])
    assert outcome(answer)[:2] == (400, "INVALID_PARAMETER")
    assert answer.json()["data"] == {"field": "watermarkPath", "reason": "not a picture"}


async def test_a_picture_in_the_trash_is_no_watermark(server: Server) -> None:
    """What cannot be downloaded cannot be seen through another picture either."""
    logo = await image(server.alice, photo(50, 50))
    with server.database() as connection:
        connection.execute("UPDATE files SET trashed_at = 1")
    for named in (logo["path"], logo["identifier"]):
        answer = await send_image(server.alice, "image/upload", photo(60, 40), watermarkPath=named)
        assert outcome(answer)[:2] == (400, "INVALID_PARAMETER")


async def test_an_identifier_is_looked_up_per_kind(server: Server) -> None:
    """A picture is stored changed: the file calls know only bytes that have the MD5; download prefers the file."""
    content = photo(500, 300)
    picture = await image(server.alice, content)
    assert (await Oss(server.alice, [content]).ask("isExits")).status_code == 404
    assert (await Oss(server.alice, [content]).progress())["isNew"] == 1
    query = {"identifier": md5(content)}
    assert len((await server.alice.get(f"{FILE}/download", params=query)).content) == picture["size"]
    await upload(server.alice, content, "a.jpg")
    assert (await server.alice.get(f"{FILE}/download", params=query)).content == content
    listed = (await server.alice.get("/api/file/list")).json()["data"]["files"]
    assert {entry["fileSize"] for entry in listed} == {len(content), picture["size"]}


async def test_an_avatar_is_square_in_four_sizes(server: Server) -> None:
    """Cut from the centre; the thumbnail is the 100, and `sizes` has them all."""
    answer = await send_image(server.alice, "avatar/upload", photo(600, 400))
    file = answer.json()["data"]
    assert (await opened(server, file["path"])).size == (400, 400)
    assert file["sizes"].keys() == {"200", "100", "50"}
    for side, url in file["sizes"].items():
        assert (await opened(server, url)).size == (int(side), int(side))
    assert file["thumbnailPath"] == file["sizes"]["100"]


async def test_avatars_are_jpeg_or_png_of_at_most_5_mb(server: Server) -> None:
    """Other formats are 415; larger files 413."""
    assert outcome(await send_image(server.alice, "avatar/upload", photo(60, 60, "GIF")))[:2] == (
        415,
        "UNSUPPORTED_MEDIA_TYPE",
    )
    large = photo(60, 60) + bytes(5 << 20)
    assert outcome(await send_image(server.alice, "avatar/upload", large))[:2] == (413, "FILE_TOO_LARGE")


async def test_a_variant_is_made_once(server: Server) -> None:
    """The same request answers the same stored variant; another another; the default format is PNG."""
    content = photo(600, 400)
    await image(server.alice, content)
    first, second = [(await process(server.alice, content, width=80)).json()["data"] for _ in range(2)]
    assert first == second
    variant = await opened(server, first["path"])
    assert (variant.format, variant.size, first["type"]) == ("PNG", (80, 53), "image/png")
    assert len(server.rows("variants")) == 2
    other = (await process(server.alice, content, width=80, format="webp")).json()["data"]
    assert (await opened(server, other["path"])).format == "WEBP"
    assert len(server.rows("variants")) == 3


async def test_a_file_that_is_a_picture_can_be_processed(server: Server) -> None:
    """What came as a plain file, too; what is no picture, or nobody's, cannot."""
    content = photo(60, 40)
    await upload(server.alice, content, "a.jpg")
    assert (await process(server.alice, content, width=10)).status_code == 200
    await upload(server.alice, b"text", "a.txt")
    assert outcome(await process(server.alice, b"text", width=10))[0] in {400, 415}
    assert outcome(await process(server.alice, b"nowhere", width=10))[:2] == (404, "FILE_NOT_FOUND")
    assert outcome(await process(server.bob, content, width=10))[:2] == (404, "FILE_NOT_FOUND")


async def test_only_an_image_has_a_thumbnail(server: Server) -> None:
    """A picture that came through another dialect was given none, whatever its client calls it."""
    content = photo(60, 40)
    await Instant(server.alice, [content], "a.jpg", key="image:1").whole()
    assert "thumbnailPath" not in (await process(server.alice, content, width=10)).json()["data"]


async def test_variants_go_with_their_picture(server: Server) -> None:
    """When the picture is removed, the bytes of its thumbnail go too."""
    file = await image(server.alice, photo(300, 200))
    await server.alice.delete(f"/api/files/{file['key'].split('/')[1]}")
    for _ in range(3):
        await server.container.upkeep.once(orphans=False)
        with server.database() as connection:
            connection.execute("UPDATE blobs SET condemned_at = 0")
    assert (server.rows("blobs"), server.rows("variants")) == ([], [])
    assert server.blobs() == []


async def test_a_picture_is_scanned_as_it_came(open_server: OpenServer) -> None:
    """What a scanner refuses in the original is refused, although the picture would be made anew."""
    Hook.broken = False
    with serve_hook() as hook:
        async with open_server(dialects=DIALECTS, scanner=hook) as server:
            answer = await send_image(server.alice, "image/upload", photo(60, 40) + MARK)
            assert outcome(answer)[:2] == (400, "INVALID_FILE_TYPE")
            assert server.rows("files") == []


@pytest.mark.parametrize("path", ["image/upload", "avatar/upload", "image/process"])
@pytest.mark.dialects(*DIALECTS, picture_workers=1, picture_queue=0)
async def test_a_full_queue_is_told(server: Server, path: str) -> None:
    """When no picture can wait any more the answer is 503 with Retry-After, in the envelope, and nothing is kept."""
    content = photo(60, 40, "PNG")

    async def ask() -> httpx.Response:
        if path == "image/process":
            return await process(server.alice, content, width=20)
        return await send_image(server.alice, path, content, "a.png")

    if path == "image/process":
        await image(server.alice, content, "a.png")
    before, pictures = server.stored(), server.container.engine.images._pictures
    assert isinstance(pictures, PicturePool)
    async with pictures._turns.turn("somebody else"):
        answer = await ask()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert (answer.json()["code"], answer.json()["data"]) == (503, None)
    assert server.stored() == before
    assert (await ask()).status_code == 200


async def test_what_was_answered_last_is_what_the_identifier_means(server: Server) -> None:
    """A picture sent again with other parameters is the current one, and the first again when that is sent again."""
    picture = photo(300, 200)
    for width in ("100", "50", "100", "100", "50"):
        answered = await image(server.alice, picture, width=width)
        got = await server.alice.get(f"/api/file/download?identifier={md5(picture)}")
        assert Image.open(io.BytesIO(got.content)).width == int(width)
        assert len(got.content) == answered["size"]
        processed = (await process(server.alice, picture, format="png")).json()["data"]
        assert (await opened(server, processed["path"])).width == int(width)
    assert server.stored()["files"] == 2
