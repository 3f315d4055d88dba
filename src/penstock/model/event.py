"""What happens to uploads, as facts that others are told and asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from penstock.model.concat import Concat
from penstock.model.ids import FileId, Md5, PrincipalId, Sha256, UploadId


class Kind(StrEnum):
    """What happens. `PRE_…` is about to, and waits for an answer."""

    PRE_CREATE = "pre-create"
    POST_CREATE = "post-create"
    POST_RECEIVE = "post-receive"
    PRE_FINISH = "pre-finish"
    POST_FINISH = "post-finish"
    POST_TERMINATE = "post-terminate"


@dataclass(frozen=True, slots=True)
class Call:
    """The request on whose behalf something happens. Its `headers` hold no credentials; `forwarded` are those that the
    operator names, whatever they hold, and are never written down.
    """

    method: str
    uri: str
    address: str
    headers: Mapping[str, Sequence[str]]
    forwarded: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Told:
    """What a client told of an upload: its metadata, by the names of tus, and the uploads that it is made of."""

    metadata: Mapping[str, str] = field(default_factory=dict)
    sources: Sequence[UploadId] = ()


@dataclass(frozen=True, slots=True)
class Event:
    """One thing that happens to an upload: `offset` of its `size` bytes are here. What is not known yet is None, and so
    is the `call` of what the background does. `concat` and `sources` are what it is in a concatenation.
    """

    kind: Kind
    upload: UploadId
    dialect: str
    owner: PrincipalId
    size: int | None
    offset: int
    metadata: Mapping[str, str]
    sha256: Sha256 | None = None
    md5: Md5 | None = None
    file: FileId | None = None
    call: Call | None = None
    concat: Concat | None = None
    sources: Sequence[UploadId] = ()


@dataclass(frozen=True, slots=True)
class Reply:
    """How somebody else wants a refusal worded in HTTP: nothing of it has to be there."""

    status: int | None = None
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
