"""What every implementation of `ShareRepository` and `UploadRequestRepository` promises."""

import asyncio
from dataclasses import replace

import pytest

from penstock.model.faults import (
    BadToken,
    DownloadsSpent,
    Outdated,
    QuotaExceeded,
    ShareUnknown,
    UploadRequestUnknown,
)
from penstock.model.file import NewFile
from penstock.model.folder import Edit
from penstock.model.ids import ROOT, FileId, FolderId, Location, new_id
from penstock.model.share import Share
from penstock.model.upload import Declared, Upload
from penstock.model.upload_request import UploadRequest
from penstock.ports import (
    AccountRepository,
    FolderRepository,
    Opening,
    ShareRepository,
    TrashRepository,
    UploadRequestRepository,
)
from tests.ports.accounts import user
from tests.ports.records import ALICE, BOB, LEASE, TTL, Clock, Uploading, digests, part, sealed, upload_at

FILE = FileId("file")


async def enrol(accounts: AccountRepository) -> None:
    """Alice and Bob have accounts."""
    for name in (ALICE, BOB):
        await accounts.add_user(replace(user(name), id=name))


def share_at(now: float, item: str = "item", **terms: object) -> Share:
    """A share that is about to be made."""
    identifier = new_id()
    made = Share(identifier, ALICE, item, of_folder=False, digest=f"digest {identifier}", created_at=now)
    return replace(made, **terms)  # type: ignore[arg-type]


