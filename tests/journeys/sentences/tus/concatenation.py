"""Uploads that are put together (tus 1.0.0, *Concatenation*)."""

import time
from collections.abc import Sequence

from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.tus.client import FILES, Tus, Upload, metadata
from tests.journeys.sentences.wire import NONE, Answer, Fields

concatenation = Section("concatenation")
unfinished = Section("concatenation-unfinished")

PARTIAL = {"Upload-Concat": "partial"}


def _parts(tus: Tus, *contents: bytes) -> list[Upload]:
    return [tus.upload(len(content), PARTIAL, content) for content in contents]


def _told(parts: Sequence[Upload | str]) -> dict[str, str]:
    return {"Upload-Concat": "final;" + " ".join(part if isinstance(part, str) else part.path for part in parts)}


def _concatenate(tus: Tus, parts: Sequence[Upload | str], fields: Fields = NONE) -> Answer:
    return tus.ask("POST", FILES, {**_told(parts), **fields})


def _final(tus: Tus, parts: Sequence[Upload | str], fields: Fields = NONE) -> Upload:
    answer = _concatenate(tus, parts, fields)
    assert answer.status == 201, answer
    return tus.uploaded(answer)


@concatenation("MUST Tus-Extension names concatenation")
def _(tus: Tus) -> None:
    assert "concatenation" in tus.extensions()


@concatenation(
    "MUST Upload-Concat: partial makes an upload",
    "MUST HEAD of a partial upload has Upload-Offset",
    "MUST HEAD of a partial upload has Upload-Length",
    "MUST HEAD of a partial upload has Upload-Concat: partial",
)
def _(tus: Tus) -> None:
    upload = tus.upload(5, PARTIAL)
    for offset, more in [(0, b"he"), (2, b"llo"), (5, b"")]:
        answer = upload.head()
        assert (answer["Upload-Offset"], answer["Upload-Length"]) == (str(offset), "5")
        assert answer["Upload-Concat"] == "partial"
        upload.appended(offset, more)


@concatenation(
    "MUST partial uploads make a final one, without an Upload-Length",
    "MUST … which has a Location",
    "MUST its length is the sum of theirs",
    "MUST its offset is its length",
    "MUST HEAD gives its Upload-Concat back as the client sent it",
    "MUST its bytes are theirs, in the order given",
    "MUST the other order gives the other bytes",
)
def _(tus: Tus) -> None:
    parts = _parts(tus, b"hello, ", b"world")
    for ordered, content in [(parts, b"hello, world"), (parts[::-1], b"worldhello, ")]:
        answer = _concatenate(tus, ordered)
        assert answer.status == 201
        upload = tus.uploaded(answer)
        head = upload.head()
        assert (head["Upload-Length"], head["Upload-Offset"]) == ("12", "12")
        assert head["Upload-Concat"] == _told(ordered)["Upload-Concat"]
        assert upload.read() == content


@concatenation(
    "MUST PATCH of a final upload answers 403",
    "MUST … and changes nothing",
    "MUST PATCH of a final upload past its end answers 403 as well",
    "MUST a 403 has Tus-Resumable",
)
def _(tus: Tus) -> None:
    upload = _final(tus, _parts(tus, b"hello, ", b"world"))
    for offset in (0, 5, 12, 13):
        for body in (b"!", b""):
            answer = upload.patch(offset, body)
            assert (answer.status, answer["Tus-Resumable"]) == (403, "1.0.0")
    upload.holds(b"hello, world")


@concatenation("MUST partial uploads may be named by absolute URL", "MUST … or by one relative to the host")
def _(tus: Tus) -> None:
    parts = _parts(tus, b"hello, ", b"world")
    here = f"http://127.0.0.1:{tus.port}"
    for names in ([here + part.path for part in parts], [parts[0].path, here + parts[1].path]):
        upload = _final(tus, names)
        assert upload.head()["Upload-Concat"] == "final;" + " ".join(names)
        upload.holds(b"hello, world")


@concatenation("SHOULD the same partial upload may be there twice")
def _(tus: Tus) -> None:
    [part] = _parts(tus, b"ha")
    _final(tus, [part, part, part]).holds(b"hahaha")


@concatenation("SHOULD a partial upload may be used in a second final one")
def _(tus: Tus) -> None:
    parts = _parts(tus, b"hello, ", b"world")
    _final(tus, parts).holds(b"hello, world")
    _final(tus, parts, metadata(filename="again")).holds(b"hello, world")
    _final(tus, parts[1:]).holds(b"world")


@concatenation("MUST the metadata of partial uploads is not carried over", "MUST a final upload has its own metadata")
def _(tus: Tus) -> None:
    parts = [tus.upload(2, PARTIAL | metadata(filename="part.bin"), b"ha") for _ in range(2)]
    assert "Upload-Metadata" not in _final(tus, parts).head()
    told = metadata(filename="whole.bin")
    assert _final(tus, parts, told).head()["Upload-Metadata"] == told["Upload-Metadata"]


@concatenation("MUST forty partial uploads make one, in order")
def _(tus: Tus) -> None:
    contents = [bytes([number]) * (number * 37 % 101 + 1) for number in range(40)]
    _final(tus, _parts(tus, *contents)).holds(b"".join(contents))


