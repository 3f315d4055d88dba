"""How each call of `drive` is asked well, who may, and which odd values are nothing wrong for it."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import httpx

from penstock.dialects.drive.reading import cursor
from penstock.model.audit import Act, Actor
from penstock.model.ids import new_id
from penstock.model.listing import Mark
from penstock.model.webhook import Webhook
from penstock.ports import Attempt
from tests.dialects.accounts.client import promote, sudo_of
from tests.dialects.drive.client import DRIVE, call, drawn, ended, make, runs_elsewhere, send
from tests.dialects.every_call import DELETE, READ, TEXTS, WRITE, Good, Row, plain
from tests.dialects.metaid.client import ADDRESS, fund
from tests.support.bytes import md5
from tests.support.server import Server

NOWHERE = {"id": {"missing", "empty"}}
"""Without its last part an address is that of a list, which has other methods, or of nothing."""

ANY = {"missing", *TEXTS}
TEXT = {"missing", "not UTF-8", "parent", "surrogate", "wrong type"}
"""A text like any other, which finds nothing."""

NAMED = {"not UTF-8", "parent", "surrogate"}
"""Bytes that are no UTF-8 come as U+FFFD, and of a path the last part is the name."""


async def listed(server: Server) -> Good:
    """The second page of two."""
    folder = await make(server.alice, f"folder {len(server.rows('folders'))}")
    for name in ("one.txt", "two.txt"):
        file = await send(server.alice, name, folder=folder)
        await call(server.alice, "PATCH", f"files/{file}", json={"labels": ["kept"]})
    query = {"folder": folder, "sort": "time", "order": "desc", "type": "text/", "dialect": "tus", "label": "kept"}
    query |= {"since": "0", "until": "1e11", "limit": "1"}
    page = await call(server.alice, "GET", "files", params=query)
    return Good(query=query | {"cursor": page["next"]})


async def searched(server: Server) -> Good:
    for name in ("报告 one.txt", "报告 two.txt"):
        await send(server.alice, name)
    query = {"q": "告", "limit": "1"}
    page = await call(server.alice, "GET", "search", params=query)
    return Good(query=query | {"cursor": page["next"]})


async def to_claim(server: Server) -> Good:
    await send(server.alice, "claimed.txt", b"claimed")
    folder = await make(server.alice, f"folder {len(server.rows('folders'))}")
    return Good(json={"name": "again.txt", "size": 7, "md5": md5(b"claimed"), "folder": folder})


async def a_file(server: Server) -> Good:
    return Good(path={"id": await send(server.alice, "one.txt")})


async def a_picture(server: Server) -> Good:
    return Good(path={"id": await send(server.alice, "one.png", drawn("png", 8, 8))}, query={"size": "small"})


async def to_zip(server: Server) -> Good:
    return Good(json={"ids": [await send(server.alice, "one.txt")], "name": "papers"})


async def a_zip(server: Server) -> Good:
    made = await call(server.alice, "POST", "zips", 201, json={"ids": [await send(server.alice, "one.txt")]})
    return Good(path={"id": made["id"]})


async def to_change(server: Server) -> Good:
    file, folder = await send(server.alice, "one.txt"), await make(server.alice, f"{len(server.rows('folders'))}")
    tag = (await server.alice.get(f"{DRIVE}/files/{file}")).headers["etag"]
    change = {"name": "two.txt", "folder": folder, "labels": ["kept"], "on_conflict": "rename"}
    return Good(path={"id": file}, header={"If-Match": tag}, json=change)


async def folders_listed(server: Server) -> Good:
    folder = await make(server.alice, f"folder {len(server.rows('folders'))}")
    for name in ("one", "two"):
        await make(server.alice, name, folder)
    page = await call(server.alice, "GET", "folders", params={"folder": folder, "limit": 1})
    return Good(query={"folder": folder, "limit": "1", "cursor": page["next"]})


async def to_make(server: Server) -> Good:
    folder = await make(server.alice, f"folder {len(server.rows('folders'))}")
    return Good(json={"name": "new", "folder": folder, "on_conflict": "rename"})


async def a_folder(server: Server) -> Good:
    return Good(path={"id": await make(server.alice, f"folder {len(server.rows('folders'))}")})


async def folder_to_change(server: Server) -> Good:
    folder, other = [await make(server.alice, f"{name} {len(server.rows('folders'))}") for name in ("one", "two")]
    tag = (await server.alice.get(f"{DRIVE}/folders/{folder}")).headers["etag"]
    change = {"name": "three", "folder": other, "on_conflict": "rename"}
    return Good(path={"id": folder}, header={"If-Match": tag}, json=change)


def tagged(good: Callable[[Server], Awaitable[Good]], kind: str) -> Callable[[Server], Awaitable[Good]]:
    """The same, on the condition that nobody has changed it."""

    async def made(server: Server) -> Good:
        asked = await good(server)
        answer = await server.alice.get(f"{DRIVE}/{kind}/{asked.path['id']}")
        return replace(asked, header={"If-Match": answer.headers["etag"]})

    return made


async def thrown(server: Server) -> str:
    file = await send(server.alice, "thrown.txt")
    await call(server.alice, "DELETE", f"files/{file}")
    return file


async def trash_listed(server: Server) -> Good:
    for _ in range(2):
        await thrown(server)
    page = await call(server.alice, "GET", "trash", params={"limit": 1})
    return Good(query={"limit": "1", "cursor": page["next"]})


async def in_trash(server: Server) -> Good:
    return Good(path={"id": await thrown(server)})


async def to_purge(server: Server) -> Good:
    return Good(path={"id": await thrown(server)}, header=ASKED)


async def many_to_purge(server: Server) -> Good:
    return Good(json={"ids": [await thrown(server)]}, header=ASKED)


async def many_in_trash(server: Server) -> Good:
    return Good(json={"ids": [await thrown(server)]})


async def many_files(server: Server) -> Good:
    return Good(json={"ids": [await send(server.alice, "one.txt")]})


async def many_to_change(server: Server) -> Good:
    return Good(json={"changes": [{"id": await send(server.alice, "one.txt"), "name": "two.txt"}]})


async def begin(server: Server) -> str:
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "10"}
    answer = await server.alice.post("/files/", headers=headers)
    return str(answer.headers["location"].removeprefix("/files/"))


async def uploads_listed(server: Server) -> Good:
    for _ in range(2):
        await begin(server)
    page = await call(server.alice, "GET", "uploads", params={"limit": 1})
    return Good(query={"limit": "1", "cursor": page["next"]})


async def an_upload(server: Server) -> Good:
    return Good(path={"id": await begin(server)})


async def shared(server: Server, item: str, **terms: Any) -> str:
    """The token of a new share."""
    made = await call(server.alice, "POST", "shares", 201, json={"item": item, **terms})
    return str(made["url"].rpartition("/")[2])


async def shares_listed(server: Server) -> Good:
    for _ in range(2):
        await shared(server, await send(server.alice, "one.txt"))
    page = await call(server.alice, "GET", "shares", params={"limit": 1})
    return Good(query={"limit": "1", "cursor": page["next"]})


async def to_share(server: Server) -> Good:
    item = await send(server.alice, "one.txt")
    return Good(json={"item": item, "expires_at": 1e10, "password": PASSWORD, "most_downloads": 2})


async def a_share(server: Server) -> Good:
    made = await call(
        server.alice, "POST", "shares", 201, json={"item": await send(server.alice, "one.txt"), "most_downloads": 9}
    )
    return Good(path={"id": made["id"]})


async def share_to_change(server: Server) -> Good:
    path = (await a_share(server)).path
    tag = (await server.alice.get(f"{DRIVE}/shares/{path['id']}")).headers["etag"]
    change = {"expires_at": 1e10, "password": PASSWORD, "most_downloads": 2}
    return Good(path=path, header={"If-Match": tag}, json=change)


async def asked_for(server: Server) -> dict[str, Any]:
    """A new upload request."""
    folder = await make(server.alice, f"folder {len(server.rows('folders'))}")
    made: dict[str, Any] = await call(server.alice, "POST", "upload-requests", 201, json={"folder": folder})
    return made


async def requests_listed(server: Server) -> Good:
    for _ in range(2):
        await asked_for(server)
    page = await call(server.alice, "GET", "upload-requests", params={"limit": 1})
    return Good(query={"limit": "1", "cursor": page["next"]})


LIMITS = {"title": "Photos", "expires_at": 1e10, "most_files": 2, "most_bytes": 100, "largest": 50}


async def to_ask(server: Server) -> Good:
    return Good(json={"folder": await make(server.alice, f"folder {len(server.rows('folders'))}"), **LIMITS})


async def a_request(server: Server) -> Good:
    return Good(path={"id": (await asked_for(server))["id"]})


async def request_to_change(server: Server) -> Good:
    path = (await a_request(server)).path
    tag = (await server.alice.get(f"{DRIVE}/upload-requests/{path['id']}")).headers["etag"]
    return Good(path=path, header={"If-Match": tag}, json=LIMITS)


async def to_link(server: Server) -> Good:
    return Good(json={"targets": [{"file": await send(server.alice, "one.txt"), "download": True}]})


async def shown_to_anybody(server: Server) -> Good:
    home = await make(server.alice, f"folder {len(server.rows('folders'))}")
    inner = await make(server.alice, "inner", home)
    query = {"folder": inner, "cursor": str(cursor(Mark("a", "b"), "folders"))}
    return Good(path={"token": await shared(server, home)}, query=query)


async def to_unlock(server: Server) -> Good:
    token = await shared(server, await send(server.alice, "one.txt"), password=PASSWORD)
    return Good(path={"token": token}, fields={"password": PASSWORD})


async def to_begin(server: Server) -> Good:
    home = await make(server.alice, f"folder {len(server.rows('folders'))}")
    file = await send(server.alice, "one.txt", folder=home)
    return Good(path={"token": await shared(server, home)}, fields={"file": file})


async def begun(server: Server) -> Good:
    token = await shared(server, await send(server.alice, "one.txt"))
    answer = await server.anyone.post(f"/s/{token}/tickets")
    return Good(path={"token": token, "ticket": answer.headers["location"].removeprefix("tickets/")})


async def file_to_show(server: Server) -> Good:
    return Good(path={"id": await send(server.alice, "one.txt")}, query={"disposition": "inline"})


def keyed(good: Callable[[Server], Awaitable[Good]]) -> Callable[[Server], Awaitable[Good]]:
    """The same, under a key of its own."""

    async def made(server: Server) -> Good:
        asked = await good(server)
        return replace(asked, header={**asked.header, "Idempotency-Key": new_id()})

    return made


def as_admin(good: Callable[[Server], Awaitable[Good]], *, sudo: bool = False) -> Callable[[Server], Awaitable[Good]]:
    """What Alice asks as an administrator; what changes a webhook takes a sudo token."""

    async def made(server: Server) -> Good:
        promote(server, "alice")
        asked = await good(server)
        proof = {"X-Sudo-Token": await sudo_of(server, "alice")} if sudo else {}
        return replace(asked, header={**asked.header, **proof})

    return made


async def a_webhook(server: Server) -> Good:
    """One that nobody is told by."""
    webhooks, made = server.container.storage.webhooks, new_id()
    for other in await webhooks.webhooks():
        await webhooks.remove(other.id)
    await webhooks.add(Webhook(made, "https://a.example/", (), None, True, "", "secret", None, 0.0, 0, 1.0), 10)
    await webhooks.disable(made, "gone")
    return Good(path={"id": made})


async def webhook_to_make(server: Server) -> Good:
    await a_webhook(server)
    return Good(json={"url": "https://b.example/", "events": ["file.created"], "user": "bob"})


async def webhook_to_edit(server: Server) -> Good:
    asked = await a_webhook(server)
    found = await server.container.storage.webhooks.webhook(asked.path["id"])
    assert found is not None
    return replace(asked, header={"If-Match": f'"{found.tag}"'})


async def webhook_to_change(server: Server) -> Good:
    asked = await webhook_to_edit(server)
    return replace(asked, json={"url": "https://b.example/", "events": ["file.created"], "enabled": False})


async def webhook_to_replay(server: Server) -> Good:
    return replace(await a_webhook(server), json={"since": 1.0})


async def a_delivery(server: Server) -> Good:
    asked, storage = await a_webhook(server), server.container.storage
    sent = ""
    for _ in range(2):
        sent = await storage.webhooks.send(asked.path["id"], "event", "test", new_id(), "{}")
        outbox = server.container.uploading.hooks.outbox
        await outbox.lease(f"webhook {asked.path['id']}", "test", 60.0, 10)
        await outbox.done(sent, "test", Attempt("event", 200, 0.5))
    return Good(path={"id": asked.path["id"], "delivery": sent})


async def deliveries_listed(server: Server) -> Good:
    path = {"id": (await a_delivery(server)).path["id"]}
    page = await call(server.alice, "GET", f"webhooks/{path['id']}/deliveries", params={"limit": 1})
    return Good(path=path, query={"limit": "1", "cursor": page["next"]})


async def to_publish(server: Server) -> Good:
    file = await send(server.alice, f"{len(server.rows('files'))}.txt")
    return Good(json={"file": file, "address": ADDRESS, "content_type": "text/plain", "fee_rate": 1})


async def published(server: Server) -> str:
    """The id of a publication of Alice's."""
    made = await call(server.alice, "POST", "publications", 202, json=(await to_publish(server)).json)
    return str(made["publication"]["id"])


