"""Webhooks: addresses that are told of events."""

import json
from dataclasses import dataclass
from hashlib import sha256
from urllib.parse import urlsplit

from penstock.model.address import is_public, literal_address
from penstock.model.faults import InputInvalid
from penstock.model.ids import PrincipalId

MAX_URL = 2048
MAX_WEBHOOKS = 32
"""How many there may be. Each is looked after by every process."""

SECRET_KEPT = 86400.0
"""For how many seconds the secret before also signs, so that receivers have time to change."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """An address that is told of events of these `topics` (none: of all), of one `owner`'s or everybody's. `why` says
    why it is disabled where no administrator did that. `former` is the secret before, which also signs until
    `former_until`. Up to the number `position` events were handed to the outbox.
    """

    id: str
    url: str
    topics: tuple[str, ...]
    owner: PrincipalId | None
    enabled: bool
    why: str
    secret: str
    former: str | None
    former_until: float
    position: int
    created_at: float

    @property
    def tag(self) -> str:
        """Stands for all of it that can be edited (RFC 9110 §8.8.3)."""
        facts = (self.url, self.topics, self.owner, self.enabled, self.why, self.secret)
        return sha256(json.dumps(facts).encode()).hexdigest()[:32]

    def secrets(self, now: float) -> list[str]:
        """Those that sign at this time."""
        return [self.secret, *([self.former] if self.former is not None and now < self.former_until else [])]


@dataclass(frozen=True, slots=True)
class WebhookEdit:
    """What is to be changed; None where nothing is. `rotate` exchanges the secret."""

    url: str | None = None
    topics: tuple[str, ...] | None = None
    enabled: bool | None = None
    rotate: bool = False


@dataclass(frozen=True, slots=True)
class Delivery:
    """What came of telling a webhook of one event so far. `outcome` is `delivered`, `failed` (it is tried again) or
    `given_up`; `status` is what was answered to the last try, None where nobody answered.
    """

    id: str
    webhook: str
    event: str
    topic: str
    subject: str
    since: float
    at: float
    tries: int
    outcome: str
    status: int | None
    why: str
    seconds: float
    payload: str


def check_url(url: str, *, private: bool) -> str:
    """The address, if it can be one of a webhook. Where its name leads is looked at with each connection. Raises
    `InputInvalid`.
    """
    if len(url) > MAX_URL or not url.isascii() or not url.isprintable() or " " in url:
        raise InputInvalid("url", f"no address of at most {MAX_URL} printable ASCII characters")
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise InputInvalid("url", "no address") from None
    if parts.scheme not in {"http", "https"} or not host:
        raise InputInvalid("url", "no http(s):// address")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise InputInvalid("url", "with a user, a password or a fragment")
    address = literal_address(host)
    if not private and (host == "localhost" or (address is not None and not is_public(address))):
        raise InputInvalid("url", "a private address, which the operator has not allowed")
    return url
