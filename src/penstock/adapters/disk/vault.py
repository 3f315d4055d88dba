"""The wallet's secret in the data folder: encrypted with a passphrase, or in a file that only its owner can read."""

import json
import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw
from Crypto.Cipher import AES

from penstock.adapters.disk.folder import write_durably, write_once
from penstock.ports import WalletLocked

NONCE, TAG, SALT, SECRET = 12, 16, 16, 32


class DiskVault:
    """The port `Vault` over `<folder>/wallet.json`."""

    def __init__(self, folder: Path, passphrase: str, new: Callable[[], bytes]) -> None:
        """Without a passphrase the secret is stored in the clear until one is given; `new` creates a secret."""
        self._path = folder / "wallet.json"
        self._passphrase = passphrase
        self._new = new

    @property
    def exists(self) -> bool:
        """Whether a secret exists."""
        return self._path.exists()

    def secret(self) -> bytes:
        """See `Vault.secret`."""
        with suppress(FileExistsError):
            if not self.exists:
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
        if len(kept) != (SALT + NONCE + TAG + SECRET if sealed else SECRET):
            raise WalletLocked(f"{self._path} is damaged: bring it back from a copy.")
        return sealed, kept

    def _written(self, secret: bytes) -> bytes:
        if not self._passphrase:
            return json.dumps({"secret": b64encode(secret).decode()}).encode()
        salt, nonce = secrets.token_bytes(SALT), secrets.token_bytes(NONCE)
        sealed, tag = AES.new(_key(self._passphrase, salt), AES.MODE_GCM, nonce).encrypt_and_digest(secret)
        return json.dumps({"sealed": b64encode(salt + nonce + tag + sealed).decode()}).encode()

    def _opened(self, whole: bytes) -> bytes:
        salt, nonce, rest = whole[:SALT], whole[SALT : SALT + NONCE], whole[SALT + NONCE :]
        if not self._passphrase:
            raise WalletLocked("The wallet is locked: set `wallet_passphrase`.")
        try:
            cipher = AES.new(_key(self._passphrase, salt), AES.MODE_GCM, nonce)
            return cipher.decrypt_and_verify(rest[TAG:], rest[:TAG])
        except ValueError:
            raise WalletLocked("The wallet's passphrase is wrong.") from None


def _key(passphrase: str, salt: bytes) -> bytes:
    """Argon2id: about a tenth of a second and 32 MiB for each guess."""
    return hash_secret_raw(
        passphrase.encode(), salt, time_cost=4, memory_cost=32 << 10, parallelism=4, hash_len=32, type=Type.ID
    )