@concatenation("MUST an empty partial upload adds nothing")
def _(tus: Tus) -> None:
    empty, part = tus.upload(0, PARTIAL), *_parts(tus, b"hello")
    _final(tus, [empty, part, empty]).holds(b"hello")
    _final(tus, [empty]).holds(b"")


@concatenation("MUST Upload-Concat is partial or final: another word is refused")
def _(tus: Tus) -> None:
    [part] = _parts(tus, b"hello")
    for word in ("whole", "", "partially", "partial;", "partial, partial", f"finally;{part.path}", f";{part.path}"):
        assert tus.create(5, {"Upload-Concat": word}).refused, word
        assert tus.create(None, {"Upload-Concat": word}).refused, word


@concatenation("MUST final without a list is refused")
def _(tus: Tus) -> None:
    for word in ("final", "final;", "final; ", "final;;"):
        assert tus.create(None, {"Upload-Concat": word}).refused, word


def _refused(tus: Tus, *others: str | Upload) -> None:
    parts = _parts(tus, b"hello")
    for other in others:
        for names in ([*parts, other], [other, *parts], [other]):
            answer = _concatenate(tus, names)
            assert answer.refused, names
            assert "Location" not in answer
    assert parts[0].offset == 5


@concatenation("MUST a partial upload that does not exist is refused")
def _(tus: Tus) -> None:
    gone = tus.upload(5, PARTIAL, b"hello")
    gone.delete()
    [foreign] = _parts(tus.strange(), b"hello")
    _refused(tus, tus.nothing(), gone, foreign.path, FILES, "/", "x", "http://[", "/files/%2e%2e")


@concatenation("SHOULD an upload that is not partial is refused as a part")
def _(tus: Tus) -> None:
    _refused(tus, tus.upload(5, body=b"hello"), tus.upload(5))


@concatenation("SHOULD a final upload is refused as a part")
def _(tus: Tus) -> None:
    _refused(tus, _final(tus, _parts(tus, b"hello")))


@concatenation("SHOULD a URL of another host is refused")
def _(tus: Tus) -> None:
    [part] = _parts(tus, b"hello")
    others = ("http://example.org", f"http://127.0.0.1:{tus.port + 1}", f"http://127.0.0.1:{tus.port}@example.org")
    _refused(tus, *(other + part.path for other in (*others, "//example.org")))


@concatenation("MUST a length given to a final upload is refused, or is not what counts")
def _(tus: Tus) -> None:
    for length in ("3", "5", "500"):
        answer = _concatenate(tus, _parts(tus, b"hello"), {"Upload-Length": length})
        if not answer.refused:
            tus.uploaded(answer).holds(b"hello")


@concatenation("SHOULD bytes sent with the creation of a final upload are refused, or ignored")
def _(tus: Tus) -> None:
    for body in (b"!", [b"!"]):
        answer = tus.create(None, _told(_parts(tus, b"hello")), body)
        if not answer.refused:
            tus.uploaded(answer).holds(b"hello")


@concatenation("MUST a refused concatenation leaves the partial uploads as they were")
def _(tus: Tus) -> None:
    parts = _parts(tus, b"hello, ", b"world")
    assert _concatenate(tus, [*parts, tus.nothing()]).refused
    assert [part.head()["Upload-Concat"] for part in parts] == ["partial", "partial"]
    _final(tus, parts).holds(b"hello, world")


@concatenation("MUST where unfinished uploads may not be concatenated, that is refused")
def _(tus: Tus) -> None:
    answer = _concatenate(tus, [tus.upload(5, PARTIAL)])
    assert answer.status == 201 if "concatenation-unfinished" in tus.extensions() else answer.refused


# --- of unfinished ones ----------------------------------------------------------------------------------------------


@unfinished("MUST Tus-Extension names concatenation-unfinished")
def _(tus: Tus) -> None:
    assert {"concatenation", "concatenation-unfinished"} <= set(tus.extensions())


@unfinished(
    "MUST partial uploads in progress make a final upload",
    "MUST HEAD of it has Upload-Length: the lengths of all parts are known",
    "SHOULD HEAD of it has no Upload-Offset yet",
    "MUST HEAD of it has Upload-Concat as the client sent it",
    "MUST PATCH of it answers 403",
    "MUST the partial uploads go on",
    "MUST once they are complete, its offset is its length (within ten seconds)",
    "MUST its bytes are theirs",
)
def _(tus: Tus) -> None:
    parts = [tus.upload(7, PARTIAL, b"hel"), tus.upload(5, PARTIAL)]
    upload = _final(tus, parts)
    head = upload.head()
    assert (head["Upload-Length"], head["Upload-Concat"]) == ("12", _told(parts)["Upload-Concat"])
    assert "Upload-Offset" not in head
    assert upload.patch(0, b"hello, world").status == 403
    parts[1].appended(0, b"world")
    assert "Upload-Offset" not in upload.head()
    parts[0].appended(3, b"lo, ")
    deadline = time.monotonic() + 10
    while "Upload-Offset" not in upload.head() and time.monotonic() < deadline:
        time.sleep(0.05)
    upload.holds(b"hello, world")
