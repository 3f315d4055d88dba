"""Tokens that show when they end."""

import json
from base64 import b64decode

import pytest

from penstock.model.dated import dated, undated

SECRET = "pst_abc-DEF_123"


@pytest.mark.parametrize("ends", [0, 1.9, 1_700_000_000.5, 99_999_999_999])
def test_the_middle_part_is_the_end(ends: float) -> None:
    """Whoever decodes the middle part of three finds the whole second of the end, and nothing else."""
    secret, middle, _ = dated(SECRET, ends).split(".")
    assert secret == SECRET
    assert json.loads(b64decode(middle + "=" * (-len(middle) % 4), validate=True)) == {"exp": int(ends)}
    assert undated(dated(SECRET, ends)) == SECRET


@pytest.mark.parametrize("token", [SECRET, "", ".", "..", "a.b.c", "a.b.c.d", f"{SECRET}.e30.", "\udc80.b.c"])
def test_what_was_not_made_so_is_left_alone(token: str) -> None:
    """Any other token is a secret of its own."""
    assert undated(token) == token


def test_every_character_counts() -> None:
    """A token in which one character was changed shows no secret."""
    token = dated(SECRET, 1_700_000_000)
    for at, character in enumerate(token):
        changed = f"{token[:at]}{'x' if character != 'x' else 'y'}{token[at + 1 :]}"
        assert undated(changed) != SECRET
