"""Faults of HTTP itself, as facts (`penstock.model.faults` has the engine's)."""

from dataclasses import dataclass, field

from penstock.model.faults import Fault


@dataclass(eq=False)
class HeadTooLarge(Fault):
    """The request line and headers exceed the limit (RFC 6585 §5)."""


@dataclass(eq=False)
class TransferCodingUnknown(Fault):
    """The body has an unknown transfer coding (RFC 9112 §6.1)."""


@dataclass(eq=False)
class ContentCodingRefused(Fault):
    """The body is compressed or otherwise coded; only `identity` is taken (RFC 9110 §15.5.16)."""


@dataclass(eq=False)
class RouteUnknown(Fault):
    """There is no route for this path."""


@dataclass(eq=False)
class MethodRefused(Fault):
    """The path is known, the method is not; `allow` lists those that are."""

    allow: list[str] = field(default_factory=list)


@dataclass(eq=False)
class BodyTypeRefused(Fault):
    """The call does not accept this kind of body."""


@dataclass(eq=False)
class BodyMalformed(Fault):
    """The body is not well-formed."""

    reason: str


@dataclass(eq=False)
class BodyTooSlow(Fault):
    """The client was slower than the limits allow."""


@dataclass(eq=False)
class RangeUnsatisfiable(Fault):
    """No requested byte exists (RFC 9110 §15.5.17); `headers` carry the size."""

    headers: list[tuple[str, str]] = field(default_factory=list)


@dataclass(eq=False)
class PreconditionFailed(Fault):
    """A condition of the request does not hold (RFC 9110 §15.5.13)."""
