"""A line to a server, which can be cut and mended."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from cluster.programs import free_port


class Line:
    """What comes to `port` goes to a server, and back, as long as the line is whole."""

    def __init__(self, server: int) -> None:
        self.port = free_port()
        self._server = server
        self._ends: list[socket.socket] = []
        self.mend()

    def mend(self) -> None:
        """Let connections through."""
        self._gate = socket.create_server(("127.0.0.1", self.port))
        threading.Thread(target=self._connect, args=(self._gate,), daemon=True).start()

    def cut(self) -> None:
        """End every connection, and refuse others."""
        for end in (self._gate, *self._ends):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._ends.clear()

    def _connect(self, gate: socket.socket) -> None:
        with suppress(OSError):
            while True:
                near, _ = gate.accept()
                far = socket.create_connection(("127.0.0.1", self._server))
                self._ends += near, far
                for one, other in ((near, far), (far, near)):
                    threading.Thread(target=_carry, args=(one, other), daemon=True).start()


def _carry(one: socket.socket, other: socket.socket) -> None:
    with suppress(OSError):
        while piece := one.recv(65536):
            other.sendall(piece)
        other.shutdown(socket.SHUT_WR)


@contextmanager
def line_to(server: int) -> Iterator[Line]:
    """A line that is whole at first."""
    line = Line(server)
    try:
        yield line
    finally:
        line.cut()
