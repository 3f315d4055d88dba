"""Events (`ports.NewsRepository`), and how what changes something notes one, in the transaction of the change.

An event is noted behind the change that it tells of. So whoever notes one holds what it is about, and the events of one
subject have their numbers in the order of its changes; and so its transaction is known to the database as one under way
before the event has a number (`postgresql/news.py`).
"""

from collections.abc import Iterable

import msgspec

from penstock.adapters.sql.tx import Database, Row, Tx
from penstock.model.file import Blob, File
from penstock.model.folder import Folder
from penstock.model.ids import PrincipalId, Sha256, new_id
from penstock.model.news import (
    Facts,
    News,
    Topic,
    file_facts,
    folder_facts,
    picture_facts,
    publication_facts,
    upload_facts,
)
from penstock.model.publication import Publication
from penstock.model.upload import Upload

BATCH = 1000
"""How many events are forgotten in one transaction."""

MOST = 1_000_000
"""How many are kept at most."""

FORGOTTEN = "events:forgotten"
"""Under which key the table `about` has the number up to which events are forgotten."""


class SqlNews:
    """The port `NewsRepository`, where one transaction writes at a time: numbers are there in their order."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def newest(self) -> int:
        """See `NewsRepository.newest`."""
        return int((await self._database.look(NEWEST))["number"])

    async def reach(self) -> int:
        """See `NewsRepository.reach`."""
        return await self.newest()

    async def forgotten(self) -> int:
        """See `NewsRepository.forgotten`."""
        row = await self._database.look(_FORGOTTEN, key=FORGOTTEN)
        return int(row["value"]) if row is not None else 0

    async def since(self, moment: float) -> int:
        """See `NewsRepository.since`."""
        [row] = await self._database.scan(_SINCE, moment=moment)
        return int(row["number"]) - 1 if row["number"] is not None else await self.newest()

    async def between(self, after: int, until: int, count: int, owner: PrincipalId | None = None) -> list[News]:
        """See `NewsRepository.between`."""
        values = {"after": after, "until": until, "count": count}
        if owner is None:
            return [_news(row) for row in await self._database.scan(_BETWEEN, **values)]
        return [_news(row) for row in await self._database.scan(_OF_OWNER, **values, owner=owner)]

    async def forget(self, seconds: float) -> int:
        """See `NewsRepository.forget`."""
        before, count = self._database.clock() - seconds, 0
        while True:
            rows = await self._database.scan(_OLDEST, count=BATCH)
            most = await self.newest() - MOST
            old = [row["number"] for row in rows if row["at"] <= before or row["number"] <= most]
            if not old:
                return count
            values = {"number": max(old), "key": FORGOTTEN, "value": str(max(old))}
            gone = await self._database.write(lambda tx: _forget(tx, values), frees=True)  # noqa: B023  # awaited here
            count += gone
            if gone < BATCH:
                return count


async def note_file(tx: Tx, topic: Topic, file: File, now: float) -> None:
    """Note what happened to a file."""
    await _note(tx, topic, file.owner, file.id, file_facts(file), now)


async def note_files(tx: Tx, topic: Topic, files: Iterable[File], now: float) -> None:
    """The same of many."""
    events = [_values(topic, file.owner, file.id, file_facts(file), now) for file in files]
    if events:
        await tx.run_many(_NOTE, events)


async def note_folder(tx: Tx, topic: Topic, folder: Folder, now: float) -> None:
    """Note what happened to a folder."""
    await _note(tx, topic, folder.owner, folder.id, folder_facts(folder), now)


async def note_folders(tx: Tx, topic: Topic, folders: Iterable[Folder], now: float) -> None:
    """The same of many."""
    events = [_values(topic, folder.owner, folder.id, folder_facts(folder), now) for folder in folders]
    if events:
        await tx.run_many(_NOTE, events)


async def note_upload(tx: Tx, topic: Topic, upload: Upload, now: float) -> None:
    """Note how an upload ended."""
    await _note(tx, topic, upload.owner, upload.id, upload_facts(upload), now)


async def note_picture(
    tx: Tx, owner: PrincipalId, file: str | None, source: Sha256, recipe: str, made: Blob, now: float
) -> None:
    """Note that a variant of a picture was made, of whose files of these bytes one is `file`."""
    facts = picture_facts(source, file, recipe, made)
    await _note(tx, Topic.PICTURE_MADE, owner, file or source, facts, now)


async def note_publication(tx: Tx, topic: Topic, publication: Publication, now: float) -> None:
    """Note how a publication stands."""
    await _note(tx, topic, publication.order.owner, publication.id, publication_facts(publication), now)


async def _note(tx: Tx, topic: Topic, owner: PrincipalId, subject: str, facts: Facts, now: float) -> None:
    await tx.run(_NOTE, _values(topic, owner, subject, facts, now))


def _values(topic: Topic, owner: PrincipalId, subject: str, facts: Facts, now: float) -> dict[str, object]:
    data = msgspec.json.encode(facts).decode()
    return {"id": new_id(), "topic": topic, "owner": owner, "subject": subject, "now": now, "data": data}


async def _forget(tx: Tx, values: dict[str, object]) -> int:
    gone = await tx.run(_FORGET, {"number": values["number"]})
    if gone:
        await tx.run(_NOTE_FORGOTTEN, {"key": values["key"], "value": values["value"]})
    return gone


def _news(row: Row) -> News:
    return News(
        row["number"], row["id"], row["topic"], PrincipalId(row["owner"]), row["subject"], row["at"], row["data"]
    )


_NOTE = """
INSERT INTO events (id, topic, owner, subject, at, data) VALUES (:id, :topic, :owner, :subject, :now, :data)
"""
NEWEST = "SELECT COALESCE(MAX(number), 0) AS number FROM events"
_SINCE = "SELECT MIN(number) AS number FROM events WHERE at >= :moment"
_BETWEEN = "SELECT * FROM events WHERE number > :after AND number <= :until ORDER BY number LIMIT :count"
_OF_OWNER = """
SELECT * FROM events WHERE owner = :owner AND number > :after AND number <= :until ORDER BY number LIMIT :count
"""
_OLDEST = "SELECT number, at FROM events ORDER BY number LIMIT :count"
_FORGET = "DELETE FROM events WHERE number <= :number AND number < (SELECT MAX(number) FROM events)"
_FORGOTTEN = "SELECT value FROM about WHERE key = :key"
_NOTE_FORGOTTEN = """
INSERT INTO about (key, value) VALUES (:key, :value) ON CONFLICT (key) DO UPDATE SET value = excluded.value
"""
