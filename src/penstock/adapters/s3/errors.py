"""What the store answers, as this adapter's own exceptions and the engine's faults."""

from collections.abc import Iterator
from contextlib import contextmanager

import aiohttp
import structlog
from botocore.exceptions import BotoCoreError

from penstock.model.faults import Refusal, StorageFailed, StorageFull

PASSING = frozenset({408, 429, 500, 502, 503, 504})
"""Statuses that another attempt may not meet."""

_PASSING_CODES = {"RequestTimeout", "OperationAborted", "ConditionalRequestConflict"}
_ABSENT = {404, 412, 416}
_DIGEST_WRONG = {"BadDigest", "InvalidDigest", "XAmzContentChecksumMismatch"}

_log = structlog.get_logger(__name__)


class StoreRefused(Refusal):
    """The store cannot be used; the text says why and what to do."""


class Absent(Exception):
    """There is no such object, or it is another one by now, or shorter."""


class MultipartGone(Exception):
    """There is no such multipart upload, since it was completed or aborted, or its parts are others by now."""


class ChecksumWrong(Exception):
    """The bytes there do not have the checksum that the store was told."""


class Refused(Exception):
    """The store refuses, in its own words."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code} {message}".rstrip())
        self.status = status


@contextmanager
def answers() -> Iterator[None]:
    """Translate the client's exceptions. Raises `StorageFailed` when there was no answer; what `refusal` makes of an
    answer passes.
    """
    try:
        yield
    except (BotoCoreError, aiohttp.ClientError, OSError) as error:  # a time-out is an OSError
        _log.warning("store_unreachable", error=repr(error))
        raise StorageFailed from error


@contextmanager
def granted() -> Iterator[None]:
    """As `answers`, with `StorageFailed` for what the store may not refuse, such as by a policy that is too narrow."""
    try:
        with answers():
            yield
    except Refused as error:
        _log.error("store_refused", answer=str(error))
        raise StorageFailed from error


def refusal(status: int, code: str, message: str) -> Exception:
    """The exception for an answer that is an error: `Absent`, `MultipartGone`, `ChecksumWrong`, `Refused`, and
    `StorageFull`, and `StorageFailed` for one that says that there will be another later. A 200 may carry one in its
    body (CompleteMultipartUpload).
    """
    if code in {"NoSuchUpload", "InvalidPart"}:
        return MultipartGone()
    if code in _DIGEST_WRONG:
        return ChecksumWrong(message)
    if status in _ABSENT and code != "NoSuchBucket":
        return Absent(code)
    if status == 507:
        return StorageFull()
    if status in PASSING | {200} or code in _PASSING_CODES:
        _log.warning("store_unavailable", status=status, code=code, message=message)
        return StorageFailed()
    return Refused(status, code, message)
