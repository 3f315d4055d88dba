"""What happens to uploads, in messages for whoever is told of it."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace

import msgspec

from penstock.engine.calls import current_call
from penstock.model.event import Call, Event, Kind, Told
from penstock.model.file import File, NewFile
from penstock.model.ids import UploadId, new_id
from penstock.model.principal import Principal
from penstock.model.upload import Declared, Digests, State, Upload
from penstock.ports import Message, Tell, TellFile

HOOK = "hook"
"""The destination of what hooks are told."""

Describe = Callable[[str], Told]
"""What a client told, in what its dialect noted of an upload (`Upload.told`)."""


class Events:
    """Says what is to be told of a change, or None where nobody wants to know."""

    def __init__(self, wanted: Collection[Kind] = (), describe: Mapping[str, Describe] | None = None) -> None:
        """`describe` has the dialects that note metadata."""
        self._wanted = frozenset(wanted)
        self._describe = describe or {}

    def wants(self, kind: Kind) -> bool:
        """Whether anybody is told of this, or asked."""
        return kind in self._wanted

    def created(self) -> Tell | None:
        """Of an upload that was opened."""
        return self._tell(Kind.POST_CREATE)

    def received(self) -> Tell | None:
        """Of one whose bytes came. Later ones take the place of earlier ones that nobody was told of yet."""
        return self._tell(Kind.POST_RECEIVE)

    def terminated(self) -> Tell | None:
        """Of one that ended without becoming a file."""
        return self._tell(Kind.POST_TERMINATE)

    def finished(self, upload: Upload, *, created: bool = False) -> TellFile | None:
        """Of what an upload became; with `created` also that it began, where it has no record of its own."""
        before, after, call = created and self.wants(Kind.POST_CREATE), self.wants(Kind.POST_FINISH), current_call()
        if not before and not after:
            return None

        def tell(file: File) -> Sequence[Message]:
            events = [self.event(Kind.POST_CREATE, upload, call=call)] if before else []
            events += [self._of_file(Kind.POST_FINISH, upload, file, call)] if after else []
            return [_message(event) for event in events]

        return tell

    def removed(self) -> TellFile | None:
        """Of a file that its owner removed, under the id of the upload that brought it."""
        if not self.wants(Kind.POST_TERMINATE):
            return None
        call = current_call()
        return lambda file: [_message(self._of_file(Kind.POST_TERMINATE, _of_removed(file), file, call))]

    def event(self, kind: Kind, upload: Upload, digests: Digests | None = None, call: Call | None = None) -> Event:
        """The facts."""
        declared, size = upload.declared, upload.declared.size
        described = upload.told and upload.dialect in self._describe
        told = self._describe[upload.dialect](upload.told or "") if described else Told()
        known = {"filename": upload.given_name or declared.name, "filetype": upload.given_type or declared.media_type}
        return Event(
            kind=kind,
            upload=upload.id,
            dialect=upload.dialect,
            owner=upload.owner,
            size=size if digests is None else digests.size,
            offset=upload.bytes if digests is None else digests.size,
            metadata={**told.metadata, **{name: value for name, value in known.items() if value}},
            concat=upload.concat,
            sources=told.sources,
            sha256=digests.sha256 if digests is not None else None,
            md5=digests.md5 if digests is not None else None,
            call=call,
        )

    def _of_file(self, kind: Kind, upload: Upload, file: File, call: Call | None) -> Event:
        digests = Digests(file.blob.size, file.blob.sha256, file.blob.md5)
        event = self.event(kind, replace(upload, given_name=file.name, given_type=file.media_type), digests, call)
        return replace(event, file=file.id)

    def _tell(self, kind: Kind) -> Tell | None:
        if not self.wants(kind):
            return None
        call = current_call()
        return lambda upload: [_message(self.event(kind, upload, call=call))]


def unrecorded(principal: Principal, dialect: str, file: NewFile, size: int) -> Upload:
    """What hooks are told and asked of where a file comes into being without an upload."""
    declared = Declared(file.name, file.media_type or None, size, md5=file.identifier_md5, label=file.label)
    return Upload(
        id=UploadId(new_id()),
        owner=principal.id,
        dialect=dialect,
        key=file.key,
        declared=declared,
        limit=size,
        needs_md5=False,
        state=State.OPEN,
        epoch=0,
        received=0,
        bytes=0,
        largest=0,
        expires_at=0.0,
        file=None,
        completed_by=None,
    )


def _of_removed(file: File) -> Upload:
    new = NewFile(file.name, file.media_type, file.key, file.label, file.identifier_md5)
    upload = unrecorded(Principal(file.owner, ""), file.dialect, new, file.blob.size)
    return replace(upload, id=file.upload or UploadId(file.id))


def _message(event: Event) -> Message:
    """What is written down has none of the headers that are only passed on."""
    call = replace(event.call, forwarded={}) if event.call is not None else None
    payload = msgspec.json.encode(replace(event, call=call)).decode()
    merges = event.kind is Kind.POST_RECEIVE
    return Message(new_id(), HOOK, event.kind, event.upload, payload, merges=merges)
