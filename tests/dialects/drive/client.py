"""`drive` as a program speaks it, in few words."""

import asyncio
import base64
import io
from typing import Any

import httpx
from PIL import Image

from tests.support.server import Server

DRIVE = "/drive/v1"


async def send(caller: httpx.AsyncClient, name: str, content: bytes = b"hello world", folder: str | None = None) -> str:
    """Send a file by `tus`, as clients of `drive` do; the id of the file."""
    metadata = {"filename": name} | ({"folder": folder} if folder is not None else {})
    told = ",".join(f"{key} {base64.b64encode(value.encode()).decode()}" for key, value in metadata.items())
    headers = {"Tus-Resumable": "1.0.0", "Upload-Metadata": told, "Upload-Length": str(len(content))}
    headers["Content-Type"] = "application/offset+octet-stream"
    answer = await caller.post("/files/", headers=headers, content=content)
    assert answer.status_code == 201, answer.text
    upload = answer.headers["location"].removeprefix("/files/")
    return str((await call(caller, "GET", f"files/{upload}"))["id"])


async def call(caller: httpx.AsyncClient, method: str, path: str, status: int = 200, **kwargs: Any) -> Any:
    """What a call answers, in JSON; it must have this status."""
    answer = await caller.request(method, f"{DRIVE}/{path}", **kwargs)
    assert answer.status_code == status, answer.text
    return answer.json() if answer.content else None


async def make(caller: httpx.AsyncClient, name: str, folder: str | None = None) -> str:
    """Make a folder; its id."""
    made = await call(caller, "POST", "folders", 201, json={"name": name, "folder": folder})
    return str(made["id"])


async def ended(caller: httpx.AsyncClient, publication: str) -> dict[str, Any]:
    """How a publication ended."""
    async with asyncio.timeout(30):
        while True:
            told: dict[str, Any] = (await call(caller, "GET", f"publications/{publication}"))["publication"]
            if told["state"] != "publishing":
                return told
            await asyncio.sleep(0.05)


async def names(caller: httpx.AsyncClient, path: str, **query: Any) -> list[str]:
    """The names in a list."""
    answer = await call(caller, "GET", path, params=query)
    [entries] = [value for value in answer.values() if isinstance(value, list)]
    return [entry["name"] for entry in entries]


def drawn(kind: str, width: int = 3000, height: int = 1500) -> bytes:
    """A picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(out, kind)
    return out.getvalue()


def change(server: Server, sql: str) -> None:
    """Do something to the records behind the server's back."""
    with server.database() as records:
        records.execute(sql)


def runs_elsewhere(server: Server, job: str) -> None:
    """Let another server have a job that lasts."""
    change(
        server,
        "INSERT INTO jobs (id, kind, repair, state, started_by, started_at, progress, until) "
        f"VALUES ('{job}', 'gc', 0, 'running', 'bob', 1, '{{}}', 1e12)",
    )
