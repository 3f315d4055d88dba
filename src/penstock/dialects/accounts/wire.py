"""The envelope of successes that one's own account and the administration share."""

from typing import Generic, Literal, TypeVar

import msgspec

T = TypeVar("T")


class Success(msgspec.Struct, Generic[T], kw_only=True):
    """What was asked for."""

    status: Literal["success"] = "success"
    data: T
