"""The nouns of the bill, as frozen dataclasses: prices, a hosted model, traffic. `core.types` names them too."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Literal

from breakeven.core import price_table


def _price(key: str) -> Any:
    return field(default_factory=lambda: price_table.default(key))


@dataclass(frozen=True)
class Prices:
    """Prices in USD that turn seconds into money, as of `dated`; all can be set in the brief.

    Those that are not set come from the price table: `table`, or the shipped one (core/prices.toml). Of a yes/no target what
    a missed yes and a false alarm cost may be set in place of `usd_per_error`, both of them.
    """

    server_usd_per_month: float = _price("server_usd_per_month")
    server_cores: int = _price("server_cores")
    utilisation: float = _price("utilisation")
    usd_per_gpu_hour: float = _price("usd_per_gpu_hour")
    upkeep_usd_per_month: float = _price("upkeep_usd_per_month")
    retrainings_per_month: float = _price("retrainings_per_month")
    usd_per_label: float = _price("usd_per_label")
    labels_per_month: float = _price("labels_per_month")
    usd_per_error: float = _price("usd_per_error")
    usd_per_miss: float | None = None
    usd_per_false_alarm: float | None = None
    hosted_usd_per_million_tokens_in: float = _price("hosted_usd_per_million_tokens_in")
    hosted_usd_per_million_tokens_out: float = _price("hosted_usd_per_million_tokens_out")
    dated: str = field(default_factory=lambda: price_table.shipped().dated)
    table: str = ""

    @property
    def by_kind(self) -> bool:
        """Whether misses and false alarms have prices of their own."""
        return bool(self.usd_per_miss or self.usd_per_false_alarm)

    @property
    def of_errors(self) -> bool:
        """Whether errors have a price."""
        return self.usd_per_error > 0 or self.by_kind


@dataclass(frozen=True)
class Hosted:
    """A hosted model the brief names: its price a request, or its prices a million tokens.

    With the `address` of an OpenAI-compatible server it is queried on up to `rows` sealed rows, with `examples` labelled examples in the prompt,
    for at most `max_usd`; `key_env` names the environment variable that holds the key, `answer_tokens` bounds an answer
    (0: by the task; models that reason need more). `accuracy` is what the brief says of it, used where it was not measured.
    `batch_share` is the share of the price that is paid where answers may take a day. `priced` says where prices come from that
    the brief does not give. `insecure` allows http beyond this machine, `private` an address of a private network.
    """

    model: str
    usd_per_1000: float | None = None
    usd_per_million_tokens_in: float | None = None
    usd_per_million_tokens_out: float | None = None
    usd_per_million_tokens_cached: float | None = None
    tokens_in: float | None = None
    tokens_out: float | None = None
    tokens_cached: float = 0.0
    address: str | None = None
    key_env: str | None = None
    max_usd: float = 1.0
    examples: int = 8
    rows: int = 200
    answer_tokens: int = 0
    accuracy: float | None = None
    batch_share: float | None = None
    priced: str = ""
    insecure: bool = False
    private: bool = False


@dataclass(frozen=True)
class Traffic:
    """Requests a month now, and how they come: evenly, in days, weekends and bursts, or so and growing by a share a month.

    `assumed`: the brief does not say how many there are.
    """

    requests_per_month: float = 10_000.0
    profile: Literal["flat", "bursty", "growing"] = "bursty"
    growth_per_month: float = 0.1
    assumed: bool = False
