"""Signatures of what hooks are told (Standard Webhooks 1.0, *Signature scheme*)."""

import base64
import binascii
import hmac
from collections.abc import Mapping, Sequence

PREFIX = "whsec_"
LENGTHS = range(24, 65)
"""How many bytes a key has (*Signature scheme*, *Symmetric*)."""


def read_keys(text: str) -> list[bytes]:
    """The keys in secrets that stand apart by spaces: `whsec_` and Base64 each. Raises `ValueError`."""
    return [_read_key(secret) for secret in text.split()]


def signed(keys: Sequence[bytes], identifier: str, moment: int, body: bytes) -> Mapping[str, str]:
    """The headers that let a hook check who sent this body, under this identifier, at this moment (Unix seconds). While
    keys are exchanged there are two, and each signs.
    """
    content = f"{identifier}.{moment}.".encode() + body
    signatures = [base64.b64encode(hmac.digest(key, content, "sha256")).decode() for key in keys]
    return {
        "webhook-id": identifier,
        "webhook-timestamp": str(moment),
        "webhook-signature": " ".join(f"v1,{signature}" for signature in signatures),
    }


def _read_key(secret: str) -> bytes:
    try:
        key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error:
        key = b""
    if not secret.startswith(PREFIX) or len(key) not in LENGTHS:
        raise ValueError(f"not {PREFIX} and {LENGTHS[0]} to {LENGTHS[-1]} bytes in Base64")
    return key
