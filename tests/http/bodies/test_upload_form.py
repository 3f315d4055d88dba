"""A form with one file in it."""

import pytest

from tests.support.bytes import md5
from tests.support.server import Server

MULTIPART = "multipart/form-data; boundary=b"
FIELD = b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n'
FILE = b'--b\r\nContent-Disposition: form-data; name="%s"; filename="%s"\r\n\r\n%s\r\n'
PLACES = {
    "files": ("/api/files/upload", b"file", b""),
    "instant": ("/api/file/upload", b"chunk", FIELD % (b"file_id", b"f") + FIELD % (b"index", b"0")),
    "oss": (f"/api/file/upload?identifier={md5(b'one')}", b"file", b""),
    "scratch": ("/api/scratch/stream-upload", b"any", b""),
}
HEADERS = {
    "Content-Type": MULTIPART,
    "x-filename": "a",
    "x-filesize": "3",
    "x-chunk-index": "0",
    "x-total-chunks": "1",
    "x-upload-id": "u",
}


@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("first", [True, False], ids=["twice", "another before"])
@pytest.mark.dialects("scratch", "instant", "files", "oss")
async def test_a_second_file_is_refused_and_nothing_is_kept(server: Server, place: str, first: bool) -> None:
    """Whoever sends two files where one is asked for is told so: neither is taken, and neither is left lying."""
    path, name, fields = PLACES[place]
    other = FILE % (b"other" if not first else name, b"b", b"two")
    one = FILE % (name, b"a", b"one")
    body = fields + (one + other if first else other + one) + b"--b--\r\n"
    answer = await server.alice.post(path, content=body, headers=HEADERS)
    assert answer.status_code == 400, answer.text
    assert [server.stored()[kind] for kind in ("parts", "files")] == [0, 0]


@pytest.mark.parametrize("place", ["files", "instant", "oss"])
@pytest.mark.dialects("instant", "files", "oss")
async def test_a_file_input_without_a_choice_is_no_file(server: Server, place: str) -> None:
    """A page's other file inputs come along empty and without a name: they are no second file."""
    path, name, fields = PLACES[place]
    empty = FILE % (b"unused", b"", b"")
    body = empty + fields + FILE % (name, b"a", b"one") + empty + b"--b--\r\n"
    answer = await server.alice.post(path, content=body, headers=HEADERS)
    assert answer.status_code == 200, answer.text
