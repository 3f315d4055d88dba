"""What the chain cannot do, in words for the command line."""

from collections.abc import Iterator
from contextlib import contextmanager

from penstock.model.faults import ChainUnavailable, FileDamaged, FileUnknown, Refusal


class ChainRefused(Refusal):
    """The chain cannot do what was asked; the text says why."""


@contextmanager
def in_words() -> Iterator[None]:
    """Raises `ChainRefused` in the place of the faults that a chain is good for."""
    try:
        yield
    except ChainUnavailable as away:
        raise ChainRefused(f"{away.reason}.") from away
    except FileUnknown as unknown:
        raise ChainRefused("The chain has no such PIN.") from unknown
    except FileDamaged as damaged:
        raise ChainRefused("What is on the chain does not match its index.") from damaged