async def publications_listed(server: Server) -> Good:
    for _ in range(2):
        publication = await published(server)
    await ended(server.alice, publication)
    query = {"limit": "1", "state": "failed"}  # the wallet has nothing
    with server.database() as records:
        records.execute("UPDATE publications SET failed_at = 1, completed_at = NULL")
    page = await call(server.alice, "GET", "publications", params=query)
    return Good(query=query | {"cursor": page["next"]})


async def a_publication(server: Server) -> Good:
    return Good(path={"id": await published(server)})


async def to_retry(server: Server) -> Good:
    return replace(await a_publication(server), json={"fee_rate": 1})


async def on_the_chain(server: Server) -> Good:
    await fund(server)
    publication = await published(server)
    assert (await ended(server.alice, publication))["state"] == "completed"
    return Good(path={"id": publication})


KEYS = {"missing", "parent", "not UTF-8", "surrogate", "wrong type"}
"""Any text is a key."""


async def acts_in_a_table(server: Server) -> Good:
    return Good(query={"name": "bob", "act": "add user", "outcome": "normal", "since": "0", "until": "1e11"})


async def acts_sought(server: Server) -> Good:
    promote(server, "alice")
    for name in ("one", "two"):
        await server.container.engine.audit.note(Actor("bob", "a test"), Act.USER_ADDED, name, "normal")
    good = await acts_in_a_table(server)
    page = await call(server.alice, "GET", "admin/audit", params={**good.query, "limit": "1"})
    return Good(query={**good.query, "limit": "1", "cursor": page["next"]})


