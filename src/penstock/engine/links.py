"""Signed addresses: a part's, for one PUT until it expires; a file's, for everybody who has it, for ever."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from penstock.model.faults import SignatureInvalid
from penstock.model.ids import UploadId
from penstock.model.signature import sign, verify
from penstock.ports import Keys, Staging


@dataclass(frozen=True, slots=True)
class PartLink:
    """Everything that a part's address says. `number` counts from 0; `expires` in whole Unix seconds."""

    upload: UploadId
    number: int
    expires: int
    signature: str


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

    def parts(self, upload: UploadId, numbers: Iterable[int]) -> list[PartLink]:
        """Fresh addresses for these parts."""
        keys, expires = self._keys.all(), int(self._clock() + self._ttl)
        return [PartLink(upload, number, expires, sign(keys, "PUT", upload, number, expires)) for number in numbers]

    def check_part(self, method: str, link: PartLink) -> None:
        """Raise `SignatureInvalid` unless we made this address, for this method, and it has not expired."""
        good = verify(self._keys.all(), link.signature, method, link.upload, link.number, link.expires)
        if not good or link.expires <= self._clock():
            raise SignatureInvalid

    def file(self, target: str) -> str:
        """The signature that opens a file, or a variant of one, without any other credential."""
        return sign(self._keys.all(), "file", target)

    def check_file(self, target: str, signature: str) -> None:
        """Raise `SignatureInvalid` unless we made this signature for this target."""
        if not verify(self._keys.all(), signature, "file", target):
            raise SignatureInvalid
