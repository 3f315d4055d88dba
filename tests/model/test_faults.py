"""Faults are facts, all of one kind."""

import dataclasses

import pytest

from penstock.http import faults as of_http
from penstock.model import faults
from penstock.model.faults import Fault, PartsMissing, UploadSealed
from penstock.model.ids import FileId

EVERY = [
    kind
    for kind in (vars(faults) | vars(of_http)).values()
    if isinstance(kind, type) and issubclass(kind, Fault) and kind is not Fault
]


@pytest.mark.parametrize("kind", EVERY)
def test_a_fault_is_described(kind: type[Fault]) -> None:
    """Every fault says in a sentence what it is, and shows its facts when printed."""
    assert kind.__doc__
    assert kind.__doc__.strip().endswith(".")
    made = kind(*(None for _ in dataclasses.fields(kind)))  # type: ignore[arg-type]
    assert all(field.name in repr(made) for field in dataclasses.fields(kind))  # type: ignore[arg-type]


def test_faults_are_raised_and_told_apart() -> None:
    """A fault carries its facts through a raise, and two of them are never one."""
    with pytest.raises(PartsMissing) as raised:
        raise PartsMissing([1, 2], received=3, total=5)
    assert (raised.value.missing, raised.value.received, raised.value.total) == ([1, 2], 3, 5)
    assert UploadSealed(FileId("f")) != UploadSealed(FileId("f"))
    assert len({UploadSealed(FileId("f")), UploadSealed(FileId("f"))}) == 2


def test_every_fault_is_a_refusal() -> None:
    """Nothing that the engine or HTTP refuses is anything but a `Fault`, and no fault is raised as the bare kind."""
    assert EVERY
    assert all(kind.__mro__[1] is Fault for kind in EVERY)
