"""The commands, on the data that a server is serving meanwhile."""

import asyncio
import json
import os
import pty
import re
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from uuid import uuid4

import httpx
import pytest
import structlog

from penstock import __version__
from penstock.adapters.sql.migrations import NEWEST
from penstock.bootstrap import open_container
from penstock.cli import main
from penstock.http.server.listening import listen
from penstock.logs import configure
from penstock.settings import load, settings_type, variable
from tests.support.process import PENSTOCK, ServerProcess

NOTHING = "/api/files/00000000-0000-0000-0000-000000000000"


@dataclass(frozen=True)
class Done:
    """What a command left behind."""

    code: int
    out: str
    err: str


Penstock = Callable[..., Done]


class Stdin(StringIO):
    """What is typed, at a terminal or not."""

    terminal = False

    def isatty(self) -> bool:
        """See `StringIO`."""
        return self.terminal


def make_store(folder: Path) -> None:
    """What `penstock serve` makes on its first start."""

    async def make() -> None:
        await open_container(load({"data": str(folder), "min_free": 0}, {})).close()

    asyncio.run(make())


@pytest.fixture
def penstock(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Iterator[Penstock]:
    """Runs a command as the shell would."""
    umask = os.umask(0o077)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PENSTOCK_MIN_FREE", "0")
    for folder in ("data", "penstock-data"):
        make_store(tmp_path / folder)

    def run(*arguments: str, stdin: str = "") -> Done:
        monkeypatch.setattr(sys, "argv", ["penstock", *arguments])
        monkeypatch.setattr(sys, "stdin", Stdin(stdin))
        capsys.readouterr()
        try:
            main()
            code = 0
        except SystemExit as end:
            code = int(end.code or 0)
        return Done(code, *capsys.readouterr())

    yield run
    os.umask(umask)


@pytest.fixture
def beside(live: ServerProcess, penstock: Penstock) -> Penstock:
    """Runs a command on the data of the live server."""
    return lambda *arguments, stdin="": penstock(*arguments, "--data", str(live.data), stdin=stdin)


@pytest.fixture
def name(beside: Penstock) -> str:
    """A user of the live server, new for each test."""
    found = f"user-{uuid4().hex[:8]}"
    assert beside("users", "add", found, "--password-stdin", stdin="a password\n") == Done(0, "", "")
    return found


def status(live: ServerProcess, token: str, method: str = "GET") -> int:
    path = f"{NOTHING}/info" if method == "GET" else NOTHING
    return httpx.request(method, live.url + path, headers={"Authorization": f"Bearer {token}"}).status_code


# --- users and tokens ------------------------------------------------------------------------------------------------


def test_a_token_is_printed_alone_and_works_at_once(live: ServerProcess, beside: Penstock, name: str) -> None:
    """Standard output holds the token and nothing else, the running server knows it, and the disk does not."""
    done = beside("tokens", "create", name)
    assert (done.code, done.err) == (0, "")
    assert re.fullmatch(r"pst_[A-Za-z0-9_-]{43}\n", done.out)
    assert status(live, done.out.strip()) == 404
    for path in live.data.rglob("*"):
        if path.is_file():
            assert done.out.strip().encode() not in path.read_bytes(), path


def test_a_token_lives_as_long_as_it_was_given(live: ServerProcess, beside: Penstock, name: str) -> None:
    """An expired token stops; one that expires later works."""
    short = beside("tokens", "create", name, "--expires", "1s").out.strip()
    long = beside("tokens", "create", name, "--expires", "90d").out.strip()
    assert status(live, short) == 404
    time.sleep(1.1)
    assert (status(live, short), status(live, long)) == (401, 404)


def test_a_token_does_what_it_was_made_for(live: ServerProcess, beside: Penstock, name: str) -> None:
    """A token made for one thing does not do another."""
    reader = beside("tokens", "create", name, "--scope", "read").out.strip()
    both = beside("tokens", "create", name, "--scope", "read", "--scope", "delete").out.strip()
    assert (status(live, reader), status(live, reader, "DELETE")) == (404, 403)
    assert (status(live, both), status(live, both, "DELETE")) == (404, 404)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("tokens", "create", "nobody-at-all"), 1, "There is no user 'nobody-at-all'."),
        (("tokens", "create", "nobody-at-all", "--expires", "soon"), 1, "'soon'"),
        (("tokens", "create", "nobody-at-all", "--scope", "everything"), 2, "everything"),
        (("users", "disable", "nobody-at-all"), 1, "There is no user"),
        (("users", "set-tier", "nobody-at-all", "vip"), 1, "There is no user"),
        (("users", "set-tier", "nobody-at-all", "gold"), 2, "gold"),
        (("users", "set-quota", "nobody-at-all", "--files", "1"), 1, "There is no user"),
        (("users", "set-quota", "nobody-at-all", "--bytes", "lots"), 1, "'lots'"),
        (("users", "set-quota", "nobody-at-all", "--files", "-1"), 1, "'-1'"),
        (("users", "set-quota", "nobody-at-all", "--uploads", "1K"), 1, "'1K'"),
        (("users", "add", "somebody-new"), 2, "--password-stdin"),
        (("users", "add", "with space", "--password-stdin"), 1, "A name has"),
        (("users", "add", "slash/ed", "--password-stdin"), 1, "A name has"),
        (("users", "add", "", "--password-stdin"), 1, "A name has"),
        (("users", "add", "without", "--password-stdin"), 1, "The password is empty."),
        (("users", "add", "short", "--password-stdin"), 1, "fewer than 8 characters"),
        (("wallet", "fund", "ab"), 1, "has a faucet"),
        (("chain", "tx", "ab"), 1, "no transaction ab"),
        (("chain", "fetch", "ab", "-o", "there"), 1, "no such PIN"),
        (("tokens", "list", "nobody-at-all"), 1, "There is no user"),
        (("tokens", "revoke", "x"), 1, "There is no token x"),
        (("sessions", "list", "nobody-at-all"), 1, "There is no user"),
        (("sessions", "revoke", "x"), 1, "There is no session x"),
        (("clients", "add", "with:colon"), 1, "A name has"),
        (("clients", "add", "public"), 1, "are taken"),
        (("clients", "rotate", "nobody-at-all"), 1, "There is no client"),
        (("clients", "remove", "nobody-at-all"), 1, "There is no client"),
        (("users", "reset-2fa", "nobody-at-all"), 1, "There is no user"),
        (("users", "set-password", "nobody-at-all", "--password-stdin"), 1, "There is no user"),
        (("unheard-of",), 2, "unheard-of"),
    ],
)
def test_what_cannot_be_done_is_said(beside: Penstock, arguments: tuple[str, ...], code: int, said: str) -> None:
    """A refusal is on standard error, without a trace, and the exit code tells."""
    typed = {"without": "", "short": "seven77"}
    done = beside(*arguments, stdin=typed.get(arguments[2] if len(arguments) > 2 else "", "a password") + "\n")
    assert (done.code, done.out) == (code, "")
    assert said in done.err
    assert "Traceback" not in done.err
    assert code == 2 or (done.err.startswith("penstock: ") and done.err.count("\n") == 1)


