"""The states of an upload, as a table."""

import pytest

from penstock.model.faults import UploadBusy, UploadCancelled, UploadSealed, UploadUnknown
from penstock.model.ids import FileId
from penstock.model.upload import LIVE, TRANSITIONS, Sealing, State, refuse_unless_open

FINAL = {state for state, following in TRANSITIONS.items() if not following}


def test_the_table_is_whole() -> None:
    """Every state has a line in the table, and every line leads to states."""
    assert TRANSITIONS.keys() == set(State)
    assert all(following <= set(State) for following in TRANSITIONS.values())


def test_every_state_is_reachable() -> None:
    """From open one comes to every state there is."""
    reached, fresh = {State.OPEN}, {State.OPEN}
    while fresh:
        fresh = {after for before in fresh for after in TRANSITIONS[before]} - reached
        reached |= fresh
    assert reached == set(State)


def test_final_states_are_final() -> None:
    """Sealed, cancelled and expired are never left; everything else can still end."""
    assert {State.SEALED, State.CANCELLED, State.EXPIRED} == FINAL
    for state in set(State) - FINAL:
        assert TRANSITIONS[state]


def test_placing_never_goes_back() -> None:
    """Once the digests are decided the only way is forward, to a file or, refused by a scanner, to nothing."""
    assert TRANSITIONS[State.PLACING] == {State.SEALED, State.EXPIRED}


def test_live_states_hold_their_key() -> None:
    """A state holds its client's key exactly while it is not final."""
    assert set(State) - FINAL == LIVE


@pytest.mark.parametrize("state", sorted(set(State) - {State.OPEN}))
def test_only_open_takes_parts(state: State) -> None:
    """Every state but open has a refusal of its own."""
    expected = {
        State.SEALING: UploadBusy,
        State.PLACING: UploadBusy,
        State.SEALED: UploadSealed,
        State.CANCELLED: UploadCancelled,
        State.EXPIRED: UploadUnknown,
    }
    with pytest.raises(expected[state]):
        refuse_unless_open(state, FileId("f"))


def test_open_takes_parts() -> None:
    """An open upload refuses nothing."""
    refuse_unless_open(State.OPEN, None)


def test_a_sealed_upload_names_its_file() -> None:
    """Who comes too late is told which file the upload became."""
    with pytest.raises(UploadSealed) as refusal:
        refuse_unless_open(State.SEALED, FileId("f"))
    assert refusal.value.file == "f"


@pytest.mark.parametrize(
    ("state", "bytes_", "digested", "progress"),
    [
        (State.SEALING, 1000, 0, 0),
        (State.SEALING, 1000, 500, 45),
        (State.SEALING, 1000, 1000, 90),
        (State.SEALING, 1000, 2000, 90),
        (State.SEALING, 0, 0, 0),
        (State.PLACING, 1000, 0, 90),
    ],
)
def test_how_far_a_seal_has_come(state: State, bytes_: int, digested: int, progress: int) -> None:
    """Most of a seal is digesting; it is a whole number from 0 to 100 whatever is known."""
    assert Sealing(state, bytes_, digested).progress == progress
