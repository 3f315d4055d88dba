"""How a task stands, in the words of `metaid`."""

import pytest

from penstock.dialects.metaid.words import worded
from penstock.model.publication import Role
from penstock.publishing.notes import Note, NotTaken, Offering, Unbudgeted, Unfunded, written


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (Offering(3, 5), "Broadcasting chunk 3 of 5"),
        (NotTaken(Role.INDEX, "no"), "Failed to broadcast index transaction: no"),
        (NotTaken(Role.PIN, "no"), "Failed to broadcast transaction: no"),
        (
            NotTaken(Role.CHUNK, "min fee", cheap=True, least=2),
            "Failed to broadcast chunk transaction: min fee; retry with a feeRate of at least 2",
        ),
        (
            NotTaken(Role.MERGE, "min fee", cheap=True),
            "Failed to broadcast merge transaction: min fee; retry with a higher feeRate",
        ),
        (Unfunded(2000), "Insufficient balance: 2000 satoshi are needed"),
        (
            Unfunded(2000, "budget_client", 100),
            "It never fits: 2000 satoshi are needed, and budget_client allows 100 in a day",
        ),
        (Unbudgeted(60), "The budget of today is spent: retry in 60 seconds"),
    ],
)
def test_notes_are_put_into_words(note: Note, words: str) -> None:
    """Each fact is told in a sentence; those that the contract shows, in its own."""
    assert worded(written(note)) == words


@pytest.mark.parametrize("message", ["", "the wallet is not available", "Broadcasting chunk 3 of 5"])
def test_words_are_told_as_they_are(message: str) -> None:
    """Reasons that come in words, and what records have from before there were notes."""
    assert worded(message) == message
