"""What is kept of how a publication stands."""

import pytest

from penstock.model.publication import Role
from penstock.publishing.notes import Note, NotTaken, Offering, Unbudgeted, Unfunded, read, written

NOTES = [
    Offering(3, 5),
    NotTaken(Role.INDEX, "txn-mempool-conflict"),
    NotTaken(Role.PIN, "min relay fee", cheap=True, least=2),
    Unfunded(2000),
    Unfunded(2000, "budget_client", 100),
    Unbudgeted(60),
]


@pytest.mark.parametrize("note", NOTES, ids=str)
def test_a_note_is_read_as_it_was_written(note: Note) -> None:
    """Its facts are there again, and people can read it."""
    assert read(written(note)) == note
    assert "{" not in str(note)


@pytest.mark.parametrize(
    "message", ["", "claimed", "Broadcasting chunk 3 of 5", "{}", '{"note":"other"}', '{"note":"offering"}', "[1]", "7"]
)
def test_words_stay_words(message: str) -> None:
    """What a chain said, or an older version wrote, is no note, whatever it looks like."""
    assert read(message) == message
