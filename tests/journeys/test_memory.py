"""Memory stays flat, whatever the size of the file."""

import hashlib
import http.client
import json
import os
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.journeys.raw import blocks
from tests.support.process import ServerProcess

GIB = 1 << 30
MIB = 1 << 20
SIZE = 2 * GIB
MAX_MEMORY = 150 * MIB

pytestmark = pytest.mark.skipif("CI" not in os.environ, reason="writes 8 GiB; set CI to run it")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ServerProcess]:
    data = tmp_path_factory.mktemp("memory") / "data"
    server = ServerProcess(data, scratch_limit="3GB", durability="process", blob_grace="0").start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def digest() -> str:
    md5 = hashlib.md5(usedforsecurity=False)
    for piece in blocks(SIZE):
        md5.update(piece)
    return md5.hexdigest()


class Client:
    """One connection that sends bodies as they are made."""

    def __init__(self, server: ServerProcess, token: str) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=300)
        self.token = token

    def send(self, path: str, body: Iterator[bytes], length: int, **headers: str) -> dict[str, object]:
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        headers |= {"Authorization": f"Bearer {self.token}", "Content-Length": str(length)}
        self.connection.request("POST", path, body=body, headers=headers)
        answer = self.connection.getresponse()
        reply = json.loads(answer.read())
        assert answer.status == 200, reply
        return reply  # type: ignore[no-any-return]

    def form(self, path: str, fields: dict[str, str], file: str, size: int) -> dict[str, object]:
        head = "".join(
            f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n' for name, value in fields.items()
        )
        head += f'--b\r\nContent-Disposition: form-data; name="{file}"; filename="big.bin"\r\n\r\n'
        tail = b"\r\n--b--\r\n"

        def body() -> Iterator[bytes]:
            yield head.encode()
            yield from blocks(size)
            yield tail

        length = len(head) + size + len(tail)
        return self.send(path, body(), length, Content_Type="multipart/form-data; boundary=b")


def scratch(client: Client, digest: str) -> None:
    for index in range(16):
        answer = client.send(
            "/api/scratch/stream-upload",
            blocks(SIZE // 16),
            SIZE // 16,
            x_filename="big.bin",
            x_filesize=str(SIZE),
            x_chunk_index=str(index),
            x_total_chunks="16",
            x_upload_id="big",
        )
    assert answer["file"]["md5"] == digest  # type: ignore[index]


def instant(client: Client, digest: str) -> None:
    for index in range(16):
        client.form("/api/file/upload", {"file_id": "big", "index": str(index)}, "chunk", SIZE // 16)
    payload = json.dumps({"file_id": "big", "md5": digest, "name": "big.bin", "size": SIZE, "total": 16}).encode()
    client.send("/api/file/merge", iter([payload]), len(payload))


def files(client: Client, digest: str) -> None:
    answer = client.form("/api/files/upload", {}, "file", SIZE)
    assert answer["data"]["fileSize"] == SIZE  # type: ignore[index]


def oss(client: Client, digest: str) -> None:
    payload = {"identifier": digest, "fileName": "big.bin", "partNum": 16, "partSize": SIZE // 16}
    body = json.dumps(payload).encode()
    urls = client.send("/api/file/multipart/init", iter([body]), len(body))["data"]["uploadUrl"]  # type: ignore[index]
    for number in range(1, 17):
        path = urls[str(number)].partition("/oss/")[2]
        client.connection.request("PUT", f"/oss/{path}", blocks(SIZE // 16), {"Content-Length": str(SIZE // 16)})
        answer = client.connection.getresponse()
        assert (answer.status, answer.read()) == (200, b"")
    client.connection.request(
        "GET", f"/api/file/multipart/merge?identifier={digest}", headers={"Authorization": f"Bearer {client.token}"}
    )
    assert json.loads(client.connection.getresponse().read())["data"]["size"] == SIZE


PAST = pytest.mark.on_folder("the store itself takes the parts")


def md5_of_a_body(client: Client, digest: str) -> None:
    assert client.form("/api/file/md5", {}, "file", SIZE)["data"]["identifier"] == digest  # type: ignore[index]


@pytest.mark.parametrize("dialect", [scratch, instant, files, pytest.param(oss, marks=PAST), md5_of_a_body])
def test_two_gibibytes_pass_through_less_than_150_mib(
    dialect: Callable[[Client, str], None], server: ServerProcess, digest: str
) -> None:
    """A file of 2 GiB through each dialect leaves the server's peak RSS below 150 MiB."""
    client = Client(server, server.token(dialect.__name__))
    with closing(client.connection):
        dialect(client, digest)
    peak = int((Path("/proc") / str(server.pid) / "status").read_text().split("VmHWM:")[1].split()[0]) * 1024
    assert peak < MAX_MEMORY
