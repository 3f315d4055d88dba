"""The examples of the API documentation work: somebody clicks through each page, from the first call to the last.

The page fills in what the document has as examples. What only another call can tell is put there by hand, as its
description says.
"""

import json
import re
import subprocess
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit

import httpx
import pyotp
import pytest
from openapi_schema_validator import OAS31Validator
from starlette.types import Receive, Send
from starlette.types import Scope as AsgiScope

from penstock.dialects import every_dialect
from penstock.http.docs import story
from penstock.model.ids import new_id
from penstock.model.principal import EVERY_SCOPE, Scope, Tier
from penstock.ports import Attempt
from tests.dialects.accounts.client import activate, promote, sudo_of
from tests.dialects.drive.client import runs_elsewhere
from tests.dialects.drive.client import send as send_file
from tests.dialects.metaid.client import fund
from tests.support.server import OpenServer, Server, every_name
from tests.support.waiting import eventually

pytestmark = pytest.mark.dialects(*every_name(), open=())

Answers = Mapping[str, Any]
"""The JSON of earlier answers, by their calls."""

CAROL = "carol"
TASK = "/metafile-uploader/api/v1/files"

BY_HAND: dict[str, Callable[[Answers], Mapping[str, Any]]] = {
    "GET /api/scratch/download/{file_id}": lambda told: {
        "file_id": told["POST /api/scratch/stream-upload"]["file"]["id"]
    },
    "POST /account/2fa/activate": lambda told: {
        "token": pyotp.TOTP(told["POST /account/2fa/setup"]["data"]["secret"]).now()
    },
    "DELETE /account/tokens/{id}": lambda told: {
        "id": next(token["id"] for token in told["GET /account/tokens"]["data"] if token["scopes"] == ["read"])
    },
    "DELETE /account/sessions/{id}": lambda told: {"id": told["GET /account/sessions"]["data"][0]["id"]},
    **dict.fromkeys(
        (
            "POST /api/files/chunked-upload/chunk",
            "GET /api/files/chunked-upload/status",
            "POST /api/files/chunked-upload/merge",
        ),
        lambda told: {"uploadId": told["POST /api/files/chunked-upload/init"]["data"]["uploadId"]},
    ),
    **dict.fromkeys(
        (
            "GET /api/files/{file_id}/download",
            "GET /api/files/{file_id}/info",
            "DELETE /api/files/{file_id}",
        ),
        lambda told: {"file_id": told["POST /api/files/chunked-upload/merge"]["data"]["id"]},
    ),
    "DELETE /api/files/tmp/{file_id}": lambda told: {"file_id": told["POST /api/files/upload"]["data"]["id"]},
    "POST /api/auth/refresh": lambda told: {
        "refreshToken": told["POST /api/auth/login"]["data"]["refreshToken"],
    },
    "POST /api/auth/logout": lambda told: {
        "refreshToken": told["POST /api/auth/refresh"]["data"]["refreshToken"],
    },
    "PUT /oss/upload": lambda told: dict(
        parse_qsl(urlsplit(told["POST /api/file/multipart/init"]["data"]["uploadUrl"]["1"]).query)
    ),
    "GET /oss/f/{target}/{signature}/{name}": lambda told: dict(
        zip(
            ("target", "signature", "name"),
            urlsplit(told["POST /api/media/image/upload"]["data"]["thumbnailPath"]).path.split("/")[3:],
            strict=True,
        )
    ),
    f"GET {TASK}/task/{{task_id}}": lambda told: {
        "task_id": told[f"POST {TASK}/chunked-upload-task"]["data"]["taskId"]
    },
    f"POST {TASK}/task/{{task_id}}/retry": lambda told: {
        "task_id": told[f"POST {TASK}/chunked-upload-task"]["data"]["taskId"]
    },
    f"GET {TASK}/content/{{pin_id}}": lambda told: {"pin_id": told[f"POST {TASK}/direct-upload"]["data"]["pinId"]},
    "POST /oauth/introspect": lambda told: {
        "token": told["POST /oauth/token"]["access_token"],
        "client_id": "reports",
        "client_secret": told["secret"],
    },
    "POST /oauth/revoke": lambda told: {"token": told["POST /oauth/token"]["access_token"]},
    **dict.fromkeys(
        [f"{method} /files/{{upload_id}}" for method in ("HEAD", "PATCH", "GET", "DELETE")],
        lambda told: {"upload_id": told["POST /files/"]["location"].removeprefix("/files/")},
    ),
    **dict.fromkeys(
        [f"{method} /resumable/{{upload_id}}" for method in ("HEAD", "PATCH", "GET", "DELETE")],
        lambda told: {"upload_id": told["POST /resumable/"]["location"].removeprefix("/resumable/")},
    ),
    **dict.fromkeys(
        [
            *(f"GET /drive/v1/files/{{id}}/{what}" for what in ("content", "preview")),
            *(f"{method} /drive/v1/files/{{id}}" for method in ("GET", "PATCH", "DELETE")),
            "POST /drive/v1/trash/{id}/restore",
        ],
        lambda told: {"id": told["POST /drive/v1/claims"]["file"]["id"]},
    ),
    **dict.fromkeys(
        [
            *(f"{method} /drive/v1/folders/{{id}}" for method in ("GET", "PATCH", "DELETE")),
            "DELETE /drive/v1/trash/{id}",
        ],
        lambda told: {"id": told["POST /drive/v1/folders"]["id"]},
    ),
    **dict.fromkeys(
        [f"{method} /drive/v1/uploads/{{id}}" for method in ("GET", "DELETE")],
        lambda told: {"id": told["GET /drive/v1/uploads"]["uploads"][0]["id"]},
    ),
    "GET /drive/v1/admin/jobs/{id}": lambda told: {"id": told["POST /drive/v1/admin/jobs"]["id"]},
    "DELETE /drive/v1/admin/jobs/{id}": lambda _: {"id": "elsewhere"},
    "DELETE /drive/v1/admin/uploads/{id}": lambda told: {
        "id": told["GET /drive/v1/admin/uploads"]["uploads"][0]["upload"]["id"]
    },
    "POST /drive/v1/zips": lambda told: {"ids": [told["POST /drive/v1/claims"]["file"]["id"]]},
    **dict.fromkeys(
        ["GET /drive/v1/zips/{id}", "GET /drive/v1/zips/{id}/content"],
        lambda told: {"id": told["POST /drive/v1/zips"]["id"]},
    ),
    "POST /drive/v1/shares": lambda told: {"item": told["POST /drive/v1/claims"]["file"]["id"]},
    **dict.fromkeys(
        [f"{method} /drive/v1/shares/{{id}}" for method in ("GET", "PATCH", "DELETE")],
        lambda told: {"id": told["POST /drive/v1/shares"]["id"]},
    ),
    "POST /drive/v1/upload-requests": lambda told: {"folder": told["GET /drive/v1/folders"]["folders"][0]["id"]},
    **dict.fromkeys(
        [f"{method} /drive/v1/upload-requests/{{id}}" for method in ("GET", "PATCH", "DELETE")],
        lambda told: {"id": told["POST /drive/v1/upload-requests"]["id"]},
    ),
    "POST /drive/v1/links": lambda told: {"targets": [{"file": told["POST /drive/v1/claims"]["file"]["id"]}]},
    **dict.fromkeys(
        ["GET /s/{token}", "POST /s/{token}/password", "POST /s/{token}/tickets"], lambda told: _shared(told)
    ),
    "GET /s/{token}/tickets/{ticket}": lambda told: (
        _shared(told) | {"ticket": told["POST /s/{token}/tickets"]["location"].removeprefix("tickets/")}
    ),
    **dict.fromkeys(
        [
            *(f"{method} /drive/v1/webhooks/{{id}}" for method in ("GET", "PATCH", "DELETE")),
            *(f"POST /drive/v1/webhooks/{{id}}/{what}" for what in ("secret", "test", "replay")),
            "GET /drive/v1/webhooks/{id}/deliveries",
        ],
        lambda told: {"id": told["POST /drive/v1/webhooks"]["id"]},
    ),
    "POST /drive/v1/webhooks/{id}/deliveries/{delivery}/replay": lambda told: {
        "id": told["POST /drive/v1/webhooks"]["id"],
        "delivery": told["GET /drive/v1/webhooks/{id}/deliveries"]["deliveries"][0]["id"],
    },
    **dict.fromkeys(
        ["POST /drive/v1/publications/estimate", "POST /drive/v1/publications"],
        lambda told: {"file": told["POST /drive/v1/claims"]["file"]["id"]},
    ),
    "GET /drive/v1/publications/{id}": lambda told: {"id": told["POST /drive/v1/publications"]["publication"]["id"]},
    **dict.fromkeys(
        ["POST /drive/v1/publications/{id}/retry", "GET /drive/v1/publications/{id}/content"],
        lambda told: {"id": told["GET /drive/v1/publications/{id}"]["publication"]["id"]},
    ),
    "DELETE /admin/tokens/{id}": lambda told: {"id": told["GET /admin/users/{name}/tokens"]["data"][0]["id"]},
    "DELETE /admin/sessions/{id}": lambda told: {"id": told["GET /admin/users/{name}/sessions"]["data"][0]["id"]},
}
"""What only another call can tell."""

