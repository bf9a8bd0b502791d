"""One served shop: the recommender and the experiment, rebuilt from the log and changed by every event that is taken in."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np

from breakeven.online import log_changes
from breakeven.online.bandit import Bandit
from breakeven.online.event import IMPRESSION, Event, now
from breakeven.online.event_log import EventLog
from breakeven.online.live_log import Full, LiveLog, Saved
from breakeven.online.log_changes import Change
from breakeven.online.logs import open_existing, open_log
from breakeven.online.online_experiment import Alternatives, OnlineExperiment
from breakeven.scenarios.recommend import exploration, profiles
from breakeven.scenarios.recommend.erasure import Erased, erase_from_builds
from breakeven.scenarios.recommend.event_identity import with_stored_id
from breakeven.scenarios.recommend.event_types import CHECKS, ITEM, EventWeights
from breakeven.scenarios.recommend.experiment import VARIANTS, parse_experiment
from breakeven.scenarios.recommend.product import Loaded
from breakeven.scenarios.recommend.recommender import Placed, Recommender, session_of
from breakeven.scenarios.recommend.rules import Rules
from breakeven.serving.workers import Busy, aside

#: Items of a request from which on they are read in a thread, so that answers go on meanwhile.
MANY_ITEMS = 8
#: Items that may wait to be read; beyond, a request is asked to come again.
MOST_WAITING_ITEMS = 20_000


class LiveShop:
    """The state of a served shop. `live` is the recommender as things are now; a call of it never waits for a database."""

    def __init__(self, product: Loaded, log: EventLog, folder: Path | None = None) -> None:
        self._folder = folder
        self._one_reads, self._unread_items = asyncio.Lock(), 0
        self._live, self.experiment = Recommender(product), experiment_of(product)
        self.profiles = profiles.Profiles(self._live.people, frozenset(product.catalogue.ids))
        profiles.begin(self.profiles, log, learned(product))
        saved: list[Saved] = [self.experiment, self.profiles] if self.experiment.is_on else [self.profiles]
        self.events = LiveLog(log, [(self._live, learned(product))], saved)
        if self._live.outdated:
            what = "what POST /v1/items said of %s items before the item list was written does not count where the list says more"
            logging.getLogger("breakeven").warning(what, f"{len(self._live.outdated):,}")

    @staticmethod
    def open(product: Loaded, folder: Path) -> LiveShop:
        """The shop of a product with the log of its folder or of DATABASE_URL."""
        return LiveShop(product, open_log(folder, str(product.about["name"]), CHECKS), folder)

    @property
    def live(self) -> Recommender:
        """The recommender, with what other processes wrote as far as it has been read."""
        self.events.catch_up()
        return self._live

    @property
    def zone(self) -> str:
        """The zone of times that name none, as the events of the build were read."""
        return str(self._live.product.about.get("timezone") or "UTC")

    @property
    def behind(self) -> bool:
        """Whether other processes' events cannot be read at present: answers go on from what is known."""
        return self.events.behind

    async def take(self, events: Sequence[Event]) -> dict[str, int]:
        """Events on disk, then in every answer. Raises Busy when too many are waiting or the log cannot be written."""
        found = await self._read_items([e for e in events if e.kind == ITEM])
        try:
            applied = await self.events.append(await aside(len(events), _identified, events))
        except (Full, OSError) as error:
            self._live.forget(found)
            raise Busy(str(error)) from None
        except BaseException:
            self._live.forget(found)
            raise
        unknown = sum(e.is_action and e.item not in self._live.number for e in applied.new)
        return {"kept": len(applied.new), "repeated": applied.known_again, "unknown_items": unknown}

    async def _read_items(self, items: Sequence[Event]) -> Iterable[str]:
        """Read many new items, one request after another, so that no answer waits for it. Returns their words. Raises Busy."""
        if len(items) < MANY_ITEMS:
            return ()
        if self._unread_items and self._unread_items + len(items) > MOST_WAITING_ITEMS:
            raise Busy(f"{self._unread_items:,} items are waiting to be read")
        self._unread_items += len(items)
        try:
            async with self._one_reads:
                found = await asyncio.to_thread(self._live.read, items)
        finally:
            self._unread_items -= len(items)
        self._live.prepare(found)
        return found

    async def merge_users(self, user: str, into: str) -> int:
        """Give all that a user did to another one. Returns how many events of the log moved. Raises Busy."""
        return (await self._change(partial(log_changes.merge_users, user=user, into=into))).events

    async def delete_events(self, user: str, item: str, kind: str | None = None) -> int:
        """Delete a user's events about an item, of one kind where given. Returns how many stood in the log. Raises Busy."""
        return (await self._change(partial(log_changes.delete_events, user=user, item=item, kind=kind))).events

    async def erase_user(self, user: str) -> Erased:
        """Erase a user, and those merged into theirs, from the log, the answers and the builds; it can be repeated. Raises Busy."""
        change = await self._change(partial(log_changes.erase_user, user=user))
        if self._folder is None:
            return Erased(change.events, 0)
        try:
            builds = await asyncio.to_thread(erase_from_builds, self._folder, {r.item for r in change.records})
        except OSError as error:
            raise Busy(f"the product's files cannot be written ({error})") from None
        return Erased(change.events, builds)

    async def _change(self, change: Callable[[EventLog], Change]) -> Change:
        try:
            return await self.events.change(change)
        except OSError as error:
            raise Busy(str(error)) from None

    def visit(self, user: str | None, ask: Rules, session: Sequence[Event]) -> list[Placed]:
        """Recommendations after the events of a visit, by a known user or by nobody in particular; nothing is kept."""
        live = self.live
        return live.recommend(user, ask, session_of(live, session))

    def slate(self, user: str, ask: Rules) -> list[Placed]:
        """Recommendations as things are now.

        While an experiment runs or slates rotate the impression is logged; no caller waits for it.
        """
        live = self.live
        variants = {name: lambda name=name: live.recommend(user, ask, variant=name) for name in VARIANTS}
        explores = (lambda: self._alternatives(user, ask)) if ask.k > 1 and not ask.offset else None
        slate, impression = self.experiment.answer(user, variants, explores)
        if ask.rotate:
            impression = _rotated(
                impression or Event(user, "", IMPRESSION, now(), data={"items": [p.item for p in slate]})
            )
            live.apply(impression)
        if impression is not None:
            self.events.append_later(impression)
        return list(slate)

    def _alternatives(self, user: str, ask: Rules) -> Alternatives[Placed]:
        """The first k - 1 items of the model's order, and the next ones, of which one takes the last place."""
        live = self._live
        wide = live.recommend(user, replace(ask, k=ask.k - 1 + exploration.POOL))
        fixed, pool = wide[: ask.k - 1], wide[ask.k - 1 :]
        if len(pool) < 2:
            return Alternatives(fixed, pool, np.zeros((len(pool), exploration.WIDTH)))
        index = np.array([live.number[p.item] for p in pool])
        scores = np.array([p.score for p in pool])
        x = exploration.features(scores, live.popular[index], live.prices[index], index >= live.known)
        return Alternatives(fixed, pool, x)

    def experiment_summary(self) -> dict[str, object]:
        """The experiment as JSON, with the impressions that could not be written."""
        return {**self.experiment.summary(), "impressions_lost": self.events.lost}

    async def close(self) -> None:
        """Write what is in flight and close the log."""
        await self.events.close()


