"""Facts about links that others open: to read what is shared, and to send what was asked for."""

from typing import Protocol

from penstock.model.folder import Tags
from penstock.model.ids import FileId, PrincipalId
from penstock.model.listing import Mark
from penstock.model.principal import User
from penstock.model.share import Changes, Share
from penstock.model.upload_request import Changes as RequestChanges
from penstock.model.upload_request import UploadRequest


class ShareRepository(Protocol):
    """Records of shares, and of the downloads that have begun, each of which has a ticket. Each method is one
    transaction.

    A share whose time has run out, that was revoked, or whose owner's account is disabled is not found by its link.
    """

    async def make(self, share: Share) -> Share:
        """Record a share; answers it with its name. Raises `QuotaExceeded` beyond `MAX_SHARES`, and `BadToken` once its
        owner's account has ended.
        """

    async def share(self, owner: PrincipalId, share: str) -> Share | None:
        """The owner's share of this id, ended or not."""

    async def shares(self, owner: PrincipalId, before: Mark | None, count: int) -> tuple[list[Share], Mark | None]:
        """The owner's shares, the newest first, and where the list goes on; None at its end."""

    async def edit(self, owner: PrincipalId, share: str, changes: Changes, tags: Tags = None) -> Share:
        """Change a share that was not revoked. With another password, or none, downloads that have begun end. Raises
        `ShareUnknown`, `Outdated`.
        """

    async def revoke(self, owner: PrincipalId, share: str) -> Share:
        """End a share for good; again: nothing. Raises `ShareUnknown`."""

    async def opened(self, digest: str) -> Share | None:
        """The share whose token has this digest."""

    async def begin(self, share: Share, file: FileId, ticket: str, seconds: float) -> None:
        """Count a download, and record its ticket by its digest, good for so long. However many begin at once, no more
        do than the share allows. Raises `DownloadsSpent`, and `ShareUnknown` when the share ended, or its password
        changed, since it was opened.
        """

    async def begun(self, share: str, ticket: str) -> FileId | None:
        """The file of this ticket, by its digest, of this share."""

    async def forget_tickets(self) -> int:
        """Remove those that are no longer good; returns how many."""

    async def forget_ended(self, seconds: float) -> int:
        """Remove shares that ended so long ago, and those whose file or folder is gone; returns how many."""


class UploadRequestRepository(Protocol):
    """Records of upload requests. Each method is one transaction. What is on its way by one counts against its limits
    from the transaction on that records the upload (`UploadRepository.open`).
    """

    async def make(self, upload_request: UploadRequest) -> UploadRequest:
        """Record one. Raises `QuotaExceeded` beyond `MAX_UPLOAD_REQUESTS`, and `BadToken` once its owner's account has
        ended.
        """

    async def upload_request(self, owner: PrincipalId, upload_request: str) -> UploadRequest | None:
        """The owner's upload request of this id, ended or not."""

    async def upload_requests(
        self, owner: PrincipalId, before: Mark | None, count: int
    ) -> tuple[list[UploadRequest], Mark | None]:
        """The owner's, the newest first, and where the list goes on; None at its end."""

    async def edit(
        self, owner: PrincipalId, upload_request: str, changes: RequestChanges, tags: Tags = None
    ) -> UploadRequest:
        """Change one that was not revoked. Raises `UploadRequestUnknown`, `Outdated`."""

    async def revoke(self, owner: PrincipalId, upload_request: str) -> UploadRequest:
        """End one for good; again: nothing. Raises `UploadRequestUnknown`."""

    async def opened(self, digest: str) -> tuple[UploadRequest, User] | None:
        """The one whose token has this digest, and its owner, unless it or the owner's account has ended."""

    async def forget_ended(self, seconds: float) -> int:
        """Remove those that ended so long ago, and those whose folder is gone; returns how many."""