UNABLE = {
    "DELETE /api/scratch/cancel-upload/{upload_id}": 409,  # the one part before it has completed the upload
    "POST /account/2fa/login/totp": 401,  # Alice has no second factor when she signs in, so nothing challenges her
}
"""What the examples alone cannot bring to a good end, and what is answered then."""


def _shared(told: Answers) -> dict[str, str]:
    """A link that is good."""
    return {"token": told["GET /drive/v1/shares"]["shares"][0]["url"].rpartition("/")[2]}


async def carol_comes(server: Server) -> None:
    """Carol, whose account is an example, has an authenticator, a token and a session."""
    engine = server.container.engine
    await activate(server, CAROL)
    await engine.access.create_token(CAROL, frozenset({Scope.READ}), None)
    await engine.sessions.begin(await engine.access.user(CAROL), EVERY_SCOPE, client="files", address="127.0.0.1")


AGAIN = {"POST /account/password": "POST /auth/authenticate"}
"""What is asked once more behind a call: another password ends every sudo token."""


async def another_works(server: Server) -> None:
    """Another server has a job that lasts."""
    with server.database() as records:
        records.execute("DELETE FROM jobs")
    runs_elsewhere(server, "elsewhere")


async def alice_begins(server: Server) -> None:
    """Alice has begun an upload."""
    headers = {"Tus-Resumable": "1.0.0", "Upload-Length": "10"}
    assert (await server.alice.post("/files/", headers=headers)).status_code == 201


