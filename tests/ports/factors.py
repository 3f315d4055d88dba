"""What every implementation of `FactorRepository` promises."""

from dataclasses import replace

from penstock.model.factor import Factor, Proof, Purpose
from penstock.model.principal import User
from penstock.ports import AccountRepository, FactorRepository
from tests.ports.accounts import user
from tests.ports.records import Clock


async def alice(accounts: AccountRepository) -> User:
    """Somebody."""
    made = user("alice")
    await accounts.add_user(made)
    return made


async def active(repository: FactorRepository, owner: User, *codes: str) -> Factor:
    """A second factor whose last code was that of step 10."""
    waiting = Factor(owner.id, "SECRET", 1.0)
    await repository.set_up(waiting)
    assert await repository.activate(replace(waiting, activated_at=2.0), 10, codes)
    return replace(waiting, activated_at=2.0)


class FactorRepositorySpec:
    """Subclass it with fixtures `clock`, `accounts`, `repository` and `other` (the same records in another process)."""

    async def test_a_factor_waits_and_counts(
        self, accounts: AccountRepository, repository: FactorRepository, other: FactorRepository
    ) -> None:
        """What is set up waits; a later one takes its place; only the one that waits can be made active, once."""
        owner = await alice(accounts)
        assert await repository.factor(owner.id) is None
        first, second = Factor(owner.id, "FIRST", 1.0), Factor(owner.id, "SECOND", 2.0)
        assert await repository.set_up(first)
        assert await other.set_up(second)
        assert await repository.factor(owner.id) == second
        assert not await repository.activate(replace(first, activated_at=3.0), 10, [])
        assert await repository.activate(replace(second, activated_at=3.0), 10, [])
        assert not await other.activate(replace(second, activated_at=4.0), 11, [])
        assert await other.factor(owner.id) == replace(second, activated_at=3.0)
        assert not await repository.set_up(first)

    async def test_a_step_is_used_once(
        self, accounts: AccountRepository, repository: FactorRepository, other: FactorRepository
    ) -> None:
        """Each step counts once, and none before one that was used."""
        owner = await alice(accounts)
        await repository.set_up(Factor(owner.id, "SECRET", 1.0))
        assert not await repository.use_step(owner.id, 11)
        await repository.activate(Factor(owner.id, "SECRET", 1.0, 2.0), 10, [])
        assert not await repository.use_step(owner.id, 10)
        assert await repository.use_step(owner.id, 12)
        assert not await other.use_step(owner.id, 12)
        assert not await other.use_step(owner.id, 11)
        assert await other.use_step(owner.id, 13)

    async def test_a_recovery_code_is_used_once(
        self, accounts: AccountRepository, repository: FactorRepository, other: FactorRepository
    ) -> None:
        """Each code counts once, for its owner alone; all are gone with the second factor."""
        owner, bob = await alice(accounts), user("bob")
        await accounts.add_user(bob)
        await active(repository, owner, "one", "two")
        assert not await repository.use_code(bob.id, "one")
        assert await repository.use_code(owner.id, "one")
        assert not await other.use_code(owner.id, "one")
        assert await other.remove_factor(owner.id)
        assert not await repository.remove_factor(owner.id)
        await active(repository, owner)
        assert not await repository.use_code(owner.id, "two")

    async def test_a_proof_holds(
        self, accounts: AccountRepository, repository: FactorRepository, other: FactorRepository, clock: Clock
    ) -> None:
        """It names its user, for its purpose, until it ends; not while the user is disabled."""
        owner = await alice(accounts)
        assert await repository.add_proof(Proof("digest", owner.id, Purpose.SUDO, clock() + 100), None)
        assert await other.prover("digest", Purpose.SUDO) == owner
        assert await other.prover("digest", Purpose.SIGN_IN) is None
        assert await other.prover("another", Purpose.SUDO) is None
        await accounts.change_user("alice", disabled=True)
        assert await repository.prover("digest", Purpose.SUDO) is None
        await accounts.change_user("alice", disabled=False)
        clock.advance(100)
        assert await repository.prover("digest", Purpose.SUDO) is None
        assert not await repository.take_proof("digest", Purpose.SUDO)

    async def test_a_proof_of_an_old_password(
        self, accounts: AccountRepository, repository: FactorRepository, clock: Clock
    ) -> None:
        """What was given for a password that was changed meanwhile is not recorded."""
        owner = await alice(accounts)
        await accounts.set_password(owner.id, "another")
        proof = Proof("digest", owner.id, Purpose.SUDO, clock() + 100)
        assert not await repository.add_proof(proof, owner.password)
        assert await repository.prover("digest", Purpose.SUDO) is None
        assert await repository.add_proof(proof, "another")

    async def test_a_proof_is_taken_once(
        self, accounts: AccountRepository, repository: FactorRepository, other: FactorRepository, clock: Clock
    ) -> None:
        """Of two who take it one succeeds, and only for its purpose."""
        owner = await alice(accounts)
        assert await repository.add_proof(Proof("digest", owner.id, Purpose.SIGN_IN, clock() + 100), None)
        assert not await repository.take_proof("digest", Purpose.SUDO)
        assert await repository.take_proof("digest", Purpose.SIGN_IN)
        assert not await other.take_proof("digest", Purpose.SIGN_IN)
        assert await other.prover("digest", Purpose.SIGN_IN) is None

    async def test_proofs_end(self, accounts: AccountRepository, repository: FactorRepository, clock: Clock) -> None:
        """All of a user's are dropped at once, and nobody else's; those that ended are forgotten."""
        owner, bob = await alice(accounts), user("bob")
        await accounts.add_user(bob)
        for name, principal, seconds in (("a", owner, 100), ("b", bob, 100), ("c", bob, 50)):
            assert await repository.add_proof(Proof(name, principal.id, Purpose.SUDO, clock() + seconds), None)
        await repository.drop_proofs(owner.id)
        assert await repository.prover("a", Purpose.SUDO) is None
        assert await repository.prover("b", Purpose.SUDO) == bob
        clock.advance(50)
        assert await repository.forget_proofs() == 1
        assert await repository.prover("b", Purpose.SUDO) == bob
