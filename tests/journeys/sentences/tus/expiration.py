"""How long unfinished uploads live (tus 1.0.0, *Expiration*)."""

import re
import time
from email.utils import parsedate_to_datetime

from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.tus.client import Tus
from tests.journeys.sentences.wire import Answer

expiration = Section("expiration")


def _ahead(answer: Answer) -> float:
    told = answer["Upload-Expires"]
    assert re.fullmatch(r"[A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} [0-9]{2}:[0-9]{2}:[0-9]{2} GMT", told)
    return parsedate_to_datetime(told).timestamp() - time.time()


@expiration("MUST Tus-Extension names expiration")
def _(tus: Tus) -> None:
    assert "expiration" in tus.extensions()


@expiration("MUST a creation has Upload-Expires when the time is known by then")
def _(tus: Tus) -> None:
    for answer in (tus.create(5), tus.create(5, body=b"he"), tus.create(None, {"Upload-Defer-Length": "1"})):
        assert _ahead(answer) > 0


@expiration(
    "MUST the answer to a PATCH of an upload that will expire has Upload-Expires",
    "MUST its value is an HTTP date, in GMT",
    "MUST it lies ahead",
    "MUST so it is after a second PATCH",
)
def _(tus: Tus) -> None:
    upload = tus.upload(13)
    assert _ahead(upload.patch(0, b"hello")) > 0
    assert _ahead(upload.patch(5, [b", "])) > 0


@expiration("HOUSE HEAD has it, so that a client that comes back can tell")
def _(tus: Tus) -> None:
    assert _ahead(tus.upload(13, body=b"hello").head()) > 0


@expiration(
    "SHOULD once that time has passed, HEAD answers 404 or 410 (checked where it passes within 20 seconds)",
    "SHOULD … and PATCH answers 404 or 410",
    brief=True,
)
def _(tus: Tus) -> None:
    upload, grown = tus.upload(13), tus.upload(13, body=b"hello")
    lives = _ahead(grown.head())
    assert 0 <= lives <= 2
    time.sleep(1.2)
    assert _ahead(grown.patch(5, b", ")) > lives - 1.2  # whoever goes on lives longer
    time.sleep(1.3)
    assert upload.head().status in {404, 410}
    assert upload.patch(0, b"hello").status in {404, 410}
    assert grown.offset == 7
    time.sleep(1.2)
    assert grown.patch(7, b"world").status in {404, 410}
    assert grown.head().status in {404, 410}
