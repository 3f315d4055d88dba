"""The helper scripts of the chain's contract, run as its shell flow runs them."""

import base64
import hashlib
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import pytest

from cluster.programs import free_port

SCRIPTS = Path(__file__).parents[2] / "scripts"
ADDRESS = "1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa"
META_ID = "31a9d2e8a70a091d65a58d2a08f8833abf5e8fa1d741c5400c538c38668cb83e"
TASK = "task_abc123def456"
INDEX = "ab" * 32
CHUNKS = ["01" * 32, "02" * 32]
THRESHOLD = 5_242_880

Answer = tuple[int, bytes]


def command(script: str, *arguments: object) -> list[str]:
    # Isolated: what works so needs neither the package nor anything else that is installed.
    return [sys.executable, "-I", str(SCRIPTS / script), *map(str, arguments)]


def run(script: str, *arguments: object, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        command(script, *arguments),
        env={"PATH": os.environ["PATH"], "no_proxy": "*", **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=30,
        check=False,
    )


def described(path: object) -> dict[str, Any]:
    done = run("read_file_base64.py", path)
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("\n") == 1
    return dict(json.loads(done.stdout))


def envelope(status: int, code: int, message: str, data: object = None) -> Answer:
    return status, json.dumps({"code": code, "message": message, "data": data}).encode()


def state(status: str, stage: str, progress: int, message: str, **more: object) -> Answer:
    task = {"taskId": TASK, "status": status, "stage": stage, "progress": progress, "message": message, **more}
    return envelope(200, 0, "success", task)


CREATED = state("created", "created", 0, "Task created successfully")
PROCESSING = state("processing", "chunk_broadcast", 45, "Broadcasting chunk 1 of 2")
SUCCESS = state("success", "completed", 100, "Upload completed successfully", indexTxId=INDEX, chunkTxIds=CHUNKS)
BROKE = "Failed to broadcast index transaction: insufficient balance"
FAILED = state("failed", "index_broadcast", 60, BROKE)
UNKNOWN = envelope(404, 1008, "Task not found")
SLOW_DOWN = envelope(429, 1011, "Rate limit exceeded", {"retryAfter": 0.3})


class Stage(ThreadingHTTPServer):
    """A server that plays its answers in order, stays with the last, and remembers when it was asked for what."""

    daemon_threads = True

    def __init__(self, port: int = 0) -> None:
        super().__init__(("127.0.0.1", port), Player)
        self.play: list[Answer] = [CREATED]
        self.asked: list[tuple[float, str]] = []
        self._thread = Thread(target=self.serve_forever, args=[0.01])
        self._thread.start()

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/metafile-uploader"

    def stop(self) -> None:
        self.shutdown()
        self._thread.join()
        self.server_close()


class Player(BaseHTTPRequestHandler):
    """Gives the answer whose turn it is."""

    server: Stage

    def do_GET(self) -> None:
        turn = min(len(self.server.asked), len(self.server.play) - 1)
        self.server.asked.append((time.monotonic(), self.path))
        status, body = self.server.play[turn]
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the parent's name
        """Keep quiet."""


@pytest.fixture
def stage() -> Iterator[Stage]:
    stage = Stage()
    yield stage
    stage.stop()


def monitored(stage: Stage, *play: Answer, timeout: float = 20) -> tuple[int, dict[str, Any], list[str]]:
    """The exit code, the one line of JSON, and the lines of news."""
    stage.play = list(play)
    done = run("monitor_task.py", TASK, timeout, 0.05, API_BASE=stage.base)
    assert done.stdout.count("\n") == 1, done.stderr
    return done.returncode, json.loads(done.stdout), done.stderr.splitlines()


def failure(error: str) -> dict[str, Any]:
    return {"success": False, "error": error, "taskId": TASK}


@pytest.mark.parametrize(
    ("script", "arguments"),
    [
        ("calculate_metaid.py", []),
        ("calculate_metaid.py", [""]),
        ("calculate_metaid.py", ["--help"]),
        ("calculate_metaid.py", [ADDRESS, ADDRESS]),
        ("read_file_base64.py", []),
        ("read_file_base64.py", [""]),
        ("read_file_base64.py", ["two", "words"]),
        ("monitor_task.py", []),
        ("monitor_task.py", [""]),
        ("monitor_task.py", [TASK, "soon"]),
        ("monitor_task.py", [TASK, "nan"]),
        ("monitor_task.py", [TASK, "1", "0"]),
        ("monitor_task.py", [TASK, "1", "1", "1"]),
    ],
)
def test_misuse_is_answered_with_the_usage(script: str, arguments: list[str]) -> None:
    """Whoever gives nothing, or not what is wanted, gets the usage on stderr, nothing on stdout, and exit code 1."""
    done = run(script, *arguments)
    assert (done.returncode, done.stdout) == (1, "")
    assert f"Usage: python scripts/{script}" in done.stderr


def test_the_meta_id_is_the_hash_of_the_address() -> None:
    """The MetaID of the contract's address is the published one."""
    done = run("calculate_metaid.py", ADDRESS)
    assert (done.returncode, done.stderr) == (0, "")
    assert json.loads(done.stdout) == {"address": ADDRESS, "metaId": META_ID}


def test_a_file_is_described_in_full(tmp_path: Path) -> None:
    """Every published field is there and true, and a summary goes to stderr."""
    path = tmp_path / "photo.jpg"
    path.write_bytes(bytes(range(256)) * 1000)
    encoded = base64.b64encode(path.read_bytes()).decode()
    assert described(path) == {
        "fileName": "photo.jpg",
        "filePath": str(path),
        "fileSize": 256_000,
        "fileSizeMB": 0.24,
        "mimeType": "image/jpeg",
        "contentType": "image/jpeg;binary",
        "uploadMethod": "direct",
        "uploadThresholdMB": 5,
        "base64Content": encoded,
        "base64Length": len(encoded),
    }
    assert run("read_file_base64.py", path).stderr == "photo.jpg: 0.24 MB, image/jpeg;binary, direct upload\n"


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("a.txt", "text/plain"),
        ("a.html", "text/html"),
        ("a.json", "application/json"),
        ("a.js", "text/javascript"),
        ("a.svg", "image/svg+xml;binary"),
        ("a.png", "image/png;binary"),
        ("a.mp4", "video/mp4;binary"),
        ("a.html.gz", "application/octet-stream;binary"),
        ("a.what-is-it", "application/octet-stream;binary"),
        ("a", "application/octet-stream;binary"),
    ],
)
def test_what_is_not_text_is_marked_binary(tmp_path: Path, name: str, expected: str) -> None:
    """All but text, JSON, JavaScript and XML carries `;binary`, and what the name does not tell is an octet stream."""
    (tmp_path / name).touch()
    file = described(tmp_path / name)
    assert file["contentType"].replace("application/javascript", "text/javascript") == expected
    assert file["mimeType"] == file["contentType"].removesuffix(";binary")


