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
"""The accepted signature algorithms (RFC 8725 §3.1): never `none`, never a shared secret."""

KEY_TYPES = frozenset({"RSA", "EC", "OKP"})

TOKEN_TYPES = frozenset({"jwt", "at+jwt", "application/at+jwt"})
"""The accepted types of tokens, for access to a server (RFC 9068 §4); others by the same issuer, such as logout tokens,
are refused (RFC 8725 §3.11).
"""

LEEWAY = 30
"""The tolerated difference of the issuer's and the server's clocks, in seconds."""

MAX_TOKEN = 16 << 10
"""The most characters of a token."""

MAX_ANSWER = 256 << 10
"""The most bytes of an answer from the issuer."""

TIMEOUT = 5.0
"""How long, in seconds, fetching the issuer's keys may take."""

FRESH = 600.0
"""For how many seconds keys are used before they are fetched again."""

LAST = 86400.0
"""For how many seconds keys are used while the issuer is unreachable."""

PAUSE = 10.0
"""The least time, in seconds, between two fetches, whatever tokens arrive."""

_UNREADABLE = (JoseError, ValueError, TypeError, AttributeError, RecursionError)
"""The exceptions of malformed tokens, whose header may be any JSON."""

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
        """`url` is what `iss` must be, `audience` what `aud` must name; without a `tier_claim` tokens state no tier.
        `clock` returns Unix seconds, `ticks` monotonic seconds.
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
        """Verify the issuer's signature. An unknown key may be a new one, so the keys are fetched again."""
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

    max_header_length = MAX_TOKEN

    def get_alg(self, name: str) -> Any:
        if name not in ALGORITHMS:
            raise UnsupportedAlgorithmError
        return self.algorithms[name]


_PINNED = _Pinned(strict_check_header=False)  # unknown parameters are ignored (RFC 7515 §4)


class _Keys:
    """The keys that the issuer publishes, cached."""

    def __init__(self, url: str, ticks: Callable[[], float]) -> None:
        self._url = url
        self._ticks = ticks
        self._client = httpx.AsyncClient(timeout=TIMEOUT, headers={"Accept-Encoding": "identity"})
        self._keys = KeySet([])
        self._fetched_at = self._tried_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    async def fresh(self) -> KeySet:
        """The keys, no older than `FRESH` where the issuer answers, nor than `LAST`. Raises `IssuerUnavailable`."""
        if self._age() >= FRESH:
            await self._refresh(patient=self._tried_at <= self._fetched_at or self._age() >= LAST)
        if self._age() >= LAST:
            raise IssuerUnavailable
        return self._keys

    async def renewed(self) -> KeySet:
        """The keys, fetched again unless that was done just now."""
        await self._refresh()
        return self._keys

    async def close(self) -> None:
        """Stop fetching."""
        if self._fetching is not None:
            self._fetching.cancel()
            await asyncio.wait({self._fetching})
        await self._client.aclose()

    def _age(self) -> float:
        return self._ticks() - self._fetched_at

    async def _refresh(self, *, patient: bool = True) -> None:
        """Fetch once for all concurrent callers, and not too often; only `patient` callers wait for the answer."""
        if self._fetching is None or (self._fetching.done() and self._ticks() - self._tried_at >= PAUSE):
            self._tried_at = self._ticks()
            self._fetching = asyncio.create_task(self._load())
        if patient:
            await asyncio.wait({self._fetching})  # a cancelled caller does not stop it for the others

    async def _load(self) -> None:
        try:
            async with asyncio.timeout(TIMEOUT):
                self._keys = await self._fetch()
        except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError, TimeoutError) as error:
            _log.warning("the issuer shows no keys", issuer=self._url, error=f"{type(error).__name__}: {error}")
        else:
            self._fetched_at = self._ticks()

    async def _fetch(self) -> KeySet:
        """The usable keys. Raises `ValueError` when there are none, and what the client raises."""
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
                if len(content) > MAX_ANSWER:
                    raise ValueError("its answer is too large")
        return msgspec.json.decode(content, type=shape)


class _Discovery(msgspec.Struct):
    issuer: str
    jwks_uri: str


class _Published(msgspec.Struct):
    keys: list[dict[str, Any]]


def is_trustworthy(url: str) -> bool:
    """Whether the URL's host is authenticated: by https, or as this machine."""
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
    """The decoded parts of a plausible token. Raises `_UNREADABLE`."""
    if len(token) > MAX_TOKEN:
        raise ValueError("too long")
    signed = extract_compact(token.encode(), registry=_PINNED)
    if signed.headers().get("typ", "JWT").lower() not in TOKEN_TYPES:
        raise ValueError("no token for servers")
    return signed


def _key(published: dict[str, Any]) -> Key | None:
    """A key that can verify signatures; other keys (RFC 7517 §5) and weak ones are ignored."""
    if published.get("kty") not in KEY_TYPES:
        return None
    try:
        with warnings.catch_warnings(action="error", category=SecurityWarning):
            return import_key(published)
    except Exception:  # each underlying library raises exceptions of its own
        return None


def _scopes(claims: Mapping[str, Any]) -> frozenset[Scope]:
    """The known scopes in `scope` (RFC 8693 §4.2) or `scp`, a string or a list; all scopes when both are absent. A
    claim without any known scope grants none: the token was narrowed on purpose.
    """
    claimed = [claims[name] for name in ("scope", "scp") if name in claims]
    words = [word for entry in claimed for word in _words(entry)]
    return frozenset(scope for scope in Scope if scope in words) if claimed else EVERY_SCOPE


def _words(entry: Any) -> list[Any]:
    """Raises `TypeError` for a claim that is neither a string, nor a list, nor null."""
    if entry is not None and not isinstance(entry, str | list):
        raise TypeError("scopes are words")
    return entry.split() if isinstance(entry, str) else entry or []
