"""Shares: a file, or what is in a folder, for those who have a link."""

import secrets
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from penstock.engine.catalog import refuse_unreadable
from penstock.engine.link_tokens import LinkTokens
from penstock.identity.access import Access, secret_digest
from penstock.identity.audit import Audit
from penstock.identity.throttle import LoginThrottle, Throttled
from penstock.model.audit import Act, Actor
from penstock.model.faults import (
    AccountRefused,
    FileDamaged,
    FileTrashed,
    FileUnknown,
    FolderUnknown,
    InputInvalid,
    ScopeMissing,
    SharePasswordWrong,
    ShareUnknown,
)
from penstock.model.file import File
from penstock.model.folder import Folder, Tags
from penstock.model.ids import FileId, FolderId, new_id
from penstock.model.listing import Listing, Mark
from penstock.model.principal import Principal, Scope
from penstock.model.share import REMEMBERED, TICKET, Changes, Share, from_now_on
from penstock.model.signature import sign, verify
from penstock.ports import FileLists, FileRepository, FolderRepository, Keys, ShareRepository


@dataclass(frozen=True, slots=True)
class Visitor:
    """Somebody who has a link: its token, from which address, and what shows that its password was given."""

    token: str
    address: str
    proof: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """A page of what is in a shared folder: the `path` of folders from the shared one down to the one that is shown,
    and where the page goes on, among the folders or (`of_files`) among the files.
    """

    path: list[Folder]
    folders: list[Folder]
    files: list[File]
    end: Mark | None
    of_files: bool


