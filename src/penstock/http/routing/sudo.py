"""Sudo tokens in requests."""

import msgspec
from starlette.requests import Request

from penstock.http.bodies.reading import Bodies
from penstock.http.routing.authenticator import sudo_token


class _SudoBody(msgspec.Struct):
    sudo_token: str | None = None


async def sudo_of(request: Request, bodies: Bodies) -> str | None:
    """The sudo token from the headers, else from the JSON body. Raises as `Bodies.json`."""
    in_headers = sudo_token(request)
    if in_headers is not None or not request.headers.get("content-type", "").startswith("application/json"):
        return in_headers
    return (await bodies.json(request, _SudoBody)).sudo_token
