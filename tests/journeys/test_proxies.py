"""The blocks for nginx and Caddy of docs/operate.md, run by the real programs in front of a real server."""

import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.bytes import md5
from tests.support.ci import required_in_ci
from tests.support.process import ServerProcess, free_port

PAGE = Path(__file__).parents[2] / "docs" / "operate.md"
SEARCHED = "/usr/local/bin:/usr/bin:/bin:/usr/sbin"
PROGRAMS = ("nginx", "caddy")
OFFER = "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n"


def block(language: str) -> str:
    """The one code block of this language on the page."""
    [found] = re.findall(rf"```{language}\n(.*?)```", PAGE.read_text(), re.DOTALL)
    return str(found)


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


def configured(program: str, folder: Path, upstream: int, port: int, certificate: tuple[Path, Path]) -> list[str]:
    """The command that runs the page's block, with our ports and certificate in it."""
    made, key = certificate
    text = put(block(program), "127.0.0.1:8080", f"127.0.0.1:{upstream}")
    if program == "nginx":
        text = put(put(text, "/etc/ssl/files.example.pem", str(made)), "/etc/ssl/files.example.key", str(key))
        text = put(put(text, "listen 443", f"listen 127.0.0.1:{port}"), "listen 80", f"listen 127.0.0.1:{free_port()}")
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
def running(program: str, folder: Path, upstream: int, certificate: tuple[Path, Path]) -> Iterator[Proxy]:
    """The program with the page's block, in front of `upstream`."""
    path = shutil.which(program, path=SEARCHED)
    required_in_ci(path is not None, program)
    folder.mkdir()
    port = free_port()
    command = [str(path), *configured(program, folder, upstream, port, certificate)]
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


@pytest.fixture(scope="module", params=PROGRAMS)
def proxy(
    request: pytest.FixtureRequest,
    tmp_path_factory: pytest.TempPathFactory,
    server: ServerProcess,
    certificate: tuple[Path, Path],
) -> Iterator[Proxy]:
    folder = tmp_path_factory.mktemp("proxy") / request.param
    with running(request.param, folder, server.port, certificate) as made:
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


@pytest.mark.parametrize("program", PROGRAMS)
def test_a_body_goes_through_as_it_comes(program: str, tmp_path: Path, certificate: tuple[Path, Path]) -> None:
    """The first half of a body is at the server before the second is sent, and no offer to upgrade comes with it."""
    half = b"x" * 300_000
    with socket.create_server(("127.0.0.1", 0)) as upstream:
        upstream.settimeout(30)
        with (
            running(program, tmp_path / program, upstream.getsockname()[1], certificate) as proxy,
            proxy.connect() as wire,
        ):
            head = f"PUT /part HTTP/1.1\r\nHost: localhost\r\n{OFFER}Content-Length: {2 * len(half)}\r\n\r\n"
            wire.sendall(head.encode() + half)
            connection, _ = upstream.accept()
            connection.settimeout(30)
            received = b""
            while len(received.partition(b"\r\n\r\n")[2]) < len(half):
                received += connection.recv(65536)
            connection.close()
    sent = received.partition(b"\r\n\r\n")[0].lower()
    assert b"upgrade" not in sent.replace(b"http2-settings", b"")
