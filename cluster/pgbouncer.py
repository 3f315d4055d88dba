"""pgbouncer in transaction mode: a pooler, as managed databases have one in front."""

from pathlib import Path

from cluster.programs import Program, accepts, free_port, give, located, owner

_CONFIGURATION = """
[databases]
* = host=127.0.0.1 port={server} user=postgres

[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
unix_socket_dir =
auth_type = any
pool_mode = transaction
default_pool_size = 10
max_client_conn = 1000
server_reset_query =
"""


class Pgbouncer(Program):
    """A pooler before a server on this machine, for all of its databases."""

    def __init__(self, folder: Path, server: int) -> None:
        """`server` is the port of PostgreSQL. Raises `Missing`."""
        self.port = free_port()
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / "pgbouncer.ini"
        path.write_text(_CONFIGURATION.format(server=server, port=self.port))
        give(folder)
        super().__init__(
            [located("pgbouncer", "/usr/sbin"), str(path)], folder / "log", lambda: accepts(self.port), user=owner()
        )

    def url(self, name: str) -> str:
        """The URL of one of the server's databases."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{name}"
