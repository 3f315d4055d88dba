"""What every implementation of `SessionRepository` promises."""

from penstock.model.ids import new_id
from penstock.model.principal import EVERY_SCOPE, Session, User
from penstock.ports import AccountRepository, Pair, Rotated, SessionRepository
from tests.ports.accounts import user
from tests.ports.records import Clock

GRACE = 30.0


def pair(clock: Clock, name: str) -> Pair:
    """A pair that lives 100 and 1,000 seconds."""
    return Pair(f"{name}-access", f"{name}-refresh", clock() + 100, clock() + 1000)


async def begun(
    accounts: AccountRepository, repository: SessionRepository, clock: Clock, name: str = "first"
) -> Session:
    """A session of Alice's."""
    alice = await accounts.user("alice")
    if alice is None:
        alice = user("alice")
        await accounts.add_user(alice)
    session = Session(new_id(), alice.id, "files", "127.0.0.1", EVERY_SCOPE, clock(), clock() + 1000)
    assert await repository.begin(session, pair(clock, name), alice.password)
    return session


class SessionRepositorySpec:
    """Subclass it with fixtures `clock`, `accounts`, `repository` and `other` (the same records in another process)."""

    async def test_a_session_opens(
        self, accounts: AccountRepository, repository: SessionRepository, clock: Clock
    ) -> None:
        """Its access token stands for its user as long as it lives; its refresh token for nobody."""
        session = await begun(accounts, repository, clock)
        found = await accounts.bearer("first-access")
        assert found is not None
        assert (found[0].id, found[1]) == (session.user, EVERY_SCOPE)
        assert await accounts.bearer("first-refresh") is None
        clock.advance(100)
        assert await accounts.bearer("first-access") is None

    async def test_who_may_begin(
        self, accounts: AccountRepository, repository: SessionRepository, clock: Clock
    ) -> None:
        """No session begins for a password that was changed meanwhile, nor for who was disabled."""
        alice = user("alice")
        await accounts.add_user(alice)
        session = Session(new_id(), alice.id, "files", "127.0.0.1", EVERY_SCOPE, clock(), clock() + 1000)
        await accounts.set_password(alice.id, "another")
        assert not await repository.begin(session, pair(clock, "old"), alice.password)
        await accounts.change_user("alice", disabled=True)
        assert not await repository.begin(session, pair(clock, "disabled"), "another")
        assert await repository.of_secret("old-access") is None
        assert await repository.of_user(alice.id) == []

    async def test_what_can_be_renewed(
        self, accounts: AccountRepository, repository: SessionRepository, clock: Clock
    ) -> None:
        """A refresh token that was not used names its session; once it is used, the next one does."""
        session = await begun(accounts, repository, clock)
        assert await repository.renewable("first-refresh") == session
        assert await repository.renewable("first-access") is None
        await repository.rotate("first-refresh", pair(clock, "second"), GRACE)
        assert await repository.renewable("first-refresh") is None
        assert await repository.renewable("second-refresh") is not None
        await accounts.change_user("alice", disabled=True)
        assert await repository.renewable("second-refresh") is None
        await accounts.change_user("alice", disabled=False)
        assert await repository.renewable("second-refresh") is None, "being disabled ended it for good"

    async def test_what_a_secret_belongs_to(
        self, accounts: AccountRepository, repository: SessionRepository, other: SessionRepository, clock: Clock
    ) -> None:
        """Both tokens name their session, and an unknown one none."""
        session = await begun(accounts, repository, clock)
        for digest in ("first-access", "first-refresh"):
            assert await other.of_secret(digest) == session
        assert await other.of_secret("another") is None

    async def test_a_pair_takes_the_place_of_another(
        self, accounts: AccountRepository, repository: SessionRepository, clock: Clock
    ) -> None:
        """The next pair opens, and the session lives as long as its newest refresh token."""
        session = await begun(accounts, repository, clock)
        clock.advance(900)
        rotated = await repository.rotate("first-refresh", pair(clock, "second"), GRACE)
        assert isinstance(rotated, Rotated)
        assert isinstance(rotated.user, User)
        assert (rotated.user.id, rotated.access_expires_at, rotated.refresh_expires_at) == (
            session.user,
            clock() + 100,
            clock() + 1000,
        )
        clock.advance(50)
        assert await accounts.bearer("second-access") is not None
        [kept] = await repository.of_user(session.user)
        assert kept.expires_at == rotated.refresh_expires_at

    async def test_used_twice_at_once(
        self, accounts: AccountRepository, repository: SessionRepository, other: SessionRepository, clock: Clock
    ) -> None:
        """Within the grace the same pair is answered again, with the ends it had."""
        await begun(accounts, repository, clock)
        first = await repository.rotate("first-refresh", pair(clock, "second"), GRACE)
        clock.advance(GRACE - 1)
        assert await other.rotate("first-refresh", pair(clock, "second"), GRACE) == first

    async def test_used_twice_with_another_pair(
        self, accounts: AccountRepository, repository: SessionRepository, clock: Clock
    ) -> None:
        """Within the grace another pair is nobody's, and harms nothing."""
        session = await begun(accounts, repository, clock)
        await repository.rotate("first-refresh", pair(clock, "second"), GRACE)
        assert await repository.rotate("first-refresh", pair(clock, "third"), GRACE) is None
        assert await repository.of_user(session.user)

    async def test_used_again_later(
        self, accounts: AccountRepository, repository: SessionRepository, clock: Clock
    ) -> None:
        """After the grace the whole session is revoked."""
        session = await begun(accounts, repository, clock)
        await repository.rotate("first-refresh", pair(clock, "second"), GRACE)
        clock.advance(GRACE)
        assert await repository.rotate("first-refresh", pair(clock, "second"), GRACE) is None
        assert await accounts.bearer("second-access") is None
        assert await repository.rotate("second-refresh", pair(clock, "third"), GRACE) is None
        assert await repository.of_user(session.user) == []

    async def test_what_cannot_be_renewed(
        self, accounts: AccountRepository, repository: SessionRepository, clock: Clock
    ) -> None:
        """An unknown token, an access token, one past its time, and one of a disabled user renew nothing."""
        await begun(accounts, repository, clock)
        for digest in ("another", "first-access"):
            assert await repository.rotate(digest, pair(clock, "second"), GRACE) is None
        await accounts.change_user("alice", disabled=True)
        assert await repository.rotate("first-refresh", pair(clock, "second"), GRACE) is None
        await accounts.change_user("alice", disabled=False)
        clock.advance(1000)
        assert await repository.rotate("first-refresh", pair(clock, "second"), GRACE) is None

    async def test_revoking(
        self, accounts: AccountRepository, repository: SessionRepository, other: SessionRepository, clock: Clock
    ) -> None:
        """A revoked session ends at once, once, and alone."""
        gone, kept = await begun(accounts, repository, clock), await begun(accounts, repository, clock, "kept")
        assert await other.revoke(gone.id)
        assert not await other.revoke(gone.id)
        assert await accounts.bearer("first-access") is None
        assert await accounts.bearer("kept-access") is not None
        assert await repository.of_user(gone.user) == [kept]

    async def test_revoking_all(
        self, accounts: AccountRepository, repository: SessionRepository, other: SessionRepository, clock: Clock
    ) -> None:
        """All of a user's sessions end at once, one aside if it is named."""
        first, second = await begun(accounts, repository, clock), await begun(accounts, repository, clock, "second")
        await other.revoke_all(first.user, second.id)
        assert await repository.of_user(first.user) == [second]
        assert await accounts.bearer("first-access") is None
        await repository.revoke_all(first.user, None)
        assert await repository.of_user(first.user) == []

    async def test_forgetting(self, accounts: AccountRepository, repository: SessionRepository, clock: Clock) -> None:
        """What ended long enough ago goes, with its tokens; what lives or ended just now stays."""
        gone, kept = await begun(accounts, repository, clock), await begun(accounts, repository, clock, "kept")
        await repository.revoke(gone.id)
        assert await repository.forget_ended(10) == 0
        clock.advance(10)
        assert await repository.forget_ended(10) == 1
        assert await repository.of_secret("first-access") is None
        assert await repository.of_secret("kept-refresh") == kept

    async def test_tokens_of_a_session_are_not_personal(
        self, accounts: AccountRepository, repository: SessionRepository, clock: Clock
    ) -> None:
        """A session's tokens are not among the user's own, and are not revoked one by one."""
        session = await begun(accounts, repository, clock)
        assert await accounts.tokens(session.user) == []
