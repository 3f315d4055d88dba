"""Prometheus metrics."""

import os
from collections.abc import Iterable
from dataclasses import replace
from functools import cache

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector

from penstock.model.sample import Work

SIZES = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512)


class Metrics:
    """The counters of this process; with several workers `exposition` adds up all of them."""

    def __init__(self) -> None:
        registry = self._registry = CollectorRegistry()
        labels = ("room", "method", "status")
        requests = Counter("penstock_requests", "Requests answered.", labels, registry=registry)
        seconds = Histogram("penstock_request_seconds", "Time to answer.", ("room",), registry=registry)
        directions = Counter("penstock_bytes", "Bytes of bodies.", ("direction",), registry=registry)
        self._requests, self._seconds = cache(requests.labels), cache(seconds.labels)
        self._came, self._went = directions.labels("in"), directions.labels("out")
        self._parts = Counter("penstock_parts", "Parts acknowledged.", registry=registry)
        self.sums = Work()
        self.offered_again = Counter(
            "penstock_transactions_offered_again", "Transactions that the chain had forgotten.", registry=registry
        )
        self.conflicts = Counter(
            "penstock_publication_conflicts", "Publications that something else on the chain undid.", registry=registry
        )
        self.uncounted = Counter(
            "penstock_calls_uncounted", "Calls that rate limits did not count, Redis being away.", registry=registry
        )
        tries = Counter("penstock_messages", "Tries to deliver messages.", ("outcome",), registry=registry)
        self._tries = {outcome: tries.labels(outcome) for outcome in ("delivered", "failed", "given_up")}
        self._groups = Histogram(
            "penstock_group_commit_size", "Transactions in one commit.", buckets=SIZES, registry=registry
        )

    def request(self, dialect: str, method: str, status: int, seconds: float, came: int, went: int) -> None:
        """Count an answered request."""
        known = method if method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"} else "other"
        self._requests(dialect, known, status).inc()
        self._seconds(dialect).observe(seconds)
        self._came.inc(came)
        self._went.inc(went)
        done = self.sums
        self.sums = Work(
            done.requests + 1,
            done.failures + (status >= 500),
            done.came + came,
            done.went + went,
            done.parts,
            done.seconds + seconds,
        )

    def part(self) -> None:
        """Count an acknowledged part."""
        self._parts.inc()
        self.sums = replace(self.sums, parts=self.sums.parts + 1)

    def group(self, size: int) -> None:
        """Count a commit of the database that carried this many transactions."""
        self._groups.observe(size)

    def message(self, outcome: str) -> None:
        """Count a try to deliver a message from the outbox."""
        self._tries[outcome].inc()

    def exposition(self, gauges: Iterable[Metric]) -> bytes:
        """All metrics in Prometheus's text format; `gauges` are measured at this request."""
        registry = self._registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
            registry = CollectorRegistry()
            MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
        now = CollectorRegistry()
        now.register(_Given(gauges))
        return generate_latest(registry) + generate_latest(now)


def gauge(name: str, about: str, values: dict[str, float], label: str | None = None) -> Metric:
    """A metric measured at each request; `values` by the label's value."""
    family = GaugeMetricFamily(name, about, labels=[label] if label else [])
    for key, value in values.items():
        family.add_metric([key] if label else [], value)
    return family


class _Given:
    def __init__(self, families: Iterable[Metric]) -> None:
        self._families = families

    def collect(self) -> Iterable[Metric]:
        return self._families

    def describe(self) -> Iterable[Metric]:
        """No metrics in advance: they are measured at each request."""
        return []
