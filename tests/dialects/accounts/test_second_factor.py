"""The second factor and sudo, as front ends meet them."""

import asyncio
import re
import sqlite3
from urllib.parse import parse_qs, urlsplit
from xml.etree import ElementTree

import httpx
import pyotp
import pytest

from penstock.identity.throttle import LIMITS, SHORT, Throttled
from penstock.model.sudo import When
from tests.dialects.accounts.client import activate, code, enrol, sudo_of
from tests.dialects.files.client import PARTS, send_file
from tests.support.server import OpenServer, Server

pytestmark = pytest.mark.dialects("scratch", "files", "oauth")

RIGHT = {"un": "alice", "pw": "a password"}
LOGIN, ANSWER, AUTHENTICATE = "/account/login", "/account/2fa/login/totp", "/auth/authenticate"


async def challenge(server: Server) -> str:
    """What Alice is to answer, who has told her password."""
    answer = await server.anyone.post(LOGIN, json=RIGHT)
    assert (answer.status_code, answer.json()["status"]) == (200, "need_2fa"), answer.text
    identifier: str = answer.json()["data"]["challenge_id"]
    return identifier


async def answered(server: Server, challenge_id: str, token: str) -> httpx.Response:
    return await server.anyone.post(ANSWER, json={"challenge_id": challenge_id, "token": token})


async def test_from_nothing_to_signed_in(server: Server) -> None:
    """Sudo, set-up, activation and a sign-in with the authenticator, each call as a front end makes it."""
    assert (await server.alice.get("/account/2fa/status")).json()["data"] == {
        "enabled": False,
        "verified": False,
        "created_at": None,
    }
    proof = {"purpose": "sudo", "method": "password", "password": "a password"}
    sudo = (await server.alice.post(AUTHENTICATE, json=proof)).json()["data"]
    assert sudo["expires_in"] == 900
    answer = await server.alice.post("/account/2fa/setup", json={"sudo_token": sudo["sudo_token"]})
    data = answer.json()["data"]
    assert answer.headers["cache-control"] == "no-store"
    assert (data["algorithm"], data["digits"], data["period"]) == ("SHA1", 6, 30)
    url = urlsplit(data["otpauth_url"])
    assert (url.scheme, url.netloc, url.path) == ("otpauth", "totp", "/Penstock:alice")
    assert parse_qs(url.query) == {"secret": [data["secret"]], "issuer": ["Penstock"]}
    assert ElementTree.fromstring(data["qr_svg"]).tag == "{http://www.w3.org/2000/svg}svg"  # our own
    assert "status" in (await server.anyone.post(LOGIN, json=RIGHT)).json(), "it counts only once it has shown a code"
    totp = pyotp.TOTP(data["secret"])
    codes = (await server.alice.post("/account/2fa/activate", json={"token": code(server, totp)})).json()["data"]
    assert len(set(codes["recovery_codes"])) == 10
    assert all(re.fullmatch("([a-z2-7]{4}-){3}[a-z2-7]{4}", each) for each in codes["recovery_codes"])
    status = (await server.alice.get("/account/2fa/status")).json()["data"]
    assert (status["enabled"], status["verified"]) == (True, True)
    body = (await server.anyone.post(LOGIN, json=RIGHT)).json()
    assert body["data"].keys() == {"challenge_id", "expires_in", "available_methods"}
    assert (body["data"]["expires_in"], body["data"]["available_methods"]) == (600, ["totp", "recovery_code"])
    signed = await answered(server, body["data"]["challenge_id"], code(server, totp, steps=1))
    assert (signed.status_code, signed.json()["status"], signed.json()["username"]) == (200, "success", "alice")
    assert (await server.caller(signed.json()["token"]).get("/account/2fa/status")).status_code == 200


async def test_a_code_is_used_once(server: Server) -> None:
    """A code that signed somebody in is refused ever after, and so is the one that was shown before it."""
    totp, _ = await activate(server, "alice")
    now, before = code(server, totp), code(server, totp, steps=-1)
    assert (await answered(server, await challenge(server), now)).status_code == 200
    for used in (now, before):
        assert (await answered(server, await challenge(server), used)).status_code == 401
    assert (await answered(server, await challenge(server), code(server, totp, steps=1))).status_code == 200