def test_a_name_is_taken_once(live: ServerProcess, beside: Penstock, name: str) -> None:
    """A second user of one name is refused, and the first goes on."""
    token = beside("tokens", "create", name).out.strip()
    done = beside("users", "add", name, "--password-stdin", stdin="another password\n")
    assert (done.code, done.err) == (1, f"penstock: There is a user '{name}' already.\n")
    assert status(live, token) == 404


def test_a_client_proves_who_it_is(live: ServerProcess, beside: Penstock) -> None:
    """A client's secret gets it a token; its account is locked out like any other."""
    name = f"client-{uuid4().hex[:8]}"
    secret = beside("clients", "add", name, "--scope", "read").out.strip()
    payload = {"grant_type": "client_credentials"}
    token = httpx.post(f"{live.url}/oauth/token", data=payload, auth=(name, secret)).json()["access_token"]
    assert (status(live, token), status(live, token, "DELETE")) == (404, 403)
    assert beside("clients", "add", name).code == 1
    another = beside("clients", "rotate", name).out.strip()
    assert httpx.post(f"{live.url}/oauth/token", data=payload, auth=(name, secret)).status_code == 401
    assert httpx.post(f"{live.url}/oauth/token", data=payload, auth=(name, another)).status_code == 200
    assert name in [row[0] for row in cells(beside("clients", "list").out)]
    beside("users", "disable", f"client:{name}")
    assert status(live, token) == 401
    assert beside("clients", "remove", name).code == 0
    assert name not in beside("clients", "list").out


@pytest.mark.parametrize("said", ["[/x]", "[link=https://example.org]x[/link]", "x\x1b]0;y\x07\n\x1b[2Jz"])
def test_names_are_text(live: ServerProcess, beside: Penstock, said: str) -> None:
    """Whatever somebody calls themselves who wants to sign in, the audit log shows it, and no terminal
    obeys any of it.
    """
    httpx.post(f"{live.url}/api/auth/login", json={"username": said, "password": "x"})
    done = beside("audit", "--last", "1")
    assert (done.code, done.err) == (0, "")
    assert "\x1b" not in done.out
    plain = "".join(character if character.isprintable() else "\ufffd" for character in said)
    assert plain[:10] in done.out.replace("\n", "")


