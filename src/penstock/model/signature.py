"""Signatures over facts, by rotating keys: the newest signs, every kept key verifies."""

import hmac
import json
import secrets
from base64 import b64decode, b64encode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256

LENGTH = 22
"""Characters of base64 in a signature: 132 bits."""

DERIVED = 32
"""Characters of base64 in a derived secret."""


@dataclass(frozen=True, slots=True)
class Key:
    """A signing key. `name` is public and contains no dot."""

    name: str
    secret: bytes


def rotated(keys: Sequence[Key], *, keep: bool) -> Sequence[Key]:
    """The keys with a new one in front; without `keep` that one alone."""
    return [Key(secrets.token_hex(4), secrets.token_bytes(32)), *(keys if keep else ())]


def keys_as_json(keys: Sequence[Key]) -> bytes:
    """The keys as they are kept."""
    return json.dumps([{"name": key.name, "secret": b64encode(key.secret).decode()} for key in keys]).encode()


def keys_of_json(content: bytes) -> Sequence[Key]:
    """The keys that were kept as this."""
    return [Key(entry["name"], b64decode(entry["secret"])) for entry in json.loads(content)]


def sign(keys: Sequence[Key], *facts: str | int) -> str:
    """The newest key's signature over the facts, as `<key name>.<mac>`. `keys` are newest first."""
    return f"{keys[0].name}.{_mac(keys[0], facts)}"


def verify(keys: Sequence[Key], signature: str, *facts: str | int) -> bool:
    """Whether one of the keys signed exactly these facts."""
    name, _, mac = signature.partition(".")
    key = next((key for key in keys if key.name == name), None)
    return key is not None and hmac.compare_digest(_mac(key, facts).encode(), mac.encode(errors="replace"))


def derived(key: Key, *facts: str | int) -> str:
    """A secret that nobody finds who has not the key: 192 bits."""
    return _digest(key, facts)[:DERIVED]


def _mac(key: Key, facts: Sequence[str | int]) -> str:
    return _digest(key, facts)[:LENGTH]


def _digest(key: Key, facts: Sequence[str | int]) -> str:
    """JSON keeps the facts apart: ("a", "bc") and ("ab", "c") differ."""
    return urlsafe_b64encode(hmac.digest(key.secret, json.dumps(facts).encode(), sha256)).decode()
