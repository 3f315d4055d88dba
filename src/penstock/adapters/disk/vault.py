"""The wallet's secret in the data folder: encrypted with a passphrase, or in a file that only its owner can read."""

import asyncio
import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw

from penstock.adapters.disk.folder import write_durably, write_once
from penstock.ports import WalletLocked
from penstock.sealing import OVERHEAD, Unopened, seal, unseal

SALT, SECRET = 16, 32


class DiskVault:
    """The port `Vault` over `<folder>/wallet.json`."""

    def __init__(self, folder: Path, passphrase: str, new: Callable[[], bytes]) -> None:
        """Without a passphrase the secret is stored in the clear until one is given; `new` creates a secret."""
        self._path = folder / "wallet.json"
        self._passphrase = passphrase
        self._new = new

    async def exists(self) -> bool:
        """See `Vault.exists`."""
        return self._path.exists()

    async def secret(self) -> bytes:
        """See `Vault.secret`."""
        return await asyncio.to_thread(self.read)

    def read(self) -> bytes:
        """As `secret`, on this thread."""
        with suppress(FileExistsError):
            if not self._path.exists():
                write_once(self._path, self._written(self._new()))
        sealed, kept = self._kept()
        if sealed:
            return self._opened(kept)
        if self._passphrase:
            write_durably(self._path, self._written(kept))
        return kept

    def _kept(self) -> tuple[bool, bytes]:
        """Whether the secret is encrypted, and the file's content. Raises `WalletLocked` for malformed content."""
        try:
            entries = json.loads(self._path.read_text())
            sealed = "sealed" in entries
            kept = b64decode(entries["sealed" if sealed else "secret"], validate=True)
        except (ValueError, TypeError, KeyError):
            kept, sealed = b"", False
        if len(kept) != (SALT + OVERHEAD + SECRET if sealed else SECRET):
            raise WalletLocked(f"{self._path} is damaged: bring it back from a copy.")
        return sealed, kept

    def _written(self, secret: bytes) -> bytes:
        if not self._passphrase:
            return json.dumps({"secret": b64encode(secret).decode()}).encode()
        salt = secrets.token_bytes(SALT)
        sealed = seal(_key(self._passphrase, salt), secret)
        return json.dumps({"sealed": b64encode(salt + sealed).decode()}).encode()

    def _opened(self, whole: bytes) -> bytes:
        if not self._passphrase:
            raise WalletLocked("The wallet is locked: set `wallet_passphrase`.")
        try:
            return unseal(_key(self._passphrase, whole[:SALT]), whole[SALT:])
        except Unopened:
            raise WalletLocked("The wallet's passphrase is wrong.") from None


def _key(passphrase: str, salt: bytes) -> bytes:
    """Argon2id: about a tenth of a second and 32 MiB for each guess."""
    return hash_secret_raw(
        passphrase.encode(), salt, time_cost=4, memory_cost=32 << 10, parallelism=4, hash_len=32, type=Type.ID
    )
