"""What this server promises beside the protocol."""

import statistics
import time
from collections.abc import Sequence
from urllib.parse import quote

from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.tus.client import CHUNK, FILES, Tus, metadata
from tests.support.bytes import noise

house = Section("house")

ASKED = {
    "authorization", "content-type", "tus-resumable", "upload-length", "upload-offset", "upload-metadata",
    "upload-defer-length", "upload-concat", "upload-checksum", "x-http-method-override", "x-request-id",
}  # fmt: skip
READ = {
    "location", "tus-resumable", "tus-version", "tus-extension", "tus-max-size", "tus-checksum-algorithm",
    "upload-offset", "upload-length", "upload-metadata", "upload-expires", "upload-concat", "upload-defer-length",
}  # fmt: skip
ORIGIN = {"Origin": "https://app.example"}


def _preflight(tus: Tus, method: str, *headers: str) -> dict[str, set[str]]:
    fields = {**ORIGIN, "Access-Control-Request-Method": method, "Tus-Resumable": None, "Authorization": None}
    if headers:
        fields["Access-Control-Request-Headers"] = ",".join(headers)
    answer = tus.ask("OPTIONS", FILES + "some-upload", fields)
    assert answer.status in {200, 204}
    assert answer["Access-Control-Allow-Origin"] in {"*", ORIGIN["Origin"]}
    names = ("Access-Control-Allow-Methods", "Access-Control-Allow-Headers")
    return {name: {member.lower() for member in answer.listed(name)} for name in names if name in answer}


@house("HOUSE a preflight of PATCH succeeds, for some origin")
def _(tus: Tus) -> None:
    _preflight(tus, "PATCH", "tus-resumable", "upload-offset", "content-type")


@house("HOUSE … allows POST, HEAD, PATCH, DELETE")
def _(tus: Tus) -> None:
    for method in ("POST", "HEAD", "PATCH", "DELETE"):
        assert method.lower() in _preflight(tus, method)["Access-Control-Allow-Methods"]


@house("HOUSE … allows every request header of the protocol")
def _(tus: Tus) -> None:
    allowed = _preflight(tus, "PATCH", *sorted(ASKED))["Access-Control-Allow-Headers"]
    assert allowed >= ASKED or allowed == {"*"}


@house("HOUSE answers expose every response header a client reads")
def _(tus: Tus) -> None:
    for answer in (tus.create(5, ORIGIN), tus.upload(5).head(ORIGIN), tus.nothing().head(ORIGIN)):
        assert {name.lower() for name in answer.listed("Access-Control-Expose-Headers")} >= READ


# --- what it is finished for -----------------------------------------------------------------------------------------

WHOLE = noise(100_000, "house")


@house("HOUSE GET of a finished upload gives its bytes", "HOUSE … in ranges, too")
def _(tus: Tus) -> None:
    upload = tus.upload(len(WHOLE), body=WHOLE)
    assert upload.read() == WHOLE
    for told, found in [
        ("bytes=10-19", WHOLE[10:20]),
        ("bytes=99990-", WHOLE[-10:]),
        ("bytes=-3", WHOLE[-3:]),
        ("Bytes=0-0", WHOLE[:1]),
    ]:
        answer = upload.get({"Range": told})
        assert (answer.status, answer.body) == (206, found)
    assert upload.get({"Range": "bytes=100000-"}).status == 416


@house("HOUSE … named as the metadata name it, in any script")
def _(tus: Tus) -> None:
    for name in ("report.pdf", "Übergröße 1.pdf", "报告.pdf", 'a"b;c.txt', "50%.txt"):
        told = tus.upload(5, metadata(filename=name), b"hello").get()["Content-Disposition"]
        assert told.startswith("attachment")
        assert f"filename*=UTF-8''{quote(name, safe='')}".lower() in told.lower() or f'filename="{name}"' in told


@house("HOUSE … never as a page that runs here: HTML is not served inline", "HOUSE … and never sniffed")
def _(tus: Tus) -> None:
    for kind in ("text/html", "image/svg+xml", "application/xhtml+xml", "", "text/plain"):
        answer = tus.upload(23, metadata(filename="a.html", filetype=kind), b"<script>alert()</script>"[:23]).get()
        assert answer["Content-Disposition"].startswith("attachment")
        assert answer["X-Content-Type-Options"] == "nosniff"


@house("HOUSE X-Forwarded-Host of a client that is no known proxy is not believed", "HOUSE nor is Forwarded")
def _(tus: Tus) -> None:
    evil = {"X-Forwarded-Host": "evil.example", "X-Forwarded-Proto": "https", "Forwarded": "host=evil.example"}
    assert "evil.example" not in tus.create(5, evil)["Location"]
    part = tus.upload(5, {"Upload-Concat": "partial"}, b"hello")
    for name in evil:
        told = {name: evil[name], "Upload-Concat": f"final;http://evil.example{part.path}"}
        assert tus.create(None, told).refused


@house("HOUSE a path that leaves the folder is 404 or 400, encoded or not")
def _(tus: Tus) -> None:
    for path in (
        "../../etc/passwd",
        "..%2f..%2fetc%2fpasswd",
        "%2e%2e/%2e%2e/etc/passwd",
        "..%5c..%5cetc",
        "%00",
        "....//etc/passwd",
    ):
        for method in ("GET", "HEAD", "DELETE"):
            assert tus.ask(method, FILES + path).status in {400, 404}, (method, path)


@house(
    "HOUSE five hundred PATCHes of a kilobyte make one upload",
    "HOUSE … whose bytes are whole",
    "HOUSE … the last hundred not three times as slow as the first",
)
def _(tus: Tus) -> None:
    content, took = noise(500 * 1024, "many"), []
    upload, connection = tus.upload(len(content)), tus.connect()
    for offset in range(0, len(content), 1024):
        began = time.monotonic()
        fields = {**CHUNK, "Upload-Offset": str(offset), "Content-Length": "1024"}
        tus.begin_on(connection, "PATCH", upload.path, fields)
        connection.send(content[offset : offset + 1024])
        assert connection.answer().status == 204
        took.append(time.monotonic() - began)
    upload.holds(content)
    assert _quick(took[-100:]) < 3 * _quick(took[:100])


def _quick(took: Sequence[float]) -> float:
    """What the quickest tenth took at most: the others waited for other processes of this machine."""
    return statistics.quantiles(took, n=10)[0]