async def a_job_to_start(server: Server) -> Good:
    with server.database() as records:
        records.execute("DELETE FROM jobs")
    return Good(json={"kind": "fsck", "repair": False})


async def a_job(server: Server) -> Good:
    promote(server, "alice")
    await a_job_to_start(server)
    return Good(path={"id": (await call(server.alice, "POST", "admin/jobs", 201, json={"kind": "fsck"}))["id"]})


async def a_running_job(server: Server) -> Good:
    """One that runs elsewhere, which nobody ends but who cancels it."""
    job = new_id()
    runs_elsewhere(server, job)
    return Good(path={"id": job})


SOUGHT = {"name": TEXT, "act": {"missing"}, "outcome": TEXT}
SOUGHT |= {key: {"missing", "fraction"} for key in ("since", "until")}
PASSWORD = "open sesame"
TERMS = {name: {"missing"} for name in ("expires_at", "password", "most_downloads")}
ASKED_FOR = {name: {"missing"} for name in LIMITS}
ENDLESS = {"expires_at": {"missing", "fraction"}, "password": {"missing", "parent"}}

ASKED = {"X-Sudo-Token": "asked for by those with a second factor"}
PAGED = {"limit": {"missing"}, "cursor": {"missing"}}
FOUND = {"type": TEXT | {"huge"}, "dialect": TEXT, "label": TEXT}
MATCHED = {"If-Match": {"missing", "empty"}}

