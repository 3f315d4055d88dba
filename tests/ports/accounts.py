"""What every implementation of `AccountRepository` promises."""

from dataclasses import replace

from penstock.model.audit import Act, Actor, Entry
from penstock.model.ids import PrincipalId, new_id
from penstock.model.principal import EVERY_SCOPE, Client, Scope, Tier, Token, User
from penstock.ports import AccountRepository, AuditRepository
from tests.ports.records import Clock


def user(name: str, **changes: object) -> User:
    """An account."""
    made = User(PrincipalId(new_id()), name, "hash", Tier.NORMAL, admin=False, disabled=False, created_at=1.0)
    return replace(made, **changes)  # type: ignore[arg-type]


def token(
    owner: User, digest: str, *, scopes: frozenset[Scope] = EVERY_SCOPE, expires_at: float | None = None
) -> Token:
    """A credential."""
    return Token(new_id(), owner.id, digest, scopes, 1.0, expires_at)


class AccountRepositorySpec:
    """Subclass it with fixtures `clock`, `repository` and `other` (the same records, as another process sees them)."""

    async def test_a_user_is_found(self, repository: AccountRepository, other: AccountRepository) -> None:
        """A user is found by name as recorded; nobody is found by another."""
        alice = user("alice", tier=Tier.VIP, admin=True)
        assert await repository.add_user(alice)
        assert await other.user("alice") == alice
        assert await other.user("Alice") is None

    async def test_a_name_is_taken_once(self, repository: AccountRepository) -> None:
        """A second user of a name is refused, and the first stays as it is."""
        first = user("alice")
        await repository.add_user(first)
        assert not await repository.add_user(user("alice", admin=True))
        assert await repository.user("alice") == first

    async def test_users_come_by_name(self, repository: AccountRepository) -> None:
        """Everybody is listed in the order of their names."""
        for name in ("carol", "alice", "bob"):
            await repository.add_user(user(name))
        assert [found.name for found in await repository.users()] == ["alice", "bob", "carol"]

    async def test_a_password_changes(self, repository: AccountRepository, other: AccountRepository) -> None:
        """Another hash takes the place of the first, and nothing else changes."""
        alice = user("alice")
        await repository.add_user(alice)
        assert await other.set_password(alice.id, "another")
        assert await repository.user("alice") == replace(alice, password="another")  # a hash, so to speak
        assert not await repository.set_password(PrincipalId("nobody"), "another")

    async def test_a_user_changes(self, repository: AccountRepository) -> None:
        """What is given changes, the rest stays; nobody changes under an unknown name."""
        alice = user("alice")
        await repository.add_user(alice)
        assert await repository.change_user("alice", tier=Tier.ENTERPRISE)
        assert await repository.change_user("alice", disabled=True)
        assert await repository.user("alice") == replace(alice, tier=Tier.ENTERPRISE, disabled=True)
        assert not await repository.change_user("bob", disabled=True)

    async def test_a_bearer(self, repository: AccountRepository, other: AccountRepository) -> None:
        """A token stands for its user and its scopes, and for nobody when it is unknown."""
        alice = user("alice")
        await repository.add_user(alice)
        made = token(alice, "d", scopes=frozenset({Scope.READ, Scope.DELETE}))
        await repository.add_token(made)
        assert await other.bearer("d") == (alice, made.scopes, made.id)
        assert await other.bearer("D") is None

    async def test_a_token_expires(self, repository: AccountRepository, clock: Clock) -> None:
        """A token is good until its time and not a moment longer."""
        alice = user("alice")
        await repository.add_user(alice)
        await repository.add_token(token(alice, "d", expires_at=clock() + 10))
        clock.advance(9.9)
        assert await repository.bearer("d") is not None
        clock.advance(0.1)
        assert await repository.bearer("d") is None

    async def test_a_disabled_user_has_no_tokens(self, repository: AccountRepository) -> None:
        """The tokens of a disabled user stop at once and come back with the user."""
        alice = user("alice")
        await repository.add_user(alice)
        await repository.add_token(token(alice, "d"))
        await repository.change_user("alice", disabled=True)
        assert await repository.bearer("d") is None
        await repository.change_user("alice", disabled=False)
        assert await repository.bearer("d") is not None

    async def test_what_a_token_began_stands(
        self, repository: AccountRepository, other: AccountRepository, clock: Clock
    ) -> None:
        """It goes on though the token expires, and ends when that is revoked or its user disabled."""
        alice, bob = user("alice"), user("bob")
        made = token(alice, "d", expires_at=clock() + 1)
        await repository.add_user(alice)
        await repository.add_user(bob)
        await repository.add_token(made)
        clock.advance(2)
        assert [await other.stands(alice.id, grant) for grant in (made.id, "", "unknown")] == [True, True, False]
        assert not await other.stands(bob.id, made.id)
        await repository.change_user("alice", disabled=True)
        assert not await other.stands(alice.id, made.id)
        assert not await other.stands(alice.id, "")
        await repository.change_user("alice", disabled=False)
        clock.advance(-2)
        await repository.revoke_token(made.id)
        assert not await other.stands(alice.id, made.id)

    async def test_a_removed_client_takes_its_tokens_along(self, repository: AccountRepository) -> None:
        """Every token of its account is revoked, and stays so when a client of this name comes again."""
        account = user("client:backup")
        await repository.add_user(account)
        await repository.add_client(Client("backup", account.id, "secret", EVERY_SCOPE, 1.0))
        await repository.add_token(token(account, "d"))
        assert not await repository.remove_client("other")
        assert await repository.bearer("d") is not None
        assert await repository.remove_client("backup")
        assert await repository.bearer("d") is None
        assert not await repository.remove_client("backup")

    async def test_tokens_are_listed(
        self, repository: AccountRepository, other: AccountRepository, clock: Clock
    ) -> None:
        """A user's good tokens are listed, newest first, and nobody else's."""
        alice, bob = user("alice"), user("bob")
        await repository.add_user(alice)
        await repository.add_user(bob)
        made = [replace(token(alice, str(number)), created_at=float(number)) for number in range(3)]
        for entry in [*made, token(bob, "b"), token(alice, "old", expires_at=clock())]:
            await repository.add_token(entry)
        assert await other.tokens(alice.id) == made[::-1]

    async def test_a_token_is_revoked(self, repository: AccountRepository, other: AccountRepository) -> None:
        """A revoked token stands for nobody, at once; it is revoked once."""
        alice = user("alice")
        await repository.add_user(alice)
        gone, kept = token(alice, "gone"), token(alice, "kept")
        await repository.add_token(gone)
        await repository.add_token(kept)
        assert await other.revoke_token(gone.id)
        assert not await repository.revoke_token(gone.id)
        assert await repository.bearer("gone") is None
        assert await repository.tokens(alice.id) == [kept]


