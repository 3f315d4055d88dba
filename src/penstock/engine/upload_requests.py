"""Upload requests: others send files into a folder, for those who have a link."""

from collections.abc import Callable

from penstock.engine.link_tokens import LinkTokens
from penstock.identity.access import secret_digest
from penstock.identity.audit import Audit
from penstock.identity.throttle import LoginThrottle, Throttled
from penstock.model.audit import Act, Actor
from penstock.model.faults import BadToken, InputInvalid, ShareUnknown, UploadRequestUnknown
from penstock.model.folder import Tags
from penstock.model.ids import ROOT, FolderId, PrincipalId, new_id
from penstock.model.listing import Mark
from penstock.model.principal import Principal, Scope, User
from penstock.model.share import REMEMBERED, from_now_on
from penstock.model.upload_request import PREFIX, Changes, UploadRequest
from penstock.ports import FolderRepository, Keys, UploadRequestRepository

WHAT_GUESTS_DO = frozenset({Scope.WRITE, Scope.DELETE})
"""Sending, and giving up what one has begun to send."""


class UploadRequests:
    """Upload requests as their owners see them, and as those do who have the link. Others' are unknown."""

    def __init__(
        self,
        repository: UploadRequestRepository,
        folders: FolderRepository,
        throttle: LoginThrottle,
        audit: Audit,
        keys: Keys,
        clock: Callable[[], float],
    ) -> None:
        self._repository = repository
        self._folders = folders
        self._throttle = throttle
        self._audit = audit
        self._clock = clock
        self._tokens = LinkTokens(keys, "upload request", PREFIX)

    async def make(self, principal: Principal, folder: FolderId, terms: Changes, address: str) -> UploadRequest:
        """Ask for files in a folder. Raises `InputInvalid`, and as `UploadRequestRepository.make`."""
        if folder == ROOT or not await self._is_open(principal.id, folder):
            raise InputInvalid("folder", "no folder of yours")
        identifier, named = new_id(), from_now_on(terms, self._clock())
        digest = self._tokens.digest(identifier)
        made = await self._repository.make(
            UploadRequest(identifier, principal.id, folder, digest, self._clock(), **named)
        )
        await self._audit.note(Actor(principal.name, address), Act.REQUEST_MADE, made.id, folder)
        return made

    def token(self, principal: Principal, upload_request: UploadRequest) -> str | None:
        """The token of its link, for who may write; None once it ended, or the key of which it was made is gone."""
        if upload_request.revoked_at is not None or Scope.WRITE not in principal.scopes:
            return None
        return self._tokens.token(upload_request.id, upload_request.digest)

    async def upload_request(self, principal: Principal, upload_request: str) -> UploadRequest:
        """The caller's upload request. Raises `UploadRequestUnknown`."""
        found = await self._repository.upload_request(principal.id, upload_request)
        if found is None:
            raise UploadRequestUnknown
        return found

    async def upload_requests(
        self, principal: Principal, before: Mark | None, count: int
    ) -> tuple[list[UploadRequest], Mark | None]:
        """A page of the caller's upload requests, the newest first."""
        return await self._repository.upload_requests(principal.id, before, count)

    async def edit(
        self, principal: Principal, upload_request: str, changes: Changes, tags: Tags, address: str
    ) -> UploadRequest:
        """Change one. Raises as `UploadRequestRepository.edit`."""
        named = from_now_on(changes, self._clock())
        changed = await self._repository.edit(principal.id, upload_request, named, tags)
        what = " ".join(sorted(changes))
        await self._audit.note(Actor(principal.name, address), Act.REQUEST_CHANGED, upload_request, what)
        return changed

    async def revoke(self, principal: Principal, upload_request: str, address: str) -> UploadRequest:
        """End one. Raises `UploadRequestUnknown`."""
        ended = await self._repository.revoke(principal.id, upload_request)
        await self._audit.note(Actor(principal.name, address), Act.REQUEST_REVOKED, upload_request)
        return ended

    async def opened(self, token: str, address: str) -> UploadRequest:
        """The one that this link is of. Raises `ShareUnknown`."""
        found = await self._found(token)
        if found is None:
            await self._throttle.slow(Throttled.SHARE_TOKEN, "", address)
            raise ShareUnknown
        return found[0]

    async def guest(self, token: str, address: str) -> Principal:
        """Who sends by this link: for its owner, and nothing but what the link is for. Raises `BadToken`."""
        found = await self._found(token)
        if found is None:
            raise BadToken
        upload_request, owner = found
        name = f"upload request {upload_request.id}"
        return Principal(
            owner.id, name, owner.tier, scopes=WHAT_GUESTS_DO, address=address, upload_request=upload_request
        )

    async def forget(self) -> None:
        """Remove those that have long ended."""
        await self._repository.forget_ended(REMEMBERED)

    async def _found(self, token: str) -> tuple[UploadRequest, User] | None:
        found = await self._repository.opened(secret_digest(token))
        if found is None or not await self._is_open(found[0].owner, found[0].folder):
            return None
        return found

    async def _is_open(self, owner: PrincipalId, folder: FolderId) -> bool:
        """Whether the folder, and every one that it lies in, does not lie in the trash."""
        path = await self._folders.path(owner, folder)
        return bool(path) and all(each.trashed_at is None for each in path)
