"""Uploads that are given up (§4.5, *Upload Cancellation*)."""

import time

from tests.journeys.sentences.client import A_SECOND, SETTLED, within
from tests.journeys.sentences.resumable.client import Resumable
from tests.journeys.sentences.sentences import Section

section = Section("cancellation")


@section(
    "MUST 4.5   DELETE succeeds",
    "SHOULD 4.5   it answers 204",
    "SHOULD 4.5.2 HEAD is then refused (404, 410)",
    "SHOULD 4.5.2 an append is then refused (404, 410)",
    "SHOULD 4.5.2 a second DELETE is no error of the server",
    "SHOULD 4.5.2 DELETE of what does not exist is 404 or 410",
    "SHOULD 4.5.2 no answer is 301 or 302",
)
def _(resumable: Resumable) -> None:
    for upload in (resumable.upload(), resumable.upload(b"hello"), resumable.upload(b"hello", "?0", VERSION_9)):
        assert upload.delete().status == 204
        upload.is_gone()
        for complete in ("?0", "?1"):
            assert upload.append(5, b"!", complete).status in {404, 410}
        assert upload.get().status in {404, 410}
        assert upload.delete().status in {204, 404, 410}
    assert resumable.nothing().delete().status in {404, 410}


VERSION_9 = {"Upload-Draft-Interop-Version": "9"}


@section("HOUSE 4.5   DELETE of a finished upload is taken or refused, but no error of the server")
def _(resumable: Resumable) -> None:
    for content in (b"hello", b""):
        upload = resumable.upload(content, "?1")
        answer = upload.delete()
        assert answer.refused or answer.succeeded
        if answer.succeeded:
            upload.is_gone()


@section(
    "SHOULD 4.5.2 DELETE while an append hangs succeeds, within ten seconds",
    "HOUSE 4.5.2 … within one",
    "SHOULD 4.5.2 the hanging request is ended",
    "MUST 4.6   what it sends afterwards brings nothing back: HEAD is refused",
)
def _(resumable: Resumable) -> None:
    for _ in range(3):
        upload = resumable.upload()
        hanging = upload.hanging(0, 12, b"hello", "?1")
        time.sleep(SETTLED)
        with within(A_SECOND):
            assert upload.delete().succeeded
        hanging.send(b", world")
        assert hanging.is_ended()
        upload.is_gone()
