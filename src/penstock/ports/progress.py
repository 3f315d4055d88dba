"""Progress of long work."""

from collections.abc import Callable

Heard = Callable[[str, int], None]
"""Called with the current step of long work, and how often it has run so far."""


def unheard(step: str, count: int) -> None:
    """Report to nobody."""


Stage = Callable[[str, int, int], None]
"""Called with the current stage of long work, how much of it is done, and how much there is to do."""