def test_xml_is_text(tmp_path: Path) -> None:
    """XML goes without `;binary` under both of its names (systems differ in which they know)."""
    (tmp_path / "a.xml").touch()
    assert described(tmp_path / "a.xml")["contentType"] in ("application/xml", "text/xml")


@pytest.mark.parametrize(("size", "method"), [(0, "direct"), (THRESHOLD, "direct"), (THRESHOLD + 1, "chunked")])
def test_the_threshold_belongs_to_direct(tmp_path: Path, size: int, method: str) -> None:
    """Files of up to 5 MiB are uploaded directly, larger ones in chunks."""
    path = tmp_path / "film.mp4"
    with path.open("wb") as file:
        file.truncate(size)
    described_ = described(path)
    assert (described_["fileSize"], described_["uploadMethod"]) == (size, method)
    assert len(base64.b64decode(described_["base64Content"], validate=True)) == size


@pytest.mark.parametrize("name", ["nobody.png", "."])
def test_a_file_that_cannot_be_read_is_an_error(tmp_path: Path, name: str) -> None:
    """A missing file and a folder are named on stderr, with exit code 1 and nothing on stdout."""
    done = run("read_file_base64.py", tmp_path / name)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("Error: ")
    assert str(tmp_path / name) in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("locale", ["C", "C.UTF-8", "POSIX"])
def test_any_name_is_printed(tmp_path: Path, locale: str) -> None:
    """Names arrive as UTF-8 in every locale, even one whose bytes are no text at all."""
    (tmp_path / '照片 "1".png').touch()
    broken = os.fsencode(tmp_path) + b"/caf\xe9.png"
    Path(os.fsdecode(broken)).touch()
    assert json.loads(run("read_file_base64.py", tmp_path / '照片 "1".png', LC_ALL=locale).stdout)["fileName"] == (
        '照片 "1".png'
    )
    assert json.loads(run("read_file_base64.py", os.fsdecode(broken), LC_ALL=locale).stdout)["fileName"] == "caf?.png"


@pytest.mark.skipif(shutil.which("jq") is None, reason="the contract's shell flow needs jq")
def test_the_output_survives_an_unquoted_echo(tmp_path: Path) -> None:
    """`echo $fileData | jq`, as the contract prints it, gives back name, type and content."""
    path = tmp_path / "my [1] photo*.png"
    path.write_bytes(hashlib.sha256(b"seed").digest() * 100)
    read = " ".join(f"'{word}'" for word in command("read_file_base64.py", path))
    script = f'fileData=$({read}); for f in fileName contentType base64Content; do echo $fileData | jq -r ".$f"; done'
    printed = subprocess.run(["bash", "-c", script], capture_output=True, encoding="utf-8", check=True).stdout
    assert printed.splitlines() == [path.name, "image/png;binary", base64.b64encode(path.read_bytes()).decode()]


