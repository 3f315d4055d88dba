"""How a publication stands, as facts that are kept with its record. Dialects put them into words."""

import msgspec

from penstock.model.publication import Role


class Note(msgspec.Struct, frozen=True, tag_field="note", tag=str.lower):
    """What a publication's `message` holds where there is more to tell than a reason in words."""


class Offering(Note, frozen=True):
    """It is the turn of this chunk, counted from 1."""

    number: int
    total: int

    def __str__(self) -> str:
        return f"chunk {self.number} of {self.total}"


class NotTaken(Note, frozen=True):
    """The chain does not take a transaction, for a reason in its own words. `cheap`: it costs too little, and with
    `least` satoshi per byte it would not; None when nobody could tell.
    """

    role: Role
    reason: str
    cheap: bool = False
    least: int | None = None

    def __str__(self) -> str:
        enough = f"; {self.least} satoshi per byte would do" if self.least is not None else ""
        return f"{self.role} refused: {self.reason}{enough}"


class Unfunded(Note, frozen=True):
    """The wallet lacks the satoshi that are `needed`; with a `setting`, it `allows` less than that in a whole day."""

    needed: int
    setting: str = ""
    allows: int = 0

    def __str__(self) -> str:
        limit = f", {self.setting} allows {self.allows} in a day" if self.setting else ""
        return f"not enough balance: {self.needed} satoshi needed{limit}"


class Unbudgeted(Note, frozen=True):
    """What may be spent today is spent."""

    retry_after: int

    def __str__(self) -> str:
        return f"the budget of today is spent: {self.retry_after} s are left of it"


def written(note: Note) -> str:
    """A note as a record's `message`."""
    return msgspec.json.encode(note).decode()


def read(message: str) -> Note | str:
    """The note that a record's `message` is; else the message itself, which is in words then: the chain's, ours, or a
    dialect's, as records have them from before there were notes.
    """
    try:
        return msgspec.json.decode(message, type=Offering | NotTaken | Unfunded | Unbudgeted)
    except msgspec.DecodeError:
        return message
