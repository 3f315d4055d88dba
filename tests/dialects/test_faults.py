"""What a dialect says of faults is what only its contract says: the rest stands in the base tables."""

from importlib import import_module
from pathlib import Path
from types import ModuleType

import pytest

from penstock import dialects
from penstock.http.routing.chinese import CHINESE
from penstock.http.routing.statuses import STATUS
from penstock.model.faults import Fault
from tests.dialects.test_bad_input import every_fault, example_of

HERE = Path(dialects.__path__[0])
NAMES = sorted(".".join(path.parent.relative_to(HERE).parts) for path in HERE.glob("**/faults.py"))


@pytest.fixture(params=NAMES)
def words(request: pytest.FixtureRequest) -> ModuleType:
    """The words of one dialect."""
    return import_module(f"penstock.dialects.{request.param}.faults")


def test_a_difference_is_one(words: ModuleType) -> None:
    """No dialect repeats a status of the base table."""
    differences = getattr(words, "DIFFERENCES", {})
    assert [kind.__name__ for kind, status in differences.items() if STATUS[kind] == status] == []


@pytest.mark.parametrize("kind", every_fault(), ids=lambda kind: kind.__name__)
def test_every_fault_is_worded(words: ModuleType, kind: type[Fault]) -> None:
    """Every dialect words every fault, with the status that all give it or the one that it says it has instead."""
    status, envelope = words.word(example_of(kind))
    assert status == getattr(words, "DIFFERENCES", {}).get(kind, STATUS[kind])
    assert getattr(envelope, "message", None) or envelope.title


def test_words_of_its_own_are_its_own(words: ModuleType) -> None:
    """No dialect in Chinese repeats what is said in Chinese anyway."""
    own = getattr(words, "WORDS", {}) if hasattr(words, "CHINESE") else {}
    assert [kind.__name__ for kind, message in own.items() if CHINESE[kind] == message] == []
