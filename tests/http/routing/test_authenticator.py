"""Who may come in."""

import pytest

from penstock.http.routing.authenticator import Authenticator, Origins, credential
from penstock.http.routing.clients import Proxies
from penstock.http.routing.public_urls import PublicUrls
from penstock.identity.access import Access
from penstock.model.faults import BadToken, NotSignedIn, ScopeMissing
from penstock.model.ids import PrincipalId
from penstock.model.principal import ANONYMOUS, EVERY_SCOPE, Principal, Scope
from tests.http.routing.requests import request_from

ALICE = Principal(PrincipalId("1"), "alice")
READER = Principal(PrincipalId("2"), "reader", scopes=frozenset({Scope.READ}))


class Tokens(Access):
    """Knows two tokens."""

    def __init__(self) -> None:
        self.known = {"good": ALICE, "reader": READER}

    async def bearer(self, credential: str | None) -> Principal:
        if credential is None:
            raise NotSignedIn
        if credential not in self.known:
            raise BadToken
        return self.known[credential]


def anonymous_access(*named: str, public: str = "") -> Authenticator:
    """Anonymous access, for pages of these origins, too."""
    return Authenticator(Tokens(), open_to=Origins(named, PublicUrls(public, "", "", Proxies(()))))


@pytest.mark.parametrize(
    ("headers", "query", "found"),
    [
        ([("Authorization", "Bearer good")], "", "good"),
        ([("Authorization", "bEaReR   good ")], "", "good"),
        ([("authorization", "good")], "", "good"),
        ([("Authorization", "Basic Z29vZA==")], "", "Basic Z29vZA=="),
        ([("Authorization", "Bearer")], "", ""),
        ([("Authorization", "")], "", ""),
        ([], "accessToken=good", "good"),
        ([], "token=good", "good"),
        ([], "token=other&accessToken=good", "good"),
        ([], "token=", ""),
        ([("Authorization", "Bearer good")], "token=other", "good"),
        ([], "Token=good", None),
        ([], "", None),
    ],
)
def test_a_credential_is_found_wherever_clients_put_it(
    headers: list[tuple[str, str]], query: str, found: str | None
) -> None:
    """The header is read before the query, with or without its scheme; an empty credential is one that is bad."""
    assert credential(request_from(headers=headers, query=query)) == found


async def test_a_closed_door_asks_everybody() -> None:
    """Without a credential nobody comes in, from this machine neither."""
    with pytest.raises(NotSignedIn):
        await Authenticator(Tokens()).admit(request_from(), Scope.READ)


async def test_a_credential_opens_what_it_was_made_for() -> None:
    """A token lets its owner in where it has the scope, and is refused elsewhere, with anonymous access, too."""
    for authenticator in (Authenticator(Tokens()), anonymous_access()):
        assert await authenticator.admit(request_from(query="token=good"), Scope.DELETE) == ALICE
        assert await authenticator.admit(request_from(query="token=reader"), Scope.READ) == READER
        with pytest.raises(ScopeMissing):
            await authenticator.admit(request_from(query="token=reader"), Scope.WRITE)


async def test_a_bad_credential_is_never_anonymous() -> None:
    """With anonymous access a credential that is not good is refused."""
    for query in ("token=bad", "token=", "accessToken="):
        with pytest.raises(BadToken):
            await anonymous_access().admit(request_from(query=query), Scope.READ)


@pytest.mark.parametrize("client", ["127.0.0.1", "192.0.2.1", None])
async def test_anonymous_access_is_for_everybody(client: str | None) -> None:
    """Whoever comes without a credential is the shared principal of those without a name, from wherever they come."""
    assert await anonymous_access().admit(request_from(client=client), Scope.WRITE) == ANONYMOUS
    assert ANONYMOUS.scopes == EVERY_SCOPE


@pytest.mark.parametrize(
    ("origin", "named", "public", "admitted"),
    [
        ("http://here:8080", (), "", True),
        ("HTTP://Here:8080", (), "", True),
        ("http://here", (), "", False),
        ("https://here:8080", (), "", False),
        ("http://here:8080.evil.example", (), "", False),
        ("https://files.example", (), "https://files.example/", True),
        ("https://files.example:443", (), "https://files.example", True),
        ("https://files.example:8443", (), "https://files.example", False),
        ("https://app.example", ("https://app.example",), "", True),
        ("https://app.example", ("*", "https://app.example"), "", True),
        ("https://app.example", ("*",), "", False),
        ("https://evil.example", ("https://app.example",), "", False),
        ("https://evil.example", (), "", False),
        ("*", ("*",), "", False),
        ("null", (), "", False),
        ("", (), "", False),
        ("http://[", (), "", False),
    ],
)
async def test_anonymous_access_is_not_for_foreign_pages(
    origin: str, named: tuple[str, ...], public: str, admitted: bool
) -> None:
    """A page needs a token unless it is our own or `cors_origins` names its origin exactly; `*` names none."""
    authenticator = anonymous_access(*named, public=public)
    request = request_from(headers=[("Host", "here:8080"), ("Origin", origin)])
    if admitted:
        assert await authenticator.admit(request, Scope.WRITE) == ANONYMOUS
    else:
        with pytest.raises(NotSignedIn):
            await authenticator.admit(request, Scope.WRITE)


async def test_a_credential_opens_for_foreign_pages_too() -> None:
    """With a token a page of any origin comes in."""
    request = request_from(headers=[("Origin", "https://evil.example")], query="token=good")
    assert await anonymous_access().admit(request, Scope.READ) == ALICE


async def test_two_origins_are_not_hidden_behind_each_other() -> None:
    """A request that names several origins comes from all of them."""
    request = request_from(headers=[("Host", "here"), ("Origin", "http://here"), ("Origin", "https://evil.example")])
    with pytest.raises(NotSignedIn):
        await anonymous_access().admit(request, Scope.READ)
