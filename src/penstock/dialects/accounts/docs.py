"""What several calls of `accounts` say of themselves in the API documentation."""

from penstock.http.docs.refusals import Refusals
from penstock.http.routing.dialect_app import Parameter
from penstock.model import faults as f

ID = Parameter("id", "path", str, "The id, as in the list.")
SUDO_REFUSED: Refusals = {f.SudoRequired(): "There is no valid sudo token (`SUDO_TOKEN_REQUIRED`)."}


def sudo_header(*, required: bool) -> Parameter:
    """The sudo token in its header; where that is not required, the token may be in the body instead."""
    text = "A token from `POST /auth/authenticate`"
    return Parameter(
        "X-Sudo-Token", "header", str, f"{text}{'' if required else ', unless it is in the body'}.", required
    )
