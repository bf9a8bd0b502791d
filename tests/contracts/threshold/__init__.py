"""Threshold: one number in, yes or no out. A complete scenario, as another package would write it."""

import csv
from dataclasses import dataclass, replace

import numpy as np

from breakeven import metrics
from breakeven.collect import read
from breakeven.core import store
from breakeven.core.brief import Section
from breakeven.core.types import Array, Column, Fold, Outcome, Split
from breakeven.core.verdict import Part, Text
from breakeven.gate.problem import FitterDefaults, Packaged, ProblemDefaults, Timing
from breakeven.gate.results import Measured, Race
from breakeven.gate.selection import select
from breakeven.gate.verdict import Facts, SealedTest, compose, costs_without_errors
from breakeven.online.outcomes import append_outcomes
from breakeven.online.promotion import promote
from breakeven.report.blocks import Paragraph, ReportSection
from breakeven.scenarios.base import CollectedDefaults, Option, ScenarioDefaults, Unit
from breakeven.serving.endpoint import Endpoint, Service
from breakeven.trust import sealed

ROUTES = {"majority": "traditional", "cut": "traditional", "gauss": "large"}


def fitted(candidate, x, y):
    if candidate == "majority":
        return float(np.log((y.sum() + 1) / (len(y) - y.sum() + 1))), 0.0
    no, yes, slope = x[y == 0].mean(), x[y == 1].mean(), 10 / x.std()
    if candidate == "gauss":
        return float((no**2 - yes**2) / 2 / x.var()), float((yes - no) / x.var())
    return float(-slope * max(np.quantile(x, np.linspace(0, 1, 99)), key=lambda c: ((x > c) == y).mean())), float(slope)


def answers(model, x):
    yes = 1 / (1 + np.exp(-np.clip(model[0] + model[1] * np.asarray(x), -50, 50)))
    return np.stack([1 - yes, yes], axis=1)


@dataclass(frozen=True)
class Numbers(CollectedDefaults, FitterDefaults, ProblemDefaults):
    """What is collected, and its open part as the selection's problem and fitter. The first `test` numbers are sealed."""

    x: Array
    y: Array
    test: int
    name: str
    columns: tuple[Column, ...]
    fingerprint: str
    metric, candidates = "accuracy", ROUTES
    fitter = property(lambda self: self)

    def race(self):
        rows, part = np.arange(len(self.y)), len(self.y) // 4
        fold, score = Fold(rows[part:], rows[:part]), lambda p, _: metrics.losses("accuracy", self.y[:part], p)
        return Race(ROUTES, (fold,), score, len(rows), self.metric, 0.005, "majority", classes=2)

    def fit(self, job, settings):
        rows, validation = self.race().folds[0].train[: job.rows], self.race().folds[0].validation
        return Measured(answers(fitted(job.candidate, self.x[rows], self.y[rows]), self.x[validation]), 0.001)

    def package(self, candidate, recipe, folder, validation):
        about = {"name": self.name, "scenario": "threshold", "fit": {"seconds": 0.001}}
        store.write_json(folder / "product.json", {**about, "model": fitted(candidate, self.x, self.y)})
        store.seal(folder, about)
        return Packaged(0.001, len(self.y))

    def time(self, folder):
        return Timing(0.001, (9e5, 1e6, 2e6))


class ThresholdSection(Part, frozen=True, kw_only=True):
    slope: float


class ThresholdService(Service):
    def __init__(self, product, folder):
        self.product, self.name, self.description, self.folder = product, product["name"], "Yes or no.", folder

    def endpoints(self):
        feedback = Endpoint("POST", "/v1/feedback", self.feedback, "Keep outcomes", request=list[tuple[float, str]])
        return [Endpoint("POST", "/v1/predict", self.predict, "Answer numbers", request=list[float]), feedback]

    def predict(self, request):
        return [("no", "yes")[row.argmax()] for row in answers(self.product["model"], request.body)]

    def feedback(self, request):
        return {"kept": append_outcomes(self.folder, self.name, [Outcome({"x": x}, y) for x, y in request.body])}


class Threshold(ScenarioDefaults):
    name, summary, unit = "threshold", "one number in, yes or no out", Unit("numbers", "个", "labelled numbers")
    options = (Option("--digits", int, "N", "digits of the probability"),)

    def brief_section(self):
        return Section(self.name, True, ("number", "category", "id", "ignore"), ("accuracy",), ("note",))

    def collect(self, need, table=None, extra=()):
        columns = (table or read.table(need)).columns
        order = np.random.default_rng(need.seed).permutation(len(columns["x"]))
        x = np.concatenate([np.asarray(columns["x"], float)[order], [row["x"] for row in extra]])
        y = np.array([v == "yes" for v in [*columns[need.target][order], *(row[need.target] for row in extra)]], int)
        roles = (Column("x", "number", "given"), Column(need.target, "category", "the target"))
        key = store.digest([x.tolist(), y.tolist()])
        return Numbers(x, y, int(len(order) * need.split.test), need.name, roles, key)

    def select(self, context, collected, weigh, own=None, names=None):
        n, x, y = collected.test, collected.x, collected.y
        sealed.seal(context.work, x[:n, None], y[:n])
        found = select(context, replace(collected, x=x[n:], y=y[n:]), weigh)
        X, truth = sealed.open_once(context.work, context.log, "the choice is made")
        models = {f.candidate: self.load(f.folder)["model"] for made in found.finalists.values() for f in made}
        scores = {c: metrics.interval("accuracy", truth, answers(m, X[:, 0])) for c, m in models.items()}
        chosen = found.choice.candidate if found.winner else None
        facts = Facts(len(y), len(y) - n, (), Split(context.brief.split.test), ROUTES.__getitem__)
        test = SealedTest(n, scores, None, scores.get(chosen), sealed.openings(context.work))
        section = ThresholdSection(slope=models[chosen][1] if chosen else 0.0)
        return compose(found, facts, test, costs_without_errors(found, 50.0, "not tried"), section), bool(chosen)

    def compare(self, need, challenger, champion, metric):
        X, y = sealed.open_once(challenger / "work", store.Log(challenger / "log.jsonl"), "compared")
        both = (answers(self.load(p / "product")["model"], X[:, 0]) for p in (challenger, champion))
        return promote(*(metrics.losses(metric, y, a) for a in both), metrics.METRICS[metric].scale, need.margin)

    def predict(self, product, folder, request):
        with request.input.open() as file:
            found = answers(self.load(product)["model"], [float(row["x"]) for row in csv.DictReader(file)])
        lines = [f"{('no', 'yes')[p.argmax()]},{p.max():.{request.options.get('digits', 4)}f}" for p in found]
        store.write_text(request.output, "\n".join(["prediction,probability", *lines, ""]))
        return f"{len(lines)} answers in {request.output}"

    def service(self, product, folder, verdict):
        return ThresholdService(product, folder)

    def verdict_section(self):
        return ThresholdSection

    def report_sections(self, verdict):
        return [ReportSection(Text(en="Slope", zh="斜率"), [Paragraph(f"{verdict.section['slope']:.3f}")])]

    def new(self, folder):
        x = np.random.default_rng(1).normal(size=400)
        rows = [f"{v:.4f},{'yes' if v + 0.2 * w > 0.3 else 'no'}" for v, w in zip(x, x[::-1], strict=True)]
        store.write_text(folder / "data.csv", "\n".join(["x,y", *rows, ""]))
        store.write_text(folder / "product.yaml", "name: toy\nscenario: threshold\ndata: data.csv\ntarget: y\n")


SCENARIO = Threshold()
