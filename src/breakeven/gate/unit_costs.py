"""Seconds and tokens into money: what an own answer costs, and what a hosted one would.

All prices are USD and come from the brief or from `types.Prices`, which are printed. Nothing is fetched.
"""

from __future__ import annotations

from dataclasses import dataclass

from breakeven.core.types import Hosted, Need, Prices
from breakeven.gate.traffic import SECONDS_A_MONTH

#: An answer is a small JSON object with a class's name or a value (tokens).
ANSWER = 10.0
#: How far off token counts may be when they were estimated here, and when the brief gave them.
GUESSED, GIVEN = 0.4, 0.1


@dataclass(frozen=True)
class Rent:
    """A hosted model's price per 1,000 requests with its range, and in words where it comes from; `batch` is the price where
    answers may take a day, if that is offered.
    """

    usd_per_1000: float
    low: float
    high: float
    source: str
    batch: float | None = None


def per_1000(predict_ms: float, prices: Prices) -> float:
    """USD of processor time for 1,000 answers on the own server, at the utilisation it reaches.

    >>> round(per_1000(1.0, Prices()), 8)
    1.268e-05
    """
    core_second = prices.server_usd_per_month / (prices.server_cores * SECONDS_A_MONTH)
    return predict_ms * core_second / prices.utilisation


def rent(need: Need, prompt: float) -> Rent:
    """What a hosted model would charge: the brief's price, or a budget-tier model reading prompts of so many tokens."""
    hosted = need.hosted
    if hosted and hosted.usd_per_1000 is not None:
        price = hosted.usd_per_1000
        return Rent(price, price, price, f"{hosted.model}: the brief's price")
    given = hosted is not None and hosted.tokens_in is not None
    inputs, outputs = _tokens(hosted, prompt)
    p_in, p_out = _token_prices(need.prices, hosted)
    saved = hosted.tokens_cached * (p_in - _cached(hosted, p_in)) if hosted else 0.0
    price = (inputs * p_in + outputs * p_out - saved) / 1000
    off = GIVEN if given else GUESSED
    who = hosted.model if hosted else f"no hosted model named, so a budget one ({need.prices.dated})"
    cached = f" ({hosted.tokens_cached:.0f} of them from the cache)" if hosted and hosted.tokens_cached else ""
    listed = f" ({hosted.priced})" if hosted and hosted.priced else ""
    source = f"{who}: {inputs:.0f} tokens in{cached} at ${p_in:g}, {outputs:.0f} out at ${p_out:g} a million{listed}"
    share = hosted.batch_share if hosted else None
    return Rent(price, price * (1 - off), price * (1 + off), source, None if share is None else price * share)


def _tokens(hosted: Hosted | None, prompt: float) -> tuple[float, float]:
    return (hosted and hosted.tokens_in) or prompt, (hosted and hosted.tokens_out) or ANSWER


def _cached(hosted: Hosted, p_in: float) -> float:
    """Price of a million tokens that are read from the cache."""
    given = hosted.usd_per_million_tokens_cached
    return p_in if given is None else given


def _token_prices(prices: Prices, hosted: Hosted | None) -> tuple[float, float]:
    p_in, p_out = prices.hosted_usd_per_million_tokens_in, prices.hosted_usd_per_million_tokens_out
    if hosted and hosted.usd_per_million_tokens_in is not None:
        p_in = hosted.usd_per_million_tokens_in
    if hosted and hosted.usd_per_million_tokens_out is not None:
        p_out = hosted.usd_per_million_tokens_out
    return p_in, p_out