async def test_one_code_at_once(server: Server) -> None:
    """Of many who show the same code at the same time one comes in."""
    totp, _ = await activate(server, "alice")
    challenges = [await challenge(server) for _ in range(5)]
    answers = await asyncio.gather(*(answered(server, each, code(server, totp)) for each in challenges))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401, 401]


@pytest.mark.parametrize("steps", [-2, 2])
async def test_a_code_two_steps_off(server: Server, steps: int) -> None:
    """A code two steps early or late is refused."""
    totp, _ = await activate(server, "alice")
    assert (await answered(server, await challenge(server), code(server, totp, steps=steps))).status_code == 401


async def test_a_challenge_is_for_one_sign_in(server: Server) -> None:
    """A challenge that was answered is good for nothing, nor is one that nobody was asked, nor an access token."""
    _, codes = await activate(server, "alice")
    asked = await challenge(server)
    assert (await answered(server, asked, "000000")).status_code == 401
    assert (await answered(server, asked, codes[0])).status_code == 200
    for wrong in (asked, "pst_guessed", server.people.alice):
        assert (await answered(server, wrong, codes[1])).status_code == 401
    assert (await answered(server, await challenge(server), codes[1])).status_code == 200, "the code was not used up"


async def test_recovery(server: Server) -> None:
    """A recovery code takes the authenticator's place, once, however it is typed."""
    _, codes = await activate(server, "alice")
    assert (await answered(server, await challenge(server), codes[0].upper().replace("-", " "))).status_code == 200
    assert (await answered(server, await challenge(server), codes[0])).status_code == 401
    assert (await answered(server, await challenge(server), codes[1])).status_code == 200
    kept = str(server.rows("recovery_codes"))
    assert len(server.rows("recovery_codes")) == 8
    assert not any(each in kept or each.replace("-", "") in kept for each in codes)


async def test_codes_cannot_be_guessed(server: Server) -> None:
    """After ten codes in five minutes no code is looked at, whoever sends it from wherever, the right one included."""
    totp, _ = await activate(server, "alice")
    server.forgive()
    await server.early_in(SHORT)
    asked = await challenge(server)
    for number in range(10):
        caller = server.caller(address=(f"203.0.113.{number}", 1))
        wrong = await caller.post(ANSWER, json={"challenge_id": asked, "token": f"{number:06}"})
        assert wrong.status_code == 401
    late = await answered(server, asked, code(server, totp))
    assert late.status_code == 429
    assert int(late.headers["retry-after"]) > 0
    server.forgive()
    assert (await answered(server, asked, code(server, totp))).status_code == 200


async def test_files_signs_in_with_a_code(server: Server) -> None:
    """The `files` front end is told what is missing, and sends the code with the password."""
    totp, _ = await activate(server, "alice")
    right = {"username": "alice", "password": "a password"}
    asked = await server.anyone.post("/api/auth/login", json=right)
    assert (asked.status_code, asked.json()["success"]) == (401, False)
    assert asked.json()["data"].keys() == {"challenge_id", "expires_in", "available_methods"}
    wrong = await server.anyone.post("/api/auth/login", json=right | {"totp": "000000"})
    assert wrong.status_code == 401
    signed = await server.anyone.post("/api/auth/login", json=right | {"totp": code(server, totp)})
    assert signed.json()["data"].keys() >= {"accessToken", "refreshToken", "expiresIn"}


async def test_oauth_signs_in_with_a_code(server: Server) -> None:
    """The password grant takes the code as `totp`, and tells when one is asked for."""
    totp, _ = await activate(server, "alice")
    form = {"grant_type": "password", "username": "alice", "password": "a password"}
    asked = await server.anyone.post("/oauth/token", data=form)
    assert (asked.status_code, asked.json()["error"]) == (400, "invalid_grant")
    assert "totp" in asked.json()["error_description"]
    assert (await server.anyone.post("/oauth/token", data=form | {"totp": "000000"})).status_code == 400
    assert (await server.anyone.post("/oauth/token", data=form | {"totp": code(server, totp)})).status_code == 200


