"""The state of a publication, as facts that are stored with its record. Dialects word them."""

import msgspec

from penstock.model.publication import Role


class Note(msgspec.Struct, frozen=True, tag_field="note", tag=str.lower):
    """A structured `message` of a publication."""


class Offering(Note, frozen=True):
    """This chunk is being sent, counted from 1."""

    number: int
    total: int

    def __str__(self) -> str:
        return f"chunk {self.number} of {self.total}"


class NotTaken(Note, frozen=True):
    """The chain refuses a transaction; `reason` is its own wording. `cheap`: the fee is too low, and `least` satoshi
    per byte would be accepted; None when unknown.
    """

    role: Role
    reason: str
    cheap: bool = False
    least: int | None = None

    def __str__(self) -> str:
        enough = f"; {self.least} satoshi per byte would do" if self.least is not None else ""
        return f"{self.role} refused: {self.reason}{enough}"


class Unfunded(Note, frozen=True):
    """The wallet has less than the `needed` satoshi; with a `setting`, the daily budget `allows` less than that."""

    needed: int
    setting: str = ""
    allows: int = 0

    def __str__(self) -> str:
        limit = f", {self.setting} allows {self.allows} in a day" if self.setting else ""
        return f"not enough balance: {self.needed} satoshi needed{limit}"


class Unbudgeted(Note, frozen=True):
    """The daily budget is spent."""

    retry_after: int

    def __str__(self) -> str:
        return f"the budget of today is spent: {self.retry_after} s are left of it"


def written(note: Note) -> str:
    """A note as a record's `message`."""
    return msgspec.json.encode(note).decode()


def read(message: str) -> Note | str:
    """The note in a record's `message`, or the message itself when it is in words: the chain's, ours, or a dialect's in
    records of earlier versions.
    """
    try:
        return msgspec.json.decode(message, type=Offering | NotTaken | Unfunded | Unbudgeted)
    except msgspec.DecodeError:
        return message