class Shares:
    """Shares as their owners see them, and as those do who have the link. Others' are unknown."""

    def __init__(
        self,
        repository: ShareRepository,
        files: FileRepository,
        lists: FileLists,
        folders: FolderRepository,
        access: Access,
        throttle: LoginThrottle,
        audit: Audit,
        keys: Keys,
        clock: Callable[[], float],
    ) -> None:
        self._repository = repository
        self._files = files
        self._lists = lists
        self._folders = folders
        self._access = access
        self._throttle = throttle
        self._audit = audit
        self._keys = keys
        self._clock = clock
        self._tokens = LinkTokens(keys, "share")

    async def make(self, principal: Principal, item: str, terms: Changes, address: str) -> Share:
        """Share a file or a folder. Raises `ScopeMissing` for who may not read it, `InputInvalid`, and as
        `ShareRepository.make`.
        """
        if Scope.READ not in principal.scopes:
            raise ScopeMissing(Scope.READ)  # it would read by the link
        of_folder = await self._kind_of(principal, item)
        identifier, named = new_id(), await self._hashed(terms)
        new = Share(identifier, principal.id, item, of_folder, self._tokens.digest(identifier), self._clock(), **named)
        share = await self._repository.make(new)
        await self._audit.note(Actor(principal.name, address), Act.SHARE_MADE, share.id, item)
        return share

    def token(self, share: Share) -> str | None:
        """The token of a share's link; None once it ended, or the key of which it was made is gone."""
        return self._tokens.token(share.id, share.digest) if share.revoked_at is None else None

    async def share(self, principal: Principal, share: str) -> Share:
        """The caller's share. Raises `ShareUnknown`."""
        found = await self._repository.share(principal.id, share)
        if found is None:
            raise ShareUnknown
        return found

    async def shares(self, principal: Principal, before: Mark | None, count: int) -> tuple[list[Share], Mark | None]:
        """A page of the caller's shares, the newest first."""
        return await self._repository.shares(principal.id, before, count)

    async def edit(self, principal: Principal, share: str, changes: Changes, tags: Tags, address: str) -> Share:
        """Change a share. Raises `InputInvalid`, and as `ShareRepository.edit`."""
        await self.share(principal, share)
        changed = await self._repository.edit(principal.id, share, await self._hashed(changes), tags)
        await self._audit.note(Actor(principal.name, address), Act.SHARE_CHANGED, share, " ".join(sorted(changes)))
        return changed

    async def revoke(self, principal: Principal, share: str, address: str) -> Share:
        """End a share. Raises `ShareUnknown`."""
        ended = await self._repository.revoke(principal.id, share)
        await self._audit.note(Actor(principal.name, address), Act.SHARE_REVOKED, share)
        return ended

    async def unlock(self, visitor: Visitor, password: str) -> str:
        """What shows from now on that the password was given, until that is another. Raises `ShareUnknown`,
        `SharePasswordWrong`, and `RateLimited` after too many attempts.
        """
        share = await self._opened(visitor)
        await self._throttle.count(Throttled.SHARE_PASSWORD, share.id, visitor.address)
        if share.password is not None and not await self._access.is_right(share.password, password):
            await self._audit.note(Actor("visitor", visitor.address), Act.SHARE_UNLOCKED, share.id, "wrong")
            raise SharePasswordWrong
        until = int(self._clock() + TICKET)
        return f"{until}.{sign(self._keys.all(), *_facts(share, until))}"

    async def opened(self, visitor: Visitor) -> Share:
        """The share, for who has its link and has given its password. Raises `ShareUnknown`, `SharePasswordWrong`."""
        share = await self._opened(visitor)
        if share.password is not None and not self._is_proof(share, visitor.proof):
            raise SharePasswordWrong
        return share

    async def file(self, share: Share, file: str | None = None) -> File:
        """The shared file, or this one in the shared folder. Raises `ShareUnknown` for the one, `FileUnknown` for the
        other, also for what is not served.
        """
        found = await self._files.file(FileId(share.item if file is None else file))
        if share.of_folder:
            if found is None or not _is_served(found, share) or not await self._within(share, found.folder):
                raise FileUnknown
        elif found is None or found.id != share.item or not _is_served(found, share) or not await self._is_out(found):
            raise ShareUnknown
        return found

    async def contents(
        self, share: Share, folder: str | None, after: Mark | None, count: int, *, of_files: bool
    ) -> Contents:
        """A page of the shared folder, or of one in it: its folders, then its files, by name. Raises `ShareUnknown`
        when the shared one is gone, `FolderUnknown` for one that does not lie in it.
        """
        place = FolderId(share.item if folder is None else folder)
        path = await self._within(share, place)
        if not path:
            raise ShareUnknown if place == share.item else FolderUnknown
        folders: list[Folder] = []
        if not of_files:
            folders, end = await self._folders.folders(share.owner, place, after, count)
            if end is not None:
                return Contents(path, folders, [], end, of_files=False)
            after = None
        files, end = await self._lists.files(share.owner, Listing(place), after, count)
        return Contents(path, folders, [file for file in files if not file.damaged], end, of_files=True)

    async def begin(self, visitor: Visitor, file: str | None) -> str:
        """Begin a download, which counts once; its ticket. Raises as `opened`, `file` and `ShareRepository.begin`, and
        `RateLimited`.
        """
        share = await self.opened(visitor)
        found = await self.file(share, file)
        await self._throttle.slow(Throttled.DOWNLOAD, share.id, visitor.address)
        ticket = secrets.token_urlsafe(24)
        await self._repository.begin(share, found.id, secret_digest(ticket), TICKET)
        return ticket

    async def begun(self, visitor: Visitor, ticket: str) -> File:
        """The file of a download that has begun. Raises `ShareUnknown`, `FileUnknown`."""
        share = await self._opened(visitor)
        file = await self._repository.begun(share.id, secret_digest(ticket))
        if file is None:
            raise FileUnknown
        return await self.file(share, file)

    async def forget(self, *, ended: bool) -> None:
        """Remove tickets that are over, and shares that have long `ended`."""
        await self._repository.forget_tickets()
        if ended:
            await self._repository.forget_ended(REMEMBERED)

    async def _opened(self, visitor: Visitor) -> Share:
        share = await self._repository.opened(secret_digest(visitor.token))
        if share is None:
            await self._throttle.slow(Throttled.SHARE_TOKEN, "", visitor.address)
            raise ShareUnknown
        return share

    async def _kind_of(self, principal: Principal, item: str) -> bool:
        """Whether the item is a folder. Raises `InputInvalid` for what the caller cannot share."""
        folder = await self._folders.folder(principal.id, FolderId(item))
        file = await self._files.file(FileId(item)) if folder is None else None
        if folder is None and (file is None or file.owner != principal.id or not _is_readable(file)):
            raise InputInvalid("item", "no file or folder of yours")
        if folder is not None and folder.trashed_at is not None:
            raise InputInvalid("item", "no file or folder of yours")
        return folder is not None

    async def _hashed(self, told: Changes) -> dict[str, Any]:
        changes, password = from_now_on(told, self._clock()), told.get("password")
        if not isinstance(password, str):
            return changes
        try:
            return {**changes, "password": await self._access.hashed(password)}
        except AccountRefused as refused:
            raise InputInvalid("password", refused.reason) from None

    async def _within(self, share: Share, folder: FolderId) -> list[Folder]:
        """The folders from the shared one down to this; none where it does not lie there, or in the trash."""
        path = await self._folders.path(share.owner, folder)
        ids = [each.id for each in path]
        live = share.item in ids and all(each.trashed_at is None for each in path)
        return path[ids.index(FolderId(share.item)) :] if live else []

    async def _is_out(self, file: File) -> bool:
        """Whether no folder that the file lies in is in the trash: what is in one follows it there step by step."""
        path = await self._folders.path(file.owner, file.folder)
        return all(each.trashed_at is None for each in path)

    def _is_proof(self, share: Share, proof: str) -> bool:
        until, _, signature = proof.partition(".")
        if not (until.isascii() and until.isdigit()) or len(until) > 12 or int(until) <= self._clock():
            return False
        return verify(self._keys.all(), signature, *_facts(share, int(until)))


def _facts(share: Share, until: int) -> tuple[str | int, ...]:
    """What is signed for who gave the password: with another one it is worth nothing."""
    return "share unlocked", share.id, secret_digest(share.password or ""), until


def _is_readable(file: File) -> bool:
    try:
        refuse_unreadable(file)
    except (FileTrashed, FileDamaged):
        return False
    return True


def _is_served(file: File, share: Share) -> bool:
    return file.owner == share.owner and _is_readable(file)