async def test_a_wrong_password_is_told_nothing(server: Server) -> None:
    """Whether somebody has a second factor is told only to who knows the password."""
    without = await server.anyone.post(LOGIN, json={"un": "bob", "pw": "wrong"})
    await activate(server, "alice")
    having = await server.anyone.post(LOGIN, json={"un": "alice", "pw": "wrong"})
    assert (without.status_code, without.content) == (having.status_code, having.content) == (401, having.content)


async def test_switching_on_and_off(server: Server) -> None:
    """It is set up once, switched on by its own code alone, and switched off only with a sudo token."""
    sudo = {"X-Sudo-Token": await sudo_of(server, "alice")}
    for path in ("activate", "disable"):
        missing = await server.alice.post(f"/account/2fa/{path}", json={"token": "123456"}, headers=sudo)
        assert missing.status_code == 409
    await enrol(server, "alice")
    wrong = await server.alice.post("/account/2fa/activate", json={"token": "000000"})
    assert wrong.status_code == 401
    assert not (await server.alice.get("/account/2fa/status")).json()["data"]["enabled"]
    await activate(server, "alice")
    assert (await server.alice.post("/account/2fa/setup", headers=sudo)).status_code == 409
    assert (await server.alice.post("/account/2fa/disable")).status_code == 403
    assert (await server.alice.post("/account/2fa/disable", headers=sudo)).status_code == 200
    assert (await server.anyone.post(LOGIN, json=RIGHT)).json()["status"] == "success"
    assert server.rows("recovery_codes") == []


async def test_an_operator_resets_it(server: Server) -> None:
    """Who has lost everything signs in by password again, and every challenge and sudo token is void."""
    _, codes = await activate(server, "alice")
    asked, sudo = await challenge(server), await sudo_of(server, "alice")
    await server.container.engine.factors.reset("alice")
    assert (await answered(server, asked, codes[0])).status_code == 401
    assert (await server.alice.post("/account/2fa/setup", headers={"X-Sudo-Token": sudo})).status_code == 403
    assert (await server.anyone.post(LOGIN, json=RIGHT)).json()["status"] == "success"


async def test_a_token_keeps_nobody_from_signing_in(server: Server) -> None:
    """Whoever has a token of somebody's and guesses at sudo codes uses up no attempts at the sign-in."""
    totp, _ = await activate(server, "alice")
    await server.early_in(SHORT)
    for _ in range(11):
        guess = await server.alice.post(AUTHENTICATE, json={"purpose": "sudo", "method": "totp", "token": "000000"})
    assert guess.status_code == 429
    assert (await answered(server, await challenge(server), code(server, totp))).status_code == 200


# --- sudo ------------------------------------------------------------------------------------------------------------


async def test_sudo_by_code(server: Server) -> None:
    """A code of the second factor gives a sudo token; without a second factor none does."""
    proof = {"purpose": "sudo", "method": "totp", "token": "123456"}
    assert (await server.alice.post(AUTHENTICATE, json=proof)).status_code == 401
    totp, _ = await activate(server, "alice")
    given = await server.alice.post(AUTHENTICATE, json=proof | {"token": code(server, totp)})
    assert given.status_code == 200
    token = given.json()["data"]["sudo_token"]
    assert (await server.alice.post("/account/2fa/disable", json={"sudo_token": token})).status_code == 200


@pytest.mark.parametrize(
    "proof",
    [
        {"purpose": "sudo", "method": "password", "password": "wrong"},
        {"purpose": "login", "method": "password", "password": "a password"},
        {"purpose": "sudo", "method": "sms", "password": "a password"},
        {"purpose": "sudo", "method": "password"},
        {"method": "password", "password": "a password"},
    ],
)
async def test_what_gives_no_sudo(server: Server, proof: dict[str, str]) -> None:
    """A wrong password, another purpose, a method that nobody offers: refused, and nothing is given."""
    answer = await server.alice.post(AUTHENTICATE, json=proof)
    assert answer.status_code == (401 if proof.get("password") == "wrong" else 400)
    assert server.rows("proofs") == []
    assert (await server.anyone.post(AUTHENTICATE, json=proof)).status_code == 401