def test_the_audit_log(live: ServerProcess, beside: Penstock, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is done to an account, and by it, can be read afterwards, newest first; nothing secret is in it."""
    monkeypatch.setenv("COLUMNS", "200")
    token = beside("tokens", "create", name, "--scope", "read").out.strip()
    beside("users", "set-tier", name, "vip")
    beside("users", "disable", name)
    httpx.post(f"{live.url}/api/auth/login", json={"username": name, "password": "a password"})
    rows = cells(beside("audit", name).out)
    assert [(row[1], row[2], row[3], row[5]) for row in rows] == [
        (name, "127.0.0.1", "sign in", "wrong"),
        ("operator", "command line", "change user", "disabled"),
        ("operator", "command line", "change user", "vip"),
        ("operator", "command line", "create token", "read"),
        ("operator", "command line", "add user", "normal"),
    ]
    assert len(cells(beside("audit", name, "--last", "2").out)) == 2
    assert token not in beside("audit").out


def test_a_wallet(penstock: Penstock, tmp_path: Path) -> None:
    """A wallet is made once, is paid by the faucet, and shows what it has; nobody sees its secret, or any other."""
    data = ("--data", str(tmp_path / "data"))
    address = penstock("wallet", "new", *data).out.strip()
    assert penstock("wallet", "address", *data).out.strip() == address
    assert penstock("wallet", "new", *data).code == 1
    assert penstock("wallet", "fund", *data).out == "1 new coin\n"
    assert "100.00000000" in penstock("wallet", "balance", *data).out
    secret = (tmp_path / "data" / "wallet.json").read_text().split('"')[3]
    assert secret not in penstock("wallet", "balance", *data).out


def test_secrets_among_settings_are_not_shown(penstock: Penstock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A password in a setting is shown by no command."""
    monkeypatch.setenv("PENSTOCK_CHAIN", "rpc+http://user:hunter2@127.0.0.1:1")
    monkeypatch.setenv("PENSTOCK_WALLET_PASSPHRASE", "hunter2")
    output = penstock("config", "show").out
    assert "hunter2" not in output
    assert output.count("(secret)") == 2


def cells(shown: str) -> list[list[str]]:
    """The rows of a table that was printed, without its head."""
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.splitlines() if line.startswith("│")]
    return [row for row in rows if row[0]]


