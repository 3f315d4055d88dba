"""Codes of authenticators."""

from base64 import b32encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from penstock.identity.factors import WINDOW, enrolment, matching_step
from penstock.model.factor import Factor
from penstock.model.ids import PrincipalId

SECRET = b32encode(b"12345678901234567890").decode()
"""The secret of RFC 6238, appendix B."""

VECTORS = [
    (59, "94287082"),
    (1111111109, "07081804"),
    (1111111111, "14050471"),
    (1234567890, "89005924"),
    (2000000000, "69279037"),
    (20000000000, "65353130"),
]
"""Seconds and codes of RFC 6238, appendix B, SHA-1; of eight digits, the last six are the code of six."""


@pytest.mark.parametrize(("now", "code"), VECTORS)
def test_the_vectors_of_the_rfc(now: int, code: str) -> None:
    """Each code of the RFC is that of its time step."""
    assert matching_step(SECRET, code[-6:], now) == now // 30


@pytest.mark.parametrize(("now", "code"), VECTORS)
@pytest.mark.parametrize("steps", [-2, -1, 0, 1, 2])
def test_the_window(now: int, code: str, steps: int) -> None:
    """A code is good one step early or late, and no further."""
    later = now + steps * 30
    if later >= 30:
        assert (matching_step(SECRET, code[-6:], later) == now // 30) == (abs(steps) <= WINDOW)


def test_how_codes_are_typed() -> None:
    """A code may have a space in its middle."""
    assert matching_step(SECRET, "287 082", 59) == 1


@given(st.text(max_size=10).filter(lambda text: text.replace(" ", "") not in {"755224", "287082", "359152"}))
def test_nothing_else_is_a_code(text: str) -> None:
    """Whatever is typed that is no code of these steps (RFC 4226, appendix D) is none."""
    assert matching_step(SECRET, text, 59) is None


def test_what_an_app_reads() -> None:
    """The URL names the account and the issuer, with what every app takes for granted left out."""
    url = enrolment(Factor(PrincipalId("1"), SECRET, 0.0), "zoë@example.org")
    assert url == f"otpauth://totp/Penstock:zo%C3%AB%40example.org?secret={SECRET}&issuer=Penstock"
