"""What a tusd leaves in the folder of its file store: of each upload its bytes, `<id>`, and facts, `<id>.info`."""

import asyncio
import base64
import os
import re
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

import msgspec

from penstock.dialects.tus import DIALECT, TusSettings
from penstock.dialects.tus.wire import Told, read_metadata
from penstock.engine.appending import Appending
from penstock.engine.engine import Engine
from penstock.model.concat import Concat
from penstock.model.faults import FileUnknown, InputInvalid, Refusal, UploadUnknown
from penstock.model.ids import FileId, UploadId
from penstock.model.principal import Principal
from penstock.model.upload import Declared, State, Upload

PIECE = 256 << 10
"""How many bytes are read at a time where a file has to be copied."""

_ID = re.compile(r"[A-Za-z0-9_-]{4,128}")
"""What an address can have in it, and the name of a folder."""


class TusdRefused(Refusal):
    """The folder cannot be taken over; the text says why."""


class Outcome(StrEnum):
    """What became of an upload."""

    LINKED = "finished, not copied"
    COPIED = "finished, copied"
    OPEN = "to be gone on with"
    HERE = "here before"


class _Info(msgspec.Struct, frozen=True, rename="pascal"):
    """`<id>.info`, as tusd 1 and 2 write it."""

    id: str = msgspec.field(name="ID")
    size: int = 0
    size_is_deferred: bool = False
    meta_data: Mapping[str, str] | None = None
    is_partial: bool = False
    is_final: bool = False
    partial_uploads: list[str] | None = None


@dataclass(frozen=True, slots=True)
class Kept:
    """One upload in the folder: its bytes are the file `path`, `length` of them."""

    info: _Info
    path: Path
    length: int

    @property
    def size(self) -> int | None:
        """The size of the whole; None while it is not known."""
        return None if self.info.size_is_deferred else self.info.size

    @property
    def finished(self) -> bool:
        """Whether it is a file."""
        return self.length == self.size and not self.info.is_partial


def read_folder(folder: Path) -> Iterator[Kept | str]:
    """Every upload in the folder of a tusd, by name; of what cannot be read a sentence. Raises `TusdRefused` when it is
    none, or a tusd still works on it.
    """
    if not folder.is_dir():
        raise TusdRefused(f"{folder} is no folder.")
    for lock in folder.glob("*.lock"):
        if _is_held(lock):
            raise TusdRefused(f"A tusd still works on {folder} ({lock.name}). Stop it first.")
    for path in sorted(folder.rglob("*.info")):
        yield _read(folder, path)


def _read(folder: Path, path: Path) -> Kept | str:
    name = str(path.relative_to(folder)).removesuffix(".info")
    try:
        info = msgspec.json.decode(path.read_bytes(), type=_Info)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        return f"{name}: its .info cannot be read ({error})"
    content = path.with_suffix("")
    try:
        read_metadata(_metadata(info.meta_data or {}))
    except InputInvalid as fault:
        return f"{name}: its metadata cannot be kept ({fault.reason})"
    if info.id != name or not _ID.fullmatch(name):
        return f"{name}: an id that no address of Penstock's can have"
    if content.is_symlink() or not content.is_file():
        return f"{name}: its bytes are not beside its .info"
    length = content.stat().st_size
    if not info.size_is_deferred and length > info.size:
        return f"{name}: more bytes than its length"
    return Kept(info, content, length)


def _is_held(lock: Path) -> bool:
    """Whether the process in a lock file runs: one that was killed leaves its locks."""
    try:
        os.kill(int(lock.read_text().strip()), 0)
    except (ValueError, ProcessLookupError):
        return False
    except PermissionError:
        return True
    return True


class Taker:
    """Takes uploads over for one owner. Interrupted, it goes on where it was."""

    def __init__(self, engine: Engine, settings: TusSettings, owner: Principal) -> None:
        self._engine = engine
        self._limit = settings.tus_limit
        self._owner = owner

    async def take(self, kept: Kept) -> Outcome:
        """Take one over. Raises the fault that refuses it."""
        upload = await self._opened(kept)
        if upload is None or upload.state is not State.OPEN:
            return Outcome.HERE
        linked, missing = False, upload.bytes < kept.length
        if missing and kept.finished and not upload.bytes:
            whole = await self._engine.appender.take_in(upload, kept.path, kept.length)
            linked, upload = whole is not None, whole or upload
        if upload.bytes < kept.length:
            rest = Appending(upload.bytes, _pieces(kept.path, upload.bytes), kept.length - upload.bytes)
            upload = await self._engine.appender.append(upload, rest)
        if kept.finished:
            await self._engine.sealer.seal(upload.id, upload.declared)
            return Outcome.LINKED if linked else Outcome.COPIED
        return Outcome.OPEN if missing or not kept.length else Outcome.HERE

    async def _opened(self, kept: Kept) -> Upload | None:
        """The upload; None when its file is here and its record gone."""
        identifier = UploadId(kept.info.id)
        with suppress(UploadUnknown):
            return await self._engine.uploads.find(self._owner, DIALECT.name, identifier)
        with suppress(FileUnknown):
            await self._engine.catalog.file(self._owner, FileId(identifier))
            return None
        metadata = _metadata(kept.info.meta_data or {})
        found = read_metadata(metadata)
        return await self._engine.uploads.open(
            self._owner,
            DIALECT.name,
            Declared(found.name, found.media_type, kept.size),
            limit=self._limit,
            needs_md5=True,
            identifier=identifier,
            appended=True,
            told=msgspec.json.encode(Told(metadata, _concat(kept.info), kept.info.partial_uploads or [])).decode(),
            concat=Concat.PARTIAL if kept.info.is_partial else None,
        )


async def _pieces(path: Path, start: int) -> AsyncIterator[bytes]:
    with path.open("rb") as file:
        file.seek(start)
        while piece := await asyncio.to_thread(file.read, PIECE):
            yield piece


def _metadata(pairs: Mapping[str, str]) -> str | None:
    """`Upload-Metadata` as a client may have sent it: tusd keeps neither their order nor what is no text."""
    words = (f"{key} {base64.b64encode(value.encode()).decode()}".rstrip() for key, value in pairs.items())
    return ",".join(words) or None


def _concat(info: _Info) -> str | None:
    if info.is_partial:
        return Concat.PARTIAL
    return f"final;{' '.join(f'/files/{part}' for part in info.partial_uploads or ())}" if info.is_final else None
