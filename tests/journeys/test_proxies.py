"""The blocks for nginx and Caddy of docs/operate.md, and the files for many nodes in deploy/, run by the real programs
in front of real servers.
"""

import random
import re
import shutil
import socket
import ssl
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Self

import httpx
import pytest

from cluster.programs import free_port
from tests.support.bytes import md5
from tests.support.ci import required_in_ci
from tests.support.process import ServerProcess

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "operate.md"
SEARCHED = "/usr/local/bin:/usr/bin:/bin:/usr/sbin"
PROGRAMS = ("nginx", "caddy")
MANY = {"nginx": "nginx/penstock.conf", "caddy": "caddy/Caddyfile"}
"""The files for many nodes, in deploy/."""
SNIPPET = "/etc/nginx/snippets/penstock-proxy.conf"
PART = 300_000
CHUNK = "/api/files/chunked-upload/chunk"
OFFER = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"


def block(language: str) -> str:
    """The one code block of this language on the page."""
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return str(found)


def nodes_put(text: str, upstreams: Sequence[int]) -> str:
    """The page's block in front of one node, or the file of deploy/ in front of three."""
    if len(upstreams) == 1:
        return put(text, "127.0.0.1:8080", f"127.0.0.1:{upstreams[0]}")
    for number, port in enumerate(upstreams, 11):
        text = put(text, f"10.0.0.{number}:8080", f"127.0.0.1:{port}")
    return text


def put(text: str, old: str, new: str) -> str:
    """The text with another value where the page's is."""
    assert old in text, old
    return text.replace(old, new)


@dataclass(frozen=True)
class Proxy:
    """A proxy that listens with TLS."""

    port: int
    certificate: Path

    @property
    def url(self) -> str:
        """Where it is reached."""
        return f"https://localhost:{self.port}"

    def client(self, token: str | None = None) -> httpx.Client:
        """Somebody who calls through it."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        return httpx.Client(base_url=self.url, verify=context, headers=headers, timeout=30)

    def connect(self) -> ssl.SSLSocket:
        """A bare connection through it."""
        context = ssl.create_default_context(cafile=str(self.certificate))
        return context.wrap_socket(socket.create_connection(("127.0.0.1", self.port), 30), server_hostname="localhost")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for localhost, and its key."""
    folder = tmp_path_factory.mktemp("certificate")
    made, key = folder / "made.pem", folder / "made.key"
    call = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*call, *names, "-keyout", key, "-out", made], check=True, capture_output=True)
    return made, key


