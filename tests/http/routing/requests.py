"""Requests for what reads no more of them than their heads."""

from collections.abc import Iterable

from starlette.requests import Request


def request_from(
    client: str | None = "127.0.0.1", headers: Iterable[tuple[str, str]] = (), *, query: str = ""
) -> Request:
    """A request of this client (None: through a Unix socket), with just these headers."""
    return Request(
        {
            "type": "http",
            "method": "GET",
            "scheme": "http",
            "server": ("s", 80),
            "path": "/",
            "headers": [(name.lower().encode(), value.encode()) for name, value in headers],
            "query_string": query.encode(),
            "client": None if client is None else (client, 1),
        }
    )
