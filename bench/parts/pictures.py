"""Pictures arrive: decoded, cleaned, shrunk to fit, encoded anew, with a thumbnail."""

import hashlib
import io
from functools import cache
from pathlib import Path

from PIL import Image, ImageFilter

from bench.common import Bench, penstock_server
from bench.measure import CLIENT, MIB, PEAK, Case, Contender, Sample, metered, percentile
from bench.parts.calls import P50, P99
from bench.plans import Body, Plan, Request
from bench.wires import Target

PER_SECOND, CPU_EACH = "pictures/s", "CPU ms/picture"
KINDS = {
    "JPEG of 12 MP": ("JPEG", 4000, 3000),
    "PNG of 4 MP": ("PNG", 2400, 1700),
    "WebP of 4 MP": ("WEBP", 2400, 1700),
}
CROWDS = (1, 4)
COUNT = 12


def cases(bench: Bench) -> list[Case]:
    """All of them."""
    return [
        Case(
            f"pictures: {count} at once",
            {name: _processed(bench, *kind, count) for name, kind in KINDS.items()},
            PER_SECOND,
            "JPEG of 12 MP",
        )
        for count in CROWDS
    ]


def _processed(bench: Bench, kind: str, width: int, height: int, crowd: int) -> Contender:
    def contender(folder: Path) -> Sample:
        pictures = [drawn(kind, width, height) + bytes([number]) for number in range(4 if bench.quick else COUNT)]
        with penstock_server(folder) as (server, target):
            plan = Plan()
            plan.phase(1)[0].send(_sent(target, drawn(kind, width, height)))
            plan.run(target.port)
            plan = Plan()
            lanes = plan.phase(crowd)
            for number, picture in enumerate(pictures):
                lanes[number % crowd].send(_sent(target, picture))
            with metered(server.pid) as usage:
                figures = plan.run(target.port)
        times = figures.times["call"]
        return {
            PER_SECOND: len(pictures) / figures.wall,
            P50: percentile(times, 50) * 1000,
            P99: percentile(times, 99) * 1000,
            CPU_EACH: usage.cpu / len(pictures) * 1000,
            PEAK: usage.peak / MIB,
            CLIENT: 100 * figures.cpu / figures.wall,
        }

    return contender


def _sent(target: Target, picture: bytes) -> Request:
    """A byte behind a picture's end is no part of it, and makes it another file."""
    head = b'--b\r\nContent-Disposition: form-data; name="file"; filename="picture"\r\n\r\n'
    headers = target.headers | {"Content-Type": "multipart/form-data; boundary=b"}
    path = f"/api/media/image/upload?identifier={hashlib.md5(picture, usedforsecurity=False).hexdigest()}"
    return Request("call", "POST", path, headers, Body(prefix=head + picture, suffix=b"\r\n--b--\r\n"))


@cache
def drawn(kind: str, width: int, height: int) -> bytes:
    """A picture about as hard to compress as a photograph: smooth shapes and some noise."""
    noise = Image.effect_noise((width, height), 24).filter(ImageFilter.GaussianBlur(1))
    shapes = [Image.radial_gradient("L").resize((width, height)).rotate(turn) for turn in (0, 90, 180)]
    kept = io.BytesIO()
    Image.merge("RGB", [Image.blend(shape, noise, 0.25) for shape in shapes]).save(kept, kind, quality=88)
    return kept.getvalue()
