"""The pages of docs/widgets.md: cut out, bundled and served as a reader would do it, from an origin of their own."""

import os
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import httpx

from tests.support.bytes import md5
from tests.support.ci import required_in_ci
from tests.support.process import ServerProcess

DOCS = Path(__file__).parents[2] / "docs" / "widgets.md"
PACKAGES = Path(__file__).with_name("widgets") / "node_modules"
FENCE = re.compile(r"^```(html|js)(?: (\S+))?\n(.*?)^```$", re.MULTILINE | re.DOTALL)
ADDRESS, TOKEN = '"https://upload.example.com"', 'sessionStorage.getItem("token")'
FRAME = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Widget</title>
<link rel="stylesheet" href="bundle.css">
{html}
<script src="bundle.js"></script>
"""


def snippets() -> dict[str, tuple[str, str]]:
    """The HTML and the script of each section that has them."""
    _, *parts = re.split(r"^## (.+)$", DOCS.read_text(), flags=re.MULTILINE)
    found = {heading: FENCE.findall(text) for heading, text in zip(parts[::2], parts[1::2], strict=True)}
    return {
        heading: (fences[0][2], fences[1][2])
        for heading, fences in found.items()
        if [kind for kind, name, _ in fences if not name] == ["html", "js"]
    }


def write_page(folder: Path, html: str, script: str, address: str, token: str, **aliases: str) -> None:
    """Write a page and what all pages share, and bundle them; `aliases` are packages in the place of others."""
    required_in_ci(PACKAGES.exists(), "tests/journeys/widgets/node_modules (npm ci)")
    folder.mkdir()
    for _, name, text in FENCE.findall(DOCS.read_text()):
        if name:
            (folder / name).write_text(text.replace(ADDRESS, f'"{address}"').replace(TOKEN, f'"{token}"'))
    (folder / "page.js").write_text(script)
    (folder / "index.html").write_text(FRAME.format(html=html))
    (folder / "bundle.css").touch()
    subprocess.run(
        [
            str(PACKAGES / ".bin" / "esbuild"),
            *("page.js", "--bundle", "--outfile=bundle.js", "--log-level=warning"),
            *(f"--alias:{name}={other}" for name, other in aliases.items()),
        ],
        cwd=folder,
        env=os.environ | {"NODE_PATH": str(PACKAGES)},
        check=True,
        timeout=60,
    )


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *said: object) -> None:
        """Say nothing."""


@contextmanager
def serving(folder: Path) -> Iterator[str]:
    """Where a folder is served."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(folder))) as site:
        threading.Thread(target=site.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{site.server_port}/"
        finally:
            site.shutdown()


def there(selector: str) -> str:
    """Whether a page has such an element."""
    return f"document.querySelector('{selector}') !== null"


def said(words: str) -> str:
    """Whether a page says this."""
    return f"document.body.textContent.includes('{words}')"


def stored(server: ServerProcess, token: str, picked: Path) -> httpx.Response:
    """What another dialect hands out of the content that was chosen."""
    asked = {"identifier": md5(picked.read_bytes())}
    headers = {"Authorization": f"Bearer {token}"}
    return httpx.get(f"{server.url}/api/file/download", params=asked, headers=headers, timeout=60)
