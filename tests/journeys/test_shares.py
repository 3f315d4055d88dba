"""Links that others open, over a server of two processes: with a browser, and with plain HTTP."""

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.browser import browsing
from tests.support.bytes import noise
from tests.support.process import ServerProcess

SIZE = 6_000_000
SLOWLY = 1_500_000
"""Bytes a second."""

SENT = "document.querySelectorAll('li[data-state=sent]').length"
PROGRESS = "document.querySelector('progress') ? document.querySelector('progress').value : 0"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path / "data", workers=2).start()
    yield server
    server.stop()


@pytest.fixture
def dora(server: ServerProcess) -> Iterator[httpx.Client]:
    """Somebody's program."""
    headers = {"Authorization": f"Bearer {server.token('dora')}"}
    with httpx.Client(base_url=server.url, headers=headers, timeout=60) as client:
        yield client


def asked(dora: httpx.Client, method: str, path: str, **body: Any) -> Any:
    """What a call answers."""
    answer = dora.request(method, f"/drive/v1/{path}", json=body or None)
    assert answer.is_success, answer.text
    return answer.json()


def stored(dora: httpx.Client, content: bytes) -> str:
    """A file, by its id."""
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": str(len(content))}
    headers["Content-Type"] = "application/offset+octet-stream"
    assert dora.post("/files/", headers=headers, content=content).status_code == 201
    return str(asked(dora, "GET", "files?sort=time&order=desc")["files"][0]["id"])


def test_a_limit_holds_and_an_end_is_known_everywhere(server: ServerProcess, dora: httpx.Client) -> None:
    """Of forty downloads that begin at once on two processes seven do; once revoked, no process knows the link."""
    content = noise(100_000)
    share = asked(dora, "POST", "shares", item=stored(dora, content), most_downloads=7)

    def begin(_: int) -> httpx.Response:
        return httpx.post(f"{share['url']}/tickets")  # a connection of its own, whichever process takes it

    with ThreadPoolExecutor(20) as threads:
        begun = list(threads.map(begin, range(40)))
    assert sorted(answer.status_code for answer in begun) == [303] * 7 + [403] * 33
    places = [answer.url.join(answer.headers["location"]) for answer in begun if answer.status_code == 303]
    for place in places:
        parts = [httpx.get(place, headers={"Range": f"bytes={at}-{at + 49_999}"}) for at in (0, 50_000)]
        assert b"".join(part.content for part in parts) == content
    assert asked(dora, "GET", f"shares/{share['id']}")["downloads"] == 7
    asked(dora, "DELETE", f"shares/{share['id']}")
    with ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(httpx.get, [share["url"], *places] * 5))
    assert {answer.status_code for answer in answers} == {404}


def test_what_others_send_stays_within_its_limits(server: ServerProcess, dora: httpx.Client) -> None:
    """Of twenty creations at once on two processes as many succeed as there is room for."""
    folder = asked(dora, "POST", "folders", name="home")["id"]
    upload_request = asked(dora, "POST", "upload-requests", folder=folder, most_bytes=100, most_files=9)
    headers = {"Authorization": f"Bearer {upload_request['url'].rpartition('/')[2]}", "Tus-Resumable": "1.0.0"}

    def create(_: int) -> int:
        return httpx.post(f"{server.url}/files/", headers=headers | {"Upload-Length": "30"}).status_code

    with ThreadPoolExecutor(20) as threads:
        assert sorted(threads.map(create, range(20))) == [201] * 3 + [507] * 17


def test_a_browser_sends_and_goes_on(server: ServerProcess, dora: httpx.Client, tmp_path: Path) -> None:
    """People choose files on the page of an upload request, see how far they are, and lose nothing to a bad line."""
    folder = asked(dora, "POST", "folders", name="home")["id"]
    upload_request = asked(dora, "POST", "upload-requests", folder=folder, title="Your photos", largest=2 * SIZE)
    large, small = tmp_path / "年度 large.bin", tmp_path / "small.txt"
    large.write_bytes(noise(SIZE))
    small.write_bytes(b"small")
    with browsing(tmp_path / "profile") as page:
        page.open(upload_request["url"])
        style = "getComputedStyle(document.querySelector('.button')).backgroundColor"
        assert page.run(style) == "rgb(11, 98, 163)"
        page.throttle(SLOWLY)
        page.choose("#files", large)
        page.wait(f"({PROGRESS}) > 1000000")
        page.throttle(offline=True)
        page.throttle()
        page.choose("#files", small)
        page.wait(f"{SENT} === 2")
        too_large = tmp_path / "too large.bin"
        too_large.write_bytes(b"x" * (2 * SIZE + 1))
        page.choose("#files", too_large)
        page.wait("document.querySelectorAll('li[data-state=failed]').length === 1")
    files = asked(dora, "GET", f"files?folder={folder}&sort=size")["files"]
    assert [(file["name"], file["size"]) for file in files] == [("small.txt", 5), ("年度 large.bin", SIZE)]
    content = dora.get(f"/drive/v1/files/{files[1]['id']}/content").content
    assert content == large.read_bytes()


def test_a_browser_gives_the_password_and_downloads(server: ServerProcess, dora: httpx.Client, tmp_path: Path) -> None:
    """Without any script: the page asks for the password, shows what is shared, and begins a download."""
    content = noise(1000)
    share = asked(dora, "POST", "shares", item=stored(dora, content), password="open sesame", most_downloads=1)
    downloads = tmp_path / "downloads"
    downloads.mkdir()
    with browsing(tmp_path / "profile") as page:
        page.ask("Emulation.setScriptExecutionDisabled", value=True)
        page.ask("Browser.setDownloadBehavior", behavior="allow", downloadPath=str(downloads))
        page.open(share["url"])
        for password in ("a guess", "open sesame"):
            field = "document.querySelector('input[name=password]')"
            page.run(f"{field}.value = '{password}'; {field}.form.setAttribute('id', 'seen')")
            page.click("button")
            page.wait("document.readyState === 'complete' && document.querySelector('#seen') === null")
        assert page.run("document.querySelector('form').action").endswith("/tickets")
        page.click("button")
        deadline = time.monotonic() + 30
        while not [path for path in downloads.iterdir() if path.stat().st_size == len(content)]:
            assert time.monotonic() < deadline, list(downloads.iterdir())
            time.sleep(0.05)
    [saved] = downloads.iterdir()
    assert saved.read_bytes() == content
    assert asked(dora, "GET", f"shares/{share['id']}")["downloads"] == 1