def test_a_revoked_token_ends_at_once(
    live: ServerProcess, beside: Penstock, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A token is listed by its id and ends when it is revoked; others go on."""
    monkeypatch.setenv("COLUMNS", "200")
    kept = beside("tokens", "create", name, "--scope", "read").out.strip()
    gone = beside("tokens", "create", name, "--expires", "1d").out.strip()
    [newest, _] = cells(beside("tokens", "list", name).out)
    assert newest[1] == "delete read write"
    assert gone not in beside("tokens", "list", name).out
    assert beside("tokens", "revoke", newest[0]).code == 0
    assert (status(live, gone), status(live, kept)) == (401, 404)
    assert beside("tokens", "revoke", newest[0]).code == 1


def test_a_revoked_session_ends_at_once(
    live: ServerProcess, beside: Penstock, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A sign-in is listed with what signed in from where, and ends when it is revoked."""
    monkeypatch.setenv("COLUMNS", "200")
    pairs = [
        httpx.post(f"{live.url}/api/auth/login", json={"username": name, "password": "a password"}).json()["data"]
        for _ in range(2)
    ]
    newest, older = cells(beside("sessions", "list", name).out)
    assert newest[1:3] == ["files", "127.0.0.1"]
    for session in (newest[0], older[0]):
        beside("sessions", "revoke", session)
    assert [status(live, pair["accessToken"]) for pair in pairs] == [401, 401]
    assert cells(beside("sessions", "list", name).out) == []


def test_a_disabled_user_is_locked_out_at_once(live: ServerProcess, beside: Penstock, name: str) -> None:
    """Disabling stops every token with the next request; enabling lets them in again."""
    tokens = [beside("tokens", "create", name).out.strip() for _ in range(2)]
    assert beside("users", "disable", name).code == 0
    assert [status(live, token) for token in tokens] == [401, 401]
    assert beside("users", "enable", name).code == 0
    assert [status(live, token) for token in tokens] == [404, 404]


def test_the_list_shows_who_there_is(penstock: Penstock, tmp_path: Path) -> None:
    """Each user's tier, role and state stand in the list, nothing of it cut off, and no hash of a password."""
    data = ("--data", str(tmp_path / "data"))

    def row() -> list[str]:
        output = penstock("users", "list", *data).out
        assert "…" not in output
        assert "argon2" not in output
        columns = zip(*(line.split("│")[1:-1] for line in output.splitlines() if line.startswith("│")), strict=True)
        return ["".join(cell.strip() for cell in column) for column in columns]

    name = f"a-very-long-name-{uuid4().hex}"
    add = ("users", "add", name, "--password-stdin", "--tier", "vip", "--admin", *data)
    assert penstock(*add, stdin="a password\n").code == 0
    assert row()[:4] == [name, "vip", "yes", ""]
    penstock("users", "set-tier", name, "enterprise", *data)
    penstock("users", "disable", name, *data)
    assert row()[:4] == [name, "enterprise", "yes", "yes"]
    assert re.fullmatch(r"[0-9a-f-]{36}", row()[4])


def test_a_quota_is_set_and_shown(
    live: ServerProcess, beside: Penstock, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is given changes, holds in the running server at once, and is listed; the rest stays as it was."""
    monkeypatch.setenv("COLUMNS", "200")

    def shown() -> str:
        lines = beside("users", "list").out.splitlines()
        start = next(number for number, line in enumerate(lines) if name in line)
        return " ".join(line.split("│")[6].strip() for line in lines[start : start + 3] if "│" in line)

    token = beside("tokens", "create", name).out.strip()
    authorization = {"Authorization": f"Bearer {token}"}

    def sent(size: int) -> int:
        files = {"file": ("a", b"x" * size)}
        return httpx.post(f"{live.url}/api/files/upload", headers=authorization, files=files).status_code

    assert beside("users", "set-quota", name, "--bytes", "1KB", "--files", "none") == Done(0, "", "")
    assert shown().startswith("bytes 1024 files none")
    assert [sent(1025), sent(1000), sent(25), sent(24)] == [413, 200, 507, 200]
    beside("users", "set-quota", name, "--uploads", "7")
    assert shown().startswith("bytes 1024 files none uploads 7")
    for unset in ("--bytes", "--files", "--uploads"):
        beside("users", "set-quota", name, unset, "default")
    assert "bytes" not in shown()
    assert sent(5000) == 200


def test_a_password_is_kept_as_a_hash(live: ServerProcess, beside: Penstock, name: str) -> None:
    """What was typed is nowhere on the disk; Argon2id's hash of it is."""
    secret = f"secret-{uuid4().hex}"
    beside("users", "add", f"{name}-2", "--password-stdin", stdin=f"{secret}\r\n")
    connection = sqlite3.connect(live.data / "penstock.db")
    [(kept,)] = connection.execute("SELECT password FROM users WHERE name = ?", [f"{name}-2"])
    connection.close()
    assert kept.startswith("$argon2id$")
    assert all(secret.encode() not in path.read_bytes() for path in live.data.rglob("*") if path.is_file())


# --- upkeep ----------------------------------------------------------------------------------------------------------


def send(live: ServerProcess, token: str, content: bytes) -> str:
    answer = httpx.post(
        f"{live.url}/api/files/upload", headers={"Authorization": f"Bearer {token}"}, files={"file": ("a.bin", content)}
    )
    identifier: str = answer.json()["data"]["id"]
    return identifier


def test_the_start_tells_which_doors_are_open_and_to_whom(live: ServerProcess, own: ServerProcess) -> None:
    """Who starts a server reads which dialects ask for no token, and so does who reads its log; by default none."""
    log = live.log.read_text()
    assert "Open without a token: instant, metaid (to everybody who reaches this server, through a proxy too;" in log
    [line] = [json.loads(line) for line in log.splitlines() if "open without a token" in line and line[0] == "{"]
    assert (line["level"], line["dialects"]) == ("warning", ["instant", "metaid"])
    assert "Open without a token: none." in own.log.read_text()


def test_the_start_tells_that_no_proxy_is_trusted(own: ServerProcess) -> None:
    """Who starts a server behind a proxy reads what must be set, and what happens else."""
    assert "No proxy is trusted: behind one, name it in trusted_proxies" in own.log.read_text()


@pytest.fixture
def own(tmp_path: Path) -> Iterator[ServerProcess]:
    """A server of this test's own."""
    server = ServerProcess(tmp_path / "own", blob_grace="0").start()
    yield server
    server.stop()


def test_collecting_gives_space_back(own: ServerProcess, penstock: Penstock, monkeypatch: pytest.MonkeyPatch) -> None:
    """`gc` beside a running server removes the bytes of removed files and says what it did."""
    monkeypatch.setenv("PENSTOCK_BLOB_GRACE", "0")
    token = own.token("alice")
    kept, removed = send(own, token, b"kept"), send(own, token, b"removed")
    authorization = {"Authorization": f"Bearer {token}"}
    assert httpx.delete(f"{own.url}/api/files/{removed}", headers=authorization).status_code == 200
    data = ("--data", str(own.data))
    output = ""
    for _ in range(20):
        output += penstock("gc", *data).out
        if "collected blobs" in output:
            break
        time.sleep(0.1)
    assert [path.read_bytes() for path in (own.data / "blobs").rglob("*") if path.is_file()] == [b"kept"]
    assert httpx.get(f"{own.url}/api/files/{kept}/download", headers=authorization).content == b"kept"
    assert penstock("gc", *data) == Done(0, "nothing to do\n", "")


def test_a_flipped_byte_is_found_and_never_served(own: ServerProcess, penstock: Penstock) -> None:
    """`fsck` exits 0 on a sound store and 1 on a wrong one; with `--repair` the wrong bytes are put away."""
    token, data = own.token("alice"), ("--data", str(own.data))
    file = send(own, token, b"x" * 5000)
    assert penstock("fsck", *data).code == 0
    [blob] = [path for path in (own.data / "blobs").rglob("*") if path.is_file()]
    blob.chmod(0o600)
    blob.write_bytes(b"y" + b"x" * 4999)
    report = penstock("fsck", *data)
    assert (report.code, "1 damaged" in report.out) == (1, True)
    repaired = penstock("fsck", "--repair", *data)
    assert (repaired.code, "(repaired)" in repaired.out) == (1, True)
    assert penstock("fsck", *data).code == 0
    answer = httpx.get(f"{own.url}/api/files/{file}/download", headers={"Authorization": f"Bearer {token}"})
    assert (answer.status_code, answer.json()["message"]) == (500, "文件已损坏")


def test_a_migration_wants_the_data_alone(live: ServerProcess, beside: Penstock) -> None:
    """While a server runs there is no migration."""
    done = beside("migrate")
    assert done.code == 1
    assert "is using" in done.err


def test_a_migration_of_the_newest_schema_does_nothing(penstock: Penstock, tmp_path: Path) -> None:
    """A database that is up to date is left as it is."""
    data = ("--data", str(tmp_path / "data"))
    penstock("users", "list", *data)
    assert penstock("migrate", *data) == Done(0, f"schema version {NEWEST}: nothing to do\n", "")


@pytest.mark.parametrize("command", [("serve", "--port", "0"), ("users", "list"), ("fsck",)])
def test_a_newer_database_is_refused(penstock: Penstock, tmp_path: Path, command: tuple[str, ...]) -> None:
    """No command touches a database that needs a newer Penstock."""
    data = ("--data", str(tmp_path / "data"))
    penstock("users", "list", *data)
    connection = sqlite3.connect(tmp_path / "data" / "penstock.db", isolation_level=None)
    connection.execute("PRAGMA user_version = 99")
    connection.execute("UPDATE about SET value = '99' WHERE key = 'oldest_code'")
    connection.close()
    done = penstock(*command, *data)
    assert (done.code, done.out) == (1, "")
    assert "99" in done.err
    assert "newer" in done.err


def test_a_path_that_cannot_be_used_is_said(penstock: Penstock, tmp_path: Path) -> None:
    """A data folder that is a file is refused in one line."""
    path = tmp_path / "file"
    path.touch()
    for command in (("users", "list"), ("serve",), ("fsck",)):
        done = penstock(*command, "--data", str(path))
        assert (done.code, done.out, done.err) == (1, "", f"penstock: {path}: File exists\n")


def test_a_database_that_is_none_of_ours_is_refused(penstock: Penstock, tmp_path: Path) -> None:
    """A database that is named in a way nobody understands is refused."""
    done = penstock("users", "list", "--data", str(tmp_path / "data"), "--database", "mysql://x")
    assert done.code == 1
    assert "sqlite:///PATH" in done.err


# --- settings --------------------------------------------------------------------------------------------------------


def test_the_settings_in_force_are_shown(penstock: Penstock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each setting stands there with its variable, whole, and the value that would be used."""
    monkeypatch.setenv("PENSTOCK_PORT", "4321")
    output = penstock("config", "show", "--data", "somewhere").out
    for name in settings_type().__struct_fields__:
        assert re.search(rf"^│ {name} +│ {variable(name)} +│", output, re.MULTILINE), name
    assert "4321" in output
    assert "somewhere" in output
    assert not (tmp_path / "somewhere").exists()


def test_a_setting_that_cannot_be_used_stops_the_start(penstock: Penstock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A server with a wrong setting does not start."""
    monkeypatch.setenv("PENSTOCK_UPLOAD_TTL", "soon")
    for command in (("serve",), ("config", "show")):
        done = penstock(*command)
        assert (done.code, done.out) == (1, "")
        assert done.err.startswith("penstock: upload_ttl: 'soon'")


# --- where there is no store -----------------------------------------------------------------------------------------

EVERY_COMMAND = [
    ["users", "list"],
    ["users", "add", "olga", "--password-stdin"],
    ["users", "disable", "olga"],
    ["tokens", "create", "olga"],
    ["sessions", "list", "olga"],
    ["clients", "list"],
    ["keys", "rotate"],
    ["audit"],
    ["wallet", "balance"],
    ["chain", "tx", "0" * 64],
    ["fsck"],
    ["gc"],
    ["migrate"],
    ["backup", "backup"],
]


@pytest.mark.parametrize("command", EVERY_COMMAND, ids=" ".join)
@pytest.mark.parametrize("kind", ["missing", "empty", "somebody's"])
def test_only_serve_makes_a_store(penstock: Penstock, tmp_path: Path, command: list[str], kind: str) -> None:
    """Every other command says in one line that there is none, and leaves the place as it was."""
    folder = tmp_path / "elsewhere"
    if kind != "missing":
        folder.mkdir()
    if kind == "somebody's":
        (folder / "passwd").write_text("root")
    done = penstock(*command, "--data", str(folder), stdin="correct horse battery\n")
    assert (done.code, done.out) == (1, "")
    assert done.err == f"penstock: There is no store in {folder}. `penstock serve --data {folder}` makes one.\n"
    assert folder.exists() == (kind != "missing")
    assert [path.name for path in folder.glob("*")] == (["passwd"] if kind == "somebody's" else [])


# --- the first minutes -----------------------------------------------------------------------------------------------


def test_a_variable_that_is_no_setting_is_told(penstock: Penstock, monkeypatch: pytest.MonkeyPatch) -> None:
    """A misspelt variable is named in one line, with the one that was probably meant; the command runs all the same."""
    monkeypatch.setenv("PENSTOCK_TRUSTED_PROXY", "10.0.0.0/8")
    monkeypatch.setenv("PENSTOCK_CONFIG_", "x")
    monkeypatch.setenv("PENSTOCK_ZZZZZZZZZZZZ", "x")
    done = penstock("users", "list")
    assert done.code == 0
    assert done.err.splitlines() == [
        "penstock: PENSTOCK_CONFIG_ is no setting; is it PENSTOCK_CONFIG?",
        "penstock: PENSTOCK_TRUSTED_PROXY is no setting; is it PENSTOCK_TRUSTED_PROXIES?",
        "penstock: PENSTOCK_ZZZZZZZZZZZZ is no setting.",
    ]


@pytest.mark.parametrize(
    ("flags", "line"),
    [
        (["--host", "no such host"], "Cannot listen on no such host:8080: Name or service not known."),
        (["--host", "192.0.2.1"], "Cannot listen on 192.0.2.1:8080: Cannot assign requested address."),
        (["--port", "TAKEN"], "Cannot listen on 127.0.0.1:TAKEN: Address already in use."),
    ],
)
def test_serve_says_in_one_line_where_it_cannot_listen(
    penstock: Penstock, flags: list[str], line: str, tmp_path: Path
) -> None:
    """A taken port and a bad host are one plain line, and nothing is said to be served."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = penstock("serve", "--data", str(tmp_path / "data"), *[flag.replace("TAKEN", port) for flag in flags])
    assert (done.code, done.out, done.err) == (1, "", f"penstock: {line.replace('TAKEN', port)}\n")


def test_a_port_is_taken_before_anything_is_said(penstock: Penstock, tmp_path: Path) -> None:
    """Of two servers that start at once on one address only one says that it serves."""
    [first] = listen("127.0.0.1", 0)
    port = str(first.getsockname()[1])
    done = penstock("serve", "--data", str(tmp_path / "data"), "--port", port)
    first.close()
    assert (done.code, done.err) == (1, f"penstock: Cannot listen on 127.0.0.1:{port}: Address already in use.\n")


def test_the_hint_names_a_command_that_is_there(tmp_path: Path) -> None:
    """What a first start prints can be pasted into another terminal in the same folder."""
    server = ServerProcess(tmp_path / "my data").start()
    log = server.log.read_text()
    for line in re.findall(r"^  (.* NAME .*)$", log, re.MULTILINE):
        subprocess.run(line.replace("NAME", "anna"), shell=True, check=True, env=server.environment)
    server.stop()
    assert log.count("NAME") == 2


@pytest.mark.parametrize("terminal", [True, False])
def test_the_log_is_for_whoever_reads_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], terminal: bool
) -> None:
    """On a terminal the lines are for people, elsewhere they are JSON."""
    monkeypatch.setattr(sys.stderr, "isatty", lambda: terminal)
    configure("auto", "info")
    structlog.get_logger("x").info("hello", path="/p")
    line = capsys.readouterr().err.strip()
    structlog.reset_defaults()
    assert line.startswith("{") != terminal
    assert "hello" in line


def test_the_version(penstock: Penstock) -> None:
    """`--version` prints the version, alone."""
    assert penstock("--version") == Done(0, f"penstock {__version__}\n", "")


LISTINGS = {
    ("users", "list"): {"name", "tier", "admin", "disabled", "id", "quota"},
    ("tokens", "list", "olga"): {"id", "scopes", "created", "expires"},
    ("sessions", "list", "olga"): {"id", "client", "address", "begun", "ends"},
    ("clients", "list"): {"name", "scopes", "created"},
    ("audit",): {"when", "who", "from", "act", "about", "outcome"},
    ("config", "show"): {"setting", "variable", "value", "from", "meaning"},
    ("wallet", "balance"): {"state", "coins", "satoshi"},
}


@pytest.mark.parametrize("command", LISTINGS, ids=" ".join)
def test_every_listing_is_there_for_programs(penstock: Penstock, command: tuple[str, ...]) -> None:
    """With `--json` a listing is one array of objects, and says what its table says; piped, no line is wrapped."""
    penstock("users", "add", "olga", "--password-stdin", stdin="correct horse battery\n")
    penstock("tokens", "create", "olga")
    penstock("wallet", "new")
    listed = json.loads(penstock(*command, "--json").out)
    assert all(set(row) == LISTINGS[command] for row in listed)
    table = penstock(*command).out
    for row in listed:
        for value in row.values():
            assert isinstance(value, bool) or str(value or "").partition("\n")[0] in table


def test_a_setting_says_where_it_came_from(penstock: Penstock, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Flags, variables, the file and the default are told apart."""
    (tmp_path / "penstock.toml").write_text('port = 1234\nworkers = 2\nhost = "::"\n')
    monkeypatch.setenv("PENSTOCK_PORT", "4321")
    rows = {row["setting"]: row for row in json.loads(penstock("config", "show", "--data", "d", "--json").out)}
    told = {name: (rows[name]["value"], rows[name]["from"]) for name in ("data", "port", "workers", "durability")}
    assert told == {
        "data": ("d", "--data"),
        "port": ("4321", "PENSTOCK_PORT"),
        "workers": ("2", "penstock.toml"),
        "durability": ("full", "default"),
    }


def test_a_migration_keeps_what_was(penstock: Penstock, tmp_path: Path) -> None:
    """Before an older database is changed it is copied beside itself, and that is said; a newer one is left alone."""
    folder = tmp_path / "data"
    path = old_store(folder)
    done = penstock("migrate", "--data", str(folder))
    assert done.out.splitlines()[0] == f"The database as it was: {path}.v1"
    with closing(sqlite3.connect(f"{path}.v1")) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (NEWEST,)
        connection.execute("PRAGMA user_version = 99")
        connection.execute("UPDATE about SET value = '99' WHERE key = 'oldest_code'")
        connection.commit()
    done = penstock("migrate", "--data", str(folder))
    assert (done.code, done.out) == (1, "")
    assert "schema version 99" in done.err


@pytest.mark.parametrize("version", range(1, NEWEST))
def test_every_earlier_store_is_migrated_by_command(penstock: Penstock, tmp_path: Path, version: int) -> None:
    """Commands refuse an older store until `penstock migrate`, and find in it afterwards what was there."""
    folder = tmp_path / "data"
    old_store(folder, schema=f"v{version}")
    assert "penstock migrate" in penstock("users", "list", "--data", str(folder)).err
    done = penstock("migrate", "--data", str(folder))
    assert (done.code, done.out.splitlines()[-1]) == (0, f"schema version {version} → {NEWEST}")
    users = json.loads(penstock("users", "list", "--json", "--data", str(folder)).out)
    assert {"alice", "bob"} <= {user["name"] for user in users}


def old_store(folder: Path, content: int = 0, schema: str = "v1-one-file") -> Path:
    """A store that an earlier Penstock left; its database, with so many bytes more in it."""
    path = folder / "penstock.db"
    for file in folder.glob("penstock.db*"):
        file.unlink()
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript((Path(__file__).parents[1] / "adapters" / "schemas" / f"{schema}.sql").read_text())
        connection.execute("CREATE TABLE more (content BLOB)")
        connection.execute("INSERT INTO more VALUES (zeroblob(?))", [content])
        connection.commit()
    return path


def test_nothing_is_changed_that_cannot_be_copied(penstock: Penstock, tmp_path: Path) -> None:
    """Where the copy finds no room, that is one line; the database and an older copy are as they were."""
    path = old_store(tmp_path / "data", 1_000_000)
    copy = path.with_name("penstock.db.v1")
    copy.write_bytes(b"an older copy")
    done = subprocess.run(
        ["sh", "-c", 'ulimit -f 500 && exec "$@"', "sh", PENSTOCK, "migrate", "--data", str(path.parent)],
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stdout, len(done.stderr.splitlines())) == (1, "", 1)
    assert f"{path} stays as it is" in done.stderr
    assert copy.read_bytes() == b"an older copy"
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA user_version").fetchone() == (1,)
    assert not list(path.parent.glob(".penstock.db.*"))
    assert penstock("migrate", "--data", str(path.parent)).code == 0
    assert copy.read_bytes() != b"an older copy"


@pytest.mark.parametrize(
    ("command", "shown"),
    [
        (("fsck",), "checking"),
        (("gc",), "resuming merges"),
        (("migrate",), f"bringing the schema to version: {NEWEST}"),
        (("backup", "kept"), "backing up"),
    ],
)
def test_long_work_shows_how_far_it_is(
    penstock: Penstock, tmp_path: Path, command: tuple[str, ...], shown: str
) -> None:
    """At a terminal a command that may take long shows what it does; elsewhere it shows nothing of the kind."""
    if command == ("migrate",):
        old_store(tmp_path / "data")
    leader, follower = pty.openpty()
    arguments = [PENSTOCK, *command, "--data", "data"]
    done = subprocess.run(
        arguments, stderr=follower, stdout=subprocess.PIPE, env=os.environ | {"TERM": "xterm"}, check=True
    )
    os.close(follower)
    seen = b""
    with suppress(OSError):  # nobody is at the other end any more
        while piece := os.read(leader, 65536):
            seen += piece
    os.close(leader)
    assert shown in seen.decode()
    assert shown not in done.stdout.decode()
    assert penstock(*command, "--data", "data").err == ""


# --- an account's end ------------------------------------------------------------------------------------------------


@pytest.fixture
def olga(tmp_path: Path) -> Iterator[tuple[ServerProcess, dict[str, str], str]]:
    """A live server, a user with a file and an unfinished upload, and the file's id."""
    server = ServerProcess(tmp_path / "live").start()
    headers = {"Authorization": f"Bearer {server.token('olga')}"}
    sent = httpx.post(f"{server.url}/api/files/upload", headers=headers, files={"file": ("a", b"hello")})
    begun = {"fileName": "b", "fileSize": 9, "totalChunks": 2}
    httpx.post(f"{server.url}/api/files/chunked-upload/init", headers=headers, json=begun)
    yield server, headers, sent.json()["data"]["id"]
    server.stop()


@pytest.mark.parametrize("given", [False, True], ids=["removed", "given"])
def test_an_account_ends(olga: tuple[ServerProcess, dict[str, str], str], given: bool) -> None:
    """While the server runs: nobody can sign in any more, unfinished uploads are over, files go or are another's, and
    the name is free again, for somebody who has none of it.
    """
    server, headers, file = olga
    boris = {"Authorization": f"Bearer {server.token('boris')}"}
    before = {row["name"]: row["id"] for row in json.loads(server.command("users", "list", "--json"))}
    output = server.command("users", "remove", "olga", *(["--give-to", "boris"] if given else []))
    assert output == f"1 files {'given to boris' if given else 'removed'}\n"
    assert httpx.get(f"{server.url}/api/files/{file}/info", headers=headers).status_code == 401
    got = httpx.get(f"{server.url}/api/files/{file}/download", headers=boris)
    assert (got.status_code, got.content) == ((200, b"hello") if given else (404, got.content))
    with closing(sqlite3.connect(server.data / "penstock.db")) as connection:
        assert connection.execute("SELECT count(*) FROM uploads WHERE state = 'open'").fetchone() == (0,)
        owned = connection.execute("SELECT owner, files, bytes FROM usage").fetchall()
        assert owned == ([(before["boris"], 1, 5)] if given else [])
    [ended] = [row for row in json.loads(server.command("audit", "--json")) if row["act"] == "remove user"]
    assert before["olga"] in ended["outcome"]
    again = {"Authorization": f"Bearer {server.token('olga')}"}
    assert httpx.get(f"{server.url}/api/file/list", headers=again).json()["data"]["total"] == 0


def test_who_cannot_be_removed(penstock: Penstock) -> None:
    """A name that is nobody's, an heir that is nobody, and oneself as heir are one line each, and change nothing."""
    penstock("users", "add", "olga", "--password-stdin", stdin="correct horse battery\n")
    for arguments, line in (
        (("nobody",), "There is no user 'nobody'."),
        (("olga", "--give-to", "nobody"), "There is no user 'nobody'."),
        (("olga", "--give-to", "olga"), "Nobody inherits from themselves."),
    ):
        done = penstock("users", "remove", *arguments)
        assert (done.code, done.out, done.err) == (1, "", f"penstock: {line}\n")
    assert [row["name"] for row in json.loads(penstock("users", "list", "--json").out)] == ["olga"]


@pytest.mark.parametrize(
    "command", [("users", "remove", "olga"), ("clients", "remove", "app"), ("keys", "rotate", "--forget")], ids=" ".join
)
def test_what_is_for_good_is_asked_on_a_terminal(
    penstock: Penstock, monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """A person at a terminal is asked first, `--yes` answers, and a script is not asked."""
    penstock("users", "add", "olga", "--password-stdin", stdin="correct horse battery\n")
    penstock("clients", "add", "app")
    monkeypatch.setattr(Stdin, "terminal", True)
    done = penstock(*command, stdin="n\n")
    assert done.code == 1
    assert "[y/N]" in done.out
    assert penstock(*command, "--yes").code == 0


def test_a_person_is_asked_for_the_password(penstock: Penstock, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a terminal `users add` asks, unseen and twice; a script that says nothing is told what to say."""
    done = penstock("users", "add", "olga")
    assert (done.code, "--password-stdin" in done.err) == (2, True)
    asked: list[dict[str, object]] = []

    def prompt(text: str, **how: object) -> str:
        asked.append(how)
        return "correct horse battery"

    monkeypatch.setattr(Stdin, "terminal", True)
    monkeypatch.setattr("typer.prompt", prompt)
    assert penstock("users", "add", "olga").code == 0
    assert asked == [{"hide_input": True, "confirmation_prompt": True}]


@pytest.mark.parametrize(
    "command", [("serve", "--port", "0"), ("gc",), ("users", "list"), ("migrate",), ("backup", "kept")], ids=" ".join
)
def test_a_lost_database_is_not_replaced_by_an_empty_one(
    penstock: Penstock, tmp_path: Path, command: tuple[str, ...]
) -> None:
    """An empty database knows no blob, and what it does not know would be collected: it is refused in one line."""
    folder = tmp_path / "data"
    blob = folder / "blobs" / "ab" / "cd" / "blob"
    blob.parent.mkdir(parents=True)
    blob.write_bytes(b"precious")
    for file in folder.glob("penstock.db*"):
        file.unlink()
    done = penstock(*command, "--data", str(folder))
    expected = (
        f"penstock: There is no database {folder}/penstock.db, and {folder} is a store. Bring it back from a backup.\n"
    )
    assert (done.code, done.out, done.err) == (1, "", expected)
    assert blob.exists()
    assert not (folder / "penstock.db").exists()


def test_a_database_elsewhere_is_not_made_in_passing(penstock: Penstock, tmp_path: Path) -> None:
    """A command that is pointed at a database that is not there makes none."""
    elsewhere = tmp_path / "new.db"
    done = penstock("gc", "--database", f"sqlite:///{elsewhere}")
    assert (done.code, done.out) == (1, "")
    assert list(tmp_path.glob("new.db*")) == []


def test_a_taken_port_leaves_no_store_behind(penstock: Penstock, tmp_path: Path) -> None:
    """Who cannot listen makes nothing: the next start is a first one, and says what to do next."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        assert penstock("serve", "--data", str(tmp_path / "fresh"), "--port", port).code == 1
    assert not (tmp_path / "fresh").exists()
