"""tus 1.0.0, sentence by sentence."""

import pytest

from tests.journeys.sentences.manners import MANNERS
from tests.journeys.sentences.sentences import Check, checks_of
from tests.journeys.sentences.tus.client import Tus


@pytest.mark.parametrize("manner", MANNERS)
@pytest.mark.parametrize("check", checks_of("tus"), ids=str)
def test_a_sentence(check: Check, tus: Tus) -> None:
    """It holds, however HTTP is spoken."""
    check(tus)