@pytest.mark.parametrize("how", ["header", "beside", "one header", "query", "body"])
async def test_where_sudo_is_shown(server: Server, how: str) -> None:
    """A sudo token counts in each of the places it may be sent in."""
    sudo, token = await sudo_of(server, "alice"), server.people.alice
    headers = {
        "header": [("Authorization", f"Bearer {token}"), ("X-Sudo-Token", sudo)],
        "beside": [("Authorization", f"Bearer {token}"), ("Authorization", f"sudo {sudo}")],
        "one header": [("Authorization", f"Sudo {sudo}, Bearer {token}")],
        "query": [("Authorization", f"Sudo {sudo}")],
        "body": [("Authorization", f"Bearer {token}")],
    }[how]
    path = "/account/2fa/setup" + (f"?accessToken={token}" if how == "query" else "")
    body = {"sudo_token": sudo} if how == "body" else {}
    assert (await server.anyone.post(path, headers=headers, json=body)).status_code == 200


async def test_sudo_alone_lets_nobody_in(server: Server) -> None:
    """A sudo token is no credential, in no place."""
    sudo = await sudo_of(server, "alice")
    for headers in ({"Authorization": f"Sudo {sudo}"}, {"X-Sudo-Token": sudo}, {"Authorization": f"Bearer {sudo}"}):
        assert (await server.anyone.get("/account/2fa/status", headers=headers)).status_code == 401


async def test_whose_sudo(server: Server) -> None:
    """Somebody else's sudo token, one that has ended, and one from before a new password are none."""
    for wrong in (await sudo_of(server, "bob"), "pst_guessed", server.people.alice, ""):
        refused = await server.alice.post("/account/2fa/setup", headers={"X-Sudo-Token": wrong})
        assert (refused.status_code, refused.json()["code"]) == (403, "SUDO_TOKEN_REQUIRED")
    ended = await sudo_of(server, "alice")
    with server.database() as connection:
        connection.execute("UPDATE proofs SET expires_at = expires_at - 900")
    assert (await server.alice.post("/account/2fa/setup", headers={"X-Sudo-Token": ended})).status_code == 403


SENSITIVE = [
    ("POST", "/account/2fa/setup"),
    ("POST", "/account/2fa/disable"),
    ("POST", "/account/password"),
    ("POST", "/account/tokens"),
    ("DELETE", "/account/tokens/1"),
]


@pytest.mark.parametrize(("method", "path"), SENSITIVE)
async def test_what_needs_sudo(server: Server, method: str, path: str) -> None:
    """Without a sudo token the answer says that one is needed, and nothing happens."""
    before = [server.rows(table) for table in ("users", "tokens", "factors")]
    answer = await server.alice.request(method, path, json={"new_password": "another password"})
    assert (answer.status_code, answer.json()["code"]) == (403, "SUDO_TOKEN_REQUIRED")
    assert [server.rows(table) for table in ("users", "tokens", "factors")] == before


@pytest.mark.parametrize("delete", list(When))
async def test_deleting_files(open_server: OpenServer, delete: When) -> None:
    """Before a finished file is deleted a sudo token is asked of whom the setting says: nobody, whoever has a second
    factor, or everybody. Unfinished uploads, deleted files and other people's ask for none.
    """
    async with open_server(dialects=("scratch", "files"), sudo_delete=delete) as server:
        for second_factor in (False, True):
            if second_factor:
                await activate(server, "alice")
            asked = delete is When.ALWAYS or (delete is When.SECOND_FACTOR and second_factor)
            file = f"/api/files/{(await send_file(server.alice, b'a file'))['id']}"
            assert (await server.bob.delete(file)).status_code == 404
            plain = await server.alice.delete(file)
            assert plain.status_code == (403 if asked else 200)
            if asked:
                assert plain.json()["data"] == {"error": "SUDO_TOKEN_REQUIRED"}
                assert (await server.alice.get(f"{file}/download")).status_code == 200
                body = {"sudo_token": await sudo_of(server, "alice")}
                assert (await server.alice.request("DELETE", file, json=body)).status_code == 200
            [entry] = await server.container.engine.audit.last(1, file.rpartition("/")[2])
            assert (entry.actor.name, entry.act.value) == ("alice", "delete file")
            assert (await server.alice.delete(file)).status_code == 200, "repeated"
            opened = await server.alice.post(f"{PARTS}/init", json={"fileName": "a", "fileSize": 9, "totalChunks": 2})
            assert (await server.alice.delete(f"/api/files/{opened.json()['data']['uploadId']}")).status_code == 200


