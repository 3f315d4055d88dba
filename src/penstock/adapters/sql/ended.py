"""Accounts that have ended, and what their callers still try to record."""

from penstock.adapters.sql.tx import Tx
from penstock.model.faults import BadToken
from penstock.model.ids import PrincipalId


async def refuse_ended(tx: Tx, owner: PrincipalId) -> None:
    """Refuse new records of an account that ended after its caller was authenticated. Raises `BadToken`."""
    await tx.lock(account_of(owner), shared=True)
    if await tx.one("SELECT 1 FROM about WHERE key = 'ended:' || :owner", {"owner": owner}) is not None:
        raise BadToken


def account_of(owner: PrincipalId) -> str:
    """The lock that new records of an account share, and that its end has alone."""
    return f"account {owner}"
