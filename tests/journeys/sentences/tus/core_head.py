"""What is spoken, and how far an upload is (tus 1.0.0, *Core Protocol*: *OPTIONS*, *HEAD*)."""

import re

from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.tus.client import CHUNK, FILES, Tus

core = Section("core")


@core("MUST OPTIONS succeeds with 204 or 200")
def _(tus: Tus) -> None:
    for target in (FILES, FILES.rstrip("/"), tus.upload(1).path):
        assert tus.ask("OPTIONS", target, {"Tus-Resumable": None, "Authorization": None}).status in {200, 204}


@core("MUST the answer to OPTIONS has Tus-Version")
def _(tus: Tus) -> None:
    assert "Tus-Version" in tus.options()


@core("MUST Tus-Version is a comma-separated list of versions, best first, and 1.0.0 is in it")
def _(tus: Tus) -> None:
    versions = tus.options().listed("Tus-Version")
    numbers = [tuple(map(int, version.split("."))) for version in versions]
    assert numbers == sorted(numbers, reverse=True)
    assert "1.0.0" in versions


@core("MUST Tus-Extension, when there is one, is a comma-separated list without empty members")
def _(tus: Tus) -> None:
    assert all(re.fullmatch(r"[a-z-]+", extension) for extension in tus.extensions())


@core("MUST Tus-Max-Size, when there is one, is a non-negative integer")
def _(tus: Tus) -> None:
    assert re.fullmatch(r"[0-9]+", tus.options().get("Tus-Max-Size") or "0")


@core("MUST a Tus-Resumable on OPTIONS is ignored, even of a version nobody speaks")
def _(tus: Tus) -> None:
    for version in ("1.0.0", "0.2.2", "soon", ""):
        assert tus.ask("OPTIONS", FILES, {"Tus-Resumable": version, "Authorization": None}).status in {200, 204}


@core("SHOULD HEAD of an upload answers 200 or 204")
def _(tus: Tus) -> None:
    assert tus.upload(13).head().status in {200, 204}


@core("MUST HEAD has Upload-Offset, though it is 0")
def _(tus: Tus) -> None:
    assert tus.upload(13).head()["Upload-Offset"] == "0"


@core("MUST HEAD has Upload-Length when the size is known")
def _(tus: Tus) -> None:
    assert tus.upload(13).head()["Upload-Length"] == "13"
    assert tus.upload(0).head()["Upload-Length"] == "0"


@core("MUST HEAD forbids caching: Cache-Control: no-store")
def _(tus: Tus) -> None:
    for upload in (tus.upload(13), tus.upload(None), tus.upload(2, body=b"12")):
        assert "no-store" in upload.head().listed("Cache-Control")


@core("MUST HEAD has Tus-Resumable: 1.0.0")
def _(tus: Tus) -> None:
    assert tus.upload(13).head()["Tus-Resumable"] == "1.0.0"


@core("MUST HEAD of an upload without metadata has no Upload-Metadata: the header has at least one pair")
def _(tus: Tus) -> None:
    assert "Upload-Metadata" not in tus.upload(13).head()
    empty = tus.create(13, {"Upload-Metadata": ""})
    assert empty.refused or "Upload-Metadata" not in tus.uploaded(empty).head()


@core("MUST HEAD of an upload whose length is known has no Upload-Defer-Length")
def _(tus: Tus) -> None:
    assert "Upload-Defer-Length" not in tus.upload(13).head()


@core("MUST HEAD changes nothing: a second one says the same")
def _(tus: Tus) -> None:
    upload = tus.upload(13, body=b"hello")
    first, second = upload.head(), upload.head()
    for name in ("Upload-Offset", "Upload-Length", "Upload-Expires", "Cache-Control"):
        assert first[name] == second[name]


@core("MUST HEAD has the offset reached in the middle of an upload")
def _(tus: Tus) -> None:
    upload = tus.upload(13)
    upload.appended(0, b"hello")
    assert upload.head()["Upload-Offset"] == "5"


@core(
    "MUST HEAD has Upload-Offset when the upload is complete", "MUST HEAD has Upload-Length when the upload is complete"
)
def _(tus: Tus) -> None:
    upload = tus.upload(5)
    upload.appended(0, b"hello")
    answer = upload.head()
    assert (answer["Upload-Offset"], answer["Upload-Length"]) == ("5", "5")


@core(
    "SHOULD HEAD of what does not exist is 404, 410 or 403",
    "SHOULD HEAD of what does not exist has no Upload-Offset",
    "MUST HEAD of what does not exist has Tus-Resumable",
)
def _(tus: Tus) -> None:
    for target in (tus.nothing().path, f"{FILES}0", f"{FILES}{'x' * 500}", f"{FILES}%00", tus.upload(3).path + "x"):
        answer = tus.ask("HEAD", target)
        assert answer.status in {403, 404, 410}
        assert "Upload-Offset" not in answer
        assert answer["Tus-Resumable"] == "1.0.0"
    foreign = tus.strange().ask("HEAD", tus.upload(3).path)
    assert foreign.status in {403, 404, 410}
    assert "Upload-Offset" not in foreign


