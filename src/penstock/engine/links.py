"""Signed addresses: a part's, for one PUT until it expires; a file's, for everybody who has it, for ever."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

from penstock.model.faults import SignatureInvalid
from penstock.model.ids import UploadId
from penstock.model.signature import sign, verify
from penstock.ports import Keys, Staging


@dataclass(frozen=True, slots=True)
class PartLink:
    """Everything that a part's address says. `number` counts from 0; `expires` in whole Unix seconds. `grant` is what
    whoever asked for the address was let in by: it ends with that.
    """

    upload: UploadId
    number: int
    expires: int
    signature: str
    grant: str = ""

    @property
    def facts(self) -> tuple[str | int, ...]:
        """What is signed; addresses of whom an issuer vouches for have no grant."""
        fields = ("PUT", self.upload, self.number, self.expires)
        return (*fields, self.grant) if self.grant else fields


class Links:
    """Makes and checks signatures."""

    def __init__(self, keys: Keys, staging: Staging, clock: Callable[[], float], ttl: float) -> None:
        """`ttl` is how long, in seconds, a part's address is good."""
        self._keys = keys
        self._staging = staging
        self._clock = clock
        self._ttl = ttl

    async def offered(self, upload: UploadId, numbers: Sequence[int]) -> list[str] | None:
        """Addresses at the store itself; None when parts must be sent through us, by `parts`."""
        return await self._staging.offer(upload, numbers, self._ttl)

    def parts(self, upload: UploadId, numbers: Iterable[int], grant: str) -> list[PartLink]:
        """Fresh addresses for these parts."""
        keys, expires = self._keys.all(), int(self._clock() + self._ttl)
        unsigned = (PartLink(upload, number, expires, "", grant) for number in numbers)
        return [replace(link, signature=sign(keys, *link.facts)) for link in unsigned]

    def check_part(self, link: PartLink) -> None:
        """Raise `SignatureInvalid` unless we made this address, to be PUT to, and it has not expired."""
        if not verify(self._keys.all(), link.signature, *link.facts) or link.expires <= self._clock():
            raise SignatureInvalid

    def file(self, target: str) -> str:
        """The signature that opens a file, or a variant of one, without any other credential."""
        return sign(self._keys.all(), "file", target)

    def check_file(self, target: str, signature: str) -> None:
        """Raise `SignatureInvalid` unless we made this signature for this target."""
        if not verify(self._keys.all(), signature, "file", target):
            raise SignatureInvalid