async def alice_sends(server: Server) -> None:
    """Alice has sent the file of the story, and begun another."""
    await send_file(server.alice, story.NAME, story.CONTENT)
    await alice_begins(server)
    folder = {"name": "a folder", "on_conflict": "rename"}
    assert (await server.alice.post("/drive/v1/folders", json=folder)).status_code == 201


async def alice_shares(server: Server) -> None:
    """Alice has shared another file."""
    shared = {"item": await send_file(server.alice, "shared.txt", story.CONTENT)}
    assert (await server.alice.post("/drive/v1/shares", json=shared)).status_code == 201


async def somebody_is_told(server: Server) -> None:
    """A webhook was told of something."""
    webhooks, outbox = server.container.storage.webhooks, server.container.uploading.hooks.outbox
    for webhook in await webhooks.webhooks():
        sent = await webhooks.send(webhook.id, "event", "test", new_id(), "{}")
        await outbox.lease(f"webhook {webhook.id}", "test", 60.0, 10)
        await outbox.done(sent, "test", Attempt("event", 200, 0.5))


async def alice_is_published(server: Server) -> None:
    """What Alice publishes is on the chain."""
    await eventually(lambda: all(row["completed_at"] is not None for row in server.rows("publications")))


MEANWHILE: dict[str, Callable[[Server], Awaitable[None]]] = {
    "DELETE /admin/users/{name}/2fa": carol_comes,
    "POST /drive/v1/claims": alice_sends,
    "GET /drive/v1/admin/uploads": alice_begins,
    "DELETE /drive/v1/admin/jobs/{id}": another_works,
    "GET /drive/v1/shares": alice_shares,
    "GET /drive/v1/webhooks/{id}/deliveries": somebody_is_told,
    "GET /drive/v1/publications/{id}/content": alice_is_published,
}
"""What others do before a call."""


