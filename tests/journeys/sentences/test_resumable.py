"""Resumable Uploads for HTTP, sentence by sentence."""

import pytest

from tests.journeys.sentences.manners import MANNERS
from tests.journeys.sentences.resumable.client import Resumable
from tests.journeys.sentences.sentences import Check, checks_of


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("check", checks_of("resumable"), ids=str)
def test_a_sentence(check: Check, resumable: Resumable) -> None:
    """It holds, however HTTP is spoken."""
    check(resumable)
