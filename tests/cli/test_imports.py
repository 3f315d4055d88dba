"""What a command does not load, because it does not need it."""

import os
import subprocess
from pathlib import Path

import pytest

from tests.support.process import PENSTOCK, ServerProcess

NO_QUESTION_NEEDS = {
    "asyncio",
    "sqlite3",
    "uvicorn",
    "starlette",
    "httpx",
    "sqlalchemy",
    "structlog",
    "cryptography",
    "PIL",
    "penstock.bootstrap",
    "penstock.engine",
    "penstock.http",
    "penstock.dialects",
    "penstock.adapters",
    "penstock.ports",
    "penstock.publishing",
    "rich.progress",
    "botocore",
    "aiohttp",
}
NO_SERVER_NEEDS = {
    "sqlalchemy",
    "joserfc",
    "httpx",
    "httpcore",
    "requests",
    "PIL",
    "rich.progress",
    "typer.rich_utils",
    "websockets",
    "botocore",
    "aiohttp",
}
"""Before an issuer, a scanner, a chain or a store elsewhere is set; pictures are made in processes of their own, and
tables from kept text.
"""


def imported(trace: str) -> set[str]:
    """The modules that `-X importtime` tells of."""
    return {line.rpartition("|")[2].strip() for line in trace.splitlines() if line.startswith("import time:")}


@pytest.mark.parametrize(
    ("question", "more"),
    [("--help", set[str]()), ("--version", {"rich"}), ("serve --help", set[str]()), ("users add --help", set[str]())],
)
def test_a_question_loads_nothing_that_it_does_not_show(question: str, more: set[str], tmp_path: Path) -> None:
    """To be told how a command is used takes no server, no database and no pictures."""
    traced = subprocess.run(
        [PENSTOCK, *question.split()],
        env=os.environ | {"PYTHONPROFILEIMPORTTIME": "1"},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    found = imported(traced.stderr)
    assert "penstock.cli.app" in found
    assert found & (NO_QUESTION_NEEDS | more) == set()


def test_a_server_loads_nothing_before_its_first_answer_that_nobody_asked_for(tmp_path: Path) -> None:
    """Up to its first answer a server has loaded nothing that only some settings or calls need; on a new store, too."""
    server = ServerProcess(tmp_path / "data")
    server.environment["PYTHONPROFILEIMPORTTIME"] = "1"
    loaded = []
    for _ in range(2):
        server.start(probe="/healthz")
        server.kill()
        loaded.append(imported(server.log.read_text()))
        server.log.unlink()
    new, there = loaded
    assert {"uvloop", "penstock.http.server.protocol"} <= there
    assert new & NO_SERVER_NEEDS == set()
    assert there & NO_SERVER_NEEDS == set()
