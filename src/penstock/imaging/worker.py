"""A process that makes pictures for the pool, one job after another: `python -m penstock.imaging.worker BYTES SECONDS
DRAWING`, the memory it may take, and the time of the processor that a job may take, and one with a drawing in it.

Jobs come on standard input, answers go to standard output; at the end of input it ends. It may crash, hang or be
killed at any job: nothing else is lost.
"""

import io
import logging
import os
import sys
from typing import BinaryIO

from PIL import Image

from penstock.imaging.confine import confine, spend
from penstock.imaging.probe import kind_of
from penstock.imaging.render import render
from penstock.imaging.wire import FRAME, READY, Job, refusal, result
from penstock.model.faults import PictureRefused, PictureTypeRefused
from penstock.model.image import Fit, Format, Kind, Recipe

_NICENESS = 5
"""The server itself goes first."""


def main() -> None:
    """Work until the input ends."""
    memory, seconds, drawing = map(int, sys.argv[1:4])
    jobs, answers = sys.stdin.buffer, _only_answers()
    os.nice(_NICENESS)
    _warm_up()
    confine(memory)
    _send(answers, READY)
    while (job := _next(jobs)) is not None:
        spend(drawing if Kind.SVG in _kinds(*job) else seconds)
        _send(answers, *_answer(*job))


def _next(jobs: BinaryIO) -> tuple[Job, bytes, bytes | None] | None:
    """Read a job, its picture and its watermark; None at the end of input, wherever that comes."""
    head = jobs.read(FRAME.size)
    if len(head) < FRAME.size:
        return None
    job = Job.read(jobs.read(FRAME.unpack(head)[0]))
    picture = jobs.read(job.size)
    watermark = None if job.watermark is None else jobs.read(job.watermark)
    return (job, picture, watermark) if len(picture) == job.size else None


def _kinds(job: Job, *pictures: bytes | None) -> set[Kind | None]:
    return {kind_of(picture) for picture in pictures if picture is not None}


def _answer(job: Job, picture: bytes, watermark: bytes | None) -> list[bytes]:
    try:
        pictures = render(picture, job.recipes, watermark=watermark, accept=job.accept, most_pixels=job.most_pixels)
    except (PictureRefused, PictureTypeRefused) as fault:
        return [refusal(fault)]
    except MemoryError:
        return [refusal(PictureRefused("it takes too much memory"))]
    return result(pictures)


def _send(answers: BinaryIO, *pieces: bytes) -> None:
    for piece in pieces:
        answers.write(piece)
    answers.flush()


def _only_answers() -> BinaryIO:
    """Keep standard output for answers, and standard error for our own mistakes: what the libraries say of a picture,
    in its own words at times, goes nowhere.
    """
    logging.disable()
    answers, sys.stderr = os.fdopen(os.dup(1), "wb"), os.fdopen(os.dup(2), "w")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    os.close(nowhere)
    return answers


def _warm_up() -> None:
    """Import now what is imported at first use: once confined, this process can open no module. A format that is added
    is added here, too: it would work in tests that draw in their own process, and be called broken in a worker.
    """
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "BMP", "TIFF"):
        content = io.BytesIO()
        Image.new("RGB", (8, 8)).save(content, kind)
        render(content.getvalue(), [Recipe(format=target) for target in Format])
    render(b'<svg xmlns="http://www.w3.org/2000/svg"><text>a</text></svg>', [Recipe(Fit.COVER, 8, 8)])


if __name__ == "__main__":
    main()
