"""Describes the request that is answered, for hooks: without credentials, since that is written down."""

import re
from collections.abc import Sequence
from functools import partial
from urllib.parse import parse_qsl, quote, urlencode

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from penstock.engine.calls import answering
from penstock.http.routing.clients import Proxies
from penstock.model.event import Call

_CREDENTIAL = re.compile("auth|cookie|token|secret|passw|key|sign|credential|session|grant|sudo", re.IGNORECASE)
"""What headers and parameters of a query are called that may hold a credential, ours or that of a proxy in front:
rather one too many, since an operator can name those that are wanted.
"""

REDACTED = "redacted"


class Calling:
    """An application whose requests hooks are told of."""

    def __init__(self, app: ASGIApp, proxies: Proxies, forwarded: Sequence[str]) -> None:
        """`forwarded` are the names of headers that are passed on as they are."""
        self._app = app
        self._proxies = proxies
        self._forwarded = frozenset(name.lower() for name in forwarded)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        with answering(partial(described, scope, self._proxies, self._forwarded)):
            await self._app(scope, receive, send)


def described(scope: Scope, proxies: Proxies, forwarded: frozenset[str]) -> Call:
    """The request, as it stands in its scope."""
    headers: dict[str, list[str]] = {}
    passed_on: dict[str, str] = {}
    for raw_name, raw_value in scope["headers"]:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        shown = "-".join(word.capitalize() for word in name.split("-"))
        if name in forwarded:
            passed_on[shown] = f"{passed_on[shown]}, {value}" if shown in passed_on else value
        if not _CREDENTIAL.search(name):
            headers.setdefault(shown, []).append(_without_credentials(value) if name == "referer" else value)
    query = scope["query_string"].decode("latin-1")
    uri = _without_credentials(quote(scope["path"]) + (f"?{query}" if query else ""))
    return Call(scope["method"], uri, proxies.address(Request(scope)), headers, passed_on)


def _without_credentials(url: str) -> str:
    base, mark, query = url.partition("?")
    if not mark:
        return url
    query, hash_mark, fragment = query.partition("#")
    pairs = [
        (name, REDACTED if _CREDENTIAL.search(name) else value)
        for name, value in parse_qsl(query, keep_blank_values=True)
    ]
    return f"{base}?{urlencode(pairs)}{hash_mark}{fragment}"
