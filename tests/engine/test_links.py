"""Signed addresses: how long they are good, and what becomes of shares and upload requests in the background."""

import pytest

from penstock.engine.links import CALL_TTL
from penstock.engine.shares import Visitor
from penstock.model.faults import SignatureInvalid
from penstock.model.ids import ROOT
from penstock.model.principal import Principal, Tier
from penstock.model.share import REMEMBERED, TICKET
from tests.ports.records import Clock
from tests.support.engine import ALICE, EngineServer


async def test_the_address_of_a_call_is_good_for_ten_minutes(server: EngineServer, clock: Clock) -> None:
    """And no longer."""
    links = server.engine.links
    link = links.call(ALICE, "/path", [("name", "value")])
    clock.advance(CALL_TTL - 1)
    links.check_call(link)
    clock.advance(1)
    with pytest.raises(SignatureInvalid):
        links.check_call(link)


async def dora(server: EngineServer) -> Principal:
    """Somebody with an account."""
    access = server.engine.access
    await access.add_user("dora", "a password", tier=Tier.NORMAL, admin=False)
    user = await access.user("dora")
    return Principal(user.id, user.name)


async def test_the_background_forgets_what_is_over(server: EngineServer, clock: Clock) -> None:
    """Tickets after a day, shares and upload requests a month after their end, and no sooner."""
    principal = await dora(server)
    engine = server.engine
    file = await server.store(b"hello", principal=principal)
    folder = await engine.drive.make(principal, ROOT, "home", rename=False)
    share = await engine.shares.make(principal, file.id, {"expires_at": clock() + 2 * TICKET}, "here")
    token = engine.shares.token(share)
    assert token is not None
    await engine.shares.begin(Visitor(token, "there"), None)
    upload_request = await engine.upload_requests.make(principal, folder.id, {}, "here")
    await engine.upload_requests.revoke(principal, upload_request.id, "here")

    def left() -> list[int]:
        tables = ("tickets", "shares", "upload_requests")
        counts = [server.row(f"SELECT count(*) AS number FROM {table}") for table in tables]
        return [count["number"] for count in counts if count is not None]

    await server.upkeep.once(orphans=True)
    assert left() == [1, 1, 1]
    clock.advance(TICKET)
    await server.upkeep.once(orphans=False)
    assert left() == [0, 1, 1]
    clock.advance(REMEMBERED - TICKET)
    await server.upkeep.once(orphans=True)
    assert left() == [0, 1, 0]
    clock.advance(2 * TICKET)
    await server.upkeep.once(orphans=True)
    assert left() == [0, 0, 0]
