"""The rule of byte quotas, the same while bytes come and when they are recorded."""

from dataclasses import dataclass

from penstock.model.faults import Fault, QuotaExceeded, TooLarge


@dataclass(frozen=True, slots=True)
class Headroom:
    """What a limit leaves for a piece of a file: `most` bytes. `limit` is the whole of it, and `beside` what the file
    has beside this piece; both in bytes.
    """

    limit: int
    most: int
    beside: int = 0

    def refusal(self, length: int) -> Fault:
        """Why a piece of `length` bytes, more than `most`, is refused: a file that the whole limit could not hold is
        `TooLarge`, any other `QuotaExceeded`.
        """
        if self.beside + length > self.limit:
            return TooLarge(self.limit)
        return QuotaExceeded("bytes", self.limit)
