"""tuspy, the Python client of tus, in its two kinds: over requests and over aiohttp."""

import asyncio
import gc
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusUploadFailed
from tusclient.storage.filestorage import FileStorage

from tests.support.bytes import noise
from tests.support.line import line_to
from tests.support.process import ServerProcess

CHUNK = 700_000
pytestmark = [
    pytest.mark.parametrize("kind", ["uploader", "async_uploader"]),
    pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning", "ignore::ResourceWarning"),
]


@pytest.fixture(autouse=True)
def left_open() -> Iterator[None]:
    """The client leaves files to the garbage collector, which complains of them: here, and not in a later test."""
    yield
    gc.collect()


@pytest.fixture
def picked(tmp_path: Path) -> Path:
    """A file to upload."""
    file = tmp_path / "picked.bin"
    file.write_bytes(noise(3_000_000, tmp_path))
    return file


@pytest.fixture
def kept(tmp_path: Path) -> Iterator[Any]:
    """Where the client keeps addresses."""
    storage: Any = FileStorage  # its types end here
    addresses = storage(str(tmp_path / "addresses.json"))
    yield addresses
    addresses.close()


class Sender:
    """An uploader of either kind."""

    def __init__(self, kind: str, url: str, token: str, picked: Path, **settings: object) -> None:
        self.headers = {"Authorization": f"Bearer {token}"}
        metadata = {"filename": "文件.bin", "filetype": "application/x-penstock"}
        client = TusClient(f"{url}/files/", headers=self.headers)
        self.uploader = getattr(client, kind)(
            str(picked), chunk_size=CHUNK, metadata=metadata, upload_checksum=True, **settings
        )

    def send(self, stop_at: int | None = None) -> None:
        """Send everything, or the bytes before `stop_at`."""
        sending = self.uploader.upload(stop_at=stop_at)
        if sending is not None:
            asyncio.run(sending)

    def arrived(self) -> httpx.Response:
        """What the server hands out."""
        return httpx.get(self.uploader.url, headers=self.headers)


def test_a_file_arrives(live: ServerProcess, live_token: str, picked: Path, kind: str) -> None:
    """A file arrives in chunks, each with its checksum, under its name and type."""
    sender = Sender(kind, live.url, live_token, picked)
    sender.send()
    answer = sender.arrived()
    assert answer.content == picked.read_bytes()
    assert "%E6%96%87%E4%BB%B6.bin" in answer.headers["content-disposition"]
    assert answer.headers["content-type"] == "application/x-penstock"


def test_another_run_goes_on(live: ServerProcess, live_token: str, picked: Path, kind: str, kept: Any) -> None:
    """A second run finds the address that the first one kept, and begins where that one stopped."""
    Sender(kind, live.url, live_token, picked, store_url=True, url_storage=kept).send(stop_at=2 * CHUNK)
    second = Sender(kind, live.url, live_token, picked, store_url=True, url_storage=kept)
    assert second.uploader.offset == 2 * CHUNK
    second.send()
    assert second.arrived().content == picked.read_bytes()


def test_the_network_is_lost(live: ServerProcess, live_token: str, picked: Path, kind: str) -> None:
    """The client tries again until the network is back, and asks where to go on."""
    with line_to(live.port) as line:
        sender = Sender(kind, f"http://127.0.0.1:{line.port}", live_token, picked, retries=50, retry_delay=0.1)
        sender.send(stop_at=CHUNK)
        line.cut()
        threading.Timer(0.5, line.mend).start()
        sender.send()
        assert sender.arrived().content == picked.read_bytes()


def test_a_refusal_is_told(live: ServerProcess, live_token: str, picked: Path, kind: str) -> None:
    """An upload that was ended elsewhere is an error of the client's, with the server's status."""
    sender = Sender(kind, live.url, live_token, picked)
    sender.send(stop_at=CHUNK)
    httpx.delete(sender.uploader.url, headers=sender.headers | {"Tus-Resumable": "1.0.0"}).raise_for_status()
    with pytest.raises(TusUploadFailed) as refused:
        sender.send()
    assert refused.value.status_code == 410
