"""Predict: one column of a table, a class or a number, from the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from breakeven.scenarios.base import Answered, PredictRequest, Scenario, ScenarioDefaults, Unit

if TYPE_CHECKING:
    from breakeven.collect.prepare import Collected
    from breakeven.core.brief import Section
    from breakeven.core.types import Column, Interval, Need, Row, Table
    from breakeven.core.verdict import Part, Verdict
    from breakeven.gate.run_context import RunContext
    from breakeven.models.user.own import Own
    from breakeven.report.blocks import ReportSection
    from breakeven.runtime.predictor import Loaded
    from breakeven.serving.endpoint import Service
    from breakeven.trust.card import CardParts

#: Keys of the brief's section `predict`.
KEYS = ("text_encoder", "image_encoder", "models", "candidates", "positive")


class Predict(ScenarioDefaults):
    """The scenario of tables with a target column."""

    name = "predict"
    summary = "any table: one column, a class or a number, from the others"
    unit = Unit(en="rows", zh="行", labelled_en="labelled rows")

    def brief_section(self) -> Section:
        """A target, roles of any table, metrics of classes and values."""
        from breakeven import metrics
        from breakeven.core.brief import Section
        from breakeven.core.types import ROLES

        known = tuple(name for name, metric in metrics.METRICS.items() if metric.task != "ranking")
        return Section(
            self.name,
            needs_target=True,
            roles=ROLES,
            metrics=known,
            keys=KEYS,
            asks_hosted=True,
            prefers=True,
            errs=True,
            finals=("all", "twin"),
        )

    def files(self, need: Need) -> Sequence[Path]:
        """Finished models of the user's, and what a teacher's folder holds."""
        given = need.settings.get("models")
        lines = list(given.values()) if isinstance(given, dict) else []
        names = [line.get("file", "") if isinstance(line, dict) else line for line in lines]
        paths = [need.folder / str(name) for name in names if name]
        folders = [need.folder / str(line["folder"]) for line in lines if isinstance(line, dict) and "folder" in line]
        inside = [path for folder in (*paths, *folders) if folder.is_dir() for path in sorted(folder.iterdir())]
        return [path for path in (*paths, *inside) if path.is_file()]

    def collect(self, need: Need, table: Table | None = None, extra: Sequence[Row] = ()) -> Collected:
        """Read, clean, audit, split and encode a table."""
        from breakeven.tables import problem

        return problem.collect(need, table, extra)

    def sample(self, need: Need, most: int, table: Table | None = None) -> tuple[Table, int]:
        """Rows drawn at random, in their order."""
        from breakeven.tables import problem

        return problem.sample(need, most, table)

    def quick_candidates(self, need: Need, collected: Collected) -> Sequence[str]:
        """Those that the brief names, else those of the roster that are quick."""
        from breakeven.tables import problem

        return problem.quick_candidates(need, collected)

    def select(
        self,
        context: RunContext,
        collected: Collected,
        weigh: bool,
        own: Mapping[str, Own] | None = None,
        names: Sequence[str] | None = None,
    ) -> tuple[Verdict, bool]:
        """Race, finalists, choice, product, verdict."""
        from breakeven.scenarios.predict import flow

        return flow.run(context, collected, weigh, own, names)

    def compare(self, need: Need, challenger: Path, champion: Path, metric: str) -> tuple[bool, Interval]:
        """The twins of both products on the challenger's sealed rows that neither has learned from."""
        from breakeven.tables import comparison

        return comparison.compare(need, challenger, champion, metric)

    def load(self, folder: Path) -> Loaded:
        """The predictor of a product folder."""
        from breakeven.runtime import predictor

        return predictor.load(folder)

    def predict(self, product: Path, folder: Path, request: PredictRequest) -> str:
        """A file of rows in, a file of answers out."""
        from breakeven.scenarios.predict import answer

        return answer.run(product, folder, request)

    def answer(
        self,
        product: Loaded,
        folder: Path,
        columns: Mapping[str, Sequence[object]],
        options: Mapping[str, int | float | str],
    ) -> Answered:
        """Rows of a table in, their predictions out."""
        from breakeven.scenarios.predict import answer

        return answer.columns(product, columns)

    def service(self, product: Loaded, folder: Path, verdict: Mapping[str, object]) -> Service:
        """The HTTP service: /v1/predict, /v1/feedback, the page, the Open Inference Protocol."""
        from breakeven.scenarios.predict.service import PredictService

        return PredictService(product, folder, verdict)

    def verdict_section(self) -> type[Part]:
        """See `PredictSection`."""
        from breakeven.scenarios.predict.verdict import PredictSection

        return PredictSection

    def report_sections(self, verdict: Verdict) -> Sequence[ReportSection]:
        """Importance, calibration, confusion, and examples of sealed rows."""
        from breakeven.scenarios.predict import report

        return report.sections(verdict)

    def card(self, verdict: Verdict, columns: Sequence[Column]) -> CardParts:
        """Calibration or residuals, importance, groups, columns."""
        from breakeven.scenarios.predict import card

        return card.card(verdict, columns)

    def new(self, folder: Path) -> None:
        """The smallest sample, straight into `folder`."""
        from breakeven.scenarios.predict import sample

        sample.new(folder)

    def demo(self, folder: Path) -> Sequence[Path]:
        """Two tables, texts and pictures."""
        from breakeven.scenarios.predict import sample

        return [*(sample.write(folder, one) for one in sample.DEMO), sample.write_pictures(folder)]


SCENARIO = Predict()
if TYPE_CHECKING:
    _checked: Scenario[Collected, Loaded] = SCENARIO
