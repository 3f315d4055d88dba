"""What was answered to a request."""

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class KeptReply:
    """An answer that can be given again: a text, under a status and these headers."""

    status: int
    headers: Mapping[str, str]
    body: str
