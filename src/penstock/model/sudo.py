"""What takes more than a token: the one table of sensitive acts (RULINGS, *Auth*)."""

from enum import StrEnum


class When(StrEnum):
    """Of whom a sudo token is asked."""

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
    ADMINISTER = "change other people's accounts, tokens and sessions"


def sudo_table(delete: When) -> dict[Sensitive, When]:
    """When each act needs a sudo token; `delete` is the setting for files. The wallet has no call: it is operated by
    whoever may read the data folder.
    """
    return dict.fromkeys(Sensitive, When.ALWAYS) | {Sensitive.DELETE_FILE: delete}
