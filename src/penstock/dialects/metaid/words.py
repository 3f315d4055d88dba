"""The wording of a publication's state in its task (metaid.md, *任务监控 APIs*)."""

from collections.abc import Mapping

from penstock.model.publication import Role, Stage
from penstock.ports import CLAIMED
from penstock.publishing.notes import NotTaken, Offering, Unbudgeted, Unfunded, read

UNDER_WAY: Mapping[Stage, str] = {
    Stage.CREATED: "Task created successfully",
    Stage.PREPARED: "Preparing transactions",
    Stage.MERGE_BROADCAST: "Broadcasting merge transaction",
    Stage.FUNDING_BROADCAST: "Broadcasting funding transaction",
    Stage.CHUNK_BROADCAST: "Broadcasting chunks",
    Stage.INDEX_BROADCAST: "Broadcasting index transaction",
    Stage.COMPLETED: "Completing",
}
"""The message of each step under way, without a note."""

TRANSACTIONS = {
    Role.PIN: "transaction",
    Role.MERGE: "merge transaction",
    Role.FUNDING: "funding transaction",
    Role.CHUNK: "chunk transaction",
    Role.INDEX: "index transaction",
}


def worded(message: str) -> str:
    """A publication's `message`, or the reason of a `BroadcastFailed`, for clients."""
    match read(message):
        case Offering(number=number, total=total):
            return f"Broadcasting chunk {number} of {total}"
        case NotTaken() as note:
            return f"Failed to broadcast {TRANSACTIONS[note.role]}: {note.reason}{_advice(note)}"
        case Unfunded(needed=needed, setting=setting, allows=most) if setting:
            return f"It never fits: {needed} satoshi are needed, and {setting} allows {most} in a day"
        case Unfunded(needed=needed):
            return f"Insufficient balance: {needed} satoshi are needed"
        case Unbudgeted(retry_after=seconds):
            return f"The budget of today is spent: retry in {seconds} seconds"
        case words:
            return "" if words == CLAIMED else str(words)


def _advice(note: NotTaken) -> str:
    """The sufficient fee rate, for retries."""
    if not note.cheap:
        return ""
    rate = f"feeRate of at least {note.least}" if note.least is not None else "higher feeRate"
    return f"; retry with a {rate}"
