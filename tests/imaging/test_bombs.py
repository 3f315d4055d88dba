"""One hostile picture is refused, costs little, reaches nothing, and harms nothing else."""

import http.server
import threading
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from penstock.adapters.pictures import PicturePool, RenderLimits
from penstock.imaging.render import render
from penstock.model.faults import PictureRefused, PictureTypeRefused
from penstock.model.image import Fit, Format, Recipe
from tests.imaging import bombs
from tests.imaging.processes import children, peak
from tests.imaging.samples import colour, encoded, noisy, opened, png, quarters, svg
from tests.ports.pictures import pieces

UPLOAD = [Recipe(most=2 << 20), Recipe(Fit.COVER, 200, 200, Format.JPEG)]
MODEST = 160 << 20
"""What a worker may hold at most, in bytes, for what must be refused by its headers."""


@pytest.fixture
async def pool() -> AsyncIterator[PicturePool]:
    """One worker."""
    pool = PicturePool(workers=1)
    yield pool
    await pool.close()


async def offer(pool: PicturePool, picture: bytes) -> None:
    """Have the pool make what becomes of an upload."""
    for made in await pool.render("me", pieces(picture), len(picture), UPLOAD):
        opened(made)


@pytest.mark.parametrize("name", bombs.NOT_PICTURES)
async def test_what_is_no_picture(pool: PicturePool, name: str) -> None:
    """Anything but the seven kinds is refused by its content."""
    with pytest.raises(PictureTypeRefused):
        await offer(pool, bombs.NOT_PICTURES[name])


@pytest.mark.parametrize("name", bombs.TOO_LARGE)
async def test_too_many_pixels(pool: PicturePool, name: str) -> None:
    """Dimensions are read, and refused, before a pixel is decoded: hardly any memory is used."""
    with pytest.raises(PictureRefused, match="pixels"):
        await offer(pool, bombs.TOO_LARGE[name])
    [worker] = children()
    assert peak(worker) < MODEST


@pytest.mark.parametrize("name", bombs.BROKEN)
async def test_broken_and_hostile(pool: PicturePool, name: str) -> None:
    """What lies, is cut off, expands, runs or refers is refused for little memory, by a worker that lives on."""
    with pytest.raises(PictureRefused) as refused:
        await offer(pool, bombs.BROKEN[name])
    assert "long" not in refused.value.reason or name == "svg too long"
    [worker] = children()
    assert peak(worker) < MODEST
    await offer(pool, encoded(quarters(), "PNG"))
    assert children() == [worker]


@pytest.mark.parametrize("name", bombs.HARMLESS)
async def test_what_harm_is_left_out_of(pool: PicturePool, name: str) -> None:
    """Frames, bytes, references and handlers that are not needed are passed over."""
    await offer(pool, bombs.HARMLESS[name])
    [worker] = children()
    assert peak(worker) < 400 << 20


@pytest.mark.parametrize("name", bombs.COSTLY)
async def test_too_costly(name: str) -> None:
    """What takes too much time, memory or stack costs its worker's life, and the next picture gets another."""
    pool = PicturePool(RenderLimits(seconds=3), workers=1)
    with pytest.raises(PictureRefused, match="takes"):
        await offer(pool, bombs.COSTLY[name])
    await offer(pool, encoded(quarters(), "PNG"))
    assert len(children()) == 1
    await pool.close()


def test_the_limit_of_pixels_can_be_set() -> None:
    """A picture of exactly as many pixels as are allowed passes; one more does not."""
    picture = encoded(quarters(100, 10), "PNG")
    assert render(picture, [Recipe()], most_pixels=1000)
    with pytest.raises(PictureRefused, match=r"0\.000999 megapixels"):
        render(picture, [Recipe()], most_pixels=999)
    with pytest.raises(PictureRefused, match="75 megapixels"):
        render(png(75_000_001, 1), [Recipe()])


@pytest.mark.parametrize("kind", ["PNG", "JPEG"])
def test_only_accepted_kinds(kind: str) -> None:
    """A picture of another kind than is accepted is refused by its content, whatever else it is."""
    accept = frozenset({"jpeg", "png"})
    assert render(encoded(quarters(), kind), [Recipe()], accept=accept)
    for picture in (encoded(quarters(), "GIF"), encoded(quarters(), "WEBP"), svg("<rect/>")):
        with pytest.raises(PictureTypeRefused):
            render(picture, [Recipe()], accept=accept)
    with pytest.raises(PictureTypeRefused):
        render(encoded(quarters(), kind), [Recipe()], accept=accept - {kind.lower()})


@pytest.fixture
def canary() -> Iterator[tuple[str, list[str]]]:
    """A web server of this machine that nobody must call: its address, and who did."""
    calls: list[str] = []

    class Canary(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            calls.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, *args: object) -> None: ...

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Canary)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", calls
    server.shutdown()
    thread.join()
    server.server_close()


async def test_drawings_reach_nothing(
    pool: PicturePool, canary: tuple[str, list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However a drawing refers to a file or a server, it is refused or the reference passed over; nobody is called."""
    url, calls = canary
    bird = tmp_path / "bird.png"
    bird.write_bytes(encoded(noisy(96, 64), "PNG"))
    references = [
        f"file://{bird}",
        str(bird),
        f"..{bird}",
        f" {bird}",
        f"{url}/a.png",
        f"//{url[5:]}/b.png",
        "bird.png",
    ]
    monkeypatch.chdir(tmp_path)
    for reference in references:
        for attribute in ("href", "xlink:href"):
            for element in ("image", "feImage", "use", "linearGradient"):
                with pytest.raises(PictureRefused, match="refers"):
                    await offer(pool, svg(f'<{element} {attribute}="{reference}" width="96" height="64"/>'))
        for passed_over in (
            f'<style>@import url("{reference}"); rect {{fill: url({reference}#x)}}</style>',
            f'<rect style="fill: url({reference}#x)" filter="url({reference}#x)" width="9" height="9"/>',
            f'<image src="{reference}" width="96" height="64"/>',
            f'<a href="{reference}"><rect/></a>',
        ):
            picture = svg(passed_over, before=f'<?xml-stylesheet href="{reference}"?>')
            [made] = await pool.render("me", pieces(picture), len(picture), [Recipe(format=Format.PNG)])
            assert colour(opened(made), 90, 60)[3:] == (0,)
    assert calls == []
