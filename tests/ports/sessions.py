"""What every implementation of `SessionLedger` promises."""

from penstock.model.ids import new_id
from penstock.model.principal import EVERY_SCOPE, Session, User
from penstock.ports import AccountLedger, Pair, Rotated, SessionLedger
from tests.ports.accounts import user
from tests.ports.records import Clock

GRACE = 30.0


def pair(clock: Clock, name: str) -> Pair:
    """A pair that lives 100 and 1,000 seconds."""
    return Pair(f"{name}-access", f"{name}-refresh", clock() + 100, clock() + 1000)


async def begun(accounts: AccountLedger, ledger: SessionLedger, clock: Clock, name: str = "first") -> Session:
    """A session of Alice's."""
    alice = await accounts.user("alice")
    if alice is None:
        alice = user("alice")
        await accounts.add_user(alice)
    session = Session(new_id(), alice.id, "files", "127.0.0.1", EVERY_SCOPE, clock(), clock() + 1000)
    assert await ledger.begin(session, pair(clock, name), alice.password)
    return session


class SessionLedgerSpec:
    """Subclass it with fixtures `clock`, `accounts`, `ledger` and `other` (the same records in another process)."""

    async def test_a_session_opens(self, accounts: AccountLedger, ledger: SessionLedger, clock: Clock) -> None:
        """Its access token stands for its user as long as it lives; its refresh token for nobody."""
        session = await begun(accounts, ledger, clock)
        found = await accounts.bearer("first-access")
        assert found is not None
        assert (found[0].id, found[1]) == (session.user, EVERY_SCOPE)
        assert await accounts.bearer("first-refresh") is None
        clock.advance(100)
        assert await accounts.bearer("first-access") is None

    async def test_who_may_begin(self, accounts: AccountLedger, ledger: SessionLedger, clock: Clock) -> None:
        """No session begins for a password that was changed meanwhile, nor for who was disabled."""
        alice = user("alice")
        await accounts.add_user(alice)
        session = Session(new_id(), alice.id, "files", "127.0.0.1", EVERY_SCOPE, clock(), clock() + 1000)
        await accounts.set_password(alice.id, "another")
        assert not await ledger.begin(session, pair(clock, "old"), alice.password)
        await accounts.change_user("alice", disabled=True)
        assert not await ledger.begin(session, pair(clock, "disabled"), "another")
        assert await ledger.of_secret("old-access") is None
        assert await ledger.of_user(alice.id) == []

    async def test_what_can_be_renewed(self, accounts: AccountLedger, ledger: SessionLedger, clock: Clock) -> None:
        """A refresh token that was not used names its session; once it is used, the next one does."""
        session = await begun(accounts, ledger, clock)
        assert await ledger.renewable("first-refresh") == session
        assert await ledger.renewable("first-access") is None
        await ledger.rotate("first-refresh", pair(clock, "second"), GRACE)
        assert await ledger.renewable("first-refresh") is None
        assert await ledger.renewable("second-refresh") is not None
        await accounts.change_user("alice", disabled=True)
        assert await ledger.renewable("second-refresh") is None
        await accounts.change_user("alice", disabled=False)
        assert await ledger.renewable("second-refresh") is None, "being disabled ended it for good"

    async def test_what_a_secret_belongs_to(
        self, accounts: AccountLedger, ledger: SessionLedger, other: SessionLedger, clock: Clock
    ) -> None:
        """Both tokens name their session, and an unknown one none."""
        session = await begun(accounts, ledger, clock)
        for digest in ("first-access", "first-refresh"):
            assert await other.of_secret(digest) == session
        assert await other.of_secret("another") is None

    async def test_a_pair_takes_the_place_of_another(
        self, accounts: AccountLedger, ledger: SessionLedger, clock: Clock
    ) -> None:
        """The next pair opens, and the session lives as long as its newest refresh token."""
        session = await begun(accounts, ledger, clock)
        clock.advance(900)
        rotated = await ledger.rotate("first-refresh", pair(clock, "second"), GRACE)
        assert isinstance(rotated, Rotated)
        assert isinstance(rotated.user, User)
        assert (rotated.user.id, rotated.access_expires_at, rotated.refresh_expires_at) == (
            session.user,
            clock() + 100,
            clock() + 1000,
        )
        clock.advance(50)
        assert await accounts.bearer("second-access") is not None
        [kept] = await ledger.of_user(session.user)
        assert kept.expires_at == rotated.refresh_expires_at

    async def test_used_twice_at_once(
        self, accounts: AccountLedger, ledger: SessionLedger, other: SessionLedger, clock: Clock
    ) -> None:
        """Within the grace the same pair is answered again, with the ends it had."""
        await begun(accounts, ledger, clock)
        first = await ledger.rotate("first-refresh", pair(clock, "second"), GRACE)
        clock.advance(GRACE - 1)
        assert await other.rotate("first-refresh", pair(clock, "second"), GRACE) == first

    async def test_used_twice_with_another_pair(
        self, accounts: AccountLedger, ledger: SessionLedger, clock: Clock
    ) -> None:
        """Within the grace another pair is nobody's, and harms nothing."""
        session = await begun(accounts, ledger, clock)
        await ledger.rotate("first-refresh", pair(clock, "second"), GRACE)
        assert await ledger.rotate("first-refresh", pair(clock, "third"), GRACE) is None
        assert await ledger.of_user(session.user)

    async def test_used_again_later(self, accounts: AccountLedger, ledger: SessionLedger, clock: Clock) -> None:
        """After the grace the whole session is revoked."""
        session = await begun(accounts, ledger, clock)
        await ledger.rotate("first-refresh", pair(clock, "second"), GRACE)
        clock.advance(GRACE)
        assert await ledger.rotate("first-refresh", pair(clock, "second"), GRACE) is None
        assert await accounts.bearer("second-access") is None
        assert await ledger.rotate("second-refresh", pair(clock, "third"), GRACE) is None
        assert await ledger.of_user(session.user) == []

    async def test_what_cannot_be_renewed(self, accounts: AccountLedger, ledger: SessionLedger, clock: Clock) -> None:
        """An unknown token, an access token, one past its time, and one of a disabled user renew nothing."""
        await begun(accounts, ledger, clock)
        for digest in ("another", "first-access"):
            assert await ledger.rotate(digest, pair(clock, "second"), GRACE) is None
        await accounts.change_user("alice", disabled=True)
        assert await ledger.rotate("first-refresh", pair(clock, "second"), GRACE) is None
        await accounts.change_user("alice", disabled=False)
        clock.advance(1000)
        assert await ledger.rotate("first-refresh", pair(clock, "second"), GRACE) is None

    async def test_revoking(
        self, accounts: AccountLedger, ledger: SessionLedger, other: SessionLedger, clock: Clock
    ) -> None:
        """A revoked session ends at once, once, and alone."""
        gone, kept = await begun(accounts, ledger, clock), await begun(accounts, ledger, clock, "kept")
        assert await other.revoke(gone.id)
        assert not await other.revoke(gone.id)
        assert await accounts.bearer("first-access") is None
        assert await accounts.bearer("kept-access") is not None
        assert await ledger.of_user(gone.user) == [kept]

    async def test_revoking_all(
        self, accounts: AccountLedger, ledger: SessionLedger, other: SessionLedger, clock: Clock
    ) -> None:
        """All of a user's sessions end at once, one aside if it is named."""
        first, second = await begun(accounts, ledger, clock), await begun(accounts, ledger, clock, "second")
        await other.revoke_all(first.user, second.id)
        assert await ledger.of_user(first.user) == [second]
        assert await accounts.bearer("first-access") is None
        await ledger.revoke_all(first.user, None)
        assert await ledger.of_user(first.user) == []

    async def test_forgetting(self, accounts: AccountLedger, ledger: SessionLedger, clock: Clock) -> None:
        """What ended long enough ago goes, with its tokens; what lives or ended just now stays."""
        gone, kept = await begun(accounts, ledger, clock), await begun(accounts, ledger, clock, "kept")
        await ledger.revoke(gone.id)
        assert await ledger.forget_ended(10) == 0
        clock.advance(10)
        assert await ledger.forget_ended(10) == 1
        assert await ledger.of_secret("first-access") is None
        assert await ledger.of_secret("kept-refresh") == kept

    async def test_tokens_of_a_session_are_not_personal(
        self, accounts: AccountLedger, ledger: SessionLedger, clock: Clock
    ) -> None:
        """A session's tokens are not among the user's own, and are not revoked one by one."""
        session = await begun(accounts, ledger, clock)
        assert await accounts.tokens(session.user) == []
