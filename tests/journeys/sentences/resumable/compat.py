"""Older and newer versions of the draft, each in its own words (versions 3 to 9)."""

from collections.abc import Callable
from functools import partial

from tests.journeys.sentences.resumable.client import INTEROP, TARGET, Resumable, Upload
from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.wire import NONE, Answer, Fields
from tests.support.bytes import noise

SECTIONS = [Section(f"compat-{number}") for number in range(3, 10)]
WHOLE = noise(20_000, "compat")


class Speaker:
    """A client of one version."""

    def __init__(self, number: int, client: Resumable) -> None:
        self.number = number
        self.client = client

    def telling(self, *, complete: bool) -> tuple[str, str]:
        """The header that says whether it is the end. Version 3 says the opposite."""
        return ("Upload-Complete", f"?{complete:d}") if self.number > 3 else ("Upload-Incomplete", f"?{not complete:d}")

    def ask(self, method: str, path: str, fields: Fields = NONE, body: bytes | None = None) -> Answer:
        """The answer to a request that names the version."""
        return self.client.ask(method, path, {INTEROP: str(self.number), **fields}, body)

    def create(self, body: bytes, *, complete: bool = False) -> Answer:
        """The answer to a creation."""
        return self.ask("POST", TARGET, dict([self.telling(complete=complete)]), body)

    def append(self, upload: Upload, offset: int, body: bytes, *, complete: bool = False) -> Answer:
        """The answer to an append, which has a type of its own from version 6 on."""
        kind = {"Content-Type": "application/partial-upload"} if self.number >= 6 else {}
        told = {"Upload-Offset": str(offset), **dict([self.telling(complete=complete)])}
        return self.ask("PATCH", upload.path, kind | told, body)

    def upload(self) -> Upload:
        """A new upload, of the first half."""
        return self.client.uploaded(self.create(WHOLE[:10_000]))

    def holds(self, upload: Upload) -> None:
        """The upload is complete and whole."""
        answer = upload.get()
        assert (answer.status, answer.body) == (200, WHOLE)


Ask = Callable[[Speaker], None]


def _holds(*sentences: str, versions: range = range(3, 10)) -> Callable[[Ask], None]:
    """What is decorated asks for these sentences in each of the versions, which they name as `{v}`. Version 3 says
    Upload-Incomplete for what the others say with Upload-Complete.
    """

    def add(ask: Ask) -> None:
        for number in versions:
            SECTIONS[number - 3](*(sentence.format(v=f"v{number}") for sentence in sentences))(
                partial(_spoken, ask, number)
            )

    return add


def _spoken(ask: Ask, number: int, resumable: Resumable) -> None:
    ask(Speaker(number, resumable))


@_holds(
    "SHOULD {v} a creation is announced with 104 and Location",
    "MUST {v} the 104 names the version",
)
def _(speaker: Speaker) -> None:
    answer = speaker.create(WHOLE[:10_000])
    [interim] = answer.interim
    assert (interim.status, interim[INTEROP]) == (104, str(speaker.number))
    assert interim["Location"] == answer["Location"]


@_holds("MUST {v} an incomplete creation answers 201 with Location")
def _(speaker: Speaker) -> None:
    answer = speaker.create(WHOLE[:10_000])
    assert answer.status == 201
    assert speaker.client.uploaded(answer).offset == 10_000


@_holds("MUST {v} … and Upload-Offset, as this draft still asks", versions=range(3, 7))
def _(speaker: Speaker) -> None:
    assert speaker.create(WHOLE[:10_000])["Upload-Offset"] == "10000"


def _tells_how_far(speaker: Speaker) -> None:
    name, value = speaker.telling(complete=False)
    answer = speaker.ask("HEAD", speaker.upload().path)
    assert answer.status == 204 if speaker.number in {3, 4} else answer.succeeded
    assert (answer["Upload-Offset"], answer[name]) == ("10000", value)


_holds("MUST {v} HEAD has Upload-Offset and Upload-Incomplete: ?1, with 204", versions=range(3, 4))(_tells_how_far)
_holds("MUST {v} HEAD has Upload-Offset and Upload-Complete: ?0, with 204", versions=range(4, 5))(_tells_how_far)
_holds("MUST {v} HEAD has Upload-Offset and Upload-Complete: ?0", versions=range(5, 10))(_tells_how_far)


@_holds("MUST {v} HEAD with an Upload-Offset of its own answers 400, as this draft still asks", versions=range(3, 7))
def _(speaker: Speaker) -> None:
    # Decided: it is 400 for later versions, too, which no longer ask for it (docs/dialects/resumable.md).
    path = speaker.upload().path
    for fields in ({"Upload-Offset": "10000"}, dict([speaker.telling(complete=False)])):
        assert speaker.ask("HEAD", path, fields).status == 400


@_holds("MUST {v} a wrong offset answers 409 with Upload-Offset")
def _(speaker: Speaker) -> None:
    upload = speaker.upload()
    for offset in (0, 9_999, 10_001):
        answer = speaker.append(upload, offset, b"?")
        assert (answer.status, answer["Upload-Offset"]) == (409, "10000")
    assert upload.offset == 10_000


def _goes_on(speaker: Speaker) -> None:
    upload = speaker.upload()
    answer = speaker.append(upload, 10_000, WHOLE[10_000:15_000])
    assert answer.succeeded
    assert answer["Upload-Offset"] == "15000"
    assert upload.offset == 15_000


_holds("MUST {v} an append goes on and tells Upload-Offset (no media type is asked for)", versions=range(3, 6))(
    _goes_on
)
_holds("MUST {v} an append goes on and tells Upload-Offset", versions=range(6, 7))(_goes_on)
_holds("MUST {v} an append goes on", versions=range(7, 10))(_goes_on)


def _ends(speaker: Speaker) -> None:
    upload, (name, value) = speaker.upload(), speaker.telling(complete=False)
    answer = speaker.append(upload, 10_000, WHOLE[10_000:], complete=True)
    assert answer.succeeded
    assert answer.get(name) != value
    speaker.holds(upload)


_LAST = "MUST {v} the last append succeeds, and does not say "
_holds(f"{_LAST}Upload-Incomplete: ?1", "MUST {v} the bytes are whole", versions=range(3, 4))(_ends)
_holds(f"{_LAST}Upload-Complete: ?0", "MUST {v} the bytes are whole", versions=range(4, 10))(_ends)


@_holds("MUST {v} an upload in one request succeeds, announced by 104")
def _(speaker: Speaker) -> None:
    answer = speaker.create(WHOLE, complete=True)
    assert answer.status == 201
    [interim] = answer.interim
    assert interim.status == 104
    speaker.holds(speaker.client.uploaded(interim))
