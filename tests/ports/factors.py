"""What every implementation of `FactorLedger` promises."""

from dataclasses import replace

from penstock.model.factor import Factor, Proof, Purpose
from penstock.model.principal import User
from penstock.ports import AccountLedger, FactorLedger
from tests.ports.accounts import user
from tests.ports.records import Clock


async def alice(accounts: AccountLedger) -> User:
    """Somebody."""
    made = user("alice")
    await accounts.add_user(made)
    return made


async def active(ledger: FactorLedger, owner: User, *codes: str) -> Factor:
    """A second factor whose last code was that of step 10."""
    waiting = Factor(owner.id, "SECRET", 1.0)
    await ledger.set_up(waiting)
    assert await ledger.activate(replace(waiting, activated_at=2.0), 10, codes)
    return replace(waiting, activated_at=2.0)


class FactorLedgerSpec:
    """Subclass it with fixtures `clock`, `accounts`, `ledger` and `other` (the same records in another process)."""

    async def test_a_factor_waits_and_counts(
        self, accounts: AccountLedger, ledger: FactorLedger, other: FactorLedger
    ) -> None:
        """What is set up waits; a later one takes its place; only the one that waits can be made active, once."""
        owner = await alice(accounts)
        assert await ledger.factor(owner.id) is None
        first, second = Factor(owner.id, "FIRST", 1.0), Factor(owner.id, "SECOND", 2.0)
        assert await ledger.set_up(first)
        assert await other.set_up(second)
        assert await ledger.factor(owner.id) == second
        assert not await ledger.activate(replace(first, activated_at=3.0), 10, [])
        assert await ledger.activate(replace(second, activated_at=3.0), 10, [])
        assert not await other.activate(replace(second, activated_at=4.0), 11, [])
        assert await other.factor(owner.id) == replace(second, activated_at=3.0)
        assert not await ledger.set_up(first)

    async def test_a_step_is_used_once(
        self, accounts: AccountLedger, ledger: FactorLedger, other: FactorLedger
    ) -> None:
        """Each step counts once, and none before one that was used."""
        owner = await alice(accounts)
        await ledger.set_up(Factor(owner.id, "SECRET", 1.0))
        assert not await ledger.use_step(owner.id, 11)
        await ledger.activate(Factor(owner.id, "SECRET", 1.0, 2.0), 10, [])
        assert not await ledger.use_step(owner.id, 10)
        assert await ledger.use_step(owner.id, 12)
        assert not await other.use_step(owner.id, 12)
        assert not await other.use_step(owner.id, 11)
        assert await other.use_step(owner.id, 13)

    async def test_a_recovery_code_is_used_once(
        self, accounts: AccountLedger, ledger: FactorLedger, other: FactorLedger
    ) -> None:
        """Each code counts once, for its owner alone; all are gone with the second factor."""
        owner, bob = await alice(accounts), user("bob")
        await accounts.add_user(bob)
        await active(ledger, owner, "one", "two")
        assert not await ledger.use_code(bob.id, "one")
        assert await ledger.use_code(owner.id, "one")
        assert not await other.use_code(owner.id, "one")
        assert await other.remove_factor(owner.id)
        assert not await ledger.remove_factor(owner.id)
        await active(ledger, owner)
        assert not await ledger.use_code(owner.id, "two")

    async def test_a_proof_holds(
        self, accounts: AccountLedger, ledger: FactorLedger, other: FactorLedger, clock: Clock
    ) -> None:
        """It names its user, for its purpose, until it ends; not while the user is disabled."""
        owner = await alice(accounts)
        assert await ledger.add_proof(Proof("digest", owner.id, Purpose.SUDO, clock() + 100), None)
        assert await other.prover("digest", Purpose.SUDO) == owner
        assert await other.prover("digest", Purpose.SIGN_IN) is None
        assert await other.prover("another", Purpose.SUDO) is None
        await accounts.change_user("alice", disabled=True)
        assert await ledger.prover("digest", Purpose.SUDO) is None
        await accounts.change_user("alice", disabled=False)
        clock.advance(100)
        assert await ledger.prover("digest", Purpose.SUDO) is None
        assert not await ledger.take_proof("digest", Purpose.SUDO)

    async def test_a_proof_of_an_old_password(
        self, accounts: AccountLedger, ledger: FactorLedger, clock: Clock
    ) -> None:
        """What was given for a password that was changed meanwhile is not recorded."""
        owner = await alice(accounts)
        await accounts.set_password(owner.id, "another")
        proof = Proof("digest", owner.id, Purpose.SUDO, clock() + 100)
        assert not await ledger.add_proof(proof, owner.password)
        assert await ledger.prover("digest", Purpose.SUDO) is None
        assert await ledger.add_proof(proof, "another")

    async def test_a_proof_is_taken_once(
        self, accounts: AccountLedger, ledger: FactorLedger, other: FactorLedger, clock: Clock
    ) -> None:
        """Of two who take it one succeeds, and only for its purpose."""
        owner = await alice(accounts)
        assert await ledger.add_proof(Proof("digest", owner.id, Purpose.SIGN_IN, clock() + 100), None)
        assert not await ledger.take_proof("digest", Purpose.SUDO)
        assert await ledger.take_proof("digest", Purpose.SIGN_IN)
        assert not await other.take_proof("digest", Purpose.SIGN_IN)
        assert await other.prover("digest", Purpose.SIGN_IN) is None

    async def test_proofs_end(self, accounts: AccountLedger, ledger: FactorLedger, clock: Clock) -> None:
        """All of a user's are dropped at once, and nobody else's; those that ended are forgotten."""
        owner, bob = await alice(accounts), user("bob")
        await accounts.add_user(bob)
        for name, who, seconds in (("a", owner, 100), ("b", bob, 100), ("c", bob, 50)):
            assert await ledger.add_proof(Proof(name, who.id, Purpose.SUDO, clock() + seconds), None)
        await ledger.drop_proofs(owner.id)
        assert await ledger.prover("a", Purpose.SUDO) is None
        assert await ledger.prover("b", Purpose.SUDO) == bob
        clock.advance(50)
        assert await ledger.forget_proofs() == 1
        assert await ledger.prover("b", Purpose.SUDO) == bob
