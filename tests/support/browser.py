"""A headless Chromium, told over its DevTools pipe what to do."""

import base64
import json
import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tests.support.ci import required_in_ci

FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--remote-debugging-pipe",
]


class Page:
    """One page. Messages go through the pipe as JSON, each ended by a NUL."""

    def __init__(self, process: subprocess.Popen[bytes], to_browser: IO[bytes], from_browser: IO[bytes]) -> None:
        """`process` is the browser's."""
        self._process = process
        self._to = to_browser
        self._from = from_browser
        self._number = 0
        self._session: dict[str, str] = {}
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        attached = self.ask("Target.attachToTarget", targetId=target, flatten=True)
        self._session = {"sessionId": attached["sessionId"]}

    def ask(self, method: str, **parameters: Any) -> dict[str, Any]:
        """What the browser answers to one command."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters, **self._session}
        self._to.write(json.dumps(message).encode() + b"\0")
        self._to.flush()
        while (answer := self._read()).get("id") != self._number:
            pass
        assert "error" not in answer, answer
        result: dict[str, Any] = answer["result"]
        return result

    def open(self, url: str) -> None:
        """Go there, until all of the page is here."""
        self.ask("Page.navigate", url=url)
        self.wait("document.readyState === 'complete'")

    def choose(self, selector: str, file: Path) -> None:
        """Choose a file where the page asks for one, once it does."""
        self.wait(f"document.querySelector({json.dumps(selector)}) !== null")
        found = self.ask("Runtime.evaluate", expression=f"document.querySelector({json.dumps(selector)})")
        self.ask("DOM.setFileInputFiles", files=[str(file)], objectId=found["result"]["objectId"])

    def click(self, selector: str) -> None:
        """Click an element, once it is there."""
        self.wait(f"document.querySelector({json.dumps(selector)}) !== null")
        self.run(f"document.querySelector({json.dumps(selector)}).click()")

    def run(self, script: str) -> Any:
        """The value of an expression in the page."""
        answer = self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer
        return answer["result"].get("value")

    def wait(self, script: str, seconds: float = 60) -> Any:
        """The value of an expression in the page, once it has one that is true."""
        deadline = time.monotonic() + seconds
        while not (value := self.run(script)):
            assert time.monotonic() < deadline, self.run("document.body.innerText")
            time.sleep(0.05)
        return value

    def picture(self, file: Path) -> None:
        """Write a PNG of what the page shows."""
        file.write_bytes(base64.b64decode(self.ask("Page.captureScreenshot")["data"]))

    def throttle(self, upload: int = -1, *, offline: bool = False) -> None:
        """Let at most so many bytes a second leave, or none at all."""
        self.ask("Network.enable")
        speeds = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": upload}
        self.ask("Network.emulateNetworkConditions", offline=offline, **speeds)

    def kill(self) -> None:
        """End the browser as a crash does; its profile stays."""
        self._process.kill()
        self._process.wait(30)

    def _read(self) -> dict[str, Any]:
        raw = b""
        while not raw.endswith(b"\0"):
            byte = self._from.read(1)
            assert byte, "the browser has ended"
            raw += byte
        answer: dict[str, Any] = json.loads(raw[:-1])
        return answer


@contextmanager
def browsing(folder: Path) -> Iterator[Page]:
    """A page of a browser with a profile of its own in `folder`."""
    chromium = shutil.which("chromium")
    required_in_ci(chromium is not None, "chromium")
    (in_it, to_it), (from_it, out_of_it) = os.pipe(), os.pipe()
    command = [str(chromium), *FLAGS, f"--user-data-dir={folder}", "about:blank"]
    process = subprocess.Popen(
        ["bash", "-c", f'exec "$@" 3<&{in_it} 4>&{out_of_it}', "bash", *command],
        pass_fds=(in_it, out_of_it),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "HOME": str(folder)},
    )
    os.close(in_it)
    os.close(out_of_it)
    try:
        with open(to_it, "wb") as to_browser, open(from_it, "rb") as from_browser:
            yield Page(process, to_browser, from_browser)
    finally:
        process.terminate()
        process.wait(30)
