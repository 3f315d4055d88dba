"""Requests that hang, and those that come meanwhile (§4.6, *Concurrency*)."""

import time

from tests.journeys.sentences.client import A_SECOND, SETTLED, within
from tests.journeys.sentences.resumable.client import Resumable
from tests.journeys.sentences.sentences import Section
from tests.support.bytes import noise

section = Section("concurrency")

WHOLE = noise(300_000, "concurrency")
CAME = 100_000


@section(
    "SHOULD 4.6   HEAD while an append hangs is answered, within ten seconds",
    "HOUSE 4.6   … within one",
    "MUST 4.6   the offset it tells is accepted by the next append",
    "HOUSE 4.6   … within one second",
    "MUST 4.6   what the first request sends then is not appended",
    "SHOULD 4.6   the first request is ended",
    "MUST 4.6   the bytes are whole",
)
def _(resumable: Resumable) -> None:
    for complete in ("?0", "?1", "?0"):
        upload = resumable.upload()
        hanging = upload.hanging(0, len(WHOLE), WHOLE[:CAME], complete)
        time.sleep(SETTLED)
        with within(A_SECOND):
            offset = upload.offset
        assert offset == CAME
        with within(A_SECOND):
            upload.appended(offset, WHOLE[offset : offset + 10])
        hanging.send(bytes(len(WHOLE) - CAME))
        assert hanging.is_ended()
        upload.goes_on(WHOLE)


@section("SHOULD 4.6   an append while another hangs takes over, without a HEAD between")
def _(resumable: Resumable) -> None:
    for _ in range(3):
        upload = resumable.upload()
        hanging = upload.hanging(0, len(WHOLE), WHOLE[:CAME])
        time.sleep(SETTLED)
        with within(A_SECOND):
            upload.appended(CAME, WHOLE[CAME:], "?1")
        assert hanging.is_ended()
        upload.holds(WHOLE)


@section("SHOULD 4.6   HEAD while a creation hangs is answered, and the upload goes on from there")
def _(resumable: Resumable) -> None:
    for _ in range(3):
        connection, _, upload = resumable.creating({"Content-Length": str(len(WHOLE))})
        connection.send(WHOLE[:CAME])
        time.sleep(SETTLED)
        with within(A_SECOND):
            assert upload.offset == CAME
        upload.goes_on(WHOLE)
        assert connection.is_ended()


@section(
    "MUST 4.6   of two appends at one offset, at most one succeeds whole",
    "MUST 4.6   the offset afterwards can be gone on from",
    "MUST 4.6   the bytes up to it come from one of them alone",
)
def _(resumable: Resumable) -> None:
    for size, step in [(500_000, 50_000), (5, 5)]:
        upload = resumable.upload()
        racing = [upload.begin(0, {"Content-Length": str(size)}) for _ in range(4)]
        for _ in range(size // step):
            for number, connection in enumerate(racing):
                connection.send(bytes([number]) * step)
        assert sum(connection.succeeds() for connection in racing) <= 1
        offset = upload.offset
        assert offset <= size
        upload.appended(offset, b"\xff", "?1")
        assert len(set(upload.get().body[:offset])) <= 1
