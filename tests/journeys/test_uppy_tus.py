"""Uppy over `tus`, with its Dashboard and without, through what befalls pages: each time one whole file comes of it."""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.journeys.widget_pages import PACKAGES, serving, snippets, stored, there, write_page
from tests.support.browser import Page, browsing
from tests.support.bytes import noise
from tests.support.line import Line, line_to
from tests.support.process import ServerProcess

pytestmark = pytest.mark.long

SIZE = 22_000_000
SLOWLY = 2_000_000
"""Bytes a second: long enough that Chromium writes down, after five seconds, what a page keeps."""


@dataclass(frozen=True)
class Face:
    """A page (HTML and script), and how people handle it: where they choose a file, and expressions for the rest.

    `again` is how they let a page go on that was loaded anew.
    """

    name: str
    page: tuple[str, str]
    chooser: str
    ready: str
    begin: str
    pause: str
    resume: str
    progress: str
    done: str
    again: Callable[[Page, Path], None]


def confirm(page: Page, picked: Path) -> None:
    """Let Golden Retriever go on with what it has kept."""
    page.click(".uppy-StatusBar-actionBtn--upload")


def choose_again(page: Page, picked: Path) -> None:
    """Choose the file once more."""
    page.choose(HEADLESS.chooser, picked)
    page.wait(HEADLESS.ready)
    page.run(HEADLESS.begin)


PAUSES = "document.querySelector('[data-cy=togglePauseResume]').click()"
DASHBOARD = Face(
    "dashboard",
    snippets()["Uppy, tus"],
    ".uppy-Dashboard-input",
    there(".uppy-StatusBar-actionBtn--upload"),
    "document.querySelector('.uppy-StatusBar-actionBtn--upload').click()",
    PAUSES,
    PAUSES,
    "Number(document.querySelector('.uppy-StatusBar-progress')?.ariaValueNow)",
    there(".uppy-StatusBar.is-complete"),
    confirm,
)
HEADLESS = Face(
    "headless",
    ('<input type="file">', PACKAGES.with_name("headless.js").read_text()),
    "input",
    "uppy.getFiles().length === 1",
    "void uppy.upload()",
    "uppy.pauseAll()",
    "uppy.resumeAll()",
    "uppy.getState().totalProgress",
    "uppy.getFiles()[0]?.progress.uploadComplete",
    choose_again,
)
FACES = pytest.mark.parametrize("face", [DASHBOARD, HEADLESS], ids=lambda face: face.name)


@pytest.fixture
def picked(tmp_path: Path) -> Path:
    """A file for somebody to choose."""
    file = tmp_path / f"film-{tmp_path.name}.bin"
    file.write_bytes(noise(SIZE, tmp_path))
    return file


@pytest.fixture
def line(live: ServerProcess) -> Iterator[Line]:
    """What lies between pages and the server."""
    with line_to(live.port) as line:
        yield line


@pytest.fixture
def url(line: Line, live_token: str, face: Face, tmp_path: Path) -> Iterator[str]:
    """Where the page is."""
    write_page(tmp_path / "page", *face.page, f"http://127.0.0.1:{line.port}", live_token)
    with serving(tmp_path / "page") as address:
        yield address


@pytest.fixture
def profile(tmp_path: Path) -> Path:
    """Where the browser keeps what pages keep."""
    return tmp_path / "browser"


@pytest.fixture
def page(profile: Path, face: Face, url: str, picked: Path) -> Iterator[Page]:
    """A page that is sending, slowly, and of whose file something has arrived."""
    with browsing(profile) as page:
        page.throttle(SLOWLY)
        page.open(url)
        page.choose(face.chooser, picked)
        page.wait(face.ready)
        page.run(face.begin)
        page.wait(f"{face.progress} > 20")
        yield page


@pytest.fixture
def arrived(live: ServerProcess, live_token: str, picked: Path) -> Callable[[], None]:
    """Sees that there is one file of that name, and that it is whole."""

    def look() -> None:
        assert stored(live, live_token, picked).content == picked.read_bytes()
        headers = {"Authorization": f"Bearer {live_token}"}
        found = httpx.get(f"{live.url}/api/file/list", params={"search": picked.name}, headers=headers)
        assert found.json()["data"]["total"] == 1

    return look


def creations(page: Page) -> int:
    """How many uploads the page has begun since it was loaded."""
    names = "performance.getEntriesByType('resource').map((entry) => entry.name)"
    return int(page.run(f"{names}.filter((name) => name.endsWith('/files/')).length"))


@FACES
def test_it_is_paused(page: Page, face: Face, arrived: Callable[[], None]) -> None:
    """While it is paused nothing is sent, and then the rest."""
    page.run(face.pause)
    time.sleep(0.5)
    before = page.run(face.progress)
    time.sleep(1)
    assert page.run(face.progress) == before < 100
    page.throttle()
    page.run(face.resume)
    page.wait(face.done)
    assert creations(page) == 1
    arrived()


@FACES
def test_its_page_is_loaded_anew(page: Page, face: Face, url: str, picked: Path, arrived: Callable[[], None]) -> None:
    """The page that comes after sends what the first one has not."""
    page.throttle()
    page.open(f"{url}?again")
    face.again(page, picked)
    page.wait(face.done)
    assert creations(page) == 0
    arrived()


@FACES
def test_its_browser_dies(
    page: Page, face: Face, url: str, profile: Path, picked: Path, arrived: Callable[[], None]
) -> None:
    """A browser that was killed goes on when it is started again, once it has written down the address."""
    kept = profile / "Default" / "Local Storage" / "leveldb"
    while not any(b"uploadUrl" in log.read_bytes() for log in kept.glob("*.log")):
        time.sleep(0.1)
    assert page.run(face.progress) < 100
    page.kill()
    with browsing(profile) as second:
        second.open(url)
        face.again(second, picked)
        second.wait(face.done)
        assert creations(second) == 0
    arrived()


@FACES
def test_its_network_is_lost(page: Page, face: Face, line: Line, arrived: Callable[[], None]) -> None:
    """While there is no network it waits, and then it goes on by itself."""
    page.throttle(offline=True)
    line.cut()
    time.sleep(2)
    assert page.run(face.progress) < 100
    line.mend()
    page.throttle()
    page.wait(face.done)
    assert creations(page) == 1
    arrived()