def _identified(events: Sequence[Event]) -> list[Event]:
    return [with_stored_id(event) for event in events]


def _rotated(impression: Event) -> Event:
    """An impression whose items stand behind others next time."""
    return replace(impression, data={**(impression.data or {}), "rotate": True})


def learned(product: Loaded) -> int:
    """The number of the last event of the log on which the product was fitted; 0 for none."""
    return int(product.about.get("log") or 0)


def experiment_of(product: Loaded) -> OnlineExperiment[Placed]:
    """The experiment of a product's description. Raises InputError for arms or exploration that cannot be meant."""
    arms, explore = parse_experiment(product.about)
    bandit = Bandit(explore, exploration.WIDTH, int(product.about.get("seed", 0)))
    weights = EventWeights.stored(product.about.get("worth") or {})
    return OnlineExperiment(
        str(product.about["name"]),
        arms,
        bandit,
        lambda placed: placed.item,
        variant_key="shelf",
        is_success=lambda event: weights.of(event.kind, event.value) > 0,
    )


def replayed(product: Loaded, folder: Path) -> Recommender:
    """A recommender with the events that a shop has stored, read beside its server. For answers to a file."""
    live = Recommender(product)
    log = open_existing(folder, str(product.about["name"]), CHECKS)
    if log is not None:
        for event in log.read(learned(product)):
            live.apply(event)
        log.close()
    return live
