"""What happened on the channels, counted: for /metrics and for the desk's figures."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator

from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

#: Kinds of what is ignored that are counted apart, of one channel; others are counted together.
MAX_KINDS = 40
#: What is counted, with the label beside the channel.
FAMILIES = {
    "messages": ("Messages of customers", ""),
    "duplicates": ("Deliveries of messages that had come before", ""),
    "late": ("Messages that came after a later one of the same customer", ""),
    "refused": ("Requests that were refused", "reason"),
    "ignored": ("Deliveries that hold no message of a customer", "kind"),
    "sent": ("Requests to the channel by what became of them", "outcome"),
}


class Counts:
    """Counts of all channels of a product. `queued` says how many requests wait."""

    def __init__(self, queued: Callable[[], dict[str, int]] = dict) -> None:
        self._counts: Counter[tuple[str, str, str]] = Counter()
        self._kinds: dict[str, set[str]] = {}
        self.queued = queued

    def add(self, family: str, channel: str, label: str = "", number: int = 1) -> None:
        """Count something."""
        if family == "ignored":
            kinds = self._kinds.setdefault(channel, set())
            label = label if label in kinds or len(kinds) < MAX_KINDS else "other"
            kinds.add(label)
        self._counts[family, channel, label] += number

    def of(self, family: str, channel: str, label: str = "") -> int:
        """A count."""
        return self._counts[family, channel, label]

    def summary(self) -> dict[str, dict[str, int]]:
        """All counts by channel, such as `{"slack": {"messages": 3, "sent failed": 1}}`."""
        out: dict[str, dict[str, int]] = {}
        for (family, channel, label), number in sorted(self._counts.items()):
            out.setdefault(channel, {})[f"{family} {label}".strip()] = number
        for channel, number in self.queued().items():
            out.setdefault(channel, {})["queued"] = number
        return out

    def measured(self) -> Iterator[Metric]:
        """The families that /metrics shows."""
        for family, (text, label) in FAMILIES.items():
            labels = ["channel", label] if label else ["channel"]
            metric = CounterMetricFamily(f"breakeven_channel_{family}", text, labels=labels)
            for (name, channel, value), number in sorted(self._counts.items()):
                if name == family:
                    metric.add_metric([channel, value] if label else [channel], number)
            yield metric
        queue = GaugeMetricFamily("breakeven_channel_queued", "Requests that wait to be sent", labels=["channel"])
        for channel, number in self.queued().items():
            queue.add_metric([channel], number)
        yield queue