def configured(
    program: str, folder: Path, upstreams: Sequence[int], port: int, certificate: tuple[Path, Path]
) -> list[str]:
    """The command that runs the page's block, or for three nodes the file, with our ports and certificate in it."""
    made, key = certificate
    written = block(program) if len(upstreams) == 1 else (ROOT / "deploy" / MANY[program]).read_text()
    text = nodes_put(written, upstreams)
    if program == "nginx":
        text = put(put(text, "/etc/ssl/files.example.pem", str(made)), "/etc/ssl/files.example.key", str(key))
        text = put(put(text, "listen 443", f"listen 127.0.0.1:{port}"), "listen 80", f"listen 127.0.0.1:{free_port()}")
        text = text.replace(SNIPPET, str(ROOT / "deploy" / "nginx" / Path(SNIPPET).name))
        own = "".join(
            f"{kind}_temp_path {folder}/{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        text = f"daemon off; pid {folder}/pid; error_log stderr; events {{}} http {{ access_log off; {own} {text} }}"
        (folder / "conf").write_text(put(text, "files.example", "localhost"))
        return ["-e", "stderr", "-p", str(folder), "-c", str(folder / "conf")]
    text = put(text, "files.example {", f"https://localhost:{port} {{\n\ttls {made} {key}\n\tbind 127.0.0.1")
    (folder / "conf").write_text("{\n\tadmin off\n\tauto_https disable_redirects\n}\n" + text)
    return ["run", "--adapter", "caddyfile", "--config", str(folder / "conf")]


@contextmanager
def running(program: str, folder: Path, upstreams: Sequence[int], certificate: tuple[Path, Path]) -> Iterator[Proxy]:
    """The program with the page's block in front of one server, or with the file of deploy/ in front of three."""
    path = shutil.which(program, path=SEARCHED)
    required_in_ci(path is not None, program)
    folder.mkdir()
    port = free_port()
    command = [str(path), *configured(program, folder, upstreams, port, certificate)]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log, env={"HOME": str(folder), "PATH": SEARCHED})
    try:
        deadline = time.monotonic() + 60
        while True:
            with suppress(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", port), 5).close()
                break
            assert process.poll() is None, (folder / "log").read_text()
            assert time.monotonic() < deadline
            time.sleep(0.02)
        yield Proxy(port, certificate[0])
    finally:
        process.terminate()
        process.wait(30)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    server = ServerProcess(tmp_path_factory.mktemp("proxied") / "data", trusted_proxies="127.0.0.1,::1").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def token(server: ServerProcess) -> str:
    return server.token("olga")


@pytest.fixture(scope="module", params=[(program, nodes) for program in PROGRAMS for nodes in (1, 3)], ids=str)
def proxy(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    server: ServerProcess,
    certificate: tuple[Path, Path],
) -> Iterator[Proxy]:
    program, nodes = request.param
    folder = tmp_path_factory.mktemp("proxy") / program
    with running(program, folder, [server.port] * nodes, certificate) as made:
        yield made


def test_files_go_through_whole_and_in_ranges(proxy: Proxy, token: str) -> None:
    """What is sent comes back, whole and in ranges, through either proxy."""
    content = bytes(range(256)) * 20_000
    with proxy.client(token) as api:
        sent = api.post("/api/files/upload", files={"file": ("a.bin", content)}).json()["data"]
        whole = api.get(f"/api/files/{sent['id']}/download")
        part = api.get(f"/api/files/{sent['id']}/download", headers={"Range": "bytes=1000-1999"})
    assert whole.content == content
    assert (part.status_code, part.content) == (206, content[1000:2000])


@pytest.mark.on_folder("the store itself takes the parts")
def test_addresses_begin_with_https(proxy: Proxy, token: str) -> None:
    """An address that we print leads back through the proxy, and a part that is PUT there arrives."""
    payload = {"identifier": md5(str(proxy.port).encode()), "fileName": "a", "partNum": 1}
    with proxy.client(token) as api:
        url = api.post("/api/file/multipart/init", json=payload).json()["data"]["uploadUrl"]["1"]
        assert url.startswith(f"{proxy.url}/oss/upload?")
    with proxy.client() as anyone:
        assert anyone.put(url, content=b"hello").status_code == 200


def test_the_client_is_known_and_not_believed(proxy: Proxy, server: ServerProcess) -> None:
    """The log has the address that the proxy saw, whatever the client writes into its own headers."""
    path = f"/api/files/{proxy.port}/info"
    with proxy.client() as anyone:
        forged = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "gopher"}
        assert anyone.get(path, headers=forged).status_code == 401
    deadline = time.monotonic() + 30
    while not (lines := [line for line in server.log.read_text().splitlines() if path in line]):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert '"client":"127.0.0.1"' in lines[0]


def test_doors_are_shut(proxy: Proxy) -> None:
    """Nobody is "local" behind a proxy: without a token there is no way in."""
    with proxy.client() as anyone:
        payload = {"file_id": "f", "md5": "0" * 32, "name": "n", "size": 1}
        assert anyone.post("/api/file/instant", json=payload).status_code == 401
        assert anyone.get("/metafile-uploader/api/v1/config").status_code == 401


