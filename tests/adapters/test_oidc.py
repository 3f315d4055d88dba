"""Which tokens of an issuer are good, and how often it is asked for its keys: against a real one, over real HTTP."""

import asyncio
import base64
import hmac
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from joserfc.errors import SecurityWarning
from joserfc.jwk import RSAKey

from penstock.adapters import oidc
from penstock.adapters.oidc import FRESH, LAST, LEEWAY, MAX_ANSWER, MAX_TOKEN, PAUSE, OidcIssuer, is_trustworthy
from penstock.model.faults import IssuerUnavailable
from penstock.model.principal import EVERY_SCOPE, Scope, Tier
from penstock.ports import Identity
from tests.ports.records import Clock
from tests.support.oidc_server import AUDIENCE, DISCOVERY, KEYS, OidcServer, new_key, serve_oidc, signed, unsigned

CAROL = Identity("carol", None, EVERY_SCOPE)


@pytest.fixture
def server() -> Iterator[OidcServer]:
    with serve_oidc() as running:
        yield running


@pytest.fixture
def ticks() -> Clock:
    return Clock(1000.0)


@asynccontextmanager
async def opened(server: OidcServer, ticks: Callable[[], float] = time.monotonic, **claims: str) -> Any:
    """The adapter, as an operator sets it up."""
    names = {"name_claim": "sub", "tier_claim": ""} | claims
    issuer = OidcIssuer(server.url, AUDIENCE, **names, clock=time.time, ticks=ticks)
    try:
        yield issuer
    finally:
        await issuer.close()


@pytest.fixture
async def issuer(server: OidcServer, ticks: Clock) -> AsyncIterator[OidcIssuer]:
    async with opened(server, ticks) as made:
        yield made


# --- what is signed --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("algorithm", sorted(oidc.ALGORITHMS))
async def test_every_algorithm(server: OidcServer, issuer: OidcIssuer, algorithm: str) -> None:
    """A token that is signed by one of the issuer's keys is good, whichever algorithm of the list it is for."""
    server.rotate(new_key(algorithm, "newest"))
    assert await issuer.identity(server.token()) == CAROL


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS512", "HS256", "none"])
async def test_other_algorithms(server: OidcServer, issuer: OidcIssuer, algorithm: str) -> None:
    """An algorithm that is not on the list opens nothing, with the right key, without one, or with a shared secret."""
    key = server.rotate(new_key(algorithm if algorithm != "none" else "RS256", "newest"))
    head = {"alg": algorithm}
    assert await issuer.identity(server.token(key=key, header=head)) is None


async def test_an_unsigned_token(server: OidcServer, issuer: OidcIssuer) -> None:
    """A token without a signature opens nothing, however `none` is written."""
    for algorithm in ("none", "None", "NONE", ""):
        for kid in (server.keys[0].kid, None):
            payload = json.dumps(server.claims()).encode()
            assert await issuer.identity(unsigned({"alg": algorithm, "kid": kid}, payload)) is None


@pytest.mark.parametrize("encoding", ["PEM", "DER"])
async def test_a_public_key_is_no_secret(server: OidcServer, issuer: OidcIssuer, encoding: Any) -> None:
    """A token whose HMAC is made with the issuer's public key opens nothing."""
    public = server.rotate(new_key("RS256", "newest"))
    assert isinstance(public, RSAKey)
    header, payload = {"alg": "HS256", "kid": "newest"}, json.dumps(server.claims()).encode()
    said = unsigned(header, payload).rstrip(".").encode()
    assert (
        await issuer.identity(
            unsigned(header, payload, hmac.digest(public.as_bytes(encoding, private=False), said, "sha256"))
        )
        is None
    )


async def test_a_published_secret(server: OidcServer, issuer: OidcIssuer) -> None:
    """A shared secret among the published keys, and a key for something else, are passed over."""
    for odd in (new_key("HS256", "secret"), new_key("ES384", "other curve")):
        server.rotate(odd)
        assert await issuer.identity(server.token()) is None
    assert await issuer.identity(server.token(key=server.keys[0])) == CAROL