@dataclass
class Clicker:
    """Somebody who tries every call of a page."""

    server: Server
    caller: httpx.AsyncClient
    document: dict[str, Any]
    told: dict[str, Any]
    faults: list[str | None]
    answers: dict[str, httpx.Response] = field(default_factory=dict)

    async def through(self) -> None:
        """Try every call, in the order of the page."""
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                key = f"{method.upper()} {path}"
                if key in MEANWHILE:
                    await MEANWHILE[key](self.server)
                await self.take(key, operation)
                if key in AGAIN and self.answers[key].is_success:
                    method, path = AGAIN[key].split(" ")
                    await self.take(AGAIN[key], self.document["paths"][path][method.lower()])

    async def take(self, key: str, operation: dict[str, Any]) -> None:
        """Click, remember what was answered, and hold it against the document."""
        self.server.forgive()
        self.answers[key] = answer = await self.click(key, operation)
        is_json = "json" in answer.headers.get("content-type", "")
        told = answer.json() if is_json else {}
        place = {"location": answer.headers["location"]} if "location" in answer.headers else {}
        self.told[key] = told | place if place else told
        self.check(key, operation, answer)

    async def click(
        self, key: str, operation: dict[str, Any], by_hand: Mapping[str, Any] | None = None
    ) -> httpx.Response:
        """Send what the page has filled in, and what was put there by hand."""
        method, path = key.split(" ")
        by_hand = self.by_hand(key) if by_hand is None else by_hand
        query: dict[str, str] = {}
        headers: dict[str, str] = {}
        for parameter in operation["parameters"]:
            name, value = parameter["name"], by_hand.get(parameter["name"], parameter.get("example"))
            assert value is not None or not parameter["required"], f"{key}: nobody can know {name}"
            match parameter["in"]:
                case "path":
                    path = path.replace(f"{{{name}}}", quote(str(value), safe=""))
                case "query" if value is not None:
                    query[name] = str(value)
                case "header" if value is not None:
                    headers[name] = str(value)
        [(kind, content)] = operation.get("requestBody", {"content": {"": None}})["content"].items()
        body = self.body(kind, content, by_hand)
        return await self.caller.request(method, path, params=query, headers=headers, **body)

    def by_hand(self, key: str) -> Mapping[str, Any]:
        sudo = (self.told.get("POST /auth/authenticate") or {}).get("data", {}).get("sudo_token", self.told.get("sudo"))
        try:
            filled = BY_HAND[key](self.told) if key in BY_HAND else {}
        except (KeyError, TypeError, IndexError):
            return _Anything()  # a call before it was refused
        return {"X-Sudo-Token": sudo, **filled}

    def body(self, kind: str, content: Any, by_hand: Mapping[str, Any]) -> dict[str, Any]:
        match kind:
            case "application/json":
                example = content["example"]
                OAS31Validator(self.rooted(content["schema"])).validate(example)
                return {"json": {name: by_hand.get(name, value) for name, value in example.items()}}
            case "application/octet-stream":
                return {"content": story.CONTENT}
            case "multipart/form-data":
                fields = content["schema"]["properties"]
                return {"files": [(name, _field(name, said, by_hand)) for name, said in fields.items()]}
            case "application/x-www-form-urlencoded":
                fields = content["schema"]["properties"]
                return {"data": {name: by_hand.get(name, said["examples"][0]) for name, said in fields.items()}}
            case _:
                return {}

    def check(self, key: str, operation: dict[str, Any], answer: httpx.Response) -> None:
        """What is answered is told in the document: its status, its shape, and, refused, what fault it was."""
        said = operation["responses"].get(str(answer.status_code))
        assert said is not None, f"{key}: {answer.status_code} {answer.text}"
        content = said.get("content", {})
        if (fault := self.faults[-1]) is not None:
            [refusal] = content.values()
            told = {name.partition(" ")[2] for name in refusal["examples"]}
            assert fault in told, f"{key}: {fault}"
        for kind in content.keys() & {"application/json", "application/problem+json"}:
            assert answer.headers["content-type"] == kind
            OAS31Validator(self.rooted(content[kind]["schema"])).validate(answer.json())
        if not content:
            assert answer.content == b""

    def rooted(self, schema: dict[str, Any]) -> dict[str, Any]:
        """A schema that finds the document's shapes."""
        return {**schema, "components": self.document["components"]}


