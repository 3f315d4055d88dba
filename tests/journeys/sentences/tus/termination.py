"""Uploads that are ended (tus 1.0.0, *Termination*)."""

import time

from tests.journeys.sentences.client import A_SECOND, SETTLED, within
from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.tus.client import Tus

termination = Section("termination")


@termination("MUST Tus-Extension names termination")
def _(tus: Tus) -> None:
    assert "termination" in tus.extensions()


@termination(
    "MUST DELETE of an unfinished upload answers 204",
    "MUST … with Tus-Resumable",
    "SHOULD HEAD then answers 404 or 410",
    "SHOULD PATCH then answers 404 or 410",
    "SHOULD GET then answers 404 or 410",
    "SHOULD a second DELETE answers 404 or 410",
)
def _(tus: Tus) -> None:
    for upload in (tus.upload(13), tus.upload(13, body=b"hello"), tus.upload(None, body=b"hello")):
        answer = upload.delete()
        assert (answer.status, answer["Tus-Resumable"]) == (204, "1.0.0")
        for later in (upload.head(), upload.patch(0, b"hello"), upload.patch(5, b"!"), upload.get(), upload.delete()):
            assert later.status in {404, 410}


@termination("MUST DELETE of a finished upload answers 204", "SHOULD HEAD of it then answers 404 or 410")
def _(tus: Tus) -> None:
    for upload in (tus.upload(5, body=b"hello"), tus.upload(0)):
        assert upload.delete().status == 204
        upload.is_gone()
        assert upload.get().status in {404, 410}


@termination("SHOULD DELETE of what never was answers 404 or 410")
def _(tus: Tus) -> None:
    assert tus.nothing().delete().status in {404, 410}


@termination("HOUSE DELETE while a PATCH hangs answers within two seconds, and the upload is gone")
def _(tus: Tus) -> None:
    for _ in range(3):
        upload = tus.upload(13)
        hanging = upload.hanging(0, 13, b"hello")
        time.sleep(SETTLED)
        with within(2 * A_SECOND):
            assert upload.delete().status == 204
        hanging.send(b", world!")
        assert hanging.is_ended(5)
        upload.is_gone()
