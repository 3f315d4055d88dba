"""What a server says of the uploads it takes (§4.1.4, *Upload-Limit*)."""

import time

from tests.journeys.sentences.resumable.client import NOTHING, TARGET, Resumable, limits
from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.wire import Answer

section = Section("limits")


def _options(client: Resumable) -> Answer:
    return client.ask("OPTIONS", TARGET, {"Authorization": None})


@section(
    "MUST 4.1.4 OPTIONS without Upload-Complete, of what takes uploads, has Upload-Limit",
    "MUST 4.1.4 Upload-Limit is a dictionary with integers for the limits that are defined",
)
def _(resumable: Resumable) -> None:
    for target in (TARGET, TARGET.rstrip("/")):
        answer = resumable.ask("OPTIONS", target)
        assert answer.status in {200, 204}
        assert limits(answer)


@section("MUST 4.1.4 where there is no limit, it says min-size=0 and is not empty")
def _(resumable: Resumable) -> None:
    # There are limits here; whoever looks for min-size finds it all the same.
    assert limits(_options(resumable))["min-size"] == 0


@section("SHOULD 4.1.4 what OPTIONS says is no less strict than what a created upload says")
def _(resumable: Resumable) -> None:
    before, after = limits(_options(resumable)), limits(resumable.upload(b"hello").head())
    for most in ("max-size", "max-append-size"):
        assert most not in after or before.get(most, after[most]) <= after[most]
    for least in ("min-size", "min-append-size"):
        assert before.get(least, 0) >= after.get(least, 0)


@section(
    "SHOULD 4.1.4 a length past max-size is refused at creation",
    "SHOULD 4.1.4 it is refused with 413",
    "SHOULD 4.1.4 the 413 has Upload-Limit",
)
def _(resumable: Resumable) -> None:
    most = limits(_options(resumable))["max-size"]
    for length in (most + 1, 10**15 - 1, 10**30):
        answer = resumable.create(b"", "?0", {"Upload-Length": str(length)})
        assert answer.status == 413
        assert limits(answer)["max-size"] == most
        assert "Location" not in answer


@section("MUST 4.1.4 an empty creation is taken whatever min-append-size is")
def _(resumable: Resumable) -> None:
    for body in NOTHING:
        assert resumable.create(body).status == 201


@section("MUST 4.1.4 a completing append is taken however small it is")
def _(resumable: Resumable) -> None:
    for end in (b"!", b""):
        upload = resumable.upload(b"hello")
        upload.appended(5, end, "?1")
        upload.holds(b"hello" + end)


@section("SHOULD 4.1.4 max-age, where given, does not shorten the life it announced", brief=True)
def _(resumable: Resumable) -> None:
    created = resumable.create(b"hello")
    began, upload = time.monotonic(), resumable.uploaded(created)
    age = limits(created)["max-age"]
    assert age > 0
    for seconds in (0.5, age - 0.4):
        time.sleep(max(0.0, began + seconds - time.monotonic()))
        left = limits(upload.head())["max-age"]
        assert time.monotonic() - began + left > age - 0.2
    time.sleep(1)
    assert upload.head().status in {404, 410}
