"""A whole cluster: PostgreSQL, an S3 store, Redis, nodes, and nginx before them."""

import asyncio
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from cluster.nodes import Nginx, Node, command
from cluster.postgres import Postgres, debian
from cluster.programs import Program
from cluster.redis import RedisServer
from cluster.seaweed import Seaweed

BUCKET = "penstock"


class Cluster:
    """Everything on 127.0.0.1, in one folder; it is made at the first start, and kept from then on."""

    def __init__(
        self,
        folder: Path,
        *,
        nodes: int = 3,
        settings: Mapping[str, str] = {},
        flags: tuple[str, ...] = (),
        ports: Mapping[str, int] = {},
    ) -> None:
        """`settings` of the nodes are those of the docs, `flags` go to `penstock serve`, and `ports` are those that
        programs had before. Raises `Missing`.
        """
        self.folder = _made(folder)
        self.postgres = Postgres(folder / "postgres" / "data", debian(), port=ports.get("postgres"))
        self.store = Seaweed(folder / "store", ports.get("store"))
        self.redis = RedisServer(_made(folder / "redis"), ports.get("redis"))
        self._settings = settings
        names = [f"node-{number}" for number in range(1, nodes + 1)]
        self.nodes = [Node(folder / name, self.environment, port=ports.get(name), flags=flags) for name in names]
        self.nginx = Nginx(folder / "nginx", [node.port for node in self.nodes], ports.get("nginx"))
        self.programs: dict[str, Program] = {
            "postgres": self.postgres,
            "store": self.store,
            "redis": self.redis,
            **dict(zip(names, self.nodes, strict=True)),
            "nginx": self.nginx,
        }

    @property
    def environment(self) -> dict[str, str]:
        """What a node, or a command, needs to know."""
        shared = {
            "DATABASE": self.postgres.url("penstock"),
            "STORE": self.store.store(BUCKET),
            "LIMITS": self.redis.url,
            "SECRET_FILE": str(self._secret_file()),
            "TRUSTED_PROXIES": "127.0.0.1",
        }
        named = {f"PENSTOCK_{name.upper()}": value for name, value in {**shared, **self._settings}.items()}
        return {**os.environ, **self.store.credentials, **named}

    @property
    def url(self) -> str:
        """Where clients come."""
        return self.nginx.url

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> Self:
        """Start everything, and return once it is ready."""
        try:
            for name in self.programs:
                self.start_one(name)
        except BaseException:
            self.stop()
            raise
        return self

    def start_one(self, name: str) -> None:
        """Start a program, and make what others need in it, once."""
        self.programs[name].start()
        made = self.folder / f"{name}.made"
        if not made.exists():
            if name == "postgres":
                asyncio.run(self.postgres.make("penstock"))
            if name == "store":
                self.store.make(BUCKET)
            made.touch()

    def stop(self) -> None:
        """End everything, the proxy first."""
        for program in reversed(self.programs.values()):
            program.stop()

    def command(self, *arguments: str, stdin: str = "") -> str:
        """Run a command of Penstock on what the nodes share; returns what it printed."""
        return command(self.environment, *arguments, stdin=stdin)

    def token(self, name: str) -> str:
        """A new user and a token of its own."""
        self.command("users", "add", name, "--password-stdin", stdin="a password\n")
        return self.command("tokens", "create", name).strip()

    def _secret_file(self) -> Path:
        path = self.folder / "secret"
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_hex(32))
        return path


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
