"""`drive`: what a browser is shown of a file."""

import io

import httpx
import pytest
from PIL import Image

from tests.dialects.drive.client import DRIVE, call, drawn, send
from tests.support.server import OpenServer, Server

pytestmark = pytest.mark.dialects("drive", "tus")


async def shown(server: Server, name: str, content: bytes, **query: str) -> httpx.Response:
    file = await send(server.alice, name, content)
    return await server.alice.get(f"{DRIVE}/files/{file}/preview", params=query)


@pytest.mark.parametrize("kind", ["png", "jpeg", "gif", "bmp", "tiff", "webp"])
async def test_pictures_are_small(server: Server, kind: str) -> None:
    """A picture of every kind is shown as WebP, no larger than was asked for."""
    answer = await shown(server, f"a.{kind}", drawn(kind), size="small")
    assert (answer.headers["content-type"], answer.headers["content-disposition"][:6]) == ("image/webp", "inline")
    assert Image.open(io.BytesIO(answer.content)).size == (256, 128)


async def test_a_drawing_is_no_longer_one(server: Server) -> None:
    """Of an SVG, which can run scripts, its pixels are shown."""
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="8" height="8"><script>alert(1)</script></svg>'
    answer = await shown(server, "a.svg", svg)
    assert answer.headers["content-type"] == "image/webp"
    assert b"script" not in answer.content


@pytest.mark.parametrize(
    ("name", "content", "charset"),
    [
        ("a.txt", "年度报告".encode(), "utf-8"),
        ("a.txt", "年度报告".encode("gb18030"), "gb18030"),
        ("a.html", b"<script>alert(1)</script>", "utf-8"),
        ("a.json", b'{"a": 1}', "utf-8"),
        ("a.md", b"# \xff\xff", "utf-8"),
        ("a.txt", ("x" * 65535 + "年").encode(), "utf-8"),
    ],
)
async def test_texts_are_only_texts(server: Server, name: str, content: bytes, charset: str) -> None:
    """Whatever its type, a text is plain text, in the characters that it is written in; no browser guesses."""
    answer = await shown(server, name, content)
    assert answer.headers["content-type"] == f"text/plain; charset={charset}"
    assert answer.headers["content-disposition"].startswith("inline")
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.content == content


async def test_everything_else_is_a_download(server: Server) -> None:
    """A PDF, or what nobody knows, is not opened here."""
    for name, content in (("a.pdf", b"%PDF-1.4 1 0 obj"), ("a.bin", b"\0\1\2")):
        answer = await shown(server, name, content)
        assert answer.headers["content-disposition"].startswith("attachment")


async def test_sound_comes_in_ranges(server: Server) -> None:
    """Sound and video are what they are, from any byte on."""
    content = b"RIFF\x24\0\0\0WAVEfmt " + bytes(100)
    file = await send(server.alice, "a.wav", content)
    answer = await server.alice.get(f"{DRIVE}/files/{file}/preview", headers={"Range": "bytes=4-7"})
    assert (answer.status_code, answer.content) == (206, content[4:8])
    assert answer.headers["content-disposition"].startswith("inline")


async def test_what_cannot_be_shown(server: Server) -> None:
    """A broken picture, an odd size, what lies in the trash, what is another's."""
    assert (await shown(server, "a.png", drawn("png")[:200])).status_code == 400
    assert (await shown(server, "a.png", drawn("png"), size="huge")).status_code == 400
    file = await send(server.alice, "b.txt")
    assert (await server.bob.get(f"{DRIVE}/files/{file}/preview")).status_code == 404
    await call(server.alice, "DELETE", f"files/{file}")
    assert (await server.alice.get(f"{DRIVE}/files/{file}/preview")).status_code == 404


async def test_a_pdf_is_shown_at_an_origin_of_its_own(open_server: OpenServer) -> None:
    """There the browser's own viewer opens it, by an address of ten minutes; nowhere else, and nothing else."""
    settings = {"public_url": "http://penstock", "preview_url": "http://previews.example"}
    async with open_server(dialects=("drive", "tus"), **settings) as server:
        files = [
            await send(server.alice, name, b"%PDF-1.4 1 0 obj" if name == "a.pdf" else b"\0\1")
            for name in ("a.pdf", "b.bin")
        ]
        targets = [{"file": file, "what": "preview"} for file in files]
        made = (await call(server.alice, "POST", "links", json={"targets": targets}))["links"]
        pdf, other = [each["url"] for each in made]
        assert pdf.startswith("http://previews.example/drive/v1/files/")
        shown = await server.anyone.get(pdf)
        assert (shown.status_code, shown.headers["content-type"]) == (200, "application/pdf")
        assert shown.headers["content-disposition"].startswith("inline")
        assert "set-cookie" not in shown.headers
        assert "content-security-policy" not in shown.headers  # no viewer starts in a sandbox
        assert (await server.anyone.get(other)).headers["content-disposition"].startswith("attachment")
        elsewhere = await server.anyone.get(pdf.replace("previews.example", "penstock"))
        assert elsewhere.headers["content-disposition"].startswith("attachment")
