"""Counts and durations of requests in the form that Prometheus reads."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from itertools import accumulate

from prometheus_client import CollectorRegistry, Gauge, generate_latest
from prometheus_client.core import CounterMetricFamily, HistogramMetricFamily, Metric

#: Upper edges of the duration histogram, in seconds.
BUCKETS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1.0, 5.0)


class Metrics:
    """What Prometheus reads of one product.

    Counts are plain lists kept by the event loop's one thread and turned into metric families when they are read:
    prometheus_client's own objects lock on every count, which took 2 of the 60 microseconds of an answer.
    """

    def __init__(self, measured: Callable[[], Iterable[Metric]] = tuple) -> None:
        self._measured = measured
        self.registry = CollectorRegistry()
        self.waiting = Gauge("breakeven_queue_waiting", "Heavy requests waiting or in work", registry=self.registry)
        self._counts: dict[tuple[str, int], list[float]] = {}
        self.registry.register(self)

    def record(self, path: str, status: int, seconds: float) -> None:
        """Count one answer: its bucket, and the sum of seconds at the end."""
        counts = self._counts.get((path, status))
        if counts is None:
            counts = self._counts[path, status] = [0.0] * (len(BUCKETS) + 2)
        counts[bisect_left(BUCKETS, seconds)] += 1
        counts[-1] += seconds

    def collect(self) -> Iterator[Metric]:
        """The families, as prometheus_client asks for them."""
        seconds = HistogramMetricFamily(
            "http_server_request_duration_seconds", "Time to answer", labels=["path", "status"]
        )
        requests = CounterMetricFamily("breakeven_requests", "Requests by path and status", labels=["path", "status"])
        for (path, status), counts in self._counts.items():
            cumulative = list(accumulate(counts[:-1]))
            edges = [*map(str, BUCKETS), "+Inf"]
            seconds.add_metric([path, str(status)], list(zip(edges, cumulative, strict=True)), counts[-1])
            requests.add_metric([path, str(status)], cumulative[-1])
        yield seconds
        yield requests
        yield from self._measured()

    def text(self) -> bytes:
        """The page Prometheus reads."""
        return generate_latest(self.registry)


def counter(name: str, text: str, label: str, counts: Iterable[tuple[str, int]]) -> CounterMetricFamily:
    """A family of counts by one label, as a product's own `measured` gives them."""
    family = CounterMetricFamily(name, text, labels=[label])
    for value, count in sorted(counts):
        family.add_metric([value], count)
    return family
