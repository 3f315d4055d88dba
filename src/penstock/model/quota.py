"""The rule of byte quotas, for arriving and for recorded bytes alike."""

from dataclasses import dataclass

from penstock.model.faults import Fault, QuotaExceeded, TooLarge


@dataclass(frozen=True, slots=True)
class Headroom:
    """What a limit leaves for a piece of a file: `most` bytes. `limit` is the whole limit, and `beside` the rest of the
    file; both in bytes.
    """

    limit: int
    most: int
    beside: int = 0

    def refusal(self, length: int) -> Fault:
        """The fault for a piece of `length` bytes, more than `most`: `TooLarge` for a file beyond the whole limit, else
        `QuotaExceeded`.
        """
        if self.beside + length > self.limit:
            return TooLarge(self.limit)
        return QuotaExceeded("bytes", self.limit)
