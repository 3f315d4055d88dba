"""Client addresses."""


class SharedAddress(str):
    """The address of an undeclared proxy, which all of its clients appear to have."""

    __slots__ = ()
