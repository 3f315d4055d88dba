"""`penstock copy` as an operator runs it: killed at random moments, and run again."""

import asyncio
import random
import subprocess
from pathlib import Path

import httpx
import pytest

from cluster.postgres import Postgres
from tests.support.bytes import noise
from tests.support.process import PENSTOCK, ServerProcess
from tests.support.stores import fresh_store, seaweed

pytestmark = pytest.mark.on_folder("it grows from a folder")

SECRET = "of-the-tests-alone-and-32-characters"  # of databases on this machine alone
FILES = 120
KILLS = 6


def run(server: ServerProcess, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, whatever it is."""
    return subprocess.run(
        [PENSTOCK, *arguments], env=server.environment, capture_output=True, text=True, check=False, timeout=120
    )


def run_killed(server: ServerProcess, rng: random.Random, *arguments: str) -> str:
    """Run a command that is killed a few times, at any moment, and then to its end; returns what it printed."""
    for _ in range(KILLS):
        command = [PENSTOCK, *arguments]
        process = subprocess.Popen(
            command, env=server.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            process.wait(rng.uniform(0.5, 1.5))
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
    done = run(server, *arguments)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.long
def test_an_installation_grows(postgres: Postgres, tmp_path: Path) -> None:
    """From a folder to PostgreSQL, then to S3, killed on the way: a node on both serves every file to the old token."""
    rng, place, url = random.Random(7), fresh_store(seaweed()), asyncio.run(postgres.make("grown"))
    server = ServerProcess(tmp_path / "data").start()
    server.environment |= {"PENSTOCK_SECRET": SECRET} | seaweed().credentials
    headers = {"Authorization": f"Bearer {server.token('alice')}"}
    files = {}
    for number in range(FILES):
        content = noise(30_000, number)
        sent = httpx.post(f"{server.url}/api/files/upload", headers=headers, files={"file": ("a", content)}).json()
        files[sent["data"]["id"]] = content
    wallet = server.command("wallet", "address")
    database = f"sqlite:///{tmp_path / 'data' / 'penstock.db'}"
    refused = run(server, "copy", "--from", database, "--to", url)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "A server or another command is using" in refused.stderr
    server.stop()
    assert "are the same in both" in run_killed(server, rng, "copy", "--from", database, "--to", url)
    to_store = ("copy", "--from", str(tmp_path / "data"), "--to", place, "--database", url)
    run_killed(server, rng, *to_store)
    assert "already" in run(server, *to_store).stdout
    node = ServerProcess(tmp_path / "node", flags=("--database", url, "--store", place), secret=SECRET).start()
    try:
        with httpx.Client(base_url=node.url, headers=headers, timeout=30) as alice:
            for file, content in files.items():
                assert alice.get(f"/api/files/{file}/download").content == content
        assert node.command("wallet", "address", "--database", url) == wallet
    finally:
        node.stop()


@pytest.mark.parametrize(
    ("source", "target", "more", "words"),
    [
        ("sqlite:///a.db", "s3://bucket", (), "a database"),
        ("mysql://host/name", "postgresql://host/name", (), "a database"),
        ("sqlite:///a.db", "sqlite:///b.db", (), "From SQLite to PostgreSQL, or back"),
        ("postgresql://host/a", "postgres://host/b", (), "From SQLite to PostgreSQL, or back"),
        ("sqlite:///a.db", "postgresql://host/a", ("--database", "x"), "--database"),
        ("one", "two", (), "penstock backup"),
        ("one", "s3://bucket", ("--data", "two"), "--data two is another folder than one"),
        ("one", "s3://bucket", (), "There is no store in"),
        ("sqlite:///one/penstock.db", "postgresql://host/a", (), "There is no store in"),
    ],
)
def test_what_is_not_copied(source: str, target: str, more: tuple[str, ...], words: str, tmp_path: Path) -> None:
    """What makes no sense is refused in one line, and nothing is made."""
    done = subprocess.run(
        [PENSTOCK, "copy", "--from", source, "--to", target, *more],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert words.lower() in done.stderr.lower()
    assert list(tmp_path.iterdir()) == []


def test_how_far_it_is(tmp_path: Path) -> None:
    """Where nobody looks on, each tenth is a line; a damaged blob is named, and the exit code tells."""
    server = ServerProcess(tmp_path / "data").start()
    server.environment |= seaweed().credentials
    headers = {"Authorization": f"Bearer {server.token('alice')}"}
    for number in range(20):
        files = {"file": ("a", noise(1000, number))}
        httpx.post(f"{server.url}/api/files/upload", headers=headers, files=files).raise_for_status()
    server.stop()
    [lost, *_] = [path for path in (tmp_path / "data" / "blobs").rglob("*") if path.is_file()]
    lost.unlink()
    done = run(server, "copy", "--from", str(tmp_path / "data"), "--to", fresh_store(seaweed()))
    assert done.stderr.splitlines() == [f"copying: {tenth * 10} %" for tenth in range(11)]
    assert done.returncode == 1
    assert "missing or damaged" in done.stdout.splitlines()[0]
    assert "19 of 20 blobs were brought now" in done.stdout
