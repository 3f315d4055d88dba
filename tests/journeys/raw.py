"""Requests that no well-behaved client library would send, and bodies too large to hold."""

import socket
from collections.abc import Iterator

BLOCK = bytes(range(256)) * 4096
"""A MiB that is not all the same."""


def blocks(size: int) -> Iterator[bytes]:
    """`size` bytes, a MiB at a time."""
    while size > 0:
        yield BLOCK[: min(size, len(BLOCK))]
        size -= len(BLOCK)


def scratch_head(port: int, token: str, *, length: int | None, size: int, index: int, total: int, key: str) -> bytes:
    """The request line and headers of a `scratch` part; `length` None sends it chunked."""
    framing = "Transfer-Encoding: chunked" if length is None else f"Content-Length: {length}"
    return (
        f"POST /api/scratch/stream-upload HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nAuthorization: Bearer {token}\r\n"
        f"x-filename: raw.bin\r\nx-filesize: {size}\r\nx-chunk-index: {index}\r\nx-total-chunks: {total}\r\n"
        f"x-upload-id: {key}\r\n{framing}\r\n\r\n"
    ).encode()


def connect(port: int) -> socket.socket:
    """A connection to a server on this machine."""
    sock = socket.create_connection(("127.0.0.1", port), 30)
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return sock


def status_of(sock: socket.socket) -> int:
    """The status of the answer, 0 when the server hung up instead; the connection is over then."""
    answer = b""
    with sock:
        while b"\r\n" not in answer:
            piece = sock.recv(4096)
            if not piece:
                return 0
            answer += piece
    return int(answer.split(b" ", 2)[1])
