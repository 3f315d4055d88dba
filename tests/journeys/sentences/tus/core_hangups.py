"""Requests that break off or hang, and those that come meanwhile (tus 1.0.0, *Core Protocol*)."""

import time

from tests.journeys.sentences.client import A_SECOND, SETTLED, within
from tests.journeys.sentences.sentences import Section
from tests.journeys.sentences.tus.client import Tus, Upload
from tests.journeys.sentences.wire import Connection
from tests.support.bytes import noise

core = Section("core")

SIZE, CAME = 1_000_000, 180_000
WHOLE = noise(SIZE, "whole")


def _cut(upload: Upload, *, chunked: bool, reset: bool = False) -> None:
    if chunked:
        connection = upload.begin(0, {"Transfer-Encoding": "chunked"})
        connection.chunk(WHOLE[:100_000])
        connection.chunk(WHOLE[100_000:CAME])
    else:
        connection = upload.hanging(0, SIZE, WHOLE[:CAME])
    time.sleep(SETTLED)
    (connection.reset if reset else connection.close)()


@core(
    "SHOULD of a PATCH whose sender hangs up, all that came is kept",
    "MUST HEAD then tells no more than was sent",
    "MUST the upload goes on at the offset HEAD told",
    "MUST its bytes are whole in the end",
)
def _(tus: Tus) -> None:
    upload = tus.upload(SIZE)
    _cut(upload, chunked=False)
    upload.reaches(CAME)
    upload.goes_on(WHOLE)


@core("SHOULD of a chunked PATCH whose sender hangs up, all that came is kept")
def _(tus: Tus) -> None:
    upload = tus.upload(SIZE)
    _cut(upload, chunked=True)
    upload.reaches(CAME)
    upload.goes_on(WHOLE)


@core("MUST a chunked body that ends without its last chunk does not complete an upload by itself")
def _(tus: Tus) -> None:
    upload = tus.upload(SIZE)
    connection = upload.begin(0, {"Transfer-Encoding": "chunked"})
    connection.chunk(WHOLE)
    connection.finish()
    assert not connection.answer().succeeded
    assert upload.get().status != 200
    upload.goes_on(WHOLE)


@core(
    "MUST after a reset, the upload goes on at the offset HEAD tells",
    "MUST its bytes are whole in the end",
)
def _(tus: Tus) -> None:
    for chunked in (False, True):
        upload = tus.upload(SIZE)
        _cut(upload, chunked=chunked, reset=True)
        assert upload.offset <= CAME
        upload.goes_on(WHOLE)


# --- who goes on -----------------------------------------------------------------------------------------------------


def _hang(upload: Upload) -> Connection:
    connection = upload.hanging(0, SIZE, WHOLE[:CAME])
    time.sleep(SETTLED)
    return connection


@core("SHOULD while a PATCH hangs in the middle, HEAD answers, within twenty seconds", "HOUSE … within one")
def _(tus: Tus) -> None:
    uploads = [tus.upload(SIZE) for _ in range(4)]  # on whichever worker each of them hangs
    hanging = [upload.hanging(0, SIZE, WHOLE[:CAME]) for upload in uploads]
    time.sleep(SETTLED)
    for upload in uploads:
        with within(A_SECOND):
            assert upload.offset == CAME
    assert len(hanging) == len(uploads)


@core(
    "SHOULD a PATCH from there takes over, within twenty seconds",
    "HOUSE … within one",
    "MUST what the hanging request sends later is not written over it",
    "MUST the bytes are those of the request that took over",
    "HOUSE the hanging connection is told or closed, within five seconds",
)
def _(tus: Tus) -> None:
    for _ in range(3):
        upload = tus.upload(SIZE)
        hanging = _hang(upload)
        offset = upload.offset
        with within(A_SECOND):
            upload.appended(offset, WHOLE[offset : offset + 500_000])
        hanging.send(bytes(SIZE - CAME))
        assert hanging.is_ended(5)
        upload.goes_on(WHOLE)


@core(
    "MUST of two PATCHes at one offset at the same time, at most one succeeds",
    "MUST the offset afterwards is one that a single one of them reached",
    "MUST the bytes up to it come from one of them alone",
)
def _(tus: Tus) -> None:
    for size, step in [(SIZE, 100_000), (5, 5)]:
        upload = tus.upload(2 * size)
        racing = [upload.begin(0, {"Content-Length": str(size)}) for _ in range(4)]
        for at in range(0, size, step):
            for number, connection in enumerate(racing):
                connection.send(bytes([number]) * min(step, size - at))
        assert sum(connection.succeeds() for connection in racing) <= 1
        offset = upload.offset
        assert offset <= size
        upload.appended(offset, b"\xff" * (2 * size - offset))
        assert len(set(upload.read()[:offset])) <= 1