def test_an_offered_upgrade_keeps_its_body(proxy: Proxy, token: str) -> None:
    """A client that offers h2c through the proxy has its body whole and one answer."""
    body = b'{"fileName":"a","fileSize":10,"totalChunks":2}'
    head = (
        f"POST /api/files/chunked-upload/init HTTP/1.1\r\nHost: localhost:{proxy.port}\r\n{OFFER}"
        f"Authorization: Bearer {token}\r\nContent-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with proxy.connect() as wire:
        wire.sendall(head.encode())
        wire.sendall(body)
        answer = wire.recv(65536)
    assert answer.startswith(b"HTTP/1.1 200 ")


@pytest.mark.parametrize("nodes", [1, 3])
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_body_goes_through_as_it_comes(
    program: str, nodes: int, tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    """The first half of a body is at the server before the second is sent, and no offer to upgrade comes with it."""
    half = b"x" * 300_000
    with socket.create_server(("127.0.0.1", 0)) as upstream:
        upstream.settimeout(30)
        with (
            running(program, tmp_path / program, [upstream.getsockname()[1]] * nodes, certificate) as proxy,
            proxy.connect() as wire,
        ):
            head = f"PUT /part HTTP/1.1\r\nHost: localhost\r\n{OFFER}Content-Length: {2 * len(half)}\r\n\r\n"
            wire.sendall(head.encode() + half)
            received = b""
            while not received.startswith(b"PUT "):  # but asks whether the node is well
                connection, _ = upstream.accept()
                with connection:
                    connection.settimeout(30)
                    received = connection.recv(65536)
                    while received.startswith(b"PUT ") and len(received.partition(b"\r\n\r\n")[2]) < len(half):
                        received += connection.recv(65536)
    sent = received.partition(b"\r\n\r\n")[0].lower()
    assert b"upgrade" not in sent.replace(b"http2-settings", b"")


# --- many nodes ------------------------------------------------------------------------------------------------------


class BreakingNode(ThreadingHTTPServer):
    """A node that is well, and breaks off what it is asked once it has read it."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Breaking)
        self.asked: list[str] = []

    def __enter__(self) -> Self:
        threading.Thread(target=self.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()


class _Breaking(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: BreakingNode

    def handle_one_request(self) -> None:
        self.raw_requestline = self.rfile.readline(65536)
        readable = self.raw_requestline and self.parse_request()
        self.close_connection = True
        if not readable:
            return
        if self.path == "/healthz":
            self.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            return
        self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append(self.command)

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@contextmanager
def before_breaking_nodes(
    program: str, folder: Path, certificate: tuple[Path, Path]
) -> Iterator[tuple[httpx.Client, Callable[[], list[str]]]]:
    """Somebody who calls through the program, and what has reached its nodes."""
    with ExitStack() as stack:
        nodes = [stack.enter_context(BreakingNode()) for _ in range(3)]
        proxy = stack.enter_context(running(program, folder, [node.server_port for node in nodes], certificate))
        client = stack.enter_context(proxy.client())
        yield client, lambda: [method for node in nodes for method in node.asked]


@pytest.mark.parametrize(("method", "size"), [("POST", 0), ("POST", 100_000), ("PATCH", 1), ("PUT", 100_000)])
@pytest.mark.parametrize("program", PROGRAMS)
def test_nothing_is_done_twice(
    program: str, method: str, size: int, tmp_path: Path, certificate: tuple[Path, Path]
) -> None:
    """What may not be repeated, and was sent, reaches one node, whatever that does with it; so does a body."""
    with before_breaking_nodes(program, tmp_path / program, certificate) as (client, asked):
        assert client.request(method, "/part", content=b"x" * size).status_code == 502
        assert asked() == [method]


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_reading_is_tried_elsewhere(program: str, tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    """A GET that one node breaks off is asked of others."""
    with before_breaking_nodes(program, tmp_path / program, certificate) as (client, asked):
        assert client.get("/file").status_code >= 500
        assert len(asked()) > 1


@pytest.mark.parametrize("program", PROGRAMS)
def test_nodes_that_are_away(
    program: str, tmp_path: Path, certificate: tuple[Path, Path], server: ServerProcess, token: str
) -> None:
    """While two of three nodes are away every upload and every download finds the third."""
    ports = [free_port(), server.port, free_port()]
    content = bytes(range(256)) * 4000
    with running(program, tmp_path / program, ports, certificate) as proxy, proxy.client(token) as api:
        for number in range(12):
            sent = api.post("/api/files/upload", files={"file": (f"{number}.bin", content)})
            assert sent.status_code == 200
            assert api.get(f"/api/files/{sent.json()['data']['id']}/download").content == content


@pytest.fixture
def nodes(tmp_path: Path) -> Iterator[list[ServerProcess]]:
    """Three nodes on one store."""
    started = [ServerProcess(tmp_path / "data", trusted_proxies="127.0.0.1").start() for _ in range(3)]
    yield started
    for node in started:
        if node.running:
            node.stop()


@pytest.mark.long
@pytest.mark.parametrize("program", PROGRAMS)
def test_a_node_is_killed_amid_uploads(
    program: str, tmp_path: Path, certificate: tuple[Path, Path], nodes: list[ServerProcess]
) -> None:
    """Its clients send again what was cut, through the same proxy, and the file is whole."""
    content = random.Random(7).randbytes(24 * PART)
    ports = [node.port for node in nodes]
    with running(program, tmp_path / program, ports, certificate) as proxy, proxy.client(nodes[0].token("olga")) as api:
        payload = {"fileName": "a.bin", "fileSize": len(content), "totalChunks": 24}
        upload = api.post("/api/files/chunked-upload/init", json=payload).json()["data"]["uploadId"]

        def send(number: int) -> None:
            fields = {"uploadId": upload, "chunkNumber": str(number), "totalChunks": "24", "fileName": "a.bin"}
            part = content[(number - 1) * PART : number * PART]
            for _ in range(5):
                answer = api.post(CHUNK, data=fields, files={"file": ("blob", part)})
                if answer.status_code != 502:
                    break
            assert answer.status_code == 200, answer.text
            if number == 8:
                nodes[0].kill()

        with ThreadPoolExecutor(4) as threads:
            list(threads.map(send, range(1, 25)))
        merged = api.post(f"/api/files/chunked-upload/merge?uploadId={upload}").json()["data"]
        assert api.get(f"/api/files/{merged['id']}/download").content == content
