"""Tokens of an external issuer (RFC 7519), checked with the keys that it publishes (OpenID Connect Discovery 1.0)."""

import asyncio
import warnings
from collections.abc import Callable, Mapping
from ipaddress import ip_address
from time import monotonic
from typing import Any, TypeVar
from urllib.parse import urlsplit

import httpx
import msgspec
import structlog
from joserfc.errors import InvalidKeyIdError, JoseError, SecurityWarning, UnsupportedAlgorithmError
from joserfc.jwk import Key, KeySet, import_key
from joserfc.jws import CompactSignature, JWSRegistry, extract_compact, validate_compact
from joserfc.jwt import JWTClaimsRegistry

from penstock.model.faults import IssuerUnavailable
from penstock.model.principal import EVERY_SCOPE, Scope, Tier
from penstock.ports import Identity

T = TypeVar("T")

ALGORITHMS = frozenset({"RS256", "PS256", "ES256", "EdDSA", "Ed25519"})
"""What a token may be signed with (RFC 8725 §3.1): never nothing, never a secret that both sides know."""

KEY_TYPES = frozenset({"RSA", "EC", "OKP"})

TOKEN_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""Tokens made to be shown to a server (RFC 9068 §4); others that an issuer signs, such as logout tokens, open nothing
(RFC 8725 §3.11).
"""

LEEWAY = 30
"""How far, in seconds, the clocks of issuer and server may be apart."""

LONGEST = 16 << 10
"""The most characters of a token."""

LARGEST = 256 << 10
"""The most bytes of an answer of the issuer's."""

TIMEOUT = 5.0
"""How long, in seconds, the issuer may take to show its keys."""

FRESH = 600.0
"""For how long, in seconds, keys are used without asking again."""

LAST = 86400.0
"""For how long, in seconds, they are used while the issuer cannot be reached."""

PAUSE = 10.0
"""The least time, in seconds, between two askings, whatever tokens come."""

_UNREADABLE = (JoseError, ValueError, TypeError, AttributeError, RecursionError)
"""What is raised over a token that is none: its header may be any JSON."""

_log = structlog.get_logger(__name__)


class OidcIssuer:
    """The port `Issuer` by discovery."""

    def __init__(
        self,
        url: str,
        audience: str,
        *,
        name_claim: str,
        tier_claim: str,
        clock: Callable[[], float],
        ticks: Callable[[], float] = monotonic,
    ) -> None:
        """`url` is what `iss` must be, `audience` what `aud` must name; without a `tier_claim` tokens tell no tier.
        `clock` gives Unix seconds, `ticks` seconds that never go back.
        """
        self._keys = _Keys(url, ticks)
        self._rules = JWTClaimsRegistry(
            now=lambda: int(clock()),
            leeway=LEEWAY,
            iss={"essential": True, "value": url},
            aud={"essential": True, "value": audience},
            exp={"essential": True},
        )
        self._name_claim = name_claim
        self._tier_claim = tier_claim

    async def identity(self, token: str) -> Identity | None:
        """See `Issuer.identity`."""
        try:
            signed = _read(token)
            if not await self._is_signed(signed):
                return None
            claims = msgspec.json.decode(signed.payload, type=dict[str, Any])
            self._rules.validate(claims)
            name = msgspec.convert(claims[self._name_claim], str)
            return Identity(name, self._tier(claims), _scopes(claims))
        except (KeyError, *_UNREADABLE):
            return None

    async def close(self) -> None:
        """See `Issuer.close`."""
        await self._keys.close()

    async def _is_signed(self, signed: CompactSignature) -> bool:
        """Whether the issuer signed it. A key that is not known may be a new one."""
        try:
            return validate_compact(signed, await self._keys.fresh(), registry=_PINNED)
        except InvalidKeyIdError:
            return validate_compact(signed, await self._keys.renewed(), registry=_PINNED)

    def _tier(self, claims: Mapping[str, Any]) -> Tier | None:
        if not self._tier_claim:
            return None
        tier = claims.get(self._tier_claim)
        return Tier(tier) if tier in list(Tier) else Tier.NORMAL


class _Pinned(JWSRegistry):
    """The algorithms above. Its base would warn of `EdDSA`, which RFC 9864 renames and issuers still write."""

    max_header_length = LONGEST

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


_PINNED = _Pinned(strict_check_header=False)  # what is not understood is passed over (RFC 7515 §4)


