"""Structured log lines on standard error, from Penstock and from the HTTP server alike."""

import json
import logging
import sys
from collections.abc import Mapping

import msgspec
import structlog

_encode = msgspec.json.Encoder(enc_hook=repr).encode

TALKERS = ("httpx", "httpcore")
"""Libraries that tell at `info` which addresses they call, with whatever secrets are in them."""


def configure(form: str, level: str) -> None:
    """Write `json` or `text` lines of at least this level; `auto` is text where a person looks on."""
    if form == "auto":
        form = "text" if sys.stderr.isatty() else "json"
    renderer: structlog.types.Processor = (
        structlog.processors.JSONRenderer(_as_json)
        if form == "json"
        else structlog.dev.ConsoleRenderer(exception_formatter=structlog.dev.plain_traceback)
    )
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.WriteLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(handlers=[_Forward()], level=level.upper(), force=True)
    for talker in TALKERS:
        logging.getLogger(talker).setLevel(logging.WARNING)


def _as_json(event: Mapping[str, object], **_: object) -> str:
    try:
        return _encode(event).decode()
    except (UnicodeEncodeError, OverflowError):  # half a surrogate pair, or a number past 64 bits
        return json.dumps(event, default=repr)


class _Forward(logging.Handler):
    """Lines of libraries that use the standard `logging`."""

    def emit(self, record: logging.LogRecord) -> None:
        """Hand the record on, under its level."""
        structlog.get_logger(record.name).log(record.levelno, record.getMessage(), exc_info=record.exc_info)