# --- one's own account -----------------------------------------------------------------------------------------------


async def test_another_password(server: Server) -> None:
    """The new one counts and the old one does not; every other session ends, and every sudo token."""
    sessions = [(await server.anyone.post(LOGIN, json=RIGHT)).json()["token"] for _ in range(2)]
    mine, other = (server.caller(token) for token in sessions)
    sudo = {"X-Sudo-Token": await sudo_of(server, "alice")}
    assert (
        await mine.post("/account/password", json={"new_password": "a pass\x1bword"}, headers=sudo)
    ).status_code == 400
    changed = await mine.post("/account/password", json={"new_password": "another password"}, headers=sudo)
    assert changed.status_code == 200
    assert (await mine.get("/account/2fa/status")).status_code == 200
    assert (await other.get("/account/2fa/status")).status_code == 401
    assert (await server.alice.get("/account/2fa/status")).status_code == 200, "tokens of programs go on"
    assert (await mine.post("/account/2fa/setup", headers=sudo)).status_code == 403
    assert (await server.anyone.post(LOGIN, json=RIGHT)).status_code == 401
    assert (await server.anyone.post(LOGIN, json=RIGHT | {"pw": "another password"})).status_code == 200


async def test_tokens_of_ones_own(server: Server) -> None:
    """A token is made for less than one may oneself, told once, listed without what it is, and revoked by its owner."""
    sudo = {"X-Sudo-Token": await sudo_of(server, "alice")}
    created = await server.alice.post("/account/tokens", json={"scopes": ["write"], "expires_in": 60}, headers=sudo)
    writer = server.caller(created.json()["data"]["token"])
    wider = await writer.post("/account/tokens", json={"scopes": ["read"]}, headers=sudo)
    assert wider.status_code == 403
    assert (await writer.get("/account/tokens")).status_code == 403, "it was not made for reading"
    listed = (await server.alice.get("/account/tokens")).json()["data"]
    assert [token["scopes"] for token in listed] == [["write"], ["delete", "read", "write"]]
    assert created.json()["data"]["token"] not in str(listed)
    path = f"/account/tokens/{listed[0]['id']}"
    theirs = await server.bob.delete(path, headers={"X-Sudo-Token": await sudo_of(server, "bob")})
    assert theirs.status_code == 404
    assert (await server.alice.delete(path, headers=sudo)).status_code == 200
    assert (await server.alice.delete(path, headers=sudo)).status_code == 404
    assert (await writer.post("/account/tokens", headers=sudo)).status_code == 401


async def test_sessions_of_ones_own(server: Server) -> None:
    """Sessions are listed with what signed in from where, and ended by their owner alone."""
    signed = (await server.anyone.post(LOGIN, json=RIGHT)).json()["token"]
    [session] = (await server.alice.get("/account/sessions")).json()["data"]
    assert (session["client"], session["address"]) == ("scratch", "127.0.0.1")
    assert (await server.bob.get("/account/sessions")).json()["data"] == []
    assert (await server.bob.delete(f"/account/sessions/{session['id']}")).status_code == 404
    assert (await server.alice.delete(f"/account/sessions/{session['id']}")).status_code == 200
    assert (await server.caller(signed).get("/account/sessions")).status_code == 401


