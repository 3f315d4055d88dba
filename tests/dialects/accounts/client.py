"""People with second factors and sudo tokens, made through the engine."""

import pyotp

from penstock.model.principal import Principal
from tests.support.server import Server

HERE = "127.0.0.1"


async def principal(server: Server, name: str) -> Principal:
    """Somebody with every scope."""
    user = await server.container.engine.access.user(name)
    return Principal(user.id, name, user.tier, user.admin)


async def sudo_of(server: Server, name: str) -> str:
    """A sudo token of somebody, whose password is the usual one from now on."""
    await server.container.engine.access.set_password(name, "a password")
    server.forgive()
    return await server.container.engine.sudo.by_password(await principal(server, name), "a password", HERE)


async def enrol(server: Server, name: str) -> pyotp.TOTP:
    """Somebody's new authenticator, in the place of any other; it waits for its first code."""
    with server.database() as connection:
        connection.execute("DELETE FROM recovery_codes")
        connection.execute("DELETE FROM factors")
    factor = await server.container.engine.factors.set_up(await principal(server, name), HERE)
    return pyotp.TOTP(factor.secret)


def code(server: Server, totp: pyotp.TOTP, *, steps: int = 0) -> str:
    """What the authenticator shows, so many steps from now."""
    return totp.at(server.container.clock(), counter_offset=steps)


async def activate(server: Server, name: str) -> tuple[pyotp.TOTP, list[str]]:
    """Somebody's authenticator, active since the step before this one, and the recovery codes."""
    totp = await enrol(server, name)
    server.forgive()
    caller = await principal(server, name)
    return totp, await server.container.engine.factors.activate(caller, code(server, totp, steps=-1), HERE)


def promote(server: Server, name: str) -> None:
    """Make somebody an administrator."""
    with server.database() as connection:
        connection.execute("UPDATE users SET admin = 1 WHERE name = ?", (name,))
