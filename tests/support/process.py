"""A live server, started as a user starts it."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

import httpx

from cluster.programs import free_port
from tests.support.backing import FolderPlace, OnCluster

PENSTOCK = str(Path(sys.executable).with_name("penstock"))


class ServerProcess:
    """`penstock serve` on a folder, or on what nodes share, in a process of its own; `start` again after a `kill`."""

    cluster: ClassVar[OnCluster | None] = None
    """What servers stand on instead of their folders."""

    def __init__(self, data: Path, *, workers: int = 1, flags: Sequence[str] = (), **settings: str) -> None:
        """`flags` go to `penstock serve`; `settings` become `PENSTOCK_*` variables."""
        self.data = data
        self.port = free_port()
        self.log = data.with_suffix(".log")
        self.environment = os.environ | {"PENSTOCK_MIN_FREE": "0"}
        self.place = self.cluster.place_of(data) if self.cluster is not None else FolderPlace(data)
        shared = {name: str(value) for name, value in self.place.settings.items()} | settings
        self.environment |= {f"PENSTOCK_{name.upper()}": value for name, value in shared.items()}
        self._operations = f"http://{settings['ops']}" if "ops" in settings else self.url
        self._flags = ["--data", str(data), "--port", str(self.port), "--workers", str(workers), *flags]
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def pid(self) -> int:
        """The process that was started (with several workers, their parent)."""
        assert self._process is not None
        return self._process.pid

    def start(self, probe: str = "/readyz") -> "ServerProcess":
        """Start, and return once `probe` answers well."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                [PENSTOCK, "serve", *self._flags], env=self.environment, stdout=log, stderr=log, start_new_session=True
            )
        deadline = time.monotonic() + 30
        while not self._answers(probe):
            assert self._process.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.02)
        return self

    def kill(self) -> None:
        """SIGKILL, to every process of it."""
        assert self._process is not None
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def stop(self) -> int:
        """SIGTERM; returns the exit code."""
        assert self._process is not None
        self._process.send_signal(signal.SIGTERM)
        return self._process.wait(30)

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    def command(self, *arguments: str, stdin: str = "") -> str:
        """Run another `penstock` command on the same data; returns what it printed."""
        done = subprocess.run(
            [PENSTOCK, *arguments, "--data", str(self.data)],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def token(self, name: str) -> str:
        """A new user and a token of its own."""
        self.command("users", "add", name, "--password-stdin", stdin="a password\n")
        return self.command("tokens", "create", name).strip()

    def _answers(self, probe: str) -> bool:
        try:
            return httpx.get(f"{self._operations}{probe}", timeout=2).status_code == 200
        except httpx.TransportError:
            return False
