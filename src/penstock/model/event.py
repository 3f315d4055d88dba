"""What happens to uploads, as facts that others are told and asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

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
class Event:
    """One thing that happens to an upload: `offset` of its `size` bytes are here. What is not known yet is None, and so
    is the `call` of what the background does. `metadata` are what its client told of it, by the names of tus.
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


@dataclass(frozen=True, slots=True)
class Reply:
    """How somebody else wants a refusal worded in HTTP: nothing of it has to be there."""

    status: int | None = None
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
