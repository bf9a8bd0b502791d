"""Recommend: from the events of a shop to ranked items for each person, following the last click."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from breakeven.core.wording import counted
from breakeven.scenarios.base import Answered, Option, PredictRequest, Scenario, ScenarioDefaults, Unit

if TYPE_CHECKING:
    from breakeven.core.brief import Section
    from breakeven.core.types import Column, Interval, Need, Row, Table
    from breakeven.core.verdict import Part, Verdict
    from breakeven.gate.run_context import RunContext
    from breakeven.models.user.own import Own
    from breakeven.report.blocks import ReportSection
    from breakeven.scenarios.recommend.problem import Collected
    from breakeven.scenarios.recommend.product import Loaded
    from breakeven.serving.endpoint import Service
    from breakeven.trust.card import CardParts

#: Minutes of the demo's build.
DEMO_MINUTES = 0.8


class Recommend(ScenarioDefaults):
    """The scenario of users, items and events."""

    name = "recommend"
    summary = "events of users and items: the next items for each person"
    unit = Unit(en="people", zh="人", labelled_en="people")
    options = (Option("--k", int, "N", "items for each person"),)
    input_example = "users.csv"

    def brief_section(self) -> Section:
        """No target, roles of interactions, metrics of rankings; `ndcg@10` also sets `k`."""
        from breakeven.core.brief import Section
        from breakeven.scenarios.recommend import column_names, ranking_metrics, settings

        known = tuple(ranking_metrics.METRICS)
        return Section(
            self.name, False, column_names.ROLES, known, settings.KEYS, "k", finals=("all",), check=settings.check
        )

    def suits(self, columns: Sequence[str]) -> Mapping[str, str]:
        """Who, what and when."""
        from breakeven.scenarios.recommend import column_names

        found = column_names.named(columns, ("user", "item", "time"))
        return found if len(found) == len(("user", "item", "time")) else {}

    def collect(self, need: Need, table: Table | None = None, extra: Sequence[Row] = ()) -> Collected:
        """Read the events and the catalogue, and cut them in time."""
        from breakeven.scenarios.recommend import problem

        return problem.collect(need, table, extra)

    def select(
        self,
        context: RunContext,
        collected: Collected,
        weigh: bool,
        own: Mapping[str, Own] | None = None,
        names: Sequence[str] | None = None,
    ) -> tuple[Verdict, bool]:
        """Race, finalists, choice, product, verdict."""
        from breakeven.scenarios.recommend import flow

        return flow.run(context, collected, weigh, own, names)

    def outcomes(self, need: Need) -> Sequence[Row]:
        """Events that were sent to POST /v1/events."""
        from breakeven.scenarios.recommend import flow

        return flow.outcomes(need)

    def compare(self, need: Need, challenger: Path, champion: Path, metric: str) -> tuple[bool, Interval]:
        """Both products for the challenger's sealed people."""
        from breakeven.scenarios.recommend import flow

        return flow.compare(need, challenger, champion, metric)

    def load(self, folder: Path) -> Loaded:
        """The recommender of a product folder."""
        from breakeven.scenarios.recommend import product

        return product.load(folder)

    def predict(self, product: Path, folder: Path, request: PredictRequest) -> str:
        """A file of users in, ranked items for each out."""
        from breakeven.scenarios.recommend import answer

        return answer.run(product, folder, request)

    def answer(
        self,
        product: Loaded,
        folder: Path,
        columns: Mapping[str, Sequence[object]],
        options: Mapping[str, int | float | str],
    ) -> Answered:
        """A column of users in, ranked items for each out."""
        from breakeven.scenarios.recommend import answer

        return answer.columns(product, folder, columns, options)

    def erase(self, need: Need, user: str) -> str:
        """From the log and from all builds; rows of the brief's files are left out of later builds."""
        from breakeven.scenarios.recommend import erasure

        done = erasure.erase(need.folder, need.name, user)
        return (
            f"erased: {counted(done.events, 'event')} of the log, and all that {counted(done.builds, 'folder')} of builds held of this user; "
            f"rows in {need.data} are left out of later builds, delete them there too"
        )

    def service(self, product: Loaded, folder: Path, verdict: Mapping[str, object]) -> Service:
        """The HTTP service: events, items, recommendations, the experiment, the page, gorse's paths."""
        from breakeven.scenarios.recommend.service import open_service

        return open_service(product, folder, verdict)

    def verdict_section(self) -> type[Part]:
        """See `RecommendSection`."""
        from breakeven.scenarios.recommend.verdict import RecommendSection

        return RecommendSection

    def report_sections(self, verdict: Verdict) -> Sequence[ReportSection]:
        """All ranking metrics, groups of people and items, friends, fewer events."""
        from breakeven.scenarios.recommend import report

        return report.sections(verdict)

    def card(self, verdict: Verdict, columns: Sequence[Column]) -> CardParts:
        """Every model's metrics and coverage, and what offline evaluation cannot say."""
        from breakeven.scenarios.recommend import card

        return card.card(verdict)

    def new(self, folder: Path) -> None:
        """MovieLens ratings and films."""
        from breakeven.scenarios.recommend import sample

        sample.new(folder)

    def demo(self, folder: Path) -> Sequence[Path]:
        """A shop of films."""
        from breakeven.scenarios.recommend import sample

        return [sample.new(folder / "film-shop", DEMO_MINUTES)]


SCENARIO = Recommend()
if TYPE_CHECKING:
    _checked: Scenario[Collected, Loaded] = SCENARIO
