"""People with second factors and sudo tokens, made through the engine."""

import pyotp

from penstock.model.principal import Principal
from tests.house import House

HERE = "127.0.0.1"


async def principal(house: House, name: str) -> Principal:
    """Somebody with every scope."""
    user = await house.container.engine.access.user(name)
    return Principal(user.id, name, user.tier, user.admin)


async def sudo_of(house: House, name: str) -> str:
    """A sudo token of somebody, whose password is the usual one from now on."""
    await house.container.engine.access.set_password(name, "a password")
    house.forgive()
    return await house.container.engine.sudo.by_password(await principal(house, name), "a password", HERE)


async def enrol(house: House, name: str) -> pyotp.TOTP:
    """Somebody's new authenticator, in the place of any other; it waits for its first code."""
    with house.database() as connection:
        connection.execute("DELETE FROM recovery_codes")
        connection.execute("DELETE FROM factors")
    factor = await house.container.engine.factors.set_up(await principal(house, name), HERE)
    return pyotp.TOTP(factor.secret)


def code(house: House, totp: pyotp.TOTP, *, steps: int = 0) -> str:
    """What the authenticator shows, so many steps from now."""
    return totp.at(house.container.clock(), counter_offset=steps)


async def activate(house: House, name: str) -> tuple[pyotp.TOTP, list[str]]:
    """Somebody's authenticator, active since the step before this one, and the recovery codes."""
    totp = await enrol(house, name)
    house.forgive()
    caller = await principal(house, name)
    return totp, await house.container.engine.factors.activate(caller, code(house, totp, steps=-1), HERE)


def promote(house: House, name: str) -> None:
    """Make somebody an administrator."""
    with house.database() as connection:
        connection.execute("UPDATE users SET admin = 1 WHERE name = ?", (name,))
