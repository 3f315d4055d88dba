"""A live server and a live hook: what is told comes, whatever dies, and what is asked has its time."""

import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from cluster.programs import free_port
from tests.support.bytes import noise, sha256
from tests.support.hooks import PASS, SECRET, HookServer, Reaction, Told, is_signed, serve_hooks
from tests.support.process import ServerProcess

TIMEOUT = 2.0
VERSION = {"Tus-Resumable": "1.0.0"}
CHUNK = VERSION | {"Content-Type": "application/offset+octet-stream"}
TOLD = ("post-create", "post-finish", "post-terminate")


@contextmanager
def serving(folder: Path, url: str, workers: int = 2, **settings: str) -> Iterator[ServerProcess]:
    hooked = {"hook_url": url, "hook_secret": SECRET, "hook_timeout": str(TIMEOUT)} | settings
    server = ServerProcess(folder / "data", workers=workers, **hooked).start()
    try:
        yield server
    finally:
        if server.running:
            server.stop()


def send(server: ServerProcess, token: str, content: bytes) -> httpx.Response:
    headers = CHUNK | {"Authorization": f"Bearer {token}", "Upload-Length": str(len(content))}
    return httpx.post(f"{server.url}/files/", headers=headers, content=content, timeout=30)


def until(condition: Callable[[], object], within: float = 30.0) -> None:
    deadline = time.monotonic() + within
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def name_of(answer: httpx.Response) -> str:
    assert answer.status_code == 201, answer.text
    return answer.headers["location"].rpartition("/")[2]


def of_upload(hook: HookServer, upload: str) -> list[str]:
    """What the hook was told of an upload, each once, in order."""
    told = {told.id: told.kind for told in list(hook.told) if told.upload["ID"] == upload and told.kind in TOLD}
    return list(told.values())


def test_two_workers_tell_everything_once(tmp_path: Path) -> None:
    """Of uploads that come side by side to two processes each is asked for once and told of once, in its order, signed,
    with the digest of its bytes.
    """
    with serve_hooks() as hook, serving(tmp_path, hook.url) as server:
        token = server.token("hank")
        contents = [noise(20_000, number) for number in range(24)]
        with ThreadPoolExecutor(8) as senders:
            answers = senders.map(lambda content: send(server, token, content), contents)
            uploads = dict(zip(map(name_of, answers), contents, strict=True))
        until(lambda: len(hook.of("post-finish")) == len(uploads))
        time.sleep(TIMEOUT)  # what were told twice would be here by now
        told = Counter((told.upload["ID"], told.kind) for told in hook.told if told.kind != "post-receive")
        kinds = ("pre-create", "post-create", "pre-finish", "post-finish")
        assert told == {(upload, kind): 1 for upload in uploads for kind in kinds}
        for finished in hook.of("post-finish"):
            assert is_signed(finished)
            assert finished.ours["SHA256"] == sha256(uploads[finished.upload["ID"]])
        assert all(of_upload(hook, upload) == ["post-create", "post-finish"] for upload in uploads)


def test_a_killed_server_tells_it_all_the_same(tmp_path: Path) -> None:
    """What happened before a `kill -9` is told after the next start, in its order, under the ids that were tried."""
    with serve_hooks() as hook, serving(tmp_path, hook.url) as server:
        token = server.token("hank")
        hook.answers["post-create"] = 500
        uploads = [name_of(send(server, token, noise(1000, number))) for number in range(3)]
        until(lambda: len(hook.of("post-create")) >= 3)
        tried = {told.id for told in hook.of("post-create")}
        server.kill()
        assert hook.of("post-finish") == []
        hook.answers.clear()
        before = len(hook.told)
        server.start()
        until(lambda: len(hook.of("post-finish")) >= 3)
        assert {told.id for told in hook.told[before:] if told.kind == "post-create"} <= tried
        assert all(of_upload(hook, upload) == ["post-create", "post-finish"] for upload in uploads)


def test_a_server_that_dies_while_it_tells(tmp_path: Path) -> None:
    """A hook that was told, and whose answer nobody lived to see, is told again, under the same id."""
    with serve_hooks() as hook, serving(tmp_path, hook.url) as server:
        token = server.token("hank")
        gate = threading.Event()

        def after_the_kill(told: Told) -> Reaction:
            gate.wait(10)
            return PASS

        hook.answers["post-finish"] = after_the_kill
        upload = name_of(send(server, token, b"some bytes"))
        until(lambda: hook.of("post-finish"))
        server.kill()
        gate.set()
        server.start()
        until(lambda: len(hook.of("post-finish")) == 2)
        first, second = hook.of("post-finish")
        assert (first.id, first.upload) == (second.id, second.upload)
        assert of_upload(hook, upload) == ["post-create", "post-finish"]


