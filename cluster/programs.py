"""Programs that are started, stopped and killed."""

import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import Self

PORTS = (10_000, 32_000)
"""Below the range that Linux gives to outgoing connections (ip(7))."""

PATIENCE = 60.0
"""How long a program may take to answer after its start, in seconds."""


class Missing(Exception):
    """The program is not installed."""


def free_port() -> int:
    """A port that nobody listens on just now, and that no connection takes for itself before a program listens there,
    which may be seconds later.
    """
    while True:
        port = random.randrange(*PORTS)
        with suppress(OSError), closing(socket.socket()) as sock:
            sock.bind(("127.0.0.1", port))
            return port


def located(name: str, *places: str) -> str:
    """The path of a program: beside this Python, on the path, or in one of these folders. Raises `Missing`."""
    folders = [str(Path(sys.executable).parent), *os.environ.get("PATH", "").split(os.pathsep), *places]
    found = shutil.which(name, path=os.pathsep.join(folders))
    if found is None:
        raise Missing(name)
    return found


def accepts(port: int) -> bool:
    """Whether somebody accepts connections on this port."""
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), 1):
        return True
    return False


class Program:
    """A program in a process group of its own, listening on `port`; `start` again after `kill`."""

    port: int

    def __init__(
        self,
        command: Sequence[str],
        log: Path,
        ready: Callable[[], bool],
        *,
        environment: Mapping[str, str] = {},
        user: str | None = None,
        stop: signal.Signals = signal.SIGTERM,
    ) -> None:
        """`ready` says whether it answers; `user` is who it runs as, where this process is root; `stop` is the signal
        that ends it in order.
        """
        self.log = log
        self.command = command
        self._ready = ready
        self._environment = os.environ | dict(environment)
        self._user = user if os.geteuid() == 0 else None
        self.stop_signal = stop
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    @property
    def running(self) -> bool:
        """Whether the process is alive."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int:
        """The process that was started."""
        assert self._process is not None
        return self._process.pid

    def start(self) -> Self:
        """Start, and return once it answers. Raises `RuntimeError` with the end of its log when it does not."""
        self.launch()
        self.wait()
        return self

    def launch(self) -> None:
        """Start, without waiting for its answer."""
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                user=self._user,
                start_new_session=True,
            )

    def wait(self, patience: float = PATIENCE) -> None:
        """Return once it answers. Raises as `start`."""
        deadline = time.monotonic() + patience
        while not self._ready():
            if not self.running or time.monotonic() > deadline:
                self.kill()
                raise RuntimeError(
                    f"{self.command[0]} does not answer:\n{self.log.read_text(errors='replace')[-4000:]}"
                )
            time.sleep(0.05)

    def stop(self, patience: float = 30) -> int | None:
        """End it in order; what is left of its group is killed. Returns the exit code, None when it did not run."""
        if self._process is None:
            return None
        with suppress(ProcessLookupError):
            self._process.send_signal(self.stop_signal)
        with suppress(subprocess.TimeoutExpired):
            self._process.wait(patience)
        self.kill()
        return self._process.returncode

    def kill(self) -> None:
        """SIGKILL, to every process of it."""
        if self._process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()


def owner() -> str | None:
    """The account of programs that refuse to be run by root; None where this process is not root."""
    if os.geteuid():
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next((name for name in ("postgres", "nobody") if name in known), None)


def give(folder: Path) -> None:
    """Give a folder to `owner`, and let it pass through the folders above, as far as they are ours."""
    user = owner()
    if user is None:
        return
    for path in (folder, *folder.iterdir()):
        shutil.chown(path, user)
    for above in folder.parents:
        if above.owner() == "root" and str(above) not in {"/", "/tmp"}:  # noqa: S108  # it is open already
            above.chmod(above.stat().st_mode | 0o011)
