"""Words that two of the wordings of `accounts` have in common."""


def storage_full(free: int, min_free: int) -> str:
    """A full disk, with how many bytes are free and how many are to stay so."""
    return f"Storage full: {free} bytes are free, {min_free} are to stay so."
