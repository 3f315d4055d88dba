"""Client addresses."""

import re


class SharedAddress(str):
    """The address of an undeclared proxy, which all of its clients appear to have."""

    __slots__ = ()


def without_password(url: str) -> str:
    """A URL as it may be shown."""
    return re.sub(r"(//[^/:@]*):[^/@]*@", r"\1:***@", url)
