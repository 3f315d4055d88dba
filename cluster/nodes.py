"""Nodes of Penstock, and the proxy before them."""

import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import httpx

from cluster.programs import Program, free_port, located

PENSTOCK = str(Path(sys.executable).with_name("penstock"))


class Node(Program):
    """`penstock serve` on what all nodes share; its folder holds nothing that must last."""

    def __init__(
        self, folder: Path, environment: Mapping[str, str], *, port: int | None = None, flags: tuple[str, ...] = ()
    ) -> None:
        """`environment` names what is shared (`PENSTOCK_*`), and the credentials of the store."""
        folder.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port()
        self.folder = folder
        self.environment = {"PENSTOCK_MIN_FREE": "0", **environment}
        super().__init__(
            [PENSTOCK, "serve", "--data", str(folder / "data"), "--port", str(self.port), *flags],
            folder / "log",
            self._answers,
            environment=self.environment,
        )

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    def _answers(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/readyz", timeout=5).status_code == 200
        return False


class Nginx(Program):
    """nginx before the nodes, set as `deploy/nginx` has it but for names, addresses and TLS."""

    def __init__(self, folder: Path, nodes: list[int], port: int | None = None) -> None:
        """`nodes` are the ports of the nodes. Raises `Missing`."""
        folder.mkdir(parents=True, exist_ok=True)
        self.port = port or free_port()
        deployed = Path(__file__).parents[1] / "deploy" / "nginx"
        snippet = folder / "proxy.conf"
        snippet.write_text((deployed / "penstock-proxy.conf").read_text())
        servers = "\n".join(f"    server 127.0.0.1:{port} max_fails=1 fail_timeout=5s;" for port in nodes)
        (folder / "nginx.conf").write_text(
            _CONFIGURATION.format(folder=folder, servers=servers, port=self.port, snippet=snippet)
        )
        super().__init__(
            [located("nginx", "/usr/sbin"), "-p", str(folder), "-c", "nginx.conf", "-e", str(folder / "error.log")],
            folder / "log",
            self._answers,
        )

    @property
    def url(self) -> str:
        """Where clients come."""
        return f"http://127.0.0.1:{self.port}"

    def _answers(self) -> bool:
        with suppress(httpx.TransportError):
            return httpx.get(f"{self.url}/healthz", timeout=5).status_code == 200
        return False


def command(environment: Mapping[str, str], *arguments: str, stdin: str = "") -> str:
    """Run a command of Penstock on what nodes share; returns what it printed."""
    done = subprocess.run(
        [PENSTOCK, *arguments], env=dict(environment), input=stdin, capture_output=True, text=True, check=True
    )
    return done.stdout


_CONFIGURATION = """
daemon off;
pid {folder}/pid;
worker_processes 2;
events {{ worker_connections 4096; }}
http {{
    access_log off;
    error_log {folder}/error.log;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream penstock {{
        zone penstock 64k;
        least_conn;
{servers}
        keepalive 64;
        keepalive_timeout 3s;
    }}
    server {{
        listen 127.0.0.1:{port};
        client_max_body_size 0;
        location / {{ include {snippet}; }}
    }}
}}
"""
