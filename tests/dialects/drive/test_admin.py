"""`drive`: what one has, and what administrators see and do."""

import asyncio
import base64
import csv
import io
from hashlib import sha256
from typing import Any

import pytest

from penstock.engine.jobs import Report
from penstock.model.audit import Act, Actor
from penstock.model.job import JobKind
from penstock.model.sample import Work
from tests.dialects.accounts.client import promote, sudo_of
from tests.dialects.drive.client import DRIVE, call, change, drawn, send
from tests.dialects.tus.client import FILES, VERSION
from tests.support.server import OpenServer, Server

pytestmark = pytest.mark.dialects("drive", "tus", "accounts")

HALF = VERSION | {"Upload-Length": "10", "Content-Type": "application/offset+octet-stream"}


async def begun(server: Server) -> str:
    """Alice's upload, half of which is here; its id."""
    answer = await server.alice.post(FILES, headers=HALF, content=b"01234")
    return str(answer.headers["location"]).removeprefix(FILES)


async def test_what_one_has(open_server: OpenServer) -> None:
    """Files, those in the trash too, and unfinished bytes; by kind and by day; and how much one may have."""
    async with open_server(dialects=("drive", "tus"), quota_bytes=1000) as server:
        await send(server.alice, "a.txt", b"x" * 100)
        await send(server.alice, "b.txt", b"y" * 50)
        picture = drawn("png", 8, 8)
        gone = await send(server.alice, "c.png", picture)
        await call(server.alice, "DELETE", f"files/{gone}")
        await begun(server)
        told = await call(server.alice, "GET", "usage")
        assert told["stored"] == {"files": 3, "bytes": 150 + len(picture)}
        assert (told["uploads"], told["unfinished"], told["quota"]["bytes"]) == (1, 5, 1000)
        assert told["trash"] == {"files": 1, "bytes": len(picture)}
        assert told["by_kind"] == [{"kind": "text", "files": 2, "bytes": 150}]
        [day] = told["by_day"]
        assert (day["files"], day["bytes"], day["day"] % 86400) == (2, 150, 0)
        assert told["counted_at"] - 86400 < day["day"] <= told["counted_at"]
        nothing = await call(server.bob, "GET", "usage")
        assert (nothing["stored"], nothing["by_kind"], nothing["by_day"]) == ({"files": 0, "bytes": 0}, [], [])


async def test_what_is_counted_is_counted_once_a_minute(server: Server) -> None:
    """However often it is asked for; what counts against the quota is exact meanwhile."""
    await send(server.alice, "a.txt", b"x")
    first = await call(server.alice, "GET", "usage")
    await send(server.alice, "b.txt", b"xy")
    second = await call(server.alice, "GET", "usage")
    assert (second["by_kind"], second["counted_at"]) == (first["by_kind"], first["counted_at"])
    assert second["stored"] == {"files": 2, "bytes": 3}


async def test_the_whole_store(server: Server) -> None:
    """Equal bytes are one blob; the disk's space stands against what is to stay free, where there is a disk."""
    promote(server, "bob")
    for caller in (server.alice, server.bob):
        await send(caller, "a.txt", b"same")
    await begun(server)
    told = await call(server.bob, "GET", "admin/storage")
    assert (told["blobs"], told["bytes"], told["files"], told["users"]) == (1, 4, 2, 2)
    assert (told["uploads"], told["unfinished"]) == (1, 5)
    assert told["disk"] is None or told["disk"]["total"] >= told["disk"]["free"] > told["disk"]["min_free"] >= 0


async def test_everybodys_uploads(server: Server) -> None:
    """An administrator sees them with their owners, and ends one, which is in the audit log."""
    promote(server, "bob")
    upload = await begun(server)
    [shown] = (await call(server.bob, "GET", "admin/uploads"))["uploads"]
    assert (shown["owner"], shown["upload"]["id"], shown["upload"]["bytes"]) == ("alice", upload, 5)
    assert (await server.bob.delete(f"{DRIVE}/admin/uploads/{upload}")).status_code == 204
    assert (await server.alice.head(f"{FILES}{upload}", headers=VERSION)).status_code in {404, 410}
    [act] = (await call(server.bob, "GET", "admin/audit", params={"act": "cancel upload"}))["acts"]
    assert (act["who"], act["about"], act["outcome"]) == ("bob", upload, "done")
    await call(server.bob, "DELETE", f"admin/uploads/{upload}", 404)


