"""Small chunks, so that many of them cost little."""

import pytest

from penstock.publishing import plans, publisher
from tests.press.shop import CHUNK


@pytest.fixture(autouse=True)
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of 1,000 bytes."""
    monkeypatch.setattr(plans, "CHUNK", CHUNK)
    monkeypatch.setattr(publisher, "PATIENCE", 2.0)
