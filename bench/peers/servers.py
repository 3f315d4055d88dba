"""Each peer as a process on 127.0.0.1 that keeps its files in a folder it is given."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cluster.programs import free_port
from tests.support.process import ServerProcess

HERE = Path(__file__).parent
INSTALLED = HERE / "installed"
PATIENCE = 20
"""Seconds within which a server must answer, and within which it must stop."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that is up. `files` is where it keeps what is sent."""

    port: int
    pid: int
    files: Path


@dataclass(frozen=True, slots=True)
class Peer:
    """Somebody else's server. `found` is its program, None when it is not here; `missing` says how to get it."""

    name: str
    found: Path | None
    missing: str
    command: Callable[[Path, Path, int], list[str]]
    """From the program, a folder and a port."""


@contextmanager
def serving(peer: Peer, folder: Path) -> Iterator[Running]:
    """Run a peer in a folder."""
    assert peer.found is not None
    port, files = free_port(), folder / "files"
    files.mkdir()
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            peer.command(peer.found, folder, port), stdout=log, stderr=log, cwd=folder, start_new_session=True
        )
    try:
        _await_port(process, port, folder / "log")
        yield Running(port, process.pid, files)
    finally:
        _end(process)


@contextmanager
def penstock(folder: Path, **settings: str) -> Iterator[ServerProcess]:
    """Run Penstock in a folder."""
    given: dict[str, Any] = {"scratch_limit": "1TiB", "tier_normal": "1TiB", "publish_limit": "1GiB", "blob_grace": "0"}
    server = ServerProcess(folder / "data", **(given | settings)).start()
    try:
        yield server
    finally:
        server.stop()


def _await_port(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with closing(socket.socket()) as attempt:
            if attempt.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.02)
    raise RuntimeError(f"it did not start: {log.read_text(errors='replace')[-500:]}")


def _end(process: subprocess.Popen[bytes]) -> None:
    """Ask it to end; make it, with all it started, when it does not."""
    process.terminate()
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _program(name: str, *places: Path) -> Path | None:
    found = shutil.which(name, path=os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin"]))
    return next((place for place in places if place.exists()), Path(found) if found else None)


def _nginx(program: Path, folder: Path, port: int) -> list[str]:
    written = (HERE / "nginx.conf").read_text()
    for name, value in {"USER": pwd.getpwuid(os.geteuid()).pw_name, "FOLDER": folder, "PORT": port}.items():
        written = written.replace(f"@{name}@", str(value))
    (folder / "nginx.conf").write_text(written)
    return [str(program), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", str(folder / "log")]


def _tus_node(program: Path, folder: Path, port: int) -> list[str]:
    return [str(program), str(HERE / "tus-node" / "serve.mjs"), str(port), str(folder / "files")]


def _tus_python(program: Path, folder: Path, port: int) -> list[str]:
    return [str(program), str(HERE / "tus-python" / "serve.py"), str(port), str(folder / "files")]


def _tusd(program: Path, folder: Path, port: int) -> list[str]:
    flags = ["-host", "127.0.0.1", "-port", str(port), "-base-path", "/files/", "-upload-dir", str(folder / "files")]
    return [str(program), *flags, "-show-greeting=false", "-expose-metrics=false"]


def _node() -> Path | None:
    return _program("node") if (HERE / "tus-node" / "node_modules").exists() else None


def _python() -> Path | None:
    program = INSTALLED / "tus-python" / "bin" / "python"
    return program if program.exists() else None


NGINX = Peer("nginx", _program("nginx", INSTALLED / "nginx" / "usr/sbin/nginx"), "apt install nginx-light", _nginx)
TUS_NODE = Peer("@tus/server", _node(), "make bench-peers (needs npm)", _tus_node)
TUS_PYTHON = Peer("tuspyserver", _python(), "make bench-peers", _tus_python)
TUSD = Peer("tusd", _program("tusd", INSTALLED / "bin" / "tusd"), "make bench-peers (needs go)", _tusd)
PEERS = (NGINX, TUS_NODE, TUS_PYTHON, TUSD)