class _Anything(dict[str, Any]):
    """What somebody puts everywhere who knows nothing."""

    def get(self, name: str, default: Any = None) -> Any:
        return default or "x"


def _field(name: str, said: dict[str, Any], by_hand: Mapping[str, Any]) -> tuple[str | None, bytes]:
    if "contentMediaType" not in said:
        return None, str(by_hand.get(name, said["examples"][0])).encode()
    if story.HOW_TO_MAKE_PICTURE in said["description"]:
        return story.PICTURE_NAME, story.PICTURE
    assert story.HOW_TO_MAKE in said["description"]
    return story.NAME, story.CONTENT


@pytest.fixture(params=[dialect.name for dialect in every_dialect()])
def name(request: pytest.FixtureRequest) -> str:
    """Each dialect in turn."""
    found: str = request.param
    return found


async def clicker(server: Server, name: str, token: str | None) -> Clicker:
    """Somebody before the page of a dialect, where Alice is an administrator, has money and a client of OAuth."""
    faults: list[str | None] = []

    async def noting(scope: AsgiScope, receive: Receive, send: Send) -> None:
        await server.app(scope, receive, send)
        faults.append(scope.get("penstock.fault"))

    promote(server, story.PERSON)
    await fund(server)
    told = {"sudo": await sudo_of(server, story.PERSON)}
    told["secret"] = await server.container.engine.access.create_client("reports", EVERY_SCOPE, Tier.NORMAL)
    document = (await server.anyone.get(f"/docs/{name}/openapi.json")).json()
    return Clicker(server, replace(server, app=noting).caller(token), document, told, faults)


def went_well(answer: httpx.Response) -> bool:
    """A form leads to a page."""
    return answer.is_success or answer.status_code == 303


def ended_well(clicker: Clicker) -> None:
    for key, answer in clicker.answers.items():
        assert answer.status_code == UNABLE.get(key, answer.status_code if went_well(answer) else 200), (
            key,
            answer.text,
        )


async def test_the_examples_work(server: Server, name: str) -> None:
    """Every call of a dialect, tried with its examples in the order of its page, succeeds, but a few that cannot."""
    alice = await clicker(server, name, server.people.alice)
    await alice.through()
    ended_well(alice)