async def test_the_audit_log_is_sought(server: Server) -> None:
    """By name, act, outcome and time, page by page, and as a table that no spreadsheet runs."""
    promote(server, "bob")
    audit = server.container.engine.audit
    for number in range(5):
        await audit.note(Actor("eve", "here"), Act.SIGN_IN, f"try {number}", "wrong" if number % 2 else "done")
    await audit.note(Actor('=HYPERLINK("http://evil")', "here"), Act.SIGN_IN, "a,b", "wrong")
    found: list[str] = []
    query = {"name": "eve", "act": "sign in", "outcome": "done", "limit": "2"}
    while True:
        page = await call(server.bob, "GET", "admin/audit", params=query)
        found += [act["about"] for act in page["acts"]]
        if page["next"] is None:
            break
        query["cursor"] = page["next"]
    assert found == ["try 4", "try 2", "try 0"]
    assert (await call(server.bob, "GET", "admin/audit", params={"since": "1e11"}))["acts"] == []
    answer = await server.bob.get(f"{DRIVE}/admin/audit.csv", params={"act": "sign in"})
    assert answer.headers["content-type"].startswith("text/csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    assert rows[0] == ["time", "who", "origin", "act", "about", "outcome"]
    assert len(rows) == 7
    assert rows[1][1:] == ['\'=HYPERLINK("http://evil")', "here", "sign in", "a,b", "wrong"]
    await call(server.bob, "GET", "admin/audit", 400, params={"act": "dance"})


async def test_settings_in_force(open_server: OpenServer) -> None:
    """Every setting with its value and its source, and no secret among them."""
    secret = f"whsec_{base64.b64encode(b'a secret of ours' * 2).decode()}"
    hooked = {"hook_url": "http://127.0.0.1:9/", "hook_secret": secret}
    async with open_server(dialects=("drive", "tus"), quota_bytes=1234, **hooked) as server:
        promote(server, "bob")
        answer = await server.bob.get(f"{DRIVE}/admin/settings")
        told = {setting["name"]: setting for setting in answer.json()["settings"]}
        assert told["quota_bytes"]["value"] == "1234"
        assert told["hook_secret"]["value"] == "(secret)"
        assert secret not in answer.text
        assert told["upload_ttl"]["source"] == "default"


async def ended(server: Server, job: str) -> dict[str, Any]:
    """The job, once it runs no more."""
    async with asyncio.timeout(30):
        while True:
            told = await call(server.bob, "GET", f"admin/jobs/{job}")
            if told["state"] != "running":
                return dict(told)
            await asyncio.sleep(0.05)


async def test_a_check_finds_what_is_lost(server: Server) -> None:
    """Every byte is read; what is missing is told in words, and with a sudo token repaired."""
    promote(server, "bob")
    for name in ("good", "lost"):
        await send(server.alice, f"{name}.txt", name.encode())
    [lost] = [row for row in server.rows("blobs") if row["sha256"] == sha256(b"lost").hexdigest()]
    server.lose_blob(lost["location"])
    job = await ended(server, (await call(server.bob, "POST", "admin/jobs", 201, json={"kind": "fsck"}))["id"])
    assert (job["state"], job["counts"], job["repair"]) == ("done", {"sound": 1, "missing": 1}, False)
    assert job["findings"] == [f"blob {lost['sha256']}: missing"]
    assert (job["done"], job["total"]) == (8, 8)
    repair = {"kind": "fsck", "repair": True}
    await call(server.bob, "POST", "admin/jobs", 403, json=repair)
    sudo = {"X-Sudo-Token": await sudo_of(server, "bob")}
    job = await ended(server, (await call(server.bob, "POST", "admin/jobs", 201, json=repair, headers=sudo))["id"])
    assert job["findings"] == [f"blob {lost['sha256']}: missing (repaired)"]
    acts = (await call(server.bob, "GET", "admin/audit", params={"act": "start job"}))["acts"]
    assert [act["about"] for act in acts] == ["fsck, repairing", "fsck"]
    assert len((await call(server.bob, "GET", "admin/jobs"))["jobs"]) == 2


async def test_what_is_due_goes_when_asked(server: Server) -> None:
    """The background's work is done once, and said what of it there was."""
    promote(server, "bob")
    await begun(server)
    change(server, "UPDATE uploads SET expires_at = 1")
    job = await ended(server, (await call(server.bob, "POST", "admin/jobs", 201, json={"kind": "gc"}))["id"])
    assert (job["state"], job["counts"]["expired uploads"]) == ("done", 1)


async def test_a_job_is_ended(server: Server) -> None:
    """By who cancels it, wherever it runs, and by the end of its server; two of a kind do not run at once."""
    promote(server, "bob")
    waiting = asyncio.Event()

    async def wait(report: Report, repair: bool) -> None:
        await waiting.wait()

    jobs = server.container.uploading.jobs
    jobs._works = dict.fromkeys(JobKind, wait)  # a job that lasts
    first = (await call(server.bob, "POST", "admin/jobs", 201, json={"kind": "gc"}))["id"]
    await call(server.bob, "POST", "admin/jobs", 409, json={"kind": "gc"})
    await call(server.bob, "DELETE", f"admin/jobs/{first}", 204)
    await call(server.bob, "DELETE", f"admin/jobs/{first}", 404)
    assert (await ended(server, first))["state"] == "cancelled"
    second = (await call(server.bob, "POST", "admin/jobs", 201, json={"kind": "gc"}))["id"]
    await jobs.close()
    assert (await ended(server, second))["state"] == "failed"


async def test_the_last_day(server: Server) -> None:
    """What the servers answered, in spans; a minute that is not over is none."""
    promote(server, "bob")
    sampling = server.container.uploading.sampling
    await send(server.alice, "a.txt", b"x" * 100)
    assert (await call(server.bob, "GET", "admin/series"))["points"] == []
    minute = int(server.container.clock()) // 60 * 60 - 60
    await sampling.note(Work(requests=5, failures=1, came=100, went=20, parts=2, seconds=0.25), minute)
    told = await call(server.bob, "GET", "admin/series", params={"step": "60"})
    [point] = told["points"]
    assert (told["step"], point["at"] % 60) == (60, 0)
    assert (point["requests"], point["failures"], point["bytes_in"], point["parts"]) == (5, 1, 100, 2)
    assert point["stored"] == 100
    await call(server.bob, "GET", "admin/series", 400, params={"step": "61"})


@pytest.mark.parametrize("path", ["storage", "jobs", "jobs/x", "series", "uploads", "audit", "audit.csv", "settings"])
async def test_nobody_else_sees_it(server: Server, path: str) -> None:
    """Who is no administrator is refused."""
    problem = await call(server.alice, "GET", f"admin/{path}", 403)
    assert problem["status"] == 403
