"""The pages of the API documentation in a real browser, behind a proxy that serves all of Penstock under a path."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest

from cluster.programs import free_port
from penstock.dialects import every_dialect
from penstock.http.docs import story
from tests.journeys.test_proxies import SEARCHED
from tests.support.browser import Page, browsing
from tests.support.ci import required_in_ci
from tests.support.process import ServerProcess

PREFIX = "/pen"
PROXIED = """
daemon off; pid {folder}/pid; error_log stderr; events {{}}
http {{
    access_log off; client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi; uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
    server {{
        listen 127.0.0.1:{port};
        location {prefix}/ {{ proxy_pass http://127.0.0.1:{upstream}/; proxy_set_header Host $http_host; }}
    }}
}}
"""


@contextmanager
def proxied(upstream: int, folder: Path) -> Iterator[str]:
    """Where nginx serves everything of `upstream` under a path."""
    nginx = shutil.which("nginx", path=SEARCHED)
    required_in_ci(nginx is not None, "nginx")
    folder.mkdir()
    port = free_port()
    (folder / "conf").write_text(PROXIED.format(folder=folder, port=port, prefix=PREFIX, upstream=upstream))
    process = subprocess.Popen([str(nginx), "-e", "stderr", "-p", str(folder), "-c", str(folder / "conf")])
    try:
        deadline = time.monotonic() + 30
        while True:
            with suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), 5).close()
                break
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield f"http://127.0.0.1:{port}{PREFIX}"
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture
def base(live: ServerProcess, tmp_path: Path) -> Iterator[str]:
    """Where the server is reached through the proxy."""
    with proxied(live.port, tmp_path / "nginx") as url:
        yield url


@pytest.fixture
def page(tmp_path: Path) -> Iterator[Page]:
    """A page of a browser."""
    with browsing(tmp_path / "browser") as opened:
        yield opened


def shown(page: Page, url: str) -> set[str]:
    """The calls that a page shows, once it shows any."""
    page.open(url)
    page.wait(f"location.href === '{url}' && document.querySelectorAll('.opblock').length")
    texts = "[...document.querySelectorAll('.opblock-summary-path')].map(path => path.dataset.path)"
    return {path.replace("\u200b", "") for path in page.run(texts)}


def tried(page: Page, operation: str, file: Path | None = None) -> tuple[str, int]:
    """The address and the status of a call that is sent as the page fills it in, but for a file that is chosen."""
    at = f"document.querySelector('[id=\"operations-{operation}\"]')"
    page.run(f"{at}.querySelector('.opblock-summary-control').click()")
    page.wait(f"!!{at}.querySelector('.try-out__btn')")
    page.run(f"{at}.querySelector('.try-out__btn').click()")
    page.wait(f"!!{at}.querySelector('.execute')")
    if file is not None:
        page.choose(f'[id="operations-{operation}"] input[type=file]', file)
    page.run(f"{at}.querySelector('.execute').click()")
    page.wait(f"!!{at}.querySelector('.live-responses-table .response-col_status')")
    address = page.run(f"{at}.querySelector('.request-url pre').innerText")
    status = page.run(f"{at}.querySelector('.live-responses-table tbody .response-col_status').innerText")
    return str(address).strip(), int(str(status).split()[0])


@pytest.mark.parametrize("path", ["/docs/instant", "/docs/instant/"])
def test_a_page_works_under_a_path(base: str, page: Page, path: str, tmp_path: Path) -> None:
    """Every call is shown, and what the page fills in is sent under the path too, and succeeds: a file arrives."""
    document = httpx.get(f"{base}/docs/instant/openapi.json").json()
    assert shown(page, f"{base}{path}") == set(document["paths"])
    (tmp_path / story.NAME).write_bytes(story.CONTENT)
    calls = ["/api/file/instant", "/api/file/upload", "/api/file/merge"]
    for call in calls:
        chosen = tmp_path / story.NAME if call.endswith("upload") else None
        assert tried(page, f"instant-post{call.replace('/', '_')}", chosen) == (f"{base}{call}", 200)


def test_every_page_is_found_from_the_index(base: str, page: Page) -> None:
    """Each link of the index leads to a page that shows its calls, and the one that a contract names shows them too."""
    page.open(f"{base}/docs")
    links = page.wait("[...document.querySelectorAll('li a')].map(link => link.href)")
    assert {link.rpartition("/")[2] for link in links} == {dialect.name for dialect in every_dialect()}
    for url in [*links, f"{base}/metafile-uploader/swagger/index.html"]:
        assert shown(page, url)


def test_a_lock_is_where_a_token_is_asked_for(base: str, page: Page) -> None:
    """The calls of a sign-in have no lock; those with a scope have."""
    shown(page, f"{base}/docs/files")
    locked = "!!document.querySelector('[id=\"operations-files-{}\"] .authorization__btn')"
    assert not page.run(locked.format("post_api_auth_login"))
    assert page.run(locked.format("post_api_files_upload"))