async def test_once_more(server: Server, name: str) -> None:
    """Tried again, where everything is here already, nothing is answered that the document does not tell of."""
    alice = await clicker(server, name, server.people.alice)
    for _ in range(2):
        await alice.through()


@pytest.mark.parametrize("name", ["instant", "metaid"])
async def test_the_examples_work_without_a_token(open_server: OpenServer, name: str) -> None:
    """With anonymous access so they do for somebody without a token."""
    async with open_server(dialects=every_name(), open=(name,)) as server:
        anyone = await clicker(server, name, None)
        await anyone.through()
        ended_well(anyone)


SHORT: list[dict[str, Any]] = [
    {"quota_bytes": 5},
    {"quota_files": 0},
    {"quota_uploads": 0},
    {"min_free": 1 << 60},
    {"file_limit": 5, "scratch_limit": 5, "tier_normal": 5, "publish_limit": 5},
]


@pytest.mark.parametrize("name", ["scratch", "instant", "files", "oss", "metaid"])
@pytest.mark.parametrize("settings", SHORT, ids=lambda settings: next(iter(settings)))
async def test_no_refusal_is_unheard_of(open_server: OpenServer, name: str, settings: dict[str, Any]) -> None:
    """Where there is no room, too, nothing is answered that the document does not tell of; what stores is refused."""
    async with open_server(dialects=every_name(), open=(), **settings) as server:
        alice = await clicker(server, name, server.people.alice)
        await alice.through()
        assert {answer.status_code for answer in alice.answers.values()} & {413, 507}


async def test_a_range_is_what_was_asked_for(server: Server) -> None:
    """The example of a download in ranges is answered 206 with the bytes that its parameters name."""
    alice = await clicker(server, "oss", server.people.alice)
    await alice.through()
    part = alice.answers["GET /api/file/download"]
    assert (part.status_code, part.content) == (206, story.CONTENT[:5])


async def test_a_second_factor_is_asked_for(server: Server) -> None:
    """With a second factor the example of a sign-in is answered by a challenge, as is told, and a code answers that."""
    alice = await clicker(server, "accounts", None)
    _, codes = await activate(server, story.PERSON)
    for key in ("POST /account/login", "POST /account/2fa/login/totp"):
        operation = alice.document["paths"][key.split()[1]]["post"]
        challenge = alice.told.get("POST /account/login", {}).get("data", {}).get("challenge_id")
        answer = await alice.click(key, operation, {"challenge_id": challenge, "token": codes[0]})
        alice.check(key, operation, answer)
        alice.told[key] = answer.json()
    assert [answer["status"] for key, answer in alice.told.items() if "/account/" in key] == ["need_2fa", "success"]


async def test_an_upload_can_be_cancelled(server: Server) -> None:
    """With one part more than the example says, the upload waits for it, and the call that gives it up succeeds."""
    alice = await clicker(server, "scratch", server.people.alice)
    key = "POST /api/scratch/stream-upload"
    operation = json.loads(json.dumps(alice.document["paths"][key.split()[1]]["post"]))
    for parameter in operation["parameters"]:
        if parameter["name"] == "x-total-chunks":
            parameter["example"] = 2
    assert (await alice.click(key, operation)).is_success
    key = "DELETE /api/scratch/cancel-upload/{upload_id}"
    assert (await alice.click(key, alice.document["paths"][key.split()[1]]["delete"])).is_success


@pytest.mark.parametrize(
    ("said", "name", "content"),
    [(story.HOW_TO_MAKE, story.NAME, story.CONTENT), (story.HOW_TO_MAKE_PICTURE, story.PICTURE_NAME, story.PICTURE)],
)
def test_the_files_can_be_made(said: str, name: str, content: bytes, tmp_path: Path) -> None:
    """Whoever types what the documentation says has the file of the examples."""
    [command] = re.findall("`(.*)`", said)
    subprocess.run(["bash", "-c", command], cwd=tmp_path, check=True)
    assert (tmp_path / name).read_bytes() == content
