"""The parts of the work. Each is a module with a function `cases` that names what is measured."""

from collections.abc import Callable, Mapping

from bench.common import Bench
from bench.measure import Case
from bench.parts import (
    calls,
    cluster,
    downloads,
    growth,
    mix,
    path,
    pictures,
    publishing,
    sealing,
    starting,
    tus,
    uploads,
)

PARTS: Mapping[str, Callable[[Bench], list[Case]]] = {
    "uploads": uploads.cases,
    "path": path.cases,
    "downloads": downloads.cases,
    "calls": calls.cases,
    "mix": mix.cases,
    "sealing": sealing.cases,
    "publishing": publishing.cases,
    "pictures": pictures.cases,
    "growth": growth.cases,
    "starting": starting.cases,
    "cluster": cluster.cases,
    "tus": tus.cases,
}
