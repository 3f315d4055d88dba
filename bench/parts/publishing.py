"""Files that come as base64 inside JSON, and are published on the embedded chain; and a PIN of 2 MiB built alone."""

import base64
import json
import os
import time
from functools import partial
from pathlib import Path

import httpx

from bench.common import Bench, penstock_server
from bench.measure import CPU_PER_GIB, GIB, MIB, PEAK, RATE, Case, Sample, cpu_of, metered, resident
from bench.plans import Body, Plan, Request
from penstock.chain.pins import pushes
from penstock.publishing.plans import CHUNK, CHUNK_HEAD
from tests.dialects.metaid.client import BASE, CHUNKED, asked

GROWTH, PUBLISHING, PUBLISHING_CPU, BUILT = "RSS growth, MiB", "published, MiB/s", "published, CPU s/GiB", "a PIN, ms"
SIZES = (5, 100)
PATIENCE = 600


def cases(bench: Bench) -> list[Case]:
    """All of them."""
    return [
        Case(
            f"base64: {size} MiB in JSON",
            {"Penstock": partial(_taken_in, size=size * MIB)},
            RATE,
            note="taken in by one request, then published in the background",
        )
        for size in ((1, 5) if bench.quick else SIZES)
    ] + [Case("publishing: building a PIN of 2 MiB", {"Penstock": _built}, BUILT)]


def _taken_in(folder: Path, size: int) -> Sample:
    """The request with its body; then, from its answer on, the publication."""
    body = folder / "body"
    body.write_text(json.dumps(asked(b"") | {"content": base64.b64encode(os.urandom(size)).decode()}))
    plan, headers = Plan(body), {"Content-Type": "application/json"}
    plan.phase(1)[0].send(Request("call", "POST", CHUNKED, headers, Body(0, body.stat().st_size)))
    with penstock_server(folder) as (server, target):
        target.post(f"{BASE}/files/direct-upload", asked(b"to warm up"))
        before = resident(server.pid)
        with metered(server.pid) as usage:
            figures = plan.run(target.port)
        begun, cpu = time.perf_counter(), cpu_of(server.pid)
        _await_tasks(server.url)
        seconds, cpu = time.perf_counter() - begun, cpu_of(server.pid) - cpu
    return {
        RATE: size / MIB / figures.wall,
        CPU_PER_GIB: usage.cpu / size * GIB,
        PEAK: usage.peak / MIB,
        GROWTH: (usage.peak - before) / MIB,
        PUBLISHING: size / MIB / seconds,
        PUBLISHING_CPU: cpu / size * GIB,
    }


def _await_tasks(url: str) -> None:
    """Wait until everything that was asked for is on the chain."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        answer = httpx.get(f"{url}{BASE}/files/tasks", params={"address": asked(b"")["address"]}, timeout=60)
        if all(task["status"] == "success" for task in answer.raise_for_status().json()["data"]["tasks"]):
            return
        time.sleep(0.25)
    raise TimeoutError("the publication has not ended")


def _built(folder: Path) -> Sample:
    payload = os.urandom(CHUNK)
    begun = time.perf_counter()
    CHUNK_HEAD + pushes(payload)
    return {BUILT: (time.perf_counter() - begun) * 1000}
