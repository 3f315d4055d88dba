"""The commands about what is published, beside a server that publishes."""

import json
import time
from collections.abc import Iterator
from pathlib import Path
from subprocess import CalledProcessError

import httpx
import pytest

from tests.dialects.metaid.client import DIRECT, asked
from tests.support.process import ServerProcess


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ServerProcess]:
    made = ServerProcess(tmp_path / "data", block_interval="0.1", watch_interval="0.1")
    made.start()
    yield made
    made.stop()


def listed(server: ServerProcess, *flags: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads(server.command("publications", "list", "--json", *flags))
    return found


def test_publications_are_listed_and_taken_up_again(server: ServerProcess) -> None:
    """The list tells how each stands, of all or of those that are not buried; a failed one is retried by its id."""
    headers = {"Authorization": f"Bearer {server.token('alice')}"}
    refused = httpx.post(server.url + DIRECT, headers=headers, json=asked(b"hello"))
    assert refused.json()["code"] == 1006
    [failed] = listed(server)
    assert (failed["state"], failed["method"], failed["file"]) == ("failed", "direct", "photo.jpg")
    assert listed(server, "--unburied") == []
    server.command("wallet", "fund")
    server.command("publications", "retry", failed["id"], "--fee-rate", "2")
    deadline = time.monotonic() + 30
    while (found := listed(server)[0])["state"] != "buried":
        assert time.monotonic() < deadline, found
        time.sleep(0.1)
    assert found["transaction"]
    assert found["buried"]
    assert listed(server, "--unburied") == []
    assert server.command("wallet", "rescan") == "0 new coins, 0 new publications\n"


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (("publications", "retry", "task_none"), "There is no failed publication 'task_none'."),
        (("wallet", "rescan", "--from", "-1"), None),
    ],
)
def test_what_cannot_be_done_is_one_line(server: ServerProcess, arguments: tuple[str, ...], line: str | None) -> None:
    """A publication that is not there, and a height that is none."""
    with pytest.raises(CalledProcessError) as failed:
        server.command(*arguments)
    if line is None:
        assert failed.value.returncode == 2
    else:
        assert (failed.value.returncode, failed.value.stderr) == (1, f"penstock: {line}\n")
