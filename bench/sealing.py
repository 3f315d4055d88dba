"""How long sealing takes after the last part: `python -m bench.sealing [MIB] [PART_MIB] [ROUNDS]`.

An upload arrives in order over one connection, at the client's own pace, and is merged; what is printed is the time of
the merge call, in which the digests are finished, the file is named, and its records are made durable.
"""

import hashlib
import json
import statistics
import sys
import tempfile
import time
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path

from rich.console import Console
from rich.table import Table

from tests.live import LiveServer

MIB = 1 << 20
BLOCK = bytes(range(256)) * 4096


def main(size: int, part: int, rounds: int) -> None:
    """Run and print."""
    total = -(-size // part)
    md5 = hashlib.md5(usedforsecurity=False)
    for _ in range(size // MIB):
        md5.update(BLOCK)
    with tempfile.TemporaryDirectory() as folder:
        server = LiveServer(Path(folder) / "data", blob_grace="0").start()
        try:
            with closing(HTTPConnection("127.0.0.1", server.port)) as connection:
                figures = [
                    _round(connection, f"r{number}", size, part, total, md5.hexdigest()) for number in range(rounds)
                ]
        finally:
            server.stop()
    table = Table("figure", "min", "median", "max", title=f"{size // MIB} MiB in {total} parts, {rounds} rounds")
    for name, values in zip(("receiving, MiB/s", "merge, ms"), zip(*figures, strict=True), strict=True):
        table.add_row(name, *(f"{value:.1f}" for value in (min(values), statistics.median(values), max(values))))
    Console().print(table)


def _round(connection: HTTPConnection, key: str, size: int, part: int, total: int, md5: str) -> tuple[float, float]:
    begun = time.perf_counter()
    for index in range(total):
        _send(connection, key, index, min(part, size - index * part))
    received = time.perf_counter()
    asked = {"file_id": key, "md5": md5, "name": f"{key}.bin", "size": size, "total": total}
    _post(connection, "/api/file/merge", json.dumps(asked).encode(), "application/json")
    return size / MIB / (received - begun), (time.perf_counter() - received) * 1000


def _send(connection: HTTPConnection, key: str, index: int, length: int) -> None:
    fields = {"file_id": key, "index": index}
    head = "".join(f'--b\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{fields[name]}\r\n' for name in fields)
    head += '--b\r\nContent-Disposition: form-data; name="chunk"; filename="blob"\r\n\r\n'
    body = head.encode() + (BLOCK * (length // MIB)) + b"\r\n--b--\r\n"
    _post(connection, "/api/file/upload", body, "multipart/form-data; boundary=b")


def _post(connection: HTTPConnection, path: str, body: bytes, kind: str) -> None:
    connection.request("POST", path, body, {"Content-Type": kind})
    answer = connection.getresponse()
    shown = answer.read()
    if answer.status != 200:
        raise SystemExit(shown.decode())


if __name__ == "__main__":
    given = [int(value) for value in sys.argv[1:]]
    mib, part_mib, count = given + [1024, 8, 5][len(given) :]
    main(mib * MIB, part_mib * MIB, count)
