"""Where somebody calls from."""


class SharedAddress(str):
    """The address of a proxy that nobody has declared: whoever comes through it seems to call from there."""

    __slots__ = ()