PUBLISHED = {"content_type": {"missing"}, "fee_rate": {"missing"}}

ROWS: dict[tuple[str, str], Row] = {
    ("GET", f"{DRIVE}/files"): Row(
        READ,
        404,
        listed,
        PAGED
        | FOUND
        | {
            "folder": {"missing"},
            "sort": {"missing"},
            "order": {"missing"},
            "since": {"missing", "fraction"},
            "until": {"missing", "fraction"},
        },
    ),
    ("GET", f"{DRIVE}/search"): Row(READ, 200, searched, PAGED | {"q": NAMED}),
    ("POST", f"{DRIVE}/claims"): Row(
        WRITE, 400, to_claim, {"folder": {"missing"}, "name": NAMED - {"surrogate", "not UTF-8"}}
    ),
    ("GET", f"{DRIVE}/files/{{id}}"): Row(READ, 404, a_file, NOWHERE),
    ("PATCH", f"{DRIVE}/files/{{id}}"): Row(
        WRITE,
        404,
        to_change,
        NOWHERE
        | MATCHED
        | {"name": {"missing", "parent"}, "folder": {"missing"}, "labels": {"missing"}, "on_conflict": {"missing"}},
    ),
    ("GET", f"{DRIVE}/files/{{id}}/content"): Row(
        READ, 404, file_to_show, {"id": {"missing", "empty"}, "disposition": {"missing"}}
    ),
    ("GET", f"{DRIVE}/files/{{id}}/preview"): Row(
        READ, 404, a_picture, {"id": {"missing", "empty"}, "size": {"missing"}}
    ),
    ("GET", f"{DRIVE}/folders"): Row(READ, 404, folders_listed, PAGED | {"folder": {"missing"}}),
    ("POST", f"{DRIVE}/folders"): Row(
        WRITE, 400, to_make, {"name": {"parent"}, "folder": {"missing"}, "on_conflict": {"missing"}}
    ),
    ("GET", f"{DRIVE}/folders/{{id}}"): Row(READ, 404, a_folder, NOWHERE),
    ("PATCH", f"{DRIVE}/folders/{{id}}"): Row(
        WRITE,
        404,
        folder_to_change,
        NOWHERE | MATCHED | {"name": {"missing", "parent"}, "folder": {"missing"}, "on_conflict": {"missing"}},
    ),
    ("DELETE", f"{DRIVE}/files/{{id}}"): Row(DELETE, 404, tagged(a_file, "files"), NOWHERE | MATCHED),
    ("DELETE", f"{DRIVE}/folders/{{id}}"): Row(DELETE, 404, tagged(a_folder, "folders"), NOWHERE | MATCHED),
    ("GET", f"{DRIVE}/trash"): Row(READ, 200, trash_listed, PAGED),
    ("POST", f"{DRIVE}/trash/{{id}}/restore"): Row(WRITE, 404, in_trash, NOWHERE),
    ("DELETE", f"{DRIVE}/trash/{{id}}"): Row(DELETE, 404, to_purge, NOWHERE | {"X-Sudo-Token": ANY}),
    ("POST", f"{DRIVE}/bulk/change"): Row(WRITE, 200, many_to_change),
    ("POST", f"{DRIVE}/bulk/trash"): Row(DELETE, 200, many_files),
    ("POST", f"{DRIVE}/bulk/restore"): Row(WRITE, 200, many_in_trash),
    ("POST", f"{DRIVE}/bulk/purge"): Row(DELETE, 200, many_to_purge, {"X-Sudo-Token": ANY}),
    ("POST", f"{DRIVE}/zips"): Row(READ, 404, to_zip, {"name": {"missing", "parent"}}),
    ("GET", f"{DRIVE}/zips/{{id}}"): Row(READ, 404, a_zip, NOWHERE),
    ("GET", f"{DRIVE}/zips/{{id}}/content"): Row(READ, 404, a_zip, {"id": {"missing", "empty"}}),
    ("GET", f"{DRIVE}/events"): Row(
        READ,
        403,
        as_admin(
            plain(
                Good(
                    query={"types": "file.created", "everybody": "true", "follow": "false"},
                    header={"Last-Event-ID": "0"},
                )
            )
        ),
        {
            "types": {"missing"},
            "everybody": {"missing"},
            "follow": {"missing"},
            "Last-Event-ID": {"missing", "empty"},
        },
        admin=200,
    ),
    ("GET", f"{DRIVE}/webhooks"): Row(READ, 403, as_admin(plain(Good())), admin=200),
    ("POST", f"{DRIVE}/webhooks"): Row(
        WRITE,
        403,
        as_admin(webhook_to_make, sudo=True),
        {"events": {"missing"}, "user": {"missing"}},
        secret=True,
    ),
    ("GET", f"{DRIVE}/webhooks/{{id}}"): Row(READ, 403, as_admin(a_webhook), NOWHERE, admin=200),
    ("PATCH", f"{DRIVE}/webhooks/{{id}}"): Row(
        WRITE,
        403,
        as_admin(webhook_to_change, sudo=True),
        NOWHERE | MATCHED | {"url": {"missing"}, "events": {"missing"}, "enabled": {"missing", "boolean"}},
    ),
    ("DELETE", f"{DRIVE}/webhooks/{{id}}"): Row(DELETE, 403, as_admin(a_webhook, sudo=True), NOWHERE),
    ("POST", f"{DRIVE}/webhooks/{{id}}/secret"): Row(
        WRITE, 403, as_admin(webhook_to_edit, sudo=True), NOWHERE | MATCHED, secret=True
    ),
    ("POST", f"{DRIVE}/webhooks/{{id}}/test"): Row(WRITE, 403, as_admin(a_webhook), NOWHERE, admin=202),
    ("POST", f"{DRIVE}/webhooks/{{id}}/replay"): Row(
        WRITE, 403, as_admin(webhook_to_replay), NOWHERE | {"since": {"fraction"}}, admin=204
    ),
    ("GET", f"{DRIVE}/webhooks/{{id}}/deliveries"): Row(
        READ, 403, as_admin(deliveries_listed), NOWHERE | PAGED, admin=200
    ),
    ("POST", f"{DRIVE}/webhooks/{{id}}/deliveries/{{delivery}}/replay"): Row(
        WRITE, 403, as_admin(a_delivery), NOWHERE | {"delivery": {"missing", "empty"}}, admin=202
    ),
    ("GET", f"{DRIVE}/uploads"): Row(READ, 200, uploads_listed, PAGED),
    ("GET", f"{DRIVE}/usage"): Row(READ, 200, plain(Good())),
    ("GET", f"{DRIVE}/admin/storage"): Row(READ, 403, as_admin(plain(Good())), admin=200),
    ("GET", f"{DRIVE}/admin/uploads"): Row(READ, 403, as_admin(uploads_listed), PAGED, admin=200),
    ("DELETE", f"{DRIVE}/admin/uploads/{{id}}"): Row(DELETE, 403, as_admin(an_upload), NOWHERE, admin=204),
    ("GET", f"{DRIVE}/admin/audit"): Row(
        READ, 403, as_admin(acts_sought), PAGED | SOUGHT | {"cursor": {"missing"}}, admin=200
    ),
    ("GET", f"{DRIVE}/admin/audit.csv"): Row(READ, 403, as_admin(acts_in_a_table), SOUGHT, admin=200),
    ("GET", f"{DRIVE}/admin/settings"): Row(READ, 403, as_admin(plain(Good())), admin=200),
    ("POST", f"{DRIVE}/admin/jobs"): Row(
        DELETE, 403, as_admin(a_job_to_start, sudo=True), {"repair": {"missing"}, "X-Sudo-Token": ANY}, admin=201
    ),
    ("GET", f"{DRIVE}/admin/jobs"): Row(READ, 403, as_admin(plain(Good())), admin=200),
    ("GET", f"{DRIVE}/admin/jobs/{{id}}"): Row(READ, 403, as_admin(a_job), NOWHERE, admin=200),
    ("DELETE", f"{DRIVE}/admin/jobs/{{id}}"): Row(DELETE, 403, as_admin(a_running_job), NOWHERE, admin=204),
    ("GET", f"{DRIVE}/admin/series"): Row(
        READ, 403, as_admin(plain(Good(query={"step": "300"}))), {"step": {"missing"}}, admin=200
    ),
    ("POST", f"{DRIVE}/publications/estimate"): Row(READ, 404, to_publish, PUBLISHED),
    ("POST", f"{DRIVE}/publications"): Row(WRITE, 404, to_publish, PUBLISHED),
    ("GET", f"{DRIVE}/publications"): Row(READ, 200, publications_listed, PAGED | {"state": {"missing"}}),
    ("GET", f"{DRIVE}/publications/{{id}}"): Row(READ, 404, a_publication, NOWHERE),
    ("POST", f"{DRIVE}/publications/{{id}}/retry"): Row(WRITE, 404, to_retry, {"fee_rate": {"missing"}}),
    ("GET", f"{DRIVE}/publications/{{id}}/content"): Row(READ, 404, on_the_chain, NOWHERE),
    ("GET", f"{DRIVE}/admin/wallet"): Row(READ, 403, as_admin(plain(Good())), admin=200),
    ("GET", f"{DRIVE}/uploads/{{id}}"): Row(READ, 404, an_upload, NOWHERE),
    ("DELETE", f"{DRIVE}/uploads/{{id}}"): Row(DELETE, 404, an_upload, NOWHERE),
    ("GET", f"{DRIVE}/shares"): Row(READ, 200, shares_listed, PAGED, secret=True),
    ("POST", f"{DRIVE}/shares"): Row(WRITE, 400, to_share, TERMS | ENDLESS, secret=True),
    ("GET", f"{DRIVE}/shares/{{id}}"): Row(READ, 404, a_share, NOWHERE, secret=True),
    ("PATCH", f"{DRIVE}/shares/{{id}}"): Row(
        WRITE, 404, share_to_change, NOWHERE | MATCHED | TERMS | ENDLESS, secret=True
    ),
    ("DELETE", f"{DRIVE}/shares/{{id}}"): Row(WRITE, 404, a_share, NOWHERE, secret=True),
    ("GET", f"{DRIVE}/upload-requests"): Row(READ, 200, requests_listed, PAGED, secret=True),
    ("POST", f"{DRIVE}/upload-requests"): Row(
        WRITE, 400, to_ask, ASKED_FOR | ENDLESS | {"title": {"missing", "parent"}}, secret=True
    ),
    ("GET", f"{DRIVE}/upload-requests/{{id}}"): Row(READ, 404, a_request, NOWHERE, secret=True),
    ("PATCH", f"{DRIVE}/upload-requests/{{id}}"): Row(
        WRITE,
        404,
        request_to_change,
        NOWHERE | MATCHED | ASKED_FOR | ENDLESS | {"title": {"missing", "parent"}},
        secret=True,
    ),
    ("DELETE", f"{DRIVE}/upload-requests/{{id}}"): Row(WRITE, 404, a_request, NOWHERE, secret=True),
    ("POST", f"{DRIVE}/links"): Row(READ, 200, to_link, secret=True),
    ("GET", "/s/assets/style.css"): Row(None, 200, plain(Good())),
    ("GET", "/s/assets/upload.js"): Row(None, 200, plain(Good())),
    ("GET", "/s/{token}"): Row(None, 200, shown_to_anybody, {"folder": {"missing"}, "cursor": {"missing"}}),
    ("POST", "/s/{token}/password"): Row(None, 303, to_unlock),
    ("POST", "/s/{token}/tickets"): Row(None, 303, to_begin),
    ("GET", "/s/{token}/tickets/{ticket}"): Row(None, 200, begun),
}
"""Of many each has an outcome of its own, somebody else's too; a mark in one's own list says nothing of others'."""

