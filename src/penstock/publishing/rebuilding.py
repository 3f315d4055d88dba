"""Rebuilding files from the chain's transactions alone, with every digest verified (FACTS, *Chunked upload*)."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated

import msgspec
from msgspec import Meta

from penstock.chain.pins import NotAPin, Pin, pin_id, pin_of
from penstock.chain.transaction import Malformed, Transaction, parse
from penstock.model.chain import TxId
from penstock.model.faults import ChainUnavailable, FileDamaged, FileUnknown
from penstock.ports import Chain
from penstock.publishing.plans import INDEX_PATH, INDEX_TYPE

_PIN_ID = re.compile(r"([0-9a-f]{64})i(?:0|[1-9][0-9]{0,9})")

Sha256Hex = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]
Count = Annotated[int, Meta(ge=0)]


class ChunkEntry(msgspec.Struct):
    """A chunk in an index."""

    sha256: Sha256Hex
    pinId: str


class Index(msgspec.Struct):
    """The content of an index PIN."""

    sha256: Sha256Hex
    fileSize: Count
    chunkNumber: Count
    chunkList: list[ChunkEntry]
    dataType: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Content:
    """A file on the chain. `name` is empty when the chain does not store it; `size` in bytes. The last of `pieces` is
    yielded only when everything before it was verified; then the file is as published.
    """

    name: str
    media_type: str
    size: int
    pieces: AsyncIterator[bytes]


class Rebuilder:
    """Reads files from the chain."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain

    async def open(self, name: str) -> Content:
        """The file that this PIN, or the index in it, publishes. Raises `FileUnknown`, `FileDamaged` when an index is
        no index, `ChainUnavailable`, also while a chunk is not there; reading the pieces raises them too.
        """
        pin = await self._pin(name)
        if (pin.path, pin.content_type) != (INDEX_PATH, INDEX_TYPE):
            return Content("", media_type_of(pin.content_type), len(pin.payload), _alone(pin.payload))
        index = read_index(pin.payload)
        return Content(index.name, media_type_of(index.dataType), index.fileSize, self._chunks(index))

    async def _chunks(self, index: Index) -> AsyncIterator[bytes]:
        """Yield each chunk once the next one is verified, too, so that a wrong file is never complete."""
        whole, size, held = sha256(), 0, b""
        for entry in index.chunkList:
            if held:
                yield held
            held = await self._chunk(entry)
            size += len(held)
            await asyncio.to_thread(whole.update, held)
        if (whole.hexdigest(), size) != (index.sha256, index.fileSize):
            raise FileDamaged
        if held:
            yield held

    async def _chunk(self, entry: ChunkEntry) -> bytes:
        try:
            payload = (await self._pin(entry.pinId)).payload
        except FileUnknown as missing:
            raise ChainUnavailable(f"the chain lacks the chunk {entry.pinId} just now") from missing
        digest = await asyncio.to_thread(sha256, payload)
        if digest.hexdigest() != entry.sha256:
            raise FileDamaged
        return payload

    async def _pin(self, name: str) -> Pin:
        match = _PIN_ID.fullmatch(name)
        raw = await self._chain.transaction(TxId(match[1])) if match else None
        if raw is None:
            raise FileUnknown
        try:
            transaction, txid = await asyncio.to_thread(_read, raw)
            if not name.startswith(txid):
                raise FileDamaged
            if pin_id(txid, transaction.outputs) != name:
                raise FileUnknown
            return pin_of(transaction)
        except Malformed as error:
            raise FileDamaged from error
        except NotAPin as error:
            raise FileUnknown from error


def read_index(payload: bytes) -> Index:
    """The index in a PIN. Raises `FileDamaged`."""
    try:
        index = msgspec.json.decode(payload, type=Index)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise FileDamaged from error
    if index.chunkNumber != len(index.chunkList):
        raise FileDamaged
    return index


def media_type_of(content_type: str) -> str:
    """The media type in a PIN's content type, which ends with `;binary` unless the bytes are text."""
    return content_type.removesuffix(";binary")


def _read(raw: bytes) -> tuple[Transaction, TxId]:
    transaction = parse(raw)
    return transaction, transaction.txid()


async def _alone(payload: bytes) -> AsyncIterator[bytes]:
    yield payload
