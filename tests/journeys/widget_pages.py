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


def sections() -> dict[str, str]:
    """The text under each heading."""
    _, *parts = re.split(r"^## (.+)$", DOCS.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[::2], parts[1::2], strict=True))


def write_page(folder: Path, section: str, address: str, token: str, script: str = "", **aliases: str) -> None:
    """Write the page of a section, and bundle it. `script` stands in for the section's own, `aliases` for packages."""
    required_in_ci(PACKAGES.exists(), "tests/journeys/widgets/node_modules (npm ci)")
    folder.mkdir()
    for _, name, text in FENCE.findall(DOCS.read_text()):
        if name:
            (folder / name).write_text(text.replace(ADDRESS, f'"{address}"').replace(TOKEN, f'"{token}"'))
    snippets = {kind: text for kind, name, text in FENCE.findall(sections()[section]) if not name}
    (folder / "page.js").write_text(script or snippets["js"])
    (folder / "index.html").write_text(FRAME.format(html=snippets["html"]))
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
