"""New uploads, and what is said of them (tus 1.0.0, *Creation*)."""

import base64

from tests.journeys.sentences.client import assert_unguessable
from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.tus.client import CHUNK, FILES, Tus, metadata

creation = Section("creation")


@creation("MUST Tus-Extension names creation")
def _(tus: Tus) -> None:
    assert "creation" in tus.extensions()


@creation(
    "MUST a creation answers 201",
    "MUST it has Location",
    "MUST it has Tus-Resumable: 1.0.0",
    "MUST Location, absolute or relative, is the URL of the upload",
    "MUST the new upload's offset is 0",
)
def _(tus: Tus) -> None:
    for target in (FILES, FILES.rstrip("/")):
        answer = tus.ask("POST", target, {"Upload-Length": "13"})
        assert answer.status == 201
        assert "Location" in answer
        assert answer["Tus-Resumable"] == "1.0.0"
        assert tus.uploaded(answer).head()["Upload-Offset"] == "0"


@creation("MUST two creations make two uploads")
def _(tus: Tus) -> None:
    one, two = tus.upload(5, metadata(filename="same")), tus.upload(5, metadata(filename="same"))
    one.appended(0, b"hello")
    assert two.offset == 0


@creation("HOUSE the URL cannot be guessed: its last segment has 22 characters or more, and is not a counter")
def _(tus: Tus) -> None:
    assert_unguessable([tus.upload(5).path for _ in range(4)])


def _refused(tus: Tus, *lengths: str) -> None:
    for length in lengths:
        answer = tus.create(length)
        assert answer.refused, length
        assert "Location" not in answer


@creation("MUST a creation without Upload-Length and Upload-Defer-Length is refused")
def _(tus: Tus) -> None:
    assert tus.create(None).refused
    assert tus.create(None, metadata(filename="a")).refused
    assert tus.create(None, body=b"hello").refused


@creation("MUST Upload-Length is a non-negative integer: -5 is refused")
def _(tus: Tus) -> None:
    _refused(tus, "-5", "-0", "+5")


@creation("MUST … so is a word")
def _(tus: Tus) -> None:
    _refused(tus, "five", "5 bytes", "1_000", "\xb2", "NaN")


@creation("MUST … so is a fraction")
def _(tus: Tus) -> None:
    _refused(tus, "5.0", "5.", ".5")


@creation("MUST … so is an exponent")
def _(tus: Tus) -> None:
    _refused(tus, "5e0", "1E3")


@creation("MUST … so is hexadecimal")
def _(tus: Tus) -> None:
    _refused(tus, "0x5", "5h", "a")


@creation("MUST … so is an empty value")
def _(tus: Tus) -> None:
    _refused(tus, "")


@creation("HOUSE … so are two values that disagree")
def _(tus: Tus) -> None:
    _refused(tus, "5, 6")
    for told in (["5", "6"], ["6", "5"]):
        assert tus.ask("POST", FILES, {"Upload-Length": told}).refused


@creation(
    "SHOULD both Upload-Length and Upload-Defer-Length are refused: exactly one of them is sent",
    "MUST a refusal has Tus-Resumable",
)
def _(tus: Tus) -> None:
    answer = tus.create(5, {"Upload-Defer-Length": "1"})
    assert answer.refused
    assert answer["Tus-Resumable"] == "1.0.0"


@creation(
    "MUST Upload-Length: 0 is accepted",
    "MUST such an upload is complete at once: offset 0 of length 0",
    "HOUSE it can be read, and is empty",
)
def _(tus: Tus) -> None:
    for answer in (tus.create(0), tus.create("00")):
        assert answer.status == 201
        tus.uploaded(answer).holds(b"")


@creation(
    "MUST a length past the maximum answers 413",
    "MUST it creates nothing",
    "MUST a 413 has Tus-Resumable",
    "SHOULD a maximum that is known is told as Tus-Max-Size",
)
def _(tus: Tus) -> None:
    most = int(tus.options()["Tus-Max-Size"])
    for length in (most + 1, 10 * most, 10**40):
        answer = tus.create(length)
        assert answer.status == 413
        assert "Location" not in answer
        assert answer["Tus-Resumable"] == "1.0.0"
    assert tus.create(most).status in {201, 413, 507}  # as large as it says, if there is room


# --- metadata --------------------------------------------------------------------------------------------------------


def _come_back(tus: Tus, *told: str) -> None:
    for text in told:
        assert tus.upload(5, {"Upload-Metadata": text}).head()["Upload-Metadata"] == text


@creation("MUST HEAD gives the metadata back as the client sent it")
def _(tus: Tus) -> None:
    _come_back(tus, "filename d29ybGQucGRm", "filename d29ybGQucGRm,note eA==", "filename d29ybGQucGRm, note eA==")