class ShareRepositorySpec:
    """Subclass it with fixtures `clock`, `repository`, `other` (another process's), `accounts`, `folders` and `uploads`
    over the same records.
    """

    @pytest.fixture(autouse=True)
    async def people(self, accounts: AccountRepository) -> None:
        """Those whose shares these are."""
        await enrol(accounts)

    async def test_a_share_is_found(
        self,
        repository: ShareRepository,
        other: ShareRepository,
        folders: FolderRepository,
        uploads: Uploading,
        clock: Clock,
    ) -> None:
        """By its link, and by its owner alone; it has the present name of what it is of."""
        file = (await sealed(uploads, clock, file=NewFile("a.txt", "text/plain", "k", folder=ROOT))).file
        made = await repository.make(share_at(clock(), file.id, password="hash", most=3, expires_at=clock() + 9))
        assert made.name == "a.txt"
        await folders.edit_file(ALICE, file.id, Edit(name="b.txt"))
        found = replace(made, name="b.txt")
        assert await other.opened(made.digest) == await other.share(ALICE, made.id) == found
        assert await other.share(BOB, made.id) is None
        home = await folders.make(ALICE, ROOT, "home", rename=False)
        assert (await repository.make(share_at(clock(), home.id, of_folder=True))).name == "home"
        assert (await repository.make(share_at(clock(), "gone"))).name == ""
        assert await other.opened("no such digest") is None

    async def test_shares_are_listed(self, repository: ShareRepository, clock: Clock) -> None:
        """The newest first, page by page, each of them once."""
        made = []
        for _ in range(5):
            made.append((await repository.make(share_at(clock()))).id)
            clock.advance(1)
        first, mark = await repository.shares(ALICE, None, 3)
        rest, end = await repository.shares(ALICE, mark, 3)
        assert [share.id for share in (*first, *rest)] == made[::-1]
        assert end is None
        assert await repository.shares(BOB, None, 3) == ([], None)

    async def test_a_share_is_edited(self, repository: ShareRepository, other: ShareRepository, clock: Clock) -> None:
        """What is named changes; whoever has seen something else changes nothing, and nobody else does."""
        made = await repository.make(share_at(clock(), most=1))
        changed = await repository.edit(
            ALICE, made.id, {"expires_at": clock() + 5, "password": "hash"}, frozenset({made.tag})
        )
        assert changed == replace(made, expires_at=clock() + 5, password="hash") == await other.share(ALICE, made.id)
        with pytest.raises(Outdated):
            await other.edit(ALICE, made.id, {"most": 2}, frozenset({made.tag}))
        with pytest.raises(ShareUnknown):
            await other.edit(BOB, made.id, {"most": 2})
        assert (await other.edit(ALICE, made.id, {"most": None})).most is None

    async def test_a_share_ends(
        self, repository: ShareRepository, other: ShareRepository, accounts: AccountRepository, clock: Clock
    ) -> None:
        """At its time, revoked, and with the account; and no download goes on."""
        revoked, over, kept = [await repository.make(share_at(clock())) for _ in range(3)]
        await repository.edit(ALICE, over.id, {"expires_at": clock() + 10})
        for share in (revoked, over):
            await repository.begin(share, FILE, f"ticket {share.id}", 1000)
        with pytest.raises(ShareUnknown):
            await other.revoke(BOB, revoked.id)
        ended = await other.revoke(ALICE, revoked.id)
        clock.advance(10)
        assert (await other.revoke(ALICE, revoked.id)).revoked_at == ended.revoked_at
        assert [await repository.opened(share.digest) for share in (revoked, over)] == [None, None]
        assert await repository.begun(revoked.id, f"ticket {revoked.id}") is None
        for share in (revoked, over):
            with pytest.raises(ShareUnknown):
                await repository.begin(share, FILE, "late", 1000)
        with pytest.raises(ShareUnknown):
            await repository.edit(ALICE, revoked.id, {"most": 2})
        assert await repository.opened(kept.digest) is not None
        await accounts.change_user(ALICE, disabled=True)
        assert await repository.opened(kept.digest) is None

    async def test_a_download_counts_once(
        self, repository: ShareRepository, other: ShareRepository, clock: Clock
    ) -> None:
        """Of many that begin at once on several nodes as many do as the share allows; each has a ticket for a time."""
        share = await repository.make(share_at(clock(), most=5))
        outcomes = await asyncio.gather(
            *(
                each.begin(share, FILE, f"{number} {at}", 100)
                for number in range(8)
                for at, each in enumerate((repository, other))
            ),
            return_exceptions=True,
        )
        assert sorted(type(outcome).__name__ for outcome in outcomes) == ["DownloadsSpent"] * 11 + ["NoneType"] * 5
        found = await repository.share(ALICE, share.id)
        assert found is not None
        assert found.downloads == 5
        tickets = [f"{number} {at}" for number in range(8) for at in range(2)]
        assert [await other.begun(share.id, ticket) for ticket in tickets].count(FILE) == 5
        with pytest.raises(DownloadsSpent):
            await other.begin(share, FILE, "late", 100)
        clock.advance(100)
        assert [await other.begun(share.id, ticket) for ticket in tickets] == [None] * 16
        assert await repository.forget_tickets() == 5

    async def test_a_ticket_is_of_one_share(self, repository: ShareRepository, clock: Clock) -> None:
        """By another's link it opens nothing."""
        one, two = [await repository.make(share_at(clock())) for _ in range(2)]
        await repository.begin(one, FILE, "ticket", 100)
        assert await repository.begun(one.id, "ticket") == FILE
        assert await repository.begun(two.id, "ticket") is None

    async def test_another_password_ends_downloads(self, repository: ShareRepository, clock: Clock) -> None:
        """Also one that begins with what was given before; other changes end none."""
        share = await repository.make(share_at(clock(), password="old"))
        await repository.begin(share, FILE, "ticket", 100)
        await repository.edit(ALICE, share.id, {"most": 9})
        assert await repository.begun(share.id, "ticket") == FILE
        await repository.edit(ALICE, share.id, {"password": "new"})
        assert await repository.begun(share.id, "ticket") is None
        with pytest.raises(ShareUnknown):
            await repository.begin(share, FILE, "late", 100)

    async def test_ended_shares_are_forgotten(
        self, repository: ShareRepository, folders: FolderRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """After a time, and those of what is gone at once; others stay."""
        file = (await sealed(uploads, clock)).file
        home = await folders.make(ALICE, ROOT, "home", rename=False)
        kept = [
            await repository.make(share_at(clock(), file.id)),
            await repository.make(share_at(clock(), home.id, of_folder=True, expires_at=clock() + 1000)),
        ]
        revoked = await repository.make(share_at(clock(), file.id))
        await repository.make(share_at(clock(), file.id, expires_at=clock() + 10))
        await repository.make(share_at(clock(), "gone"))
        await repository.revoke(ALICE, revoked.id)
        assert await repository.forget_ended(100) == 1
        clock.advance(110)
        assert await repository.forget_ended(100) == 2
        assert {share.id for share in (await repository.shares(ALICE, None, 10))[0]} == {share.id for share in kept}

    async def test_shares_are_bounded(
        self, repository: ShareRepository, clock: Clock, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Nobody has more than so many, and nobody else is kept from having some."""
        monkeypatch.setattr("penstock.adapters.sql.shares.MAX_SHARES", 2)
        outcomes = await asyncio.gather(*(repository.make(share_at(clock())) for _ in range(4)), return_exceptions=True)
        assert sum(isinstance(outcome, QuotaExceeded) for outcome in outcomes) == 2
        await repository.make(share_at(clock(), owner=BOB))

    async def test_shares_go_with_their_account(
        self, repository: ShareRepository, accounts: AccountRepository, clock: Clock
    ) -> None:
        """And none is made once it is gone."""
        share = await repository.make(share_at(clock()))
        await repository.begin(share, FILE, "ticket", 100)
        await accounts.remove_user(ALICE, BOB)
        assert await repository.opened(share.digest) is None
        assert await repository.begun(share.id, "ticket") is None
        assert await repository.shares(ALICE, None, 10) == ([], None)
        with pytest.raises(BadToken):
            await repository.make(share_at(clock()))


def request_at(now: float, folder: FolderId, **terms: object) -> UploadRequest:
    """An upload request that is about to be made."""
    identifier = new_id()
    made = UploadRequest(identifier, ALICE, folder, f"digest {identifier}", now)
    return replace(made, **terms)  # type: ignore[arg-type]


def sent_by(upload_request: UploadRequest, now: float, size: int | None, limit: int = 1 << 40) -> Upload:
    """An upload that comes by one."""
    upload = upload_at(now, declared=Declared("a.bin", size=size), limit=limit)
    return replace(upload, upload_request=upload_request.id, folder=upload_request.folder)


class UploadRequestRepositorySpec:
    """Subclass it with fixtures `clock`, `repository`, `other` (another process's), `accounts`, `folders`, `trash`,
    `uploads` and `other_uploads` over the same records.
    """

    @pytest.fixture(autouse=True)
    async def people(self, accounts: AccountRepository) -> None:
        """Those whose upload requests these are."""
        await enrol(accounts)

    @pytest.fixture
    async def folder(self, folders: FolderRepository) -> FolderId:
        """Where files are to lie."""
        return (await folders.make(ALICE, ROOT, "home", rename=False)).id

    async def test_one_is_found(
        self, repository: UploadRequestRepository, other: UploadRequestRepository, folder: FolderId, clock: Clock
    ) -> None:
        """By its link with its owner, by its owner alone, and in the owner's list, the newest first."""
        one = await repository.make(request_at(clock(), folder, title="照片", most_bytes=9, most_files=2, largest=5))
        clock.advance(1)
        two = await repository.make(request_at(clock(), folder))
        opened = await other.opened(one.digest)
        assert opened is not None
        assert (opened[0], opened[1].id) == (one, ALICE)
        assert await other.upload_request(ALICE, one.id) == one
        assert await other.upload_request(BOB, one.id) is None
        first, mark = await other.upload_requests(ALICE, None, 1)
        assert first == [two]
        assert await other.upload_requests(ALICE, mark, 5) == ([one], None)

    async def test_one_is_edited_and_ends(
        self, repository: UploadRequestRepository, accounts: AccountRepository, folder: FolderId, clock: Clock
    ) -> None:
        """What is named changes; at its time, revoked, and with the account it opens nothing."""
        made = await repository.make(request_at(clock(), folder))
        changed = await repository.edit(
            ALICE, made.id, {"title": "x", "expires_at": clock() + 5}, frozenset({made.tag})
        )
        assert changed == replace(made, title="x", expires_at=clock() + 5)
        with pytest.raises(Outdated):
            await repository.edit(ALICE, made.id, {"largest": 2}, frozenset({made.tag}))
        with pytest.raises(UploadRequestUnknown):
            await repository.edit(BOB, made.id, {"largest": 2})
        clock.advance(5)
        assert await repository.opened(made.digest) is None
        await repository.edit(ALICE, made.id, {"expires_at": None})
        assert await repository.opened(made.digest) is not None
        await accounts.change_user(ALICE, disabled=True)
        assert await repository.opened(made.digest) is None
        await accounts.change_user(ALICE, disabled=False)
        await repository.revoke(ALICE, made.id)
        assert await repository.opened(made.digest) is None
        with pytest.raises(UploadRequestUnknown):
            await repository.edit(ALICE, made.id, {"largest": 2})

    async def test_limits_hold_on_every_node(
        self,
        repository: UploadRequestRepository,
        uploads: Uploading,
        other_uploads: Uploading,
        folder: FolderId,
        clock: Clock,
    ) -> None:
        """Of many uploads that begin at once as many do as there is room for."""
        for terms, size in (({"most_files": 3}, 10), ({"most_bytes": 35}, 10), ({"most_bytes": 30}, None)):
            found = await repository.make(request_at(clock(), folder, **terms))
            outcomes = await asyncio.gather(
                *(
                    each.open(Opening(sent_by(found, clock(), size, limit=10), "one"))
                    for _ in range(6)
                    for each in (uploads, other_uploads)
                ),
                return_exceptions=True,
            )
            kinds = sorted(type(outcome).__name__ for outcome in outcomes)
            assert kinds == ["QuotaExceeded"] * 9 + ["Upload"] * 3

    async def test_what_has_no_length_yet_takes_what_is_left(
        self, repository: UploadRequestRepository, uploads: Uploading, folder: FolderId, clock: Clock
    ) -> None:
        """And gets no more than that."""
        found = await repository.make(request_at(clock(), folder, most_bytes=25))
        first = await uploads.open(Opening(sent_by(found, clock(), 10), "one"))
        assert first.limit == 25
        endless = await uploads.open(Opening(sent_by(found, clock(), None), "one"))
        assert endless.limit == 15
        with pytest.raises(QuotaExceeded):
            await uploads.open(Opening(sent_by(found, clock(), 1), "one"))
        await uploads.cancel(endless.id)
        assert (await uploads.open(Opening(sent_by(found, clock(), 15), "one"))).limit == 15

    async def test_what_came_is_counted(
        self, repository: UploadRequestRepository, uploads: Uploading, folder: FolderId, clock: Clock
    ) -> None:
        """Once, when it has become a file."""
        found = await repository.make(request_at(clock(), folder, most_files=2))
        upload = sent_by(found, clock(), 10)
        await self._send(uploads, upload)
        now = await repository.upload_request(ALICE, found.id)
        assert now is not None
        assert (now.files, now.bytes) == (1, 10)
        await uploads.open(Opening(sent_by(found, clock(), 10), "one"))
        with pytest.raises(QuotaExceeded):
            await uploads.open(Opening(sent_by(found, clock(), 10), "one"))

    async def _send(self, uploads: Uploading, upload: Upload) -> None:
        await uploads.open(Opening(upload, "one"))
        await uploads.commit_part(upload.id, part(0), TTL, "one")
        await uploads.freeze(upload.id, Declared("a.bin", total=1), None, "sealer", LEASE)
        await uploads.decide(upload.id, digests("content"), "sealer")
        file = NewFile("a.bin", "text/plain", upload.key, folder=upload.folder)
        await uploads.publish(upload.id, Location("at"), digests("content"), file, "sealer")

    async def test_nothing_begins_once_it_has_ended(
        self,
        repository: UploadRequestRepository,
        uploads: Uploading,
        trash: TrashRepository,
        folder: FolderId,
        clock: Clock,
    ) -> None:
        """Whoever was let in before is refused where the upload is recorded."""
        one, two = [await repository.make(request_at(clock(), folder)) for _ in range(2)]
        await repository.revoke(ALICE, one.id)
        with pytest.raises(BadToken):
            await uploads.open(Opening(sent_by(one, clock(), 1), "one"))
        await trash.put_folder(ALICE, folder)
        with pytest.raises(BadToken):
            await uploads.open(Opening(sent_by(two, clock(), 1), "one"))

    async def test_ended_ones_are_forgotten(
        self, repository: UploadRequestRepository, folder: FolderId, clock: Clock
    ) -> None:
        """After a time, and those whose folder is gone at once."""
        kept = await repository.make(request_at(clock(), folder))
        await repository.make(request_at(clock(), folder, expires_at=clock() + 10))
        await repository.make(request_at(clock(), FolderId("gone")))
        assert await repository.forget_ended(100) == 1
        clock.advance(110)
        assert await repository.forget_ended(100) == 1
        assert (await repository.upload_requests(ALICE, None, 10))[0] == [kept]

    async def test_they_are_bounded_and_go_with_their_account(
        self,
        repository: UploadRequestRepository,
        accounts: AccountRepository,
        folder: FolderId,
        clock: Clock,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        """Nobody has more than so many, and none is made once the account is gone."""
        monkeypatch.setattr("penstock.adapters.sql.upload_requests.MAX_UPLOAD_REQUESTS", 2)
        found = [await repository.make(request_at(clock(), folder)) for _ in range(2)]
        with pytest.raises(QuotaExceeded):
            await repository.make(request_at(clock(), folder))
        await accounts.remove_user(ALICE, None)
        assert await repository.opened(found[0].digest) is None
        with pytest.raises(BadToken):
            await repository.make(request_at(clock(), folder))
