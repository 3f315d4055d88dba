"""What every implementation of `NewsRepository` promises, and whatever notes an event."""

import json
from dataclasses import replace
from typing import Any, cast

import msgspec
import pytest

from penstock.dialects.drive.events_wire import EventShown
from penstock.dialects.drive.wire import file_shown, folder_shown, upload_shown
from penstock.model.faults import ContentRefused, NameTaken, UploadBusy
from penstock.model.folder import Edit
from penstock.model.ids import ROOT, FileId, Location, PrincipalId
from penstock.model.image import Recipe
from penstock.model.news import News, Topic, told
from penstock.ports import (
    AccountRepository,
    CoinRepository,
    FileRepository,
    FolderRepository,
    NewsRepository,
    Opening,
    Placed,
    PublicationRepository,
    TrashRepository,
    UpkeepRepository,
    WatchRepository,
)
from tests.ports.accounts import user
from tests.ports.folders import in_folder, settle
from tests.ports.joins import Joining, append, final_of, partial, placed
from tests.ports.publications import bury, completed, failed, order
from tests.ports.records import (
    ALICE,
    BOB,
    DIALECT,
    TTL,
    Clock,
    Uploading,
    digests,
    new_file,
    opened,
    part,
    sealed,
    upload_at,
)
from tests.ports.uploads import placing

DAY = 86400.0
EVERYTHING = 1 << 62


