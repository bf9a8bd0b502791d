"""Support: customer service that answers what it is sure of, asks back, and hands the rest to a person."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from breakeven.scenarios.base import Answered, PredictRequest, Scenario, ScenarioDefaults, Unit

if TYPE_CHECKING:
    from breakeven.core.brief import Section
    from breakeven.core.types import Column, Interval, Need, Row, Table
    from breakeven.core.verdict import Part, Verdict
    from breakeven.gate.run_context import RunContext
    from breakeven.models.user.own import Own
    from breakeven.report.blocks import ReportSection
    from breakeven.scenarios.support.collected import Collected
    from breakeven.scenarios.support.product import Loaded
    from breakeven.serving.endpoint import Service
    from breakeven.trust.card import CardParts

#: Roles of the columns of a file of questions, or of a log of chats.
ROLES = ("question", "topic", "language", "conversation", "customer", "time", "speaker", "answer", "ignore")

#: Minutes of the demo's build.
DEMO_MINUTES = 1.2


class Support(ScenarioDefaults):
    """The scenario of questions, topics and answers."""

    name = "support"
    summary = "customer service: questions with topics, and what is answered to each"
    unit = Unit(en="questions", zh="个问题", labelled_en="labelled questions")
    input_example = "questions.csv"

    def brief_section(self) -> Section:
        """No target: the topic is known by its column's role."""
        from breakeven.core.brief import Section
        from breakeven.scenarios.support import settings

        return Section(
            self.name,
            needs_target=False,
            roles=ROLES,
            metrics=("accuracy", "macro_f1", "log_loss"),
            keys=settings.KEYS,
            asks_hosted=True,
            errs=True,
            finals=("all", "twin"),
            check=settings.read,
        )

    def suits(self, columns: Sequence[str]) -> Mapping[str, str]:
        """A FAQ, questions with topics, or the messages of conversations. A text with a label may be anything."""
        from breakeven.scenarios.support.sources import column_names

        return column_names.suited(columns)

    def files(self, need: Need) -> Sequence[Path]:
        """The files of answers."""
        from breakeven.core.brief import BRIEF
        from breakeven.scenarios.support import settings

        chosen = settings.read(need.settings, str(need.folder / BRIEF))
        named = [need.folder / name for name in (chosen.answers, *chosen.faq) if name]
        return [path for path in named if path.is_file()]

    def collect(self, need: Need, table: Table | None = None, extra: Sequence[Row] = ()) -> Collected:
        """Read questions and answers, mask personal data, and split the labelled questions."""
        from breakeven.scenarios.support import collected

        return collected.collect(need, table, extra)

    def quick_candidates(self, need: Need, collected: Collected) -> Sequence[str]:
        """Those that the brief names, else those of the roster that are quick on texts."""
        from breakeven.tables import problem

        return problem.quick_candidates(need, collected.table)

    def select(
        self,
        context: RunContext,
        collected: Collected,
        weigh: bool,
        own: Mapping[str, Own] | None = None,
        names: Sequence[str] | None = None,
    ) -> tuple[Verdict, bool]:
        """Race, finalists, choice, the promise, product, verdict."""
        from breakeven.scenarios.support import flow

        return flow.run(context, collected, weigh, own, names)

    def outcomes(self, need: Need) -> Sequence[Row]:
        """Questions whose topic was named: over POST /v1/feedback, or by the staff at the desk."""
        from breakeven.scenarios.support import outcomes

        return outcomes.outcomes(need)

    def compare(self, need: Need, challenger: Path, champion: Path, metric: str) -> tuple[bool, Interval]:
        """The twins of both products' chosen models on the challenger's sealed questions that neither has learned from."""
        from breakeven.tables import comparison

        return comparison.compare(need, challenger, champion, metric)

    def load(self, folder: Path) -> Loaded:
        """The cascade and the answer book of a product folder."""
        from breakeven.scenarios.support import product

        return product.load(folder)

    def predict(self, product: Path, folder: Path, request: PredictRequest) -> str:
        """A file of questions in; topics, decisions and answers out."""
        from breakeven.scenarios.support import answer

        return answer.run(product, request)

    def answer(
        self,
        product: Loaded,
        folder: Path,
        columns: Mapping[str, Sequence[object]],
        options: Mapping[str, int | float | str],
    ) -> Answered:
        """A column of questions in; topics, decisions and answers out."""
        from breakeven.scenarios.support import answer

        return answer.columns(product, columns)

    def erase(self, need: Need, user: str) -> str:
        """A customer's conversations, and what builds learned from them."""
        from breakeven.scenarios.support import erasure

        return erasure.erase(need, user)

    def service(self, product: Loaded, folder: Path, verdict: Mapping[str, object]) -> Service:
        """The HTTP service: chats, the desk, channels, the widget."""
        from breakeven.scenarios.support.opening import open_service

        return open_service(product, folder, verdict)

    def verdict_section(self) -> type[Part]:
        """See `SupportSection`."""
        from breakeven.scenarios.support.verdict_section import SupportSection

        return SupportSection

    def report_sections(self, verdict: Verdict) -> Sequence[ReportSection]:
        """Automation against allowed error, the stages, topics, languages, the desk."""
        from breakeven.scenarios.support import report

        return report.sections(verdict)

    def card(self, verdict: Verdict, columns: Sequence[Column]) -> CardParts:
        """What is promised, and the topics it answers least."""
        from breakeven.scenarios.support import card

        return card.card(verdict, columns)

    def new(self, folder: Path) -> None:
        """The questions and answers of a small bank."""
        from breakeven.scenarios.support import sample

        sample.new(folder)

    def demo(self, folder: Path) -> Sequence[Path]:
        """The same, as a part of the demo."""
        from breakeven.scenarios.support import sample

        return [sample.new(folder / "customer-desk", DEMO_MINUTES)]


SCENARIO = Support()
if TYPE_CHECKING:
    _checked: Scenario[Collected, Loaded] = SCENARIO