async def test_keys_that_cannot_be_used(server: OidcServer, issuer: OidcIssuer) -> None:
    """Keys that are broken, weak, unknown or for encryption are passed over; the others are good (RFC 7517 §5)."""
    good = server.keys[0].as_dict(private=False)
    odd: list[object] = [{"kty": "RSA"}, {"kty": "AKP", "kid": "x"}, {}, good | {"x": "?"}, good | {"crv": "P-1"}]
    odd += [{"kty": "RSA", "n": "AQAB", "e": "AQAB", "kid": "weak"}, good | {"use": "enc"}, good | {"kid": 5}]
    server.answers[KEYS] = json.dumps({"keys": [*odd, good]}).encode()
    assert await issuer.identity(server.token()) == CAROL
    assert await issuer.identity(server.token(header={"kid": "weak"})) is None


async def test_a_weak_key(server: OidcServer, issuer: OidcIssuer) -> None:
    """An RSA key of less than 2,048 bits is not believed (RFC 7518 §3.3)."""
    with pytest.warns(SecurityWarning):
        weak = RSAKey.generate_key(1024, {"kid": "weak", "alg": "RS256"})
    server.rotate(weak)
    assert await issuer.identity(server.token()) is None


async def test_somebody_elses_key(server: OidcServer, issuer: OidcIssuer) -> None:
    """A token that another key signed opens nothing, though it names one of the issuer's, or brings its own."""
    other = new_key("ES256", str(server.keys[0].kid))
    assert await issuer.identity(server.token(key=other)) is None
    brought = {"jwk": other.as_dict(private=False), "jku": "https://evil.example/keys"}
    assert await issuer.identity(server.token(key=other, header=brought)) is None


async def test_a_token_without_a_kid(server: OidcServer, issuer: OidcIssuer) -> None:
    """A token needs not name its key while there is one alone (OpenID Connect Core §10.1)."""
    assert await issuer.identity(server.token(header={"kid": None})) == CAROL


async def test_a_token_that_was_changed(server: OidcServer, issuer: OidcIssuer) -> None:
    """Not one character of a token can be another."""
    token = server.token()
    for at in range(0, len(token), 7):
        changed = token[:at] + ("A" if token[at] != "A" else "B") + token[at + 1 :]
        assert await issuer.identity(changed) is None


# --- what is said ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "good"),
    [
        ({}, True),
        ({"aud": ["other", AUDIENCE]}, True),
        ({"nbf": 0, "unheard of": {"of": []}}, True),
        ({"aud": "other"}, False),
        ({"aud": ["other"]}, False),
        ({"aud": []}, False),
        ({"aud": [[AUDIENCE]]}, False),
        ({"aud": AUDIENCE.upper()}, False),
        ({"aud": f"{AUDIENCE} other"}, False),
        ({"aud": None}, False),
        ({"iss": "https://other.example"}, False),
        ({"iss": None}, False),
        ({"exp": None}, False),
        ({"exp": "tomorrow"}, False),
        ({"exp": float("nan")}, False),
        ({"exp": float("inf")}, False),
        ({"exp": True}, False),
        ({"nbf": "yesterday"}, False),
        ({"sub": None}, False),
        ({"sub": 5}, False),
        ({"sub": ["carol"]}, False),
        ({"scope": 5}, False),
        ({"scp": {"read": True}}, False),
        ({"scope": False}, False),
    ],
)
async def test_claims(server: OidcServer, issuer: OidcIssuer, changed: dict[str, Any], good: bool) -> None:
    """A token is good when it is this issuer's, for this server, ends some day, and says whose it is."""
    assert (await issuer.identity(server.token(**changed)) == CAROL) is good


async def test_an_issuer_is_named_exactly(server: OidcServer, issuer: OidcIssuer) -> None:
    """`iss` is the setting, to the letter."""
    for iss in (f"{server.url}/", server.url.upper(), [server.url], ""):
        assert await issuer.identity(server.token(iss=iss)) is None


@pytest.mark.parametrize(
    ("claim", "after", "good"),
    [
        ("exp", 10 - LEEWAY, True),
        ("exp", -10 - LEEWAY, False),
        ("nbf", LEEWAY - 10, True),
        ("nbf", LEEWAY + 10, False),
        ("iat", LEEWAY + 10, False),
    ],
)
async def test_time(server: OidcServer, issuer: OidcIssuer, claim: str, after: float, good: bool) -> None:
    """A token is good in its time and `LEEWAY` around it."""
    changed: dict[str, Any] = {claim: time.time() + after}
    assert (await issuer.identity(server.token(**changed)) == CAROL) is good


