"""The one table of sensitive acts, which need a sudo token (RULINGS, *Auth*)."""

from enum import StrEnum


class When(StrEnum):
    """Which users need a sudo token."""

    NEVER = "never"
    SECOND_FACTOR = "second-factor"
    ALWAYS = "always"


class Sensitive(StrEnum):
    """An act that may need a sudo token."""

    DELETE_FILE = "delete a finished file for good"
    CHANGE_PASSWORD = "change the password"  # noqa: S105  # the name of an act
    SET_UP_FACTOR = "set up a second factor"
    REMOVE_FACTOR = "switch the second factor off"
    CREATE_TOKEN = "create a token"  # noqa: S105  # the name of an act
    REVOKE_TOKEN = "revoke a token"  # noqa: S105  # the name of an act
    ADMINISTER = "change other people's accounts, tokens and sessions, and webhooks"


def sudo_table(delete: When) -> dict[Sensitive, When]:
    """When each act needs a sudo token; `delete` is the setting for files. The wallet has no call: it is operated at
    the command line.
    """
    return dict.fromkeys(Sensitive, When.ALWAYS) | {Sensitive.DELETE_FILE: delete}
