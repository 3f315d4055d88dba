"""The wording of every fault in `drive`: a problem (RFC 9457)."""

from penstock.dialects.drive.wire import Problem
from penstock.http.routing.dialect_app import Wording
from penstock.http.routing.english import sentence
from penstock.http.routing.statuses import STATUS
from penstock.model import faults as f


def word(fault: f.Fault) -> tuple[int, Problem]:
    """The HTTP status and the problem of a fault."""
    status, title = STATUS[type(fault)], sentence(fault)
    match fault:
        case f.InputMissing(name=name) | f.InputInvalid(name=name):
            return status, Problem(title, status, field=name)
        case f.NameTaken(free=free):
            return status, Problem(title, status, field="name", free_name=free)
        case _:
            return status, Problem(title, status)


WORDING = Wording(word, Problem, "application/problem+json", verbatim=True)