@pytest.mark.parametrize(
    ("kind", "good"),
    [("JWT", True), ("at+jwt", True), ("application/at+JWT", True), ("logout+jwt", False), ("dpop+jwt", False)],
)
async def test_kinds_of_tokens(server: OidcServer, issuer: OidcIssuer, kind: str, good: bool) -> None:
    """What an issuer signs for other ends than to be shown to a server opens nothing."""
    assert (await issuer.identity(server.token(header={"typ": kind})) == CAROL) is good


async def test_what_must_be_understood(server: OidcServer, issuer: OidcIssuer) -> None:
    """A header may say what nobody here knows, unless it says that it must be known (RFC 7515 §4.1.11)."""
    assert await issuer.identity(server.token(header={"odd": 1, "x5c": ["A" * 2000]})) == CAROL
    assert await issuer.identity(server.token(header={"odd": 1, "crit": ["odd"]})) is None


@pytest.mark.parametrize(
    ("told", "scopes"),
    [
        ({}, EVERY_SCOPE),
        ({"scope": "openid profile"}, set()),
        ({"scope": ""}, set()),
        ({"scope": []}, set()),
        ({"scp": []}, set()),
        ({"scp": ""}, set()),
        ({"scp": [5, None, {}]}, set()),
        ({"scp": "openid", "scope": "read"}, {Scope.READ}),
        ({"scope": "openid read"}, {Scope.READ}),
        ({"scope": ["read", "write", 5]}, {Scope.READ, Scope.WRITE}),
        ({"scp": ["delete"]}, {Scope.DELETE}),
        ({"scp": "write", "scope": "read"}, {Scope.READ, Scope.WRITE}),
        ({"scope": "READ reader"}, set()),
    ],
)
async def test_scopes(server: OidcServer, issuer: OidcIssuer, told: dict[str, Any], scopes: frozenset[Scope]) -> None:
    """A token is good for the scopes of ours that it names, for none if it names others, for all if it has no claim."""
    found = await issuer.identity(server.token(**told))
    assert found is not None
    assert found.scopes == scopes


@pytest.mark.parametrize(
    ("told", "tier"),
    [
        ("vip", Tier.VIP),
        ("enterprise", Tier.ENTERPRISE),
        ("normal", Tier.NORMAL),
        ("gold", Tier.NORMAL),
        (["vip"], Tier.NORMAL),
        ({"vip": 1}, Tier.NORMAL),
        (None, Tier.NORMAL),
    ],
)
async def test_tiers(server: OidcServer, told: object, tier: Tier) -> None:
    """A claim tells the tier; what is no tier's name is `normal`."""
    async with opened(server, name_claim="nick", tier_claim="level") as issuer:
        assert await issuer.identity(server.token(nick="caz", level=told)) == Identity("caz", tier, EVERY_SCOPE)


# --- what is no token ------------------------------------------------------------------------------------------------

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
headers = json_values | st.fixed_dictionaries(
    {"alg": st.sampled_from(["ES256", "RS256", "EdDSA", "none", "HS256"]) | json_values},
    optional={
        "kid": st.just("key 0") | json_values,
        "typ": st.just("JWT") | json_values,
        "crit": json_values | st.just(["b64"]),
        "b64": json_values,
    },
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    token=st.builds(unsigned, headers, st.binary(max_size=30), st.binary(max_size=70))
    | st.text(max_size=60)
    | st.lists(st.text("ABCeyJ0-_=", max_size=20), min_size=3, max_size=3).map(".".join)
)
async def test_anything_else(server: OidcServer, token: str) -> None:
    """Whatever is shown in the place of a token, it is not good, and that is all."""
    async with opened(server) as issuer:
        assert await issuer.identity(token) is None


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(claims=st.dictionaries(st.sampled_from(["exp", "nbf", "iat", "aud", "sub", "iss", "scp", "jti"]), json_values))
async def test_odd_claims(server: OidcServer, claims: dict[str, Any]) -> None:
    """Whatever the issuer signs, it is an identity or it is none."""
    async with opened(server) as issuer:
        found = await issuer.identity(signed({"alg": "ES256"}, server.claims() | claims, server.keys[0]))
        assert found is None or isinstance(found, Identity)


async def test_deep_json(server: OidcServer, issuer: OidcIssuer) -> None:
    """JSON that is nested too deeply is no token."""
    deep = base64.urlsafe_b64encode(b"[" * 5000).decode().rstrip("=")
    head = base64.urlsafe_b64encode(b'{"alg":"ES256"}').decode().rstrip("=")
    assert await issuer.identity(f"{deep}.{deep}.AA") is None
    assert await issuer.identity(f"{head}.{deep}.AA") is None
    nested: object = []
    for _ in range(500):
        nested = [nested]
    found = await issuer.identity(server.token(deep=nested))
    assert found == CAROL


