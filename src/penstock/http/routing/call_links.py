"""Signed addresses of calls: a query parameter takes the place of the token."""

from urllib.parse import urlencode

from starlette.requests import Request

from penstock.engine.links import CallLink
from penstock.http.routing.authenticator import credential
from penstock.model.faults import SignatureInvalid
from penstock.model.ids import PrincipalId

NAME = "link"
"""The parameter: who has signed it, until when it is good, under which grant, and the signature."""

LONGEST = 300


def is_linked(request: Request) -> bool:
    """Whether the address itself says who calls."""
    return NAME in request.query_params and credential(request) is None


def address_of(base: str, link: CallLink) -> str:
    """The absolute URL."""
    told = "~".join((link.user, str(link.expires), link.grant, link.signature))
    return f"{base}{link.path}?{urlencode([*link.query, (NAME, told)])}"


def link_of(request: Request) -> CallLink:
    """What an address says. Raises `SignatureInvalid` for what is none of ours."""
    query = request.query_params.multi_items()
    told = [value for name, value in query if name == NAME]
    parts = told[0].split("~")
    if len(told) != 1 or len(told[0]) > LONGEST or len(parts) != 4 or not (parts[1].isascii() and parts[1].isdigit()):
        raise SignatureInvalid
    others = tuple((name, value) for name, value in query if name != NAME)
    user, expires, grant, signature = parts
    return CallLink(request.scope["path"], others, PrincipalId(user), int(expires), grant, signature)
