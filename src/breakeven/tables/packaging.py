"""Tables as the selection's problem: how a candidate becomes a product folder, alone or with others, and is timed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import numpy as np

from breakeven import metrics
from breakeven.collect.prepare import Collected
from breakeven.core import store
from breakeven.core.decision import Decision
from breakeven.core.types import Array, Need, Row
from breakeven.export import publish, quantise, to_onnx
from breakeven.features.decoding import Decoder
from breakeven.features.numeric import Given
from breakeven.features.reader import Reader
from breakeven.features.schema import Schema
from breakeven.gate import time_budget
from breakeven.gate.finalist import Finalists
from breakeven.gate.fit_runner import FitRunner
from breakeven.gate.problem import JointAnswer, Member, Packaged, Policy, Recipe, Timing
from breakeven.gate.refit import Twin
from breakeven.gate.results import Board, Predictions
from breakeven.gate.run_context import RunContext
from breakeven.models import registry
from breakeven.models.settings import Settings
from breakeven.models.training import calibrate, ensemble
from breakeven.runtime import description, predictor
from breakeven.runtime.description import Calibrated, Description, Fit, Int8, Parity
from breakeven.runtime.ensemble import Pool
from breakeven.runtime.onnx_session import open_session
from breakeven.scale.executor import Workers, alone, here
from breakeven.tables import decision, encoding, example
from breakeven.tables.fitter import BAG, Final, TableFitter, open_rows
from breakeven.trust import sealed

POLICY = Policy()
#: What int8 may lose on rows the model has seen: half of what a product may lose, for seen rows are answered surely.
MOST_LOST = 0.0025
#: Rows answered at a time when int8 is judged.
JUDGED_AT_ONCE = 50


@dataclass(frozen=True)
class TableProblem:
    """A table with a target column.

    Attributes
    ----------
    fitter: what workers receive.
    schema: how a row is encoded, part of every product.
    brief: whose problem it is.
    sample: a typical row, on which answers are timed.
    shown: the same row without personal data.
    decision: how two classes are answered.
    """

    fitter: TableFitter
    schema: Schema
    brief: Need
    sample: Row
    shown: dict[str, str | float | None]
    policy: Policy = POLICY
    decision: Decision | None = None

    @classmethod
    def of(cls, brief: Need, collected: Collected, fitter: TableFitter, policy: Policy = POLICY) -> TableProblem:
        """The problem of a brief's table."""
        live, shown = example.typical(collected)
        return cls(fitter, collected.schema, brief, live, shown, policy, decision.of(brief, collected.rows))

    def prepare(self, workers: Workers, seconds: float, progress: Callable[[str], None]) -> TableProblem:
        """With features of frozen encoders computed; encoders that would take longer than `seconds` are left out."""
        return replace(self, fitter=encoding.encode_ahead(self.fitter, workers, seconds, progress))

    def package(self, candidate: str, recipe: Recipe, folder: Path, validation: Predictions) -> Packaged:
        """Fit, prove the ONNX export, try int8, and publish.

        Answers are calibrated by the holdout's predictions where the recipe asks for those, else by `validation`, or as another
        product's are.
        """
        if (folder / store.MANIFEST).is_file():
            return _packaged(folder)
        fitter = replace(self.fitter, seed=self.fitter.seed + 1) if recipe.again else self.fitter
        final = (here if fitter.runs_here(candidate) else alone)(_final, fitter, candidate, recipe)
        if final.prediction is not None:
            validation = {0: final.prediction}
            store.write_arrays(_holdout_file(folder), prediction=final.prediction)
        rows, scale = fitter.parity_rows(candidate), fitter.target_scale()
        parity = to_onnx.prove(final.drawn, rows, scale, self.fitter.media())
        graph = quantise.Quantised(final.drawn.graph, False, "int8 not tried: a table's model answers in microseconds")
        # Only graphs with an encoder are tried: a forest of 150 MB is not sent to a process that would send it back.
        if any(part.kind != Given.kind for part in final.drawn.reader.plain.parts):
            graph = alone(_quantised, self.fitter, final.drawn)
        about = self._about(
            candidate,
            self._calibration_of(recipe.like) if recipe.like else self._decoder(validation),
            Fit(final.seconds, final.rows, final.share, recipe.plan, dict(recipe.settings), recipe.again, final.epochs),
            parity,
            Int8(graph.kept, graph.why, graph.alone),
        )
        publish.publish(folder, graph.graph, about, final.drawn.reader)
        return Packaged(final.seconds, final.rows, final.share, recipe.plan, final.prediction, final.epochs)

    def time(self, folder: Path) -> Timing:
        """Time single answers to the typical row."""
        loaded = predictor.load(folder)
        return Timing(predictor.latency(loaded, self.sample), predictor.throughput(loaded, self.sample))

    def column_kinds(self) -> Mapping[str, Sequence[str]]:
        """Names of the table's, text and image columns."""
        layout = self.fitter.layout
        columns = {
            "table": [layout.names[i] for i in layout.table],
            "text": list(layout.texts),
            "image": list(layout.images),
        }
        return {kind: columns[kind] for kind in layout.kinds}

    def measure_finalists(
        self, context: RunContext, runner: FitRunner, board: Board, finalists: Finalists
    ) -> Mapping[str, object]:
        """Nothing beyond the selection's own measurements."""
        return {}

    def calibrated(self, predictions: Predictions) -> Predictions:
        """Probabilities calibrated as the product's would be, each by a map that its unit had no part in; values as they are."""
        if not self.fitter.classes or not predictions:
            return {repeat: np.asarray(prediction, dtype=float) for repeat, prediction in predictions.items()}
        ends = np.cumsum([len(prediction) for prediction in predictions.values()])[:-1]
        return dict(zip(predictions, np.split(self._choose(predictions).answers, ends), strict=True))

    def bag(self, candidate: str, copies: int, settings: Settings) -> Settings | None:
        """The same settings with BAG; of tables alone, for one copy of an encoder is dear enough."""
        fitter = self.fitter
        if fitter.layout.media is not None or candidate in fitter.own:
            return None
        return {**settings, BAG: copies} if registry.class_of(candidate).bags else None

    def join(self, members: Sequence[Predictions]) -> list[JointAnswer]:
        """Greedy selection and stacking, each row answered by weights fitted on other rows."""
        repeats = list(members[0])
        rows = np.concatenate([self.fitter.validation_rows(r) for r in repeats])
        truth = np.concatenate([self.fitter.truth(r) for r in repeats])
        answers = [np.concatenate([one[r] for r in repeats]) for one in members]
        ends = np.cumsum([len(members[0][r]) for r in repeats])[:-1]
        joints = []
        for way, fit in ensemble.WAYS.items():
            crossed = ensemble.crossed(fit, answers, truth, rows, self.fitter.seed)
            pool = fit(answers, truth)
            joint = dict(zip(repeats, np.split(crossed, ends), strict=True))
            joints.append(JointAnswer(way, pool.how, pool.weights, joint))
        return joints

    def package_ensemble(self, candidate: str, members: Sequence[Member], joint: JointAnswer, folder: Path) -> Packaged:
        """Publish the members' folders as one product of the winning candidate, its answers calibrated by the joint predictions."""
        described = [description.read(m.folder, Description) for m in members]
        fits = [one.fit for one in described if one.fit is not None]
        proofs = [one.parity for one in described if one.parity is not None]
        packaged = Packaged(sum(f.seconds for f in fits), min(f.rows for f in fits), min(f.share for f in fits))
        about = self._about(
            candidate,
            self._decoder(joint.predictions),
            Fit(packaged.seconds, packaged.rows, packaged.share),
            Parity(min(p.rows for p in proofs), max(p.largest for p in proofs), min(p.agreement for p in proofs)),
            Int8(False, "int8: each member of the ensemble was judged by itself"),
        )
        about = msgspec.structs.replace(
            about,
            pool=Pool(joint.how, tuple(m.weight for m in members)),
            members=tuple(description.Member(f"m{i}", m.candidate, m.route) for i, m in enumerate(members)),
        )
        publish.publish_ensemble(folder, [m.folder for m in members], about)
        return packaged

    def twin(self, folder: Path) -> Twin:
        """Rows of its fit, all rows, and seconds by what its fits took on theirs."""
        described = [_described(part) for part in _parts(folder)]
        fits = [one.fit for one in described if one.fit is not None]
        everything = len(open_rows(self.fitter.work)[1]) + len(sealed.rows(self.fitter.work)[1])
        rows, side_by_side = min(f.rows for f in fits), min(len(fits), Workers().count)
        seconds = sum(f.seconds * everything / f.rows for f in fits) / side_by_side
        drawing = sum(time_budget.drawing(self.fitter.race(), one.candidate) for one in described) / side_by_side
        return Twin(rows, everything, seconds, drawing)

    def refit(self, twin: Path, folder: Path, seconds: float) -> Packaged:
        """Fit the product, or each member of an ensemble, on all rows; members answer together as they do in the twin."""
        about, places = _described(twin), _parts(twin)
        targets = [folder if source == twin else folder.parent / f"{folder.name}-{source.name}" for source in places]
        each = seconds * min(len(places), Workers().count) / len(places)

        def again(source: Path, target: Path) -> Packaged:
            one = _described(source)
            assert one.fit is not None, "finished folders of a build say what the fit took"
            recipe = Recipe(
                one.fit.settings, seconds=each, plan=one.fit.plan, everything=True, again=one.fit.again, like=source
            )
            return self.package(one.candidate, recipe, target, {})

        with ThreadPoolExecutor(Workers().count) as pool:
            made = list(pool.map(again, places, targets))
        if about.pool is None:
            return made[0]
        fit = Fit(sum(m.seconds for m in made), min(m.rows for m in made), min(m.share / m.plan for m in made))
        if not (folder / store.MANIFEST).is_file():
            publish.publish_ensemble(folder, targets, msgspec.structs.replace(about, fit=fit))
        return Packaged(fit.seconds, fit.rows, fit.share)

    def _about(
        self, candidate: str, calibration: tuple[Decoder, Calibrated | None], fit: Fit, parity: Parity, int8: Int8
    ) -> Description:
        brief, (decoder, calibrated) = self.brief, calibration
        return Description(
            name=brief.name,
            scenario=brief.scenario,
            target=brief.target or "",
            schema=self.schema,
            decoder=decoder,
            metric=self.fitter.metric,
            task=decoder.task,
            sample=self.shown,
            encoding=brief.encoding,
            candidate=candidate,
            route=self.fitter.candidates[candidate],
            fit=fit,
            parity=parity,
            int8=int8,
            calibrated=calibrated,
        )

    def _decoder(self, predictions: Predictions) -> tuple[Decoder, Calibrated | None]:
        """Calibration from predictions of validation rows that the model did not see, and how it was chosen."""
        if self.fitter.classes:
            found = self._choose(predictions)
            about = Calibrated(found.kind, found.why, dict(found.losses), found.rows)
            yes, at = None, None
            if self.decision is not None:
                yes, at = self.fitter.classes[self.decision.yes], self.decision.yes_from
            return Decoder("classification", self.fitter.classes, found.map, yes=yes, yes_from=at), about
        y = np.concatenate([self.fitter.truth(repeat) for repeat in predictions])
        width = calibrate.half_width(np.concatenate(list(predictions.values())), y)
        return Decoder("regression", half_width=width), None

    def _calibration_of(self, folder: Path) -> tuple[Decoder, Calibrated | None]:
        """Calibration of another product."""
        about = _described(folder)
        return about.decoder, about.calibrated

    def _choose(self, predictions: Predictions) -> calibrate.Calibrated:
        fitter = self.fitter
        y = np.concatenate([fitter.truth(repeat) for repeat in predictions])
        units = np.concatenate([fitter.validation_units(repeat) for repeat in predictions])
        return calibrate.choose(np.concatenate(list(predictions.values())), y, units, fitter.metric, fitter.seed)


