"""Who may come in."""

from collections.abc import Sequence

import pytest
from starlette.requests import Request

from penstock.engine.access import Access
from penstock.http.doors import Door, credential, is_loopback_address
from penstock.model.faults import BadToken, NotSignedIn, ScopeMissing
from penstock.model.ids import PrincipalId
from penstock.model.principal import ANONYMOUS, EVERY_SCOPE, Principal, Scope

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


def asked(
    headers: Sequence[tuple[str, str]] = (), query: str = "", client: tuple[str, int] | None = ("127.0.0.1", 1)
) -> Request:
    raw = [(name.lower().encode(), value.encode()) for name, value in headers]
    return Request(
        {"type": "http", "method": "GET", "path": "/", "headers": raw, "query_string": query.encode(), "client": client}
    )


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
    assert credential(asked(headers, query)) == found


async def test_a_closed_door_asks_everybody() -> None:
    """Without a credential nobody comes in, from this machine neither."""
    with pytest.raises(NotSignedIn):
        await Door(Tokens()).admit(asked(), Scope.READ)


async def test_a_credential_opens_what_it_was_made_for() -> None:
    """A token lets its owner in where it has the scope, and is refused elsewhere, on open doors too."""
    for door in (Door(Tokens()), Door(Tokens(), open_to_all=True)):
        assert await door.admit(asked(query="token=good"), Scope.DELETE) == ALICE
        assert await door.admit(asked(query="token=reader"), Scope.READ) == READER
        with pytest.raises(ScopeMissing):
            await door.admit(asked(query="token=reader"), Scope.WRITE)


async def test_a_bad_credential_is_never_anonymous() -> None:
    """On an open door a credential that is not good is refused."""
    for query in ("token=bad", "token=", "accessToken="):
        with pytest.raises(BadToken):
            await Door(Tokens(), open_to_all=True).admit(asked(query=query), Scope.READ)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.9.1", "::1"])
async def test_a_door_open_on_loopback_lets_this_machine_in(host: str) -> None:
    """A direct caller from this machine is the shared principal of those without a name."""
    door = Door(Tokens(), open_on_loopback=True)
    assert await door.admit(asked(client=(host, 1)), Scope.WRITE) == ANONYMOUS
    assert ANONYMOUS.scopes == EVERY_SCOPE


@pytest.mark.parametrize("client", [("192.0.2.1", 1), ("::ffff:192.0.2.1", 1), ("", 0), ("testclient", 1), None])
async def test_a_door_open_on_loopback_is_shut_to_others(client: tuple[str, int] | None) -> None:
    """A caller from elsewhere, or from nobody knows where, needs a token."""
    with pytest.raises(NotSignedIn):
        await Door(Tokens(), open_on_loopback=True).admit(asked(client=client), Scope.READ)


@pytest.mark.parametrize(
    "header",
    ["Forwarded", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Port", "X-Real-Ip", "CF-Connecting-IP", "Via"],
)
async def test_what_came_through_a_proxy_is_not_local(header: str) -> None:
    """A request that a proxy handed on is never from this machine, though its last step was."""
    with pytest.raises(NotSignedIn):
        await Door(Tokens(), open_on_loopback=True).admit(asked([(header, "")]), Scope.READ)


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("example.org", False),
    ],
)
def test_which_listening_addresses_are_this_machines_alone(host: str, loopback: bool) -> None:
    """An address that others reach, or whose meaning is unknown, is not loopback."""
    assert is_loopback_address(host) is loopback
