"""Signed URLs: of a part, for PUTs until it expires; of a call, for ten minutes; of a file, for everybody who has the
URL, without expiry.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from penstock.model.faults import SignatureInvalid
from penstock.model.ids import PrincipalId, UploadId
from penstock.model.principal import Principal
from penstock.model.signature import sign, verify
from penstock.model.upload import Upload, declared_length
from penstock.ports import Keys, Offering, Staging


@dataclass(frozen=True, slots=True)
class PartLink:
    """The content of a part's signed URL. `number` counts from 0; `expires` in whole Unix seconds. `grant` is the
    session or token of the caller who requested the URL: the URL ends with it.
    """

    upload: UploadId
    number: int
    expires: int
    signature: str
    grant: str = ""

    @property
    def facts(self) -> tuple[str | int, ...]:
        """The fields that are signed; URLs of callers with an external issuer's token have no grant."""
        fields = ("PUT", self.upload, self.number, self.expires)
        return (*fields, self.grant) if self.grant else fields


CALL_TTL = 600.0
"""How long, in seconds, the signed URL of a call is good."""


@dataclass(frozen=True, slots=True)
class CallLink:
    """The content of a call's signed URL: GET of this path with this query, as the one who has requested the URL, until
    it `expires`, in whole Unix seconds, or the `grant` ends.
    """

    path: str
    query: tuple[tuple[str, str], ...]
    user: PrincipalId
    expires: int
    grant: str
    signature: str = ""

    @property
    def facts(self) -> tuple[str | int, ...]:
        """The fields that are signed."""
        return ("GET", self.path, *(text for pair in self.query for text in pair), self.user, self.expires, self.grant)


class Links:
    """Signs URLs and verifies their signatures."""

    def __init__(self, keys: Keys, staging: Staging, clock: Callable[[], float], ttl: float) -> None:
        """`ttl` is how long, in seconds, a part's URL is valid."""
        self._keys = keys
        self._staging = staging
        self._clock = clock
        self._ttl = ttl

    async def offered(self, upload: Upload, numbers: Sequence[int]) -> list[str] | None:
        """URLs of the store itself; None when parts must be sent through this server, with `parts`."""
        parts = [Offering(number, declared_length(upload.declared, number)) for number in numbers]
        return await self._staging.offer(upload.id, parts, self._ttl)

    def parts(self, upload: UploadId, numbers: Iterable[int], grant: str) -> list[PartLink]:
        """New signed URLs for these parts."""
        keys, expires = self._keys.all(), int(self._clock() + self._ttl)
        unsigned = (PartLink(upload, number, expires, "", grant) for number in numbers)
        return [replace(link, signature=sign(keys, *link.facts)) for link in unsigned]

    def check_part(self, link: PartLink) -> None:
        """Raise `SignatureInvalid` unless this server signed the URL for PUT and it has not expired."""
        if not verify(self._keys.all(), link.signature, *link.facts) or link.expires <= self._clock():
            raise SignatureInvalid

    def call(self, principal: Principal, path: str, query: Sequence[tuple[str, str]]) -> CallLink:
        """A new signed URL of a call, which the principal may make."""
        link = CallLink(path, tuple(query), principal.id, int(self._clock() + CALL_TTL), principal.grant)
        return replace(link, signature=sign(self._keys.all(), *link.facts))

    def check_call(self, link: CallLink) -> None:
        """Raise `SignatureInvalid` unless this server signed the URL and it has not expired."""
        if not verify(self._keys.all(), link.signature, *link.facts) or link.expires <= self._clock():
            raise SignatureInvalid

    def file(self, target: str) -> str:
        """The signature that grants access to a file, or to a variant of one, without any other credential."""
        return sign(self._keys.all(), "file", target)

    def check_file(self, target: str, signature: str) -> None:
        """Raise `SignatureInvalid` unless this server signed this target."""
        if not verify(self._keys.all(), signature, "file", target):
            raise SignatureInvalid