@creation("MUST … a key without a value stays one")
def _(tus: Tus) -> None:
    _come_back(tus, "is_confidential", "filename YQ==,is_confidential", "is_confidential,filename YQ==")


@creation("MUST … several pairs keep their order, and their case")
def _(tus: Tus) -> None:
    _come_back(tus, "zebra eA==,Apple eQ==,fileName eg==,filename YQ==,ape", "b eA==,B eQ==,a eg==")


@creation("MUST … a value that is no text comes back byte for byte")
def _(tus: Tus) -> None:
    raw = base64.b64encode(bytes(range(256))).decode()
    _come_back(tus, f"raw {raw}", f"filename {raw}", f"filetype {raw}")


@creation("MUST … a key with a space and no value after it comes back (the space may be left out)")
def _(tus: Tus) -> None:
    told = "empty ,filename YQ=="
    assert tus.upload(5, {"Upload-Metadata": told}).head()["Upload-Metadata"] in {told, told.replace("empty ", "empty")}
    assert tus.upload(5, {"Upload-Metadata": "empty "}).head()["Upload-Metadata"].rstrip() == "empty"


@creation("MUST … 4 KB of it come back")
def _(tus: Tus) -> None:
    _come_back(tus, metadata(long=bytes(range(256)) * 12)["Upload-Metadata"])


@creation("MUST … it is there when the upload is complete, too")
def _(tus: Tus) -> None:
    told = metadata(filename="a.bin", note="x")
    upload = tus.upload(5, told)
    upload.appended(0, b"hello")
    assert upload.head()["Upload-Metadata"] == told["Upload-Metadata"]


@creation("MUST … names of other scripts come back")
def _(tus: Tus) -> None:
    _come_back(tus, *(metadata(filename=name)["Upload-Metadata"] for name in ("Übergröße.pdf", "报告.pdf", "🎬.mp4")))


def _refused_or_kept(tus: Tus, *told: str) -> None:
    for text in told:
        answer = tus.create(5, {"Upload-Metadata": text})
        assert answer.refused or tus.uploaded(answer).head()["Upload-Metadata"] == text, text


@creation("MUST a value that is not Base64 is refused, or comes back as it was")
def _(tus: Tus) -> None:
    _refused_or_kept(tus, "filename a.bin", "filename YQ", "filename YQ=", "filename -_-_", "note \xfc", "note Y=Q=")


@creation("MUST a key given twice is refused, or comes back as it was")
def _(tus: Tus) -> None:
    _refused_or_kept(tus, "a eA==,a eQ==", "a,a", "filename YQ==,filename Yg==")


@creation("MUST a pair without a key is refused, or comes back as it was")
def _(tus: Tus) -> None:
    _refused_or_kept(tus, "filename YQ==,,note eA==", "filename YQ==,", ",filename YQ==", ",", "filename YQ==, eA==")


@creation("MUST a pair of three words is refused, or comes back as it was")
def _(tus: Tus) -> None:
    _refused_or_kept(tus, "filename YQ== Yg==", "filename  YQ==", "filename YQ== ,note eA==")


SMUGGLED = "a\r\nX-Smuggled: yes\r\n\r\n<script>"


@creation(
    "SHOULD a value with a line break in it smuggles no header into HEAD",
    "SHOULD … nor into GET",
)
def _(tus: Tus) -> None:
    for told in (
        metadata(filename=SMUGGLED),
        metadata(name=SMUGGLED),
        metadata(filetype=f"text/plain{SMUGGLED}"),
        metadata(type="\n"),
    ):
        upload = tus.upload(5, told, b"hello")
        head, get = upload.head(), upload.get()
        assert "X-Smuggled" not in head
        assert "X-Smuggled" not in get
        assert (get.status, get.body) == (200, b"hello")


@creation("HOUSE a file name that is a path breaks nothing: the upload goes on")
def _(tus: Tus) -> None:
    for name in ("../../etc/passwd", "/etc/passwd", "C:\\a\\b.txt", "..", ".", "/", "", "a\0b", "x" * 2000, b"\xff"):
        upload = tus.upload(5, metadata(filename=name))
        upload.appended(0, b"hello")
        upload.holds(b"hello")


@creation("MUST a creation whose body is of another type stores none of it as upload")
def _(tus: Tus) -> None:
    for kind in (None, "text/plain", "application/octet-stream"):
        for body in (b"hello", [b"hello"]):
            answer = tus.create(5, {"Content-Type": kind}, body)
            assert answer.refused or tus.uploaded(answer).offset == 0
    # Without a body the type says nothing.
    assert tus.create(5, CHUNK).status == 201
    assert tus.create(5, {"Content-Type": "text/plain"}).status == 201
