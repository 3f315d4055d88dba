"""The use cases, as a dialect gets them."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from penstock.engine.administration import Administration
from penstock.engine.appending import Appender
from penstock.engine.catalog import Catalog
from penstock.engine.drive import Drive
from penstock.engine.feed import Feed
from penstock.engine.images import Images
from penstock.engine.joining import Joiner
from penstock.engine.links import Links
from penstock.engine.previews import Previews
from penstock.engine.receiving import Incoming, Receiver
from penstock.engine.replies import Replies
from penstock.engine.sealing import Sealer
from penstock.engine.shares import Shares
from penstock.engine.upload_requests import UploadRequests
from penstock.engine.uploads import Uploads
from penstock.engine.usage import Reports
from penstock.engine.webhooks import Webhooks
from penstock.engine.zips import Zips
from penstock.identity.access import Access
from penstock.identity.audit import Audit
from penstock.identity.factors import Factors
from penstock.identity.sessions import Sessions
from penstock.identity.sudo import Sudo
from penstock.model.audit import Act, Actor
from penstock.model.faults import UploadBusy
from penstock.model.file import File
from penstock.model.ids import UploadId
from penstock.model.principal import Principal
from penstock.model.sudo import Sensitive
from penstock.model.upload import Declared, Upload


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes that wait for what is declared of them, which some clients say behind the bytes."""

    sealer: Sealer
    upload: UploadId

    async def finish(self, declared: Declared) -> File:
        """Make them a file. Raises as `Sealer.seal`."""
        return await self.sealer.seal(self.upload, declared)


@dataclass(frozen=True, slots=True)
class Engine:
    """The use cases, one field each."""

    access: Access
    audit: Audit
    sessions: Sessions
    factors: Factors
    sudo: Sudo
    uploads: Uploads
    receiver: Receiver
    appender: Appender
    sealer: Sealer
    joiner: Joiner
    catalog: Catalog
    drive: Drive
    replies: Replies
    zips: Zips
    reports: Reports
    administration: Administration
    images: Images
    previews: Previews
    links: Links
    shares: Shares
    upload_requests: UploadRequests
    feed: Feed
    webhooks: Webhooks

    async def store(
        self,
        principal: Principal,
        dialect: str,
        declared: Declared,
        body: AsyncIterator[bytes],
        *,
        limit: int,
        needs_md5: bool,
        most: int | None = None,
    ) -> File:
        """A whole file in one request. On failure nothing of it stays, except as `receive` says."""
        async with self.receive(
            principal, dialect, declared, body, limit=limit, needs_md5=needs_md5, most=most
        ) as received:
            return await received.finish(declared)

    @asynccontextmanager
    async def receive(
        self,
        principal: Principal,
        dialect: str,
        declared: Declared,
        body: AsyncIterator[bytes],
        *,
        limit: int,
        needs_md5: bool,
        most: int | None = None,
    ) -> AsyncIterator[Received]:
        """The bytes of a whole file, an upload of one part, for the context to `finish`. When it fails, nothing of them
        stays, except that after `ScannerUnavailable` and `HookUnavailable` the background asks again.
        """
        upload = await self.uploads.open(principal, dialect, declared, limit=limit, needs_md5=needs_md5)
        try:
            await self.receiver.receive(upload, Incoming(0, body, declared.size, most))
            yield Received(self.sealer, upload.id)
        except BaseException:
            await self.uploads.abandon(upload.id)
            raise

    async def delete(self, principal: Principal, identifier: str, sudo: str | None, address: str) -> None:
        """Remove the caller's file for good; repeated, nothing happens. Raises `FileUnknown`, `SudoRequired`."""
        held = await self.catalog.holds(principal, identifier)
        if held:
            await self.sudo.check(principal, Sensitive.DELETE_FILE, sudo)
        await self.catalog.remove(principal, identifier)
        if held:
            await self.audit.note(Actor(principal.name, address), Act.FILE_DELETED, identifier)

    async def give_up(self, principal: Principal, upload: Upload) -> None:
        """Remove an unfinished upload for good; removing its id again is no error. Raises `UploadBusy`."""
        if not await self.uploads.abandon(upload.id):
            raise UploadBusy
        await self.catalog.bury(principal, upload.id)
