"""The snippets of docs/widgets.md, as they stand there, in a real browser and from another origin."""

import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from tests.journeys.widget_pages import said, serving, snippets, stored, there, write_page
from tests.support.browser import Page, browsing
from tests.support.bytes import noise
from tests.support.process import ServerProcess

SIZE = 22_000_000
PARTS = 5
SLOWLY = 8_000_000
"""Bytes a second: so that there is a middle in which a page can be left."""


@dataclass(frozen=True)
class Widget:
    """How the page of a section is used, and which requests of it are told apart.

    `done` and `failed` are expressions that come true in the page; `costly` is a pattern of the addresses to which it
    makes `most` requests for a whole file, and fewer when it goes on.
    """

    section: str
    costly: str
    most: int
    chooser: str = "input[type=file]"
    done: str = "document.querySelector('output').textContent.endsWith('is stored.')"
    failed: str = "/^Failed: (The token is not|登录已失效|无效的)/.test(document.querySelector('output').textContent)"
    resumes: bool = True
    asks: bool = False
    aliases: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        return " ".join([self.section, *self.aliases.values()])

    def requests(self, page: Page) -> int:
        """How many such requests the page has made since it was loaded."""
        names = "performance.getEntriesByType('resource').map((entry) => entry.name)"
        return int(page.run(f"{names}.filter((name) => /{self.costly}/.test(name)).length"))


CREATION, CHUNK = "\\/files\\/$", "chunked-upload\\/chunk"
of_uppy = partial(
    Widget,
    chooser=".uppy-Dashboard-input",
    done=there(".uppy-StatusBar.is-complete"),
    failed=there(".uppy-StatusBar.is-error"),
)
WIDGETS = [
    of_uppy("Uppy, tus", CREATION, 1, resumes=False),
    of_uppy("Uppy, S3", "partNumber=|Amz-Signature", PARTS, asks=True),
    Widget("tus-js-client", CREATION, 1),
    Widget("tus-js-client", CREATION, 1, aliases={"tus-js-client": "tus-js-client-5"}),
    Widget("FilePond", CREATION, 1, done=said("Upload complete"), failed=said("The token is not valid")),
    Widget("resumable.js", CHUNK, PARTS),
    Widget("simple-uploader.js", "stream-upload$", PARTS - 1),
    Widget("Dropzone", CHUNK, PARTS, ".dz-hidden-input", there(".dz-success"), there(".dz-error"), resumes=False),
    Widget("plupload", "api\\/file\\/upload$", PARTS, asks=True),
]
every_widget = pytest.mark.parametrize("widget", WIDGETS, ids=str)


@pytest.fixture
def picked(tmp_path: Path) -> Path:
    """A file for somebody to choose."""
    file = tmp_path / f"影片 {tmp_path.name}.bin"
    file.write_bytes(noise(SIZE, tmp_path))
    return file


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A page of a browser."""
    with browsing(tmp_path / "browser") as opened:
        yield opened


def begin(page: Page, url: str, widget: Widget, picked: Path) -> None:
    """Open a widget's page and choose the file."""
    page.open(url)
    page.choose(widget.chooser, picked)
    if widget.section.startswith("Uppy"):
        page.click(".uppy-StatusBar-actionBtn--upload")


def test_every_snippet_is_tried() -> None:
    """The page shows no snippet that is not run here."""
    assert {widget.section for widget in WIDGETS} == set(snippets())


@every_widget
def test_a_file_arrives(
    live: ServerProcess, live_token: str, page: Page, picked: Path, tmp_path: Path, widget: Widget
) -> None:
    """The widget says that it is done when the file is whole on the server, and has sent nothing twice."""
    write_page(tmp_path / "page", *snippets()[widget.section], live.url, live_token, **widget.aliases)
    with serving(tmp_path / "page") as url:
        begin(page, url, widget, picked)
        page.wait(widget.done)
    assert widget.requests(page) == widget.most
    answer = stored(live, live_token, picked)
    assert answer.content == picked.read_bytes()
    assert quote(picked.name) in answer.headers["content-disposition"]


@every_widget
def test_a_refusal_is_shown(live: ServerProcess, page: Page, picked: Path, tmp_path: Path, widget: Widget) -> None:
    """Whoever is signed in no longer is told so by the widget, in words where it has room for them."""
    write_page(tmp_path / "page", *snippets()[widget.section], live.url, "of yesterday", **widget.aliases)
    with serving(tmp_path / "page") as url:
        begin(page, url, widget, picked)
        page.wait(widget.failed)


@pytest.mark.long
@pytest.mark.parametrize("widget", [widget for widget in WIDGETS if widget.resumes], ids=str)
def test_a_page_that_was_left_goes_on(
    live: ServerProcess, live_token: str, page: Page, picked: Path, tmp_path: Path, widget: Widget
) -> None:
    """Where the page is loaded anew in the middle and the file chosen again, the rest is sent, and not the whole."""
    write_page(tmp_path / "page", *snippets()[widget.section], live.url, live_token, **widget.aliases)
    with serving(tmp_path / "page") as url:
        page.throttle(SLOWLY)
        begin(page, url, widget, picked)
        while not widget.requests(page):
            time.sleep(0.05)
        time.sleep(0.3)
        page.throttle()
        begin(page, f"{url}?again", widget, picked)
        page.wait(widget.done)
    assert widget.requests(page) < widget.most
    assert stored(live, live_token, picked).content == picked.read_bytes()


@pytest.mark.parametrize("widget", [widget for widget in WIDGETS if widget.asks], ids=str)
def test_bytes_that_are_here_are_not_sent(
    live: ServerProcess, live_token: str, page: Page, picked: Path, tmp_path: Path, widget: Widget
) -> None:
    """The widget is done at once with a file whose bytes came another way."""
    headers = {"Authorization": f"Bearer {live_token}"}
    sent = httpx.post(f"{live.url}/api/files/upload", headers=headers, files={"file": picked.read_bytes()}, timeout=60)
    sent.raise_for_status()
    write_page(tmp_path / "page", *snippets()[widget.section], live.url, live_token)
    with serving(tmp_path / "page") as url:
        begin(page, url, widget, picked)
        page.wait(widget.done)
    assert widget.requests(page) == 0


def test_only_pages_of_named_origins_may_call(page: Page, picked: Path, tmp_path: Path) -> None:
    """With `cors_origins` set as the documentation says, that origin's page sends its file, and another's cannot."""
    [widget] = [widget for widget in WIDGETS if widget.section == "Dropzone"]
    with ExitStack() as stack:
        named, other = [stack.enter_context(serving(tmp_path / "page")) for _ in range(2)]
        server = ServerProcess(tmp_path / "data", cors_origins=named.rstrip("/")).start()
        stack.callback(server.stop)
        write_page(tmp_path / "page", *snippets()[widget.section], server.url, server.token("cora"))
        page.open(other)
        answer = f"fetch('{server.url}/files/', {{method: 'OPTIONS'}}).then(() => 'heard', () => 'refused')"
        assert page.run(answer) == "refused"
        begin(page, named, widget, picked)
        page.wait(widget.done)