for (method, path), row in ROWS.items():
    if method != "GET" and row.scope is not None and path != f"{DRIVE}/links":
        ROWS[method, path] = replace(row, good=keyed(row.good), fine={**row.fine, "Idempotency-Key": KEYS})


STORING: set[str] = {
    f"POST {DRIVE}/{what}" for what in ("claims", "folders", "shares", "upload-requests", "webhooks")
} | {f"GET {DRIVE}/files/{{id}}/preview", f"GET {DRIVE}/publications/{{id}}/content"}
"""What may find no room, as the documentation names it: on the disk, or in a quota."""

VERSIONED = {f"{method} {DRIVE}/{kind}/{{id}}" for method in ("PATCH", "DELETE") for kind in ("files", "folders")}
VERSIONED |= {f"PATCH {DRIVE}/{kind}/{{id}}" for kind in ("shares", "upload-requests")}
VERSIONED |= {f"PATCH {DRIVE}/webhooks/{{id}}", f"POST {DRIVE}/webhooks/{{id}}/secret"}
"""What is done on the condition that nobody has changed it."""

DELIVERING = {f"GET {DRIVE}/files/{{id}}/{what}" for what in ("content", "preview")} | {
    f"GET {DRIVE}/zips/{{id}}/content",
    f"GET {DRIVE}/publications/{{id}}/content",
    "GET /s/{token}/tickets/{ticket}",
}
"""What answers a file's bytes."""


def says_so(answer: httpx.Response) -> bool:
    """Whether a refusal says in its body that it is one."""
    problem = answer.json()
    return bool(problem["title"]) and problem["status"] == answer.status_code
