"""Small chunks for whatever works on files of many; plans are tested with those that are published."""

import pytest

from penstock.publishing import plans, publisher
from tests.support.publishing import CHUNK


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of 1,000 bytes."""
    monkeypatch.setattr(plans, "CHUNK", CHUNK)
    monkeypatch.setattr(publisher, "PATIENCE", 2.0)