async def test_a_huge_token(server: OidcServer, issuer: OidcIssuer) -> None:
    """A token beyond `MAX_TOKEN` is refused unread, and nobody is asked about it."""
    assert await issuer.identity(server.token(padding="x" * MAX_TOKEN)) is None
    assert not server.asked
    assert await issuer.identity(server.token(padding="x" * (MAX_TOKEN // 2))) == CAROL


# --- how the issuer is asked -----------------------------------------------------------------------------------------


async def test_keys_are_kept(server: OidcServer, issuer: OidcIssuer, ticks: Clock) -> None:
    """The issuer is asked once for many tokens, and again when its keys have aged; not before the first token comes."""
    assert not server.asked
    for _ in range(20):
        await issuer.identity(server.token())
    ticks.advance(FRESH - 1)
    await issuer.identity(server.token())
    assert server.asked == {DISCOVERY: 1, KEYS: 1}
    ticks.advance(1)
    await issuer.identity(server.token())
    assert server.asked == {DISCOVERY: 2, KEYS: 2}


async def test_many_ask_at_once(server: OidcServer, issuer: OidcIssuer) -> None:
    """However many first tokens come at once, the issuer is asked once; one that gives up stops nobody else."""
    server.delay = 0.1
    hasty = asyncio.create_task(issuer.identity(server.token()))
    others = [asyncio.create_task(issuer.identity(server.token())) for _ in range(20)]
    await asyncio.sleep(0.05)
    hasty.cancel()
    assert await asyncio.gather(*others) == [CAROL] * 20
    assert server.asked == {DISCOVERY: 1, KEYS: 1}


async def test_a_rotated_key(server: OidcServer, issuer: OidcIssuer, ticks: Clock) -> None:
    """A new key is good as soon as a token names it; one that was withdrawn is not, once keys are asked for again."""
    old = server.token()
    assert await issuer.identity(old) == CAROL
    server.rotate()
    ticks.advance(PAUSE)
    assert await issuer.identity(server.token()) == CAROL
    assert await issuer.identity(old) == CAROL
    server.keys.pop(0)
    ticks.advance(FRESH)
    assert await issuer.identity(old) is None


async def test_a_flood_of_unknown_keys(server: OidcServer, issuer: OidcIssuer, ticks: Clock) -> None:
    """Tokens that name unknown keys, one after the other or at once, have the issuer asked once in `PAUSE` seconds."""
    await issuer.identity(server.token())
    for _ in range(3):
        ticks.advance(PAUSE)
        for number in range(20):
            assert await issuer.identity(server.token(header={"kid": f"unknown {number}"})) is None
        await asyncio.gather(*(issuer.identity(server.token(header={"kid": f"{n}"})) for n in range(20)))
    assert server.asked == {DISCOVERY: 4, KEYS: 4}


async def test_tokens_that_are_none_ask_nobody(server: OidcServer, issuer: OidcIssuer, ticks: Clock) -> None:
    """Of what cannot be a token, or is signed in a way that is not believed, an issuer that is known hears nothing."""
    await issuer.identity(server.token())
    ticks.advance(PAUSE)
    for token in ("..", "a.b.c", unsigned({"alg": "none", "kid": "unknown"}, b"{}"), "x" * 100_000):
        assert await issuer.identity(token) is None
    assert server.asked == {DISCOVERY: 1, KEYS: 1}


async def test_an_issuer_that_is_down(server: OidcServer, issuer: OidcIssuer, ticks: Clock) -> None:
    """Nobody can come while the issuer was never reached; they can as soon as it is."""
    server.stop()
    with pytest.raises(IssuerUnavailable):
        await issuer.identity(server.token())
    server.restart()
    with pytest.raises(IssuerUnavailable):
        await issuer.identity(server.token())
    ticks.advance(PAUSE)
    assert await issuer.identity(server.token()) == CAROL


async def test_keys_outlive_the_issuer(server: OidcServer, issuer: OidcIssuer, ticks: Clock) -> None:
    """While the issuer is down its keys are good for a day, and no longer."""
    await issuer.identity(server.token())
    server.stop()
    for _ in range(2):
        ticks.advance(LAST / 2 - 1)
        assert await issuer.identity(server.token()) == CAROL
        assert await issuer.identity(server.token(header={"kid": "unknown"})) is None
    ticks.advance(2)
    with pytest.raises(IssuerUnavailable):
        await issuer.identity(server.token())


async def test_nobody_waits_for_an_issuer_that_is_down(
    server: OidcServer, issuer: OidcIssuer, ticks: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An issuer that answers nobody is waited for once; from then on keys that are there are used meanwhile."""
    await issuer.identity(server.token())
    monkeypatch.setattr(oidc, "TIMEOUT", 0.2)
    server.delay = 2.0
    ticks.advance(FRESH)
    for at_least, at_most in ((0.15, 1.0), (0.0, 0.15)):
        before = time.monotonic()
        assert await issuer.identity(server.token()) == CAROL
        assert at_least <= time.monotonic() - before <= at_most
        ticks.advance(PAUSE)


@pytest.mark.parametrize(
    ("path", "answer"),
    [
        (DISCOVERY, {"issuer": "https://other.example"}),
        (DISCOVERY, {"issuer": ""}),
        (DISCOVERY, {"jwks_uri": "http://keys.example/keys"}),
        (DISCOVERY, {"jwks_uri": "file:///etc/passwd"}),
        (DISCOVERY, {"jwks_uri": "https://["}),
        (DISCOVERY, {"jwks_uri": None}),
        (DISCOVERY, b"<html>"),
        (DISCOVERY, b"[" * 100_000),
        (DISCOVERY, b" " * (MAX_ANSWER + 1)),
        (KEYS, b"{}"),
        (KEYS, b'{"keys": []}'),
        (KEYS, b'{"keys": [1]}'),
        (KEYS, b'{"keys": [{"kty": []}]}'),
        (KEYS, b'{"keys": [{"kty": "oct", "k": "%b"}]}' % (b"A" * 43)),
        (KEYS, b"\xff"),
        (KEYS, b" " * (MAX_ANSWER + 1)),
    ],
)
async def test_an_issuer_that_makes_no_sense(
    server: OidcServer, issuer: OidcIssuer, path: str, answer: dict[str, Any] | bytes
) -> None:
    """An issuer that calls itself otherwise, shows its keys in the open, or answers nonsense, vouches for nobody."""
    body = answer if isinstance(answer, bytes) else json.dumps(server.discovery | answer).encode()
    server.answers[path] = body
    with pytest.raises(IssuerUnavailable):
        await issuer.identity(server.token())


async def test_keys_in_the_open(server: OidcServer, issuer: OidcIssuer) -> None:
    """Keys that come over plain HTTP from anywhere but this machine are not even asked for."""
    server.discovery["jwks_uri"] = f"http://0.0.0.0:{server.port}{KEYS}"  # which leads here, but does not say so
    with pytest.raises(IssuerUnavailable):
        await issuer.identity(server.token())
    assert server.asked == {DISCOVERY: 1}


async def test_an_answer_that_is_too_large(server: OidcServer, issuer: OidcIssuer) -> None:
    """Of an answer no more is read than `MAX_ANSWER`, however good it would be."""
    good = json.dumps(server.says(KEYS)).encode()
    server.answers[KEYS] = good + b" " * (MAX_ANSWER - len(good) + 1)
    with pytest.raises(IssuerUnavailable):
        await issuer.identity(server.token())


async def test_an_error_keeps_what_was_good(server: OidcServer, issuer: OidcIssuer, ticks: Clock) -> None:
    """Nonsense does not take the place of keys that are good."""
    await issuer.identity(server.token())
    server.answers[KEYS] = b'{"keys": []}'
    ticks.advance(FRESH)
    assert await issuer.identity(server.token()) == CAROL


@pytest.mark.parametrize(
    ("url", "good"),
    [
        ("https://login.example/realm", True),
        ("http://localhost:8080", True),
        ("http://127.0.0.1", True),
        ("http://[::1]:80/x", True),
        ("http://login.example", False),
        ("http://127.0.0.1.example", False),
        ("http://localhost.example", False),
        ("ftp://127.0.0.1", False),
        ("https://", False),
        ("https://[", False),
        ("login.example", False),
        ("", False),
    ],
)
def test_who_can_be_believed(url: str, good: bool) -> None:
    """An issuer is reached by https, or on this machine."""
    assert is_trustworthy(url) is good
