"""What the versions of the draft differ in. A client names its own in `Upload-Draft-Interop-Version`: interim answers
go only to those that do.
"""

from dataclasses import dataclass

from starlette.datastructures import Headers

from penstock.dialects.resumable.fields import boolean, integer

HEADER = "Upload-Draft-Interop-Version"
SPOKEN = range(3, 10)

NEWEST = SPOKEN[-1]


@dataclass(frozen=True, slots=True)
class Version:
    """One version; `named` is whether the client said so."""

    number: int
    named: bool

    @property
    def typed(self) -> bool:
        """Whether appends have a media type of their own (version 6, draft -04)."""
        return self.number >= 6

    def complete(self, headers: Headers) -> bool | None:
        """Whether the request brings the end of the whole; None when it does not say so."""
        if self.number > 3:
            return boolean(headers, "upload-complete")
        incomplete = boolean(headers, "upload-incomplete")
        return None if incomplete is None else not incomplete

    def telling(self, *, complete: bool) -> dict[str, str]:
        """The header that says whether an upload is complete."""
        if self.number > 3:
            return {"Upload-Complete": f"?{int(complete)}"}
        return {"Upload-Incomplete": f"?{int(not complete)}"}


def version_of(headers: Headers) -> Version:
    """The client's version; the newest for one that names none that is spoken here."""
    named = integer(headers, HEADER)
    return Version(named, named=True) if named in SPOKEN and named is not None else Version(NEWEST, named=False)