def test_a_hook_that_is_down_is_told_when_it_is_back(tmp_path: Path) -> None:
    """Uploads go on while nobody listens, where nobody is asked; and the operator sees how much waits."""
    port = free_port()
    with serving(tmp_path, f"http://127.0.0.1:{port}/hook", hook_events=",".join(TOLD)) as server:
        token = server.token("hank")
        uploads = [name_of(send(server, token, noise(1000, number))) for number in range(3)]
        time.sleep(1)
        metrics = httpx.get(f"{server.url}/metrics", timeout=10).text
        assert "penstock_outbox 6.0" in metrics
        assert re.search(r'penstock_messages_total\{outcome="failed"\} [3-9]', metrics)
        with serve_hooks(port) as hook:
            until(lambda: len(hook.of("post-finish")) == 3)
            assert all(of_upload(hook, upload) == ["post-create", "post-finish"] for upload in uploads)


@pytest.mark.parametrize("unanswered", ["refuse", "go_on"])
def test_a_silent_hook_has_its_time(tmp_path: Path, unanswered: str) -> None:
    """A hook that says nothing holds nobody up for longer than its time, and then the setting decides."""
    with serve_hooks() as hook, serving(tmp_path, hook.url, hook_unanswered=unanswered) as server:
        token = server.token("hank")
        hook.gate.clear()
        begun = time.monotonic()
        answer = send(server, token, b"some bytes")
        questions = 1 if unanswered == "refuse" else 2
        assert questions * TIMEOUT <= time.monotonic() - begun < questions * TIMEOUT + 2
        assert answer.status_code == (503 if unanswered == "refuse" else 201)
        hook.gate.set()
        assert send(server, token, b"some bytes").status_code == 201


def test_what_waits_for_the_hook_is_finished_by_itself(tmp_path: Path) -> None:
    """An upload that the hook did not decide about keeps its bytes, and becomes a file once the hook is back, though
    its client does not come again.
    """
    with serve_hooks() as hook, serving(tmp_path, hook.url) as server:
        token = server.token("hank")
        headers = VERSION | {"Authorization": f"Bearer {token}"}
        created = httpx.post(f"{server.url}/files/", headers=headers | {"Upload-Length": "10"}, timeout=10)
        url = f"{server.url}{created.headers['location']}"
        hook.answers["pre-finish"] = b"<html>it works!</html>"
        patched = httpx.patch(url, headers=headers | CHUNK | {"Upload-Offset": "0"}, content=b"some bytes", timeout=30)
        assert patched.status_code == 503
        assert httpx.head(url, headers=headers, timeout=10).headers["upload-offset"] == "0"
        hook.answers.clear()
        until(lambda: hook.of("post-finish"))
        assert httpx.get(url, headers=headers, timeout=10).content == b"some bytes"


def test_a_refusal_holds_for_every_process(tmp_path: Path) -> None:
    """What one process was told to refuse, every process refuses in the same words, after a `kill -9`, too."""
    with serve_hooks() as hook, serving(tmp_path, hook.url) as server:
        token = server.token("hank")
        headers = VERSION | {"Authorization": f"Bearer {token}"}
        created = httpx.post(f"{server.url}/files/", headers=headers | {"Upload-Length": "10"}, timeout=10)
        url = f"{server.url}{created.headers['location']}"
        reply = {"StatusCode": 451, "Body": "not here", "Header": {"Link": "<why>"}}
        hook.answers["pre-finish"] = {"RejectUpload": True, "HTTPResponse": reply}
        chunk = headers | CHUNK | {"Upload-Offset": "0"}
        answers = [httpx.patch(url, headers=chunk, content=b"some bytes", timeout=30) for _ in range(4)]
        server.kill()
        server.start()
        answers += [httpx.patch(url, headers=chunk, content=b"some bytes", timeout=30) for _ in range(4)]
        assert {(answer.status_code, answer.text, answer.headers["link"]) for answer in answers} == {
            (451, "not here", "<why>")
        }
        assert httpx.head(url, headers=headers, timeout=10).status_code == 410
        assert len(hook.of("pre-finish")) == 1
        until(lambda: hook.of("post-terminate"))