def test_a_task_is_followed_to_its_success(stage: Stage) -> None:
    """News is told once each on stderr; the end is one line of JSON that says where the file is."""
    code, outcome, news = monitored(stage, CREATED, CREATED, PROCESSING, PROCESSING, SUCCESS)
    assert code == 0
    assert outcome == {
        "success": True,
        "taskId": TASK,
        "status": "success",
        "indexTxId": INDEX,
        "pinId": f"{INDEX}i0",
        "chunkTxIds": CHUNKS,
        "chunkCount": 2,
        "viewUrls": {
            "transaction": f"https://www.mvcscan.com/tx/{INDEX}",
            "pin": f"https://man.metaid.io/pin/{INDEX}i0",
            "content": f"{stage.base}/api/v1/files/content/{INDEX}i0",
            "accelerate": f"{stage.base}/api/v1/files/content/{INDEX}i0",
        },
    }
    assert news == [
        "created | created | 0% | Task created successfully",
        "processing | chunk_broadcast | 45% | Broadcasting chunk 1 of 2",
        "success | completed | 100% | Upload completed successfully",
    ]
    assert [path for _, path in stage.asked] == [f"/metafile-uploader/api/v1/files/task/{TASK}"] * 5


def test_a_task_that_fails_says_why(stage: Stage) -> None:
    """The server's message about a failed task is the error, with exit code 1."""
    assert monitored(stage, PROCESSING, FAILED)[:2] == (1, failure(BROKE))


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (UNKNOWN, "Task not found"),
        (envelope(200, 1008, "Task not found"), "Task not found"),
        ((404, b"<html>nothing here</html>"), "HTTP 404 from "),
        ((200, b"<html>some other site</html>"), "HTTP 200 from "),
    ],
)
def test_a_task_that_is_not_there_ends_it_at_once(stage: Stage, answer: Answer, error: str) -> None:
    """An unknown task, or a server that is not the one meant, is asked once and no more."""
    code, outcome, _ = monitored(stage, answer, SUCCESS)
    assert (code, outcome["success"], outcome["taskId"]) == (1, False, TASK)
    assert outcome["error"].startswith(error)
    assert len(stage.asked) == 1


def test_the_rate_limit_is_respected(stage: Stage) -> None:
    """After a 429 the next question waits for as long as the answer says."""
    code, outcome, news = monitored(stage, SLOW_DOWN, SUCCESS)
    assert (code, outcome["success"]) == (0, True)
    (first, _), (second, _) = stage.asked
    assert second - first >= 0.3
    assert news[0] == "Rate limit exceeded"


@pytest.mark.parametrize("answer", [envelope(500, 500, "Internal error"), (502, b"<html>Bad gateway</html>")])
def test_a_server_in_trouble_is_asked_again(stage: Stage, answer: Answer) -> None:
    """A 5xx answer, in the envelope or from a proxy, is no verdict on the task."""
    code, outcome, _ = monitored(stage, answer, answer, SUCCESS)
    assert (code, outcome["success"], len(stage.asked)) == (0, True, 3)


def test_a_task_that_takes_too_long_is_given_up(stage: Stage) -> None:
    """When the time is over the error says so, and what was seen last."""
    code, outcome, news = monitored(stage, PROCESSING, timeout=0.3)
    assert (code, outcome) == (1, failure(f"Timed out after 0.3 seconds; last seen: {news[-1]}"))
    assert len(news) == 1
    assert len(stage.asked) > 1


def test_a_server_that_is_not_there_is_waited_for_until_the_time_is_over() -> None:
    """A refused connection is tried again until the time-out, and then named in the error."""
    started = time.monotonic()
    done = run("monitor_task.py", TASK, 0.3, 0.05, API_BASE=f"http://127.0.0.1:{free_port()}")
    assert time.monotonic() - started >= 0.3
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    error = json.loads(done.stdout)["error"]
    assert error.startswith("Timed out after 0.3 seconds")
    assert "refused" in error


def test_a_server_that_comes_back_is_found() -> None:
    """Who asks while the server restarts has the answer once it is up."""
    port = free_port()
    environment = {"API_BASE": f"http://127.0.0.1:{port}/", "no_proxy": "*"}
    arguments = command("monitor_task.py", TASK, 20, 0.05)
    with subprocess.Popen(arguments, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as script:
        assert script.stderr is not None
        assert b"refused" in script.stderr.readline()
        stage = Stage(port)
        stage.play = [SUCCESS]
        printed, _ = script.communicate(timeout=20)
        stage.stop()
    assert json.loads(printed)["success"] is True
    assert stage.asked[0][1] == f"/api/v1/files/task/{TASK}"


def test_a_base_that_is_no_url_is_an_error() -> None:
    """An `API_BASE` without its scheme is told at once, as JSON."""
    done = run("monitor_task.py", TASK, API_BASE="file.metaid.io/metafile-uploader")
    assert done.returncode == 1
    assert "API_BASE" in json.loads(done.stdout)["error"]