def _described(folder: Path) -> Description:
    return description.read(folder, Description)


def _parts(folder: Path) -> list[Path]:
    """Folders of an ensemble's members; of another product its own."""
    return [folder / member.folder for member in _described(folder).members] or [folder]


def _packaged(folder: Path) -> Packaged:
    """What packaging a finished folder took."""
    fit, holdout = description.read(folder, Description).fit, _holdout_file(folder)
    assert fit is not None, "finished folders of a build say what the fit took"
    prediction = store.read_arrays(holdout)["prediction"] if holdout.is_file() else None
    return Packaged(fit.seconds, fit.rows, fit.share, fit.plan, prediction, fit.epochs)


def _holdout_file(folder: Path) -> Path:
    """Where the holdout's predictions are kept: beside the product."""
    return folder.parent / f"{folder.name}.holdout.npz"


def _final(fitter: TableFitter, candidate: str, recipe: Recipe) -> Final:
    return fitter.final(
        candidate, recipe.settings, recipe.rows, recipe.seconds, recipe.plan, recipe.holdout, recipe.everything
    )


def _quantised(fitter: TableFitter, drawn: to_onnx.Drawn) -> quantise.Quantised:
    """The graph in int8 where that pays, judged by the race's metric on open rows."""
    X, y = fitter.sample()
    media, reader, metric = fitter.media(), Reader.unpack(drawn.reader), metrics.METRICS[fitter.metric]

    def inputs(rows: Array) -> list[dict[str, Array]]:
        return [reader.inputs(rows[i : i + JUDGED_AT_ONCE], media) for i in range(0, len(rows), JUDGED_AT_ONCE)]

    batches = inputs(X)

    def score(graph: bytes, one_by_one: bool = False) -> float:
        session, each = open_session(graph, arena=False), batches
        if one_by_one:
            each = [
                {name: values[i : i + 1] for name, values in batch.items()}
                for batch in batches
                for i in range(len(next(iter(batch.values()))))
            ]
        answers = np.concatenate([session.run(["scores"], batch)[0] for batch in each])
        return metric.sign * metrics.score(metric.name, y, answers if fitter.classes else answers.reshape(-1))

    full = score(drawn.graph)
    most = metrics.margin_of(metric.name, MOST_LOST, abs(full))
    calibration = inputs(X[: quantise.CALIBRATED])
    return quantise.attempt(drawn.graph, calibration, lambda graph, one_by_one: full - score(graph, one_by_one), most)