class AuditRepositorySpec:
    """Subclass it with fixtures `clock`, `repository` and `other` (the same records, as another process sees them)."""

    async def test_the_newest_come_first(
        self, repository: AuditRepository, other: AuditRepository, clock: Clock
    ) -> None:
        """Entries come back as they were written down, newest first, as many as are asked for."""
        made = [await written(repository, clock, "alice") for _ in range(3)]
        assert await other.last(2, None) == made[:0:-1]

    async def test_of_one_name(self, repository: AuditRepository, clock: Clock) -> None:
        """Acts by a name and about it are found, others are not."""
        by, about, _ = [await written(repository, clock, *names) for names in (("alice",), ("bob", "alice"), ("bob",))]
        assert await repository.last(10, "alice") == [about, by]

    async def test_the_newest_acts_are_kept(self, repository: AuditRepository, clock: Clock) -> None:
        """Of failures, which anybody can cause, so many are kept, and none of anything else goes for them; and so many
        of all.
        """
        outcomes = ["done", "wrong", "wrong code", "done", "wrong", "done", "wrong"]
        for number, outcome in enumerate(outcomes):
            clock.advance(1)
            await repository.record(Entry(clock(), Actor(str(number), "here"), Act.SIGN_IN, "", outcome))

        async def kept() -> list[str]:
            return [entry.actor.name for entry in await repository.last(10, None)]

        assert await repository.trim(2, 10) == 2
        assert await kept() == ["6", "5", "4", "3", "0"]
        assert await repository.trim(2, 3) == 2
        assert await kept() == ["6", "5", "4"]
        assert await repository.trim(0, 10) == 2
        assert await kept() == ["5"]

    async def test_what_is_old_goes(self, repository: AuditRepository, clock: Clock) -> None:
        """What is older is forgotten, what is younger stays."""
        await written(repository, clock, "alice")
        kept = await written(repository, clock, "alice")
        assert await repository.forget_old(1) == 1
        assert await repository.last(10, None) == [kept]


async def written(repository: AuditRepository, clock: Clock, principal: str, about: str = "") -> Entry:
    """An entry that was written down a second after the one before."""
    clock.advance(1)
    entry = Entry(clock(), Actor(principal, "127.0.0.1"), Act.SIGN_IN, about, "done")
    await repository.record(entry)
    return entry