@core("MUST a length no float can hold comes back digit for digit (or is refused as too large)")
def _(tus: Tus) -> None:
    for length in (2**53 + 1, 2**63 + 1, 2**64 + 1, 10**40 + 1):
        answer = tus.create(length)
        assert answer.status == 413 or tus.uploaded(answer).head()["Upload-Length"] == str(length)


# --- methods that stand in a header ----------------------------------------------------------------------------------


@core("MUST POST with X-HTTP-Method-Override: PATCH is a PATCH")
def _(tus: Tus) -> None:
    upload = tus.upload(5)
    fields = {**CHUNK, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
    answer = tus.ask("POST", upload.path, fields, b"hello")
    assert (answer.status, answer["Upload-Offset"]) == (204, "5")
    upload.holds(b"hello")


@core("MUST POST with X-HTTP-Method-Override: HEAD is a HEAD")
def _(tus: Tus) -> None:
    answer = tus.ask("POST", tus.upload(5).path, {"X-HTTP-Method-Override": "HEAD"}, b"")
    assert answer.succeeded
    assert (answer["Upload-Offset"], answer.body) == ("0", b"")


@core("MUST PUT with X-HTTP-Method-Override: PATCH is a PATCH: whatever the real method is, it is ignored")
def _(tus: Tus) -> None:
    for method in ("PUT", "GET", "DELETE", "OPTIONS", "PROPFIND"):
        upload = tus.upload(5)
        fields = {**CHUNK, "Upload-Offset": "0", "X-HTTP-Method-Override": "PATCH"}
        answer = tus.ask(method, upload.path, fields, b"hello")
        assert (method, answer.status, answer["Upload-Offset"]) == (method, 204, "5")
        upload.holds(b"hello")


@core("MUST GET with X-HTTP-Method-Override: HEAD is a HEAD")
def _(tus: Tus) -> None:
    answer = tus.ask("GET", tus.upload(5).path, {"X-HTTP-Method-Override": "HEAD"})
    assert answer.succeeded
    assert (answer["Upload-Offset"], answer.body) == ("0", b"")


@core("MUST PATCH of the creation URL with X-HTTP-Method-Override: POST creates")
def _(tus: Tus) -> None:
    answer = tus.ask("PATCH", FILES, {"X-HTTP-Method-Override": "POST", "Upload-Length": "5"}, b"")
    assert answer.status == 201
    assert tus.uploaded(answer).offset == 0


@core("MUST POST with X-HTTP-Method-Override: DELETE is a DELETE (where the server has DELETE)")
def _(tus: Tus) -> None:
    upload = tus.upload(5)
    assert tus.ask("POST", upload.path, {"X-HTTP-Method-Override": "DELETE"}, b"").status == 204
    upload.is_gone()


# --- versions --------------------------------------------------------------------------------------------------------

OTHERS = ("0.2.2", "2.0.0", "1.0", "1.0.0-beta", "1.0.0, 0.2.2", "soon", "")


@core(
    "MUST a PATCH of a version the server does not speak answers 412",
    "MUST a 412 has Tus-Version",
    "MUST a 412 has the server's own Tus-Resumable",
    "MUST that PATCH was not processed",
)
def _(tus: Tus) -> None:
    upload = tus.upload(5)
    for version in OTHERS:
        answer = upload.patch(0, b"hello", {"Tus-Resumable": version})
        assert answer.status == 412
        assert "1.0.0" in answer.listed("Tus-Version")
        assert answer["Tus-Resumable"] == "1.0.0"
    assert upload.offset == 0


@core("MUST a POST of such a version answers 412, and creates nothing")
def _(tus: Tus) -> None:
    for version in OTHERS:
        answer = tus.create(5, {"Tus-Resumable": version})
        assert answer.status == 412
        assert "Location" not in answer


@core("MUST a HEAD of such a version answers 412")
def _(tus: Tus) -> None:
    upload = tus.upload(5)
    for version in OTHERS:
        answer = upload.head({"Tus-Resumable": version})
        assert answer.status == 412
        assert "1.0.0" in answer.listed("Tus-Version")


@core("MUST a DELETE of such a version answers 412", "MUST that DELETE was not processed")
def _(tus: Tus) -> None:
    upload = tus.upload(5)
    for version in OTHERS:
        assert upload.delete({"Tus-Resumable": version}).status == 412
    assert upload.offset == 0