async def test_everything_is_written_down(server: Server) -> None:
    """Each act, good or bad, is in the audit log, and no secret is anywhere in the database."""
    proof = {"purpose": "sudo", "method": "password", "password": "a password"}
    sudo = (await server.alice.post(AUTHENTICATE, json=proof)).json()["data"]["sudo_token"]
    await server.alice.post(AUTHENTICATE, json=proof | {"password": "hunter2"})
    data = (await server.alice.post("/account/2fa/setup", json={"sudo_token": sudo})).json()["data"]
    totp = pyotp.TOTP(data["secret"])
    await server.alice.post("/account/2fa/activate", json={"token": "000000"})
    activated = await server.alice.post("/account/2fa/activate", json={"token": code(server, totp, steps=-1)})
    codes = activated.json()["data"]["recovery_codes"]
    asked = await challenge(server)
    await answered(server, asked, "000000")
    await answered(server, asked, codes[0])
    await server.alice.post("/account/password", json={"new_password": "hunter-333", "sudo_token": sudo})
    entries = reversed(await server.container.engine.audit.last(100))
    acts = [(entry.act, entry.outcome) for entry in entries if entry.actor.name == "alice"]
    assert acts == [
        ("sudo", "done"),
        ("sudo", "wrong"),
        ("set up second factor", "done"),
        ("second factor on", "wrong"),
        ("second factor on", "done"),
        ("sign in", "second factor asked for"),
        ("sign in", "wrong code"),
        ("use recovery code", "done"),
        ("sign in", "done"),
        ("change password", "done"),
    ]
    whole = server.everything()
    for secret in (sudo, asked, "hunter2", "hunter-333", *codes):
        assert secret not in whole


def dump(connection: sqlite3.Connection) -> list[str]:
    return list(connection.iterdump())


async def test_one_sudo_token_changes_one_password(server: Server) -> None:
    """Of many changes at once with one sudo token one takes place, and costs the server one look; afterwards no sudo
    token of the account is good.
    """
    first, second = [{"X-Sudo-Token": await sudo_of(server, "alice")} for _ in range(2)]
    answers = await asyncio.gather(
        *(
            server.alice.post("/account/password", json={"new_password": f"password {n}"}, headers=first)
            for n in range(5)
        )
    )
    assert sorted(answer.status_code for answer in answers) == [200, 403, 403, 403, 403]
    assert server.rows("proofs") == []
    again = await server.alice.post("/account/password", json={"new_password": "password 9"}, headers=second)
    assert (again.status_code, again.json()["code"]) == (403, "SUDO_TOKEN_REQUIRED")


async def test_changes_of_a_password_are_counted(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Past so many changes in five minutes the account waits, and its sudo token is not used up by that."""
    monkeypatch.setitem(LIMITS, Throttled.NEW_PASSWORD, (("account", 1, SHORT),))
    await server.early_in(SHORT)
    sudo = {"X-Sudo-Token": await sudo_of(server, "alice")}
    payload = {"new_password": "a password"}
    assert (await server.alice.post("/account/password", json=payload, headers=sudo)).status_code == 200
    proof = {"purpose": "sudo", "method": "password", "password": "a password"}
    data = (await server.alice.post(AUTHENTICATE, json=proof)).json()["data"]
    sudo = {"X-Sudo-Token": data["sudo_token"]}
    assert (await server.alice.post("/account/password", json=payload, headers=sudo)).status_code == 429
    assert len(server.rows("proofs")) == 1
    short = await server.alice.post("/account/password", json={"new_password": "seven77"}, headers=sudo)
    assert short.status_code == 400


async def test_sudo_has_a_bucket_of_its_own(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever guesses at an account's sign-in does not keep its owner from sudo, nor the other way round."""
    monkeypatch.setitem(LIMITS, Throttled.PASSWORD, (("account", 1, SHORT),))
    monkeypatch.setitem(LIMITS, Throttled.SUDO_PASSWORD, (("account", 2, SHORT),))
    await server.early_in(SHORT)
    proof = {"purpose": "sudo", "method": "password", "password": "a password"}
    statuses = [(await server.anyone.post(LOGIN, json=RIGHT)).status_code for _ in range(2)]
    assert statuses == [200, 429]
    statuses = [(await server.alice.post(AUTHENTICATE, json=proof)).status_code for _ in range(3)]
    assert statuses == [200, 200, 429]
