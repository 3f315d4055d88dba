"""What HTTP refuses by itself, as facts: no engine needs them (`penstock.model.faults` has the others)."""

from dataclasses import dataclass, field

from penstock.model.faults import Fault


@dataclass(eq=False)
class HeadTooLarge(Fault):
    """The request line and headers are more than is read (RFC 6585 §5)."""


@dataclass(eq=False)
class TransferCodingUnknown(Fault):
    """The body's framing is one that nobody here reads (RFC 9112 §6.1)."""


@dataclass(eq=False)
class ContentCodingRefused(Fault):
    """The body is compressed or otherwise coded; only `identity` is taken (RFC 9110 §15.5.16)."""


@dataclass(eq=False)
class RouteUnknown(Fault):
    """Nothing answers at this path."""


@dataclass(eq=False)
class MethodRefused(Fault):
    """The path is known, the method is not; `allow` lists those that are."""

    allow: list[str] = field(default_factory=list)


@dataclass(eq=False)
class BodyTypeRefused(Fault):
    """The body is of a kind that the call does not take."""


@dataclass(eq=False)
class BodyMalformed(Fault):
    """The body cannot be read as what it claims to be."""

    reason: str


@dataclass(eq=False)
class BodyTooSlow(Fault):
    """The client kept us waiting longer than the limits allow."""


@dataclass(eq=False)
class RangeUnsatisfiable(Fault):
    """No requested byte exists (RFC 9110 §15.5.17); `headers` carry the size."""

    headers: list[tuple[str, str]] = field(default_factory=list)


@dataclass(eq=False)
class PreconditionFailed(Fault):
    """A condition of the request does not hold (RFC 9110 §15.5.13)."""
