"""A shop's problem: what the brief may say of it, how its events are cut, which candidates race."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from breakeven import metrics
from breakeven.core import store
from breakeven.core.errors import InputError
from breakeven.core.types import Array, Column, Finding, Need, Row, Split, Table
from breakeven.models import registry
from breakeven.runtime.ranking.items import Items
from breakeven.scenarios.recommend import content, ranking_metrics, repeats
from breakeven.scenarios.recommend import shop as shops
from breakeven.scenarios.recommend.catalogue import Shop
from breakeven.scenarios.recommend.cuts import Holdout, cut
from breakeven.scenarios.recommend.fitter import FILE, ITEM_TEXTS, ShopFitter
from breakeven.scenarios.recommend.settings import settings_of

#: Share of a person's events held back at random where the brief does not say.
RANDOM_SHARE = 0.25
#: People who must come back after a cut; where fewer do, each person's last event is held back.
RETURNING = 200


@dataclass(frozen=True)
class Collected:
    """A shop with its cuts. `learned` is the number of the last event of the service's log that is in it."""

    shop: Shop
    test: Holdout
    validation: Holdout
    split: Split
    hold: str
    learned: int = 0

    @property
    def columns(self) -> tuple[Column, ...]:
        """What each column was read as."""
        return self.shop.columns

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What a person should know of the data."""
        return self.shop.findings

    @property
    def fingerprint(self) -> str:
        """A name made of all that is learned from."""
        return self.shop.fingerprint

    def overview(self) -> str:
        """One line for `breakeven check`."""
        n, held = shops.summary(self.shop), (len(self.test.people), len(self.validation.people))
        return (
            f"{n['users']:,} users, {n['items']:,} items, {n['events']:,} events ({n['filled']:.2%} of all pairs): "
            f"{held[0]:,} people sealed for the test, {held[1]:,} for validation (held back: {self.hold})"
        )


def collect(need: Need, table: Table | None = None, extra: Sequence[Row] = ()) -> Collected:
    """Read the shop and cut it. `extra` are events that came in since. Raises InputError for what cannot be meant."""
    shop = shops.read(need, table, extra)
    hold = _hold(need, shop)
    share = need.split.test if need.split.chosen_by == "brief" or hold != "random" else RANDOM_SHARE
    test = cut(shop.seen, hold, share, need.seed)
    inner = cut(test.before, hold, share, need.seed + 1)
    for what, held in (("test", test), ("validation", inner)):
        if len(held.people) < shops.FEWEST_PEOPLE:
            few = f"{len(held.people):,} people took something new in the {what} part (held back: {hold})"
            raise InputError(
                need.data,
                f"{few}; at least {shops.FEWEST_PEOPLE} are needed",
                _remedy(need, shop, hold, share),
            )
    by = {"cut": "time", "last": "time", "random": "random"}[hold]
    split = Split(share, by, None, "brief" if "hold" in need.settings or need.split.chosen_by == "brief" else "data")  # type: ignore[arg-type]
    learned = max((n for e in extra if isinstance(n := e.get("number"), int)), default=0)
    shop = shops.segmented(need, shop, inner.before)
    return Collected(shop, test, inner, split, hold, learned)


def _remedy(need: Need, shop: Shop, hold: str, share: float) -> str:
    """What to do where too few people took something new: where they take what they know, it may come back."""
    for word, what in (
        ("viewed", "most of what people take they viewed before"),
        ("allowed", "people take what they took before"),
    ):
        looser = replace(shop.seen, bars=repeats.bars(shop.kinds, shop.kind_names, word))
        test = cut(looser, hold, share, need.seed)
        inner = cut(test.before, hold, share, need.seed + 1)
        if word != shop.repeat and min(len(test.people), len(inner.people)) >= shops.FEWEST_PEOPLE:
            return f"{what}: recommend: {{repeat: {word}}}"
    return "collect more events" + (
        "" if hold == "last" else ", or hold back the last event of each person: recommend: {hold: last}"
    )


def make_fitter(
    need: Need, collected: Collected, work: Path, names: Sequence[str] | None = None, pictures: Array | None = None
) -> ShopFitter:
    """Write the shop to `work` and find the candidates. `pictures` are the items' image embeddings (items, d)."""
    metric = need.metric or "ndcg"
    if metrics.METRICS[metric].task != "ranking":
        raise InputError(
            f"{need.folder / 'product.yaml'}, metric",
            f"{metric!r} does not score a ranking",
            f"known: {', '.join(ranking_metrics.METRICS)}",
        )
    items = _write_shop(collected, work, pictures)
    chosen = [n for n in registry.names("ranking") if names is None or n in names or n == registry.RANKING_BASELINE]
    missing = {n: why for n in chosen if (why := registry.missing(n, "ranking"))}
    if not items.described:
        missing |= {
            n: "nothing is written about any item, and none has a picture"
            for n in chosen
            if registry.entry(n, "ranking").sees_images
        }
    return ShopFitter(
        work,
        metric,
        need.margin,
        need.seed,
        settings_of(need).k,
        {n: registry.route_of(n, "ranking") for n in chosen if n not in missing},
        missing,
    )


def _write_shop(collected: Collected, work: Path, pictures: Array | None) -> Items:
    """Events before and after the cuts, and what is known of the items. Returns the latter."""
    arrays = dict[str, Array]()
    for name, seen in (
        ("before", collected.validation.before),
        ("after", collected.validation.after),
        ("known", collected.test.before),
    ):
        arrays |= {f"{name}_{part}": getattr(seen, part) for part in ("starts", "items", "weights", "times", "bars")}
        if seen.refused is not None:
            arrays |= {f"{name}_refused_{part}": getattr(seen.refused, part) for part in ("starts", "items")}
    shop = collected.shop
    items = content.known(shop.items, pictures)
    store.write_json(work / ITEM_TEXTS, list(items.words))
    store.write_arrays(
        work / FILE,
        people=collected.validation.people,
        item_count=np.array(len(items)),
        prices=items.prices,
        categories=items.categories,
        pictures=items.pictures,
        segments=shop.segments.numbers,
        shrink=np.array(shop.segments.shrink),
        friends=shop.friends,
        **arrays,
    )
    return items


def _hold(need: Need, shop: Shop) -> str:
    """How events are held back: as the brief says, else by time where enough people come back."""
    if wanted := settings_of(need).hold:
        return wanted
    if need.split.chosen_by == "brief":
        return "random" if need.split.by == "random" else "cut"
    if not shop.timed:
        return "last"
    back = cut(cut(shop.seen, "cut", need.split.test, need.seed).before, "cut", need.split.test, need.seed).people
    return "cut" if len(back) >= RETURNING else "last"