class _Keys:
    """The keys that the issuer publishes, as it last showed them."""

    def __init__(self, url: str, ticks: Callable[[], float]) -> None:
        self._url = url
        self._ticks = ticks
        self._client = httpx.AsyncClient(timeout=TIMEOUT, headers={"Accept-Encoding": "identity"})
        self._keys = KeySet([])
        self._shown_at = self._asked_at = float("-inf")
        self._asking: asyncio.Task[None] | None = None

    async def fresh(self) -> KeySet:
        """The keys, no older than `FRESH` where the issuer answers, nor than `LAST`. Raises `IssuerUnavailable`."""
        if self._age() >= FRESH:
            await self._ask(patient=self._asked_at <= self._shown_at or self._age() >= LAST)
        if self._age() >= LAST:
            raise IssuerUnavailable
        return self._keys

    async def renewed(self) -> KeySet:
        """The keys, asked for anew unless that was done just now."""
        await self._ask()
        return self._keys

    async def close(self) -> None:
        """Stop asking."""
        if self._asking is not None:
            self._asking.cancel()
            await asyncio.wait({self._asking})
        await self._client.aclose()

    def _age(self) -> float:
        return self._ticks() - self._shown_at

    async def _ask(self, *, patient: bool = True) -> None:
        """Ask once for all who want to know, and not too often; only the patient wait for the answer."""
        if self._asking is None or (self._asking.done() and self._ticks() - self._asked_at >= PAUSE):
            self._asked_at = self._ticks()
            self._asking = asyncio.create_task(self._load())
        if patient:
            await asyncio.wait({self._asking})  # who gives up waiting does not stop it for the others

    async def _load(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                self._keys = await self._shown()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError, TimeoutError) as error:
            _log.warning("the issuer shows no keys", issuer=self._url, error=f"{type(error).__name__}: {error}")
        else:
            self._shown_at = self._ticks()

    async def _shown(self) -> KeySet:
        """The keys that can be used. Raises `ValueError` when there are none, and what the client raises."""
        discovery = await self._get(f"{self._url.rstrip('/')}/.well-known/openid-configuration", _Discovery)
        if discovery.issuer != self._url:
            raise ValueError(f"it calls itself {discovery.issuer[:200]!r}")
        if not is_trustworthy(discovery.jwks_uri):
            raise ValueError("its keys do not come over https")
        published = await self._get(discovery.jwks_uri, _Published)
        keys = [key for entry in published.keys if (key := _key(entry)) is not None]
        if not keys:
            raise ValueError("none of its keys can be used")
        return KeySet(keys)

    async def _get(self, url: str, shape: type[T]) -> T:
        content = b""
        async with self._client.stream("GET", url) as answer:
            if answer.status_code != 200:
                raise ValueError(f"it answered {answer.status_code}")
            async for piece in answer.aiter_raw():
                content += piece
                if len(content) > LARGEST:
                    raise ValueError("its answer is too large")
        return msgspec.json.decode(content, type=shape)


class _Discovery(msgspec.Struct):
    issuer: str
    jwks_uri: str


class _Published(msgspec.Struct):
    keys: list[dict[str, Any]]


def is_trustworthy(url: str) -> bool:
    """Whether what comes from there comes from whom it names: by https, or from this machine."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return False
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and _is_here(host)))


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _read(token: str) -> CompactSignature:
    """The parts of a token that is worth a look. Raises what is `_UNREADABLE`."""
    if len(token) > LONGEST:
        raise ValueError("too long")
    signed = extract_compact(token.encode(), registry=_PINNED)
    if signed.headers().get("typ", "JWT").lower() not in TOKEN_TYPES:
        raise ValueError("no token for servers")
    return signed


def _key(published: dict[str, Any]) -> Key | None:
    """A key that signatures can be checked with; others are passed over (RFC 7517 §5), and so are weak ones."""
    if published.get("kty") not in KEY_TYPES:
        return None
    try:
        with warnings.catch_warnings(action="error", category=SecurityWarning):
            return import_key(published)
    except Exception:  # each of the libraries below has refusals of its own
        return None


def _scopes(claims: Mapping[str, Any]) -> frozenset[Scope]:
    """Those of ours that `scope` (RFC 8693 §4.2) or `scp` names, in a string or in a list; all when there is neither.
    A claim that names none of ours gives none: whoever narrowed the token did not mean everything.
    """
    claimed = [claims[name] for name in ("scope", "scp") if name in claims]
    words = [word for entry in claimed for word in _words(entry)]
    return frozenset(scope for scope in Scope if scope in words) if claimed else EVERY_SCOPE


def _words(entry: Any) -> list[Any]:
    """Raises `TypeError` for a claim that is neither a string, nor a list, nor null."""
    if entry is not None and not isinstance(entry, str | list):
        raise TypeError("scopes are words")
    return entry.split() if isinstance(entry, str) else entry or []