class NewsRepositorySpec:
    """Subclass it with fixtures `clock`, `repository`, `other` (the same records, as another process sees them), and
    over the same records `uploads`, `files`, `folders`, `trash`, `upkeep`, `accounts`, `publications`, `coins` and
    `watches`.
    """

    async def noted(self, repository: NewsRepository, after: int = 0) -> list[tuple[str, str]]:
        """What was noted, as kinds and subjects, in order."""
        return [(event.topic, event.subject) for event in await self.events(repository, after)]

    async def events(self, repository: NewsRepository, after: int = 0) -> list[News]:
        return await repository.between(after, EVERYTHING, 1000)

    # --- reading ------------------------------------------------------------------------------------------------------

    async def test_events_are_read_in_order(
        self, repository: NewsRepository, other: NewsRepository, uploads: Uploading, clock: Clock
    ) -> None:
        """They are read page by page, of all or of one owner; and up to a number that follows the newest."""
        assert (await repository.newest(), await repository.between(0, EVERYTHING, 10)) == (0, [])
        owners = {"a": ALICE, "b": BOB, "c": ALICE}
        files = [(await sealed(uploads, clock, name, owner=owner)).file for name, owner in owners.items()]
        first, second, third = await self.events(other)
        assert [event.subject for event in (first, second, third)] == [file.id for file in files]
        assert first.number < second.number < third.number == await repository.newest()
        assert await repository.between(0, third.number, 2) == [first, second]
        assert await repository.between(first.number, second.number, 10) == [second]
        assert await repository.between(0, third.number, 10, ALICE) == [first, third]
        assert await repository.reach() == await repository.reach() == third.number

    async def test_they_are_found_by_time(self, repository: NewsRepository, uploads: Uploading, clock: Clock) -> None:
        """Everything that happened since a time stands behind a number."""
        for name in "ab":
            await sealed(uploads, clock, name)
            clock.advance(60)
        first, second = await self.events(repository)
        for moment, number in ((0, first.number - 1), (first.at + 1, first.number), (second.at + 1, second.number)):
            assert await repository.since(moment) == number

    async def test_what_is_old_goes(self, repository: NewsRepository, uploads: Uploading, clock: Clock) -> None:
        """It is told up to where; and the newest stays, so that no number is given twice."""
        for name in "abc":
            await sealed(uploads, clock, name)
        newest = await repository.newest()
        clock.advance(DAY)
        await sealed(uploads, clock, "d")
        assert await repository.forgotten() == 0
        assert await repository.forget(DAY) == 3
        assert await repository.forgotten() == newest
        clock.advance(DAY)
        assert await repository.forget(DAY) == 0
        await sealed(uploads, clock, "e")
        assert [event.number for event in await self.events(repository)] == [newest + 1, newest + 2]
        assert await repository.forget(DAY) == 1

    # --- what is told -------------------------------------------------------------------------------------------------

    def shape(self, event: News) -> Any:
        """What it tells of, as any client reads it."""
        shown = msgspec.json.decode(told(event), type=EventShown)
        assert (shown.id, shown.type, shown.time, shown.owner) == (event.id, event.topic, event.at, event.owner)
        return shown.data

    async def test_a_file_is_told_as_drive_shows_it(
        self, repository: NewsRepository, uploads: Uploading, folders: FolderRepository, clock: Clock
    ) -> None:
        """Files and folders are told as their lists show them, and uploads too, where they are in flight no more."""
        folder = await folders.make(ALICE, ROOT, '"照片"\n', rename=False)
        file = await in_folder(uploads, clock, folder, "a.txt")
        upload = await opened(uploads, clock)
        await uploads.cancel(upload.id)
        made, came, ended = await self.events(repository)
        assert self.shape(made) == msgspec.to_builtins(folder_shown(folder))
        assert self.shape(came) == msgspec.to_builtins(file_shown(file))
        shown = msgspec.to_builtins(upload_shown(upload, None))
        names = ("id", "name", "size", "bytes", "dialect", "folder")
        assert self.shape(ended) == {"kind": "upload"} | {name: shown[name] for name in names}

    # --- what is noted ------------------------------------------------------------------------------------------------

    async def test_a_file_that_comes(
        self, repository: NewsRepository, uploads: Uploading, files: FileRepository, clock: Clock
    ) -> None:
        """Whatever way it comes, it is noted once, and where none is made nothing is."""
        upload = await placing(uploads, clock)
        with pytest.raises(UploadBusy):
            await uploads.publish(upload, Location("at"), digests("d"), new_file(), "another")
        published = (await uploads.publish(upload, Location("at"), digests("d"), new_file(), "sealer")).file
        [claimed, _] = [await files.claim(BOB, DIALECT, published.blob.sha256, new_file("two")) for _ in "ab"]
        assert claimed is not None
        small = ("small", Placed(Location("small"), digests("s")))
        picture = Placed(Location("picture"), digests("p"))
        (taken, _), _ = [await files.add_picture(ALICE, DIALECT, picture, new_file("three"), [small]) for _ in "ab"]
        created = [(Topic.FILE_CREATED, file.id) for file in (published, claimed, taken)]
        assert await self.noted(repository) == [*created, (Topic.PICTURE_MADE, taken.id)]

    async def test_a_variant(
        self, repository: NewsRepository, uploads: Uploading, files: FileRepository, clock: Clock
    ) -> None:
        """What is made of a picture on request is noted as its owner's."""
        file, before = (await sealed(uploads, clock)).file, await repository.newest()
        recipe = Recipe(width=10)
        await files.add_variant(ALICE, file.blob.sha256, recipe, Placed(Location("small"), digests("s")))
        [event] = await self.events(repository, before)
        facts = json.loads(event.data)
        assert (event.topic, event.owner, event.subject) == (Topic.PICTURE_MADE, ALICE, file.id)
        assert (facts["file"], facts["source"], facts["recipe"]) == (file.id, file.blob.sha256, recipe.name())

    async def test_a_file_that_changes(
        self,
        repository: NewsRepository,
        uploads: Uploading,
        folders: FolderRepository,
        trash: TrashRepository,
        files: FileRepository,
        clock: Clock,
    ) -> None:
        """Each change is noted once, in its order; one that changes nothing is not, nor one that is refused."""
        folder, file = await folders.make(ALICE, ROOT, "f", rename=False), (await sealed(uploads, clock)).file
        before = await repository.newest()
        for edit in (Edit(name="b"), Edit(folder=folder.id), Edit(labels=("kept",)), Edit(labels=("kept",)), Edit()):
            await folders.edit_file(ALICE, file.id, edit)
        with pytest.raises(NameTaken):
            await folders.edit_file(ALICE, file.id, Edit(name="f", folder=ROOT))
        await trash.put_file(ALICE, file.id)
        for _ in "ab":
            await trash.restore_file(ALICE, file.id)
        for _ in "ab":
            await files.remove(ALICE, file.id)
        await files.remove(BOB, FileId("none"))
        noted = await self.noted(repository, before)
        assert {subject for _, subject in noted} == {file.id}
        changed = [Topic.FILE_CHANGED] * 3
        assert [topic for topic, _ in noted] == [*changed, Topic.FILE_TRASHED, Topic.FILE_RESTORED, Topic.FILE_REMOVED]

    async def test_a_folder_that_changes(
        self,
        repository: NewsRepository,
        uploads: Uploading,
        folders: FolderRepository,
        trash: TrashRepository,
        clock: Clock,
    ) -> None:
        """A folder is noted likewise, and of each file and folder that follows it, too, once."""
        one = await folders.make(ALICE, ROOT, "one", rename=False)
        two = await folders.make(ALICE, one.id, "two", rename=False)
        file = await in_folder(uploads, clock, two, "a")
        before = await repository.newest()
        for _ in "ab":
            await folders.edit_folder(ALICE, one.id, Edit(name="1"))
        assert await self.noted(repository, before) == [(Topic.FOLDER_CHANGED, one.id)]
        before = await repository.newest()
        await trash.put_folder(ALICE, one.id)
        await settle(trash, one)
        subjects = [one.id, two.id, file.id]
        topics = [Topic.FOLDER_TRASHED, Topic.FOLDER_TRASHED, Topic.FILE_TRASHED]
        assert await self.noted(repository, before) == list(zip(topics, subjects, strict=True))
        before = await repository.newest()
        await trash.restore_folder(ALICE, one.id)
        await settle(trash, one)
        topics = [Topic.FOLDER_RESTORED, Topic.FOLDER_RESTORED, Topic.FILE_RESTORED]
        assert await self.noted(repository, before) == list(zip(topics, subjects, strict=True))
        await trash.put_folder(ALICE, one.id)
        await settle(trash, one)
        before = await repository.newest()
        await trash.purge_folder(ALICE, one.id)
        await settle(trash, one)
        removed = {(Topic.FOLDER_REMOVED, one.id), (Topic.FOLDER_REMOVED, two.id), (Topic.FILE_REMOVED, file.id)}
        noted = await self.noted(repository, before)
        assert set(noted) == removed
        assert len(noted) == 3

    async def test_retention(
        self, repository: NewsRepository, uploads: Uploading, upkeep: UpkeepRepository, clock: Clock
    ) -> None:
        """What goes by itself is noted as well, however much of it there is."""
        files = [(await sealed(uploads, clock, f"{number}")).file for number in range(3)]
        before = await repository.newest()
        clock.advance(60)
        assert [await upkeep.trash_older(60), await upkeep.trash_older(60)] == [3, 0]
        clock.advance(60)
        assert [await upkeep.purge_trash(60), await upkeep.purge_trash(60)] == [3, 0]
        noted = await self.noted(repository, before)
        assert {topic for topic, _ in noted[:3]} == {Topic.FILE_TRASHED}
        assert {topic for topic, _ in noted[3:]} == {Topic.FILE_REMOVED}
        for half in (noted[:3], noted[3:]):
            assert {subject for _, subject in half} == {file.id for file in files}

    async def test_every_end_of_an_upload(
        self, repository: NewsRepository, uploads: Uploading, upkeep: UpkeepRepository, clock: Clock
    ) -> None:
        """How it ends without a file is noted once; that it begins, or goes on, is not."""
        cancelled, abandoned, lapsed = [await opened(uploads, clock, key=key) for key in "abc"]
        rejected = await placing(uploads, clock)
        for _ in "ab":
            await uploads.cancel(cancelled.id)
            await uploads.expire(abandoned.id)
        await uploads.reject(rejected, "sealer", ContentRefused("a virus"))
        clock.advance(TTL)
        due = await opened(uploads, clock, key="d")
        await uploads.open(Opening(upload_at(clock(), key="c"), "one"))
        clock.advance(TTL)
        await upkeep.expire_uploads()
        noted = await self.noted(repository)
        expired = [(Topic.UPLOAD_EXPIRED, upload) for upload in (abandoned.id, lapsed.id)]
        assert noted[:4] == [
            (Topic.UPLOAD_CANCELLED, cancelled.id),
            expired[0],
            (Topic.UPLOAD_REFUSED, rejected),
            expired[1],
        ]
        assert {topic for topic, _ in noted[4:]} == {Topic.UPLOAD_EXPIRED}
        assert due.id in {subject for _, subject in noted[4:]}
        assert len(noted) == 6

    async def test_an_append_that_is_lost(self, repository: NewsRepository, uploads: Uploading, clock: Clock) -> None:
        """An upload that bytes are appended to ends where some of them turn out to be lost, and no other does."""
        for appended in (False, True):
            opening = Opening(replace(upload_at(clock()), appended=appended), "one")
            upload, lost = await uploads.open(opening), part(0)
            await uploads.commit_part(upload.id, lost, TTL, "one")
            await uploads.forget_part(upload.id, lost)
            assert await self.noted(repository) == ([(Topic.UPLOAD_EXPIRED, upload.id)] if appended else [])

    async def test_an_account_that_ends(
        self,
        repository: NewsRepository,
        uploads: Uploading,
        folders: FolderRepository,
        accounts: AccountRepository,
        clock: Clock,
    ) -> None:
        """Its files are noted as changed where an heir gets them, and else as removed; its uploads as cancelled."""
        alice, bob = user("alice"), user("bob")
        for one in (alice, bob):
            await accounts.add_user(one)
        home = await folders.make(alice.id, ROOT, "home", rename=False)
        file = (await sealed(uploads, clock, owner=alice.id)).file
        upload, before = await opened(uploads, clock, owner=alice.id), await repository.newest()
        await accounts.remove_user("alice", "bob")
        events = await self.events(repository, before)
        home_of_home, *others = events
        assert (home_of_home.topic, home_of_home.owner) == (Topic.FOLDER_CREATED, bob.id)
        assert {(event.topic, event.subject, event.owner) for event in others} == {
            (Topic.FILE_CHANGED, file.id, bob.id),
            (Topic.FOLDER_CHANGED, home.id, bob.id),
            (Topic.UPLOAD_CANCELLED, upload.id, alice.id),
        }
        before = await repository.newest()
        await accounts.remove_user("bob", None)
        noted = await self.noted(repository, before)
        assert {(Topic.FILE_REMOVED, file.id), (Topic.FOLDER_REMOVED, home.id)} < set(noted)
        assert len(noted) == 3
        assert {event.owner for event in await self.events(repository, before)} == {bob.id}

    async def test_publications(
        self,
        repository: NewsRepository,
        uploads: Uploading,
        publications: PublicationRepository,
        coins: CoinRepository,
        watches: WatchRepository,
        clock: Clock,
    ) -> None:
        """It is noted that one is on the chain, deep in it, or failed; and of those that share its plan, too."""
        file = (await sealed(uploads, clock)).file
        before = await repository.newest()
        lost = await failed(publications, order(file, name="lost"))
        done = await completed(publications, coins, order(file))
        same, _ = await publications.add(order(file, owner=PrincipalId("bob")), None, TTL)
        await bury(watches)
        noted = await self.noted(repository, before)
        assert noted[:3] == [
            (Topic.PUBLICATION_FAILED, lost.id),
            (Topic.PUBLICATION_COMPLETED, done.id),
            (Topic.PUBLICATION_COMPLETED, same.id),
        ]
        assert noted[3:] == [(Topic.PUBLICATION_BURIED, done.id), (Topic.PUBLICATION_BURIED, same.id)]
        states = [json.loads(event.data)["state"] for event in await self.events(repository, before)]
        assert states == ["failed", "completed", "completed", "buried", "buried"]

    async def test_a_publication_that_is_overturned(
        self,
        repository: NewsRepository,
        uploads: Uploading,
        publications: PublicationRepository,
        coins: CoinRepository,
        watches: WatchRepository,
        clock: Clock,
    ) -> None:
        """What something else on the chain undid is noted as failed."""
        done = await completed(publications, coins, order((await sealed(uploads, clock)).file))
        before = await repository.newest()
        await watches.overturn(done.id, "a conflict", ())
        assert await self.noted(repository, before) == [(Topic.PUBLICATION_FAILED, done.id)]

    async def test_a_part_of_a_file(
        self, repository: NewsRepository, uploads: Uploading, upkeep: UpkeepRepository, clock: Clock
    ) -> None:
        """A partial upload of which a file was made has not failed when its time runs out."""
        joins = cast("Joining", uploads)
        source = await partial(joins, clock, 5, 5)
        await placed(joins, await append(joins, await final_of(joins, clock, [source]), 5), 5)
        clock.advance(TTL + 2 * 3600)
        await upkeep.expire_uploads()
        assert (Topic.UPLOAD_EXPIRED, source.id) not in await self.noted(repository)
