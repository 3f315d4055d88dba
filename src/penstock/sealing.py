"""Secrets that are kept where others can read: AES-256-GCM, which also shows whether they were changed."""

import secrets

from Crypto.Cipher import AES
from Crypto.Hash import SHA256
from Crypto.Protocol.KDF import HKDF

NONCE, TAG, KEY = 12, 16, 32
"""Lengths in bytes."""

OVERHEAD = NONCE + TAG
"""How many bytes longer a sealed secret is."""


class Unopened(Exception):
    """This key does not open it: it was sealed with another one, for another purpose, or was changed."""


def seal(key: bytes, content: bytes, purpose: str = "") -> bytes:
    """The content as only the holder of the key (32 bytes) can read it, who has to name the same purpose."""
    nonce = secrets.token_bytes(NONCE)
    cipher = AES.new(key, AES.MODE_GCM, nonce)
    cipher.update(purpose.encode())
    sealed, tag = cipher.encrypt_and_digest(content)
    return nonce + tag + sealed


def unseal(key: bytes, sealed: bytes, purpose: str = "") -> bytes:
    """What was sealed. Raises `Unopened`."""
    try:
        cipher = AES.new(key, AES.MODE_GCM, sealed[:NONCE])
        cipher.update(purpose.encode())
        return cipher.decrypt_and_verify(sealed[OVERHEAD:], sealed[NONCE:OVERHEAD])
    except ValueError:
        raise Unopened from None


def key_of(secret: str) -> bytes:
    """The key that a secret of full strength stands for (RFC 5869). Not for passwords that people choose."""
    key = HKDF(secret.encode(), KEY, b"", SHA256, context=b"penstock secrets 1")
    assert isinstance(key, bytes)  # one key was asked for
    return key
