"""A table's problem: what the brief may say of it, which candidates race, and the open rows on disk."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np

from breakeven import metrics
from breakeven.collect import prepare, read
from breakeven.collect.prepare import Collected
from breakeven.core import store
from breakeven.core.errors import InputError, MissingExtra
from breakeven.core.types import Array, Finding, Need, Route, Row, Rows, Table
from breakeven.features.media import Disk
from breakeven.models import registry
from breakeven.models.user.own import STUDENTS, Own
from breakeven.tables import decision, encoding, teaching
from breakeven.tables.fitter import FOLD_PARTS, ROWS, TableFitter

#: Share of the rows below which one of two classes is rare, and accuracy no longer the usual metric.
RARE = 0.2


def collect(need: Need, table: Table | None = None, extra: Sequence[Row] = ()) -> Collected:
    """Read (unless a table is given), clean, audit, split and encode."""
    if need.target is None:
        raise InputError("product.yaml", "the key 'target' is missing", "name the column to predict")
    collected = prepare.prepare(need, table if table is not None else read.table(need), extra)
    models = need.settings.get("models")
    if isinstance(models, Mapping) and set(models) - {teaching.KEY}:
        finding = Finding(
            "finished model",
            "models that come finished race as they are",
            "where they have learned from these rows, their scores here are too good: judge them by rows they have not seen",
            level="warning",
        )
        collected = replace(collected, findings=(*collected.findings, finding))
    chosen = decision.of(need, collected.rows)
    if chosen is not None and chosen.yes_from is not None:
        collected = replace(collected, findings=(*collected.findings, decision.finding(chosen, need, collected.rows)))
    name = metric_of(need, collected.rows)
    if need.metric is None and name != metrics.DEFAULT[collected.rows.task]:
        collected = replace(collected, findings=(*collected.findings, _rare_class(name, collected.rows)))
    return collected


def sample(need: Need, most: int, table: Table | None = None) -> tuple[Table, int]:
    """At most so many rows of the data, drawn at random and in their order, and how many there are."""
    full = table if table is not None else read.table(need)
    total = len(next(iter(full.columns.values()), ()))
    if total <= most:
        return full, total
    some = np.sort(np.random.default_rng(need.seed).choice(total, most, replace=False))
    drawn = {name: values[some] for name, values in full.columns.items()}
    said = Finding("quick look", f"{most:,} of {total:,} rows are looked at", "run without --quick for the full answer")
    return replace(full, columns=drawn, findings=(*full.findings, said)), total


def metric_of(need: Need, rows: Rows) -> str:
    """The metric's name: the brief's, or the usual one; of two classes, one of which is rare, one that guessing the other
    does not satisfy. Raises InputError when the brief's does not suit the target.
    """
    task, classes = rows.task, len(rows.classes)
    name = need.metric or metrics.DEFAULT[task]
    if need.metric is None and classes == 2:
        share = _share_of_yes(rows)
        name = "average_precision" if share < RARE else "roc_auc" if share > 1 - RARE else name
    metric = metrics.METRICS[name]
    fits = [m.name for m in metrics.METRICS.values() if m.task == task and (classes == 2 or not m.binary_only)]
    if metric.name not in fits:
        what = f"{name} is for {metric.task}" + (" with two classes" if metric.binary_only else "")
        raise InputError(
            "product.yaml, metric",
            f"{what}, but the target is a {task} with {classes or 'no'} classes",
            f"use {', '.join(fits)}",
        )
    return name


def _share_of_yes(rows: Rows) -> float:
    """Share of the second of two classes among the open rows."""
    return float((rows.y[rows.open_rows] == 1).mean())


def _rare_class(name: str, rows: Rows) -> Finding:
    share = _share_of_yes(rows)
    rare, common = rows.classes[::-1] if share < RARE else rows.classes
    return Finding(
        "metric",
        f"{rare} is {min(share, 1 - share):.1%} of the rows: always answering {common} is right in all others",
        f"candidates are compared by {name}, which that does not satisfy; metric: accuracy compares the share of right answers",
    )


def make_fitter(
    need: Need,
    collected: Collected,
    work: Path,
    own: Mapping[str, Own] | None = None,
    names: Sequence[str] | None = None,
) -> TableFitter:
    """Write the open rows to `work` and find the candidates. The sealed rows are not touched.

    `own` are a user's estimators, `names` the candidates to race (None: those that the brief names, or the roster's).
    """
    rows = collected.rows
    _write_open_rows(rows, work)
    candidates: dict[str, Route] = {}
    missing: dict[str, str] = {}
    encoders: dict[str, tuple[str, ...]] = {}
    names = names or _named(need)
    for name in names or registry.roster():
        if not registry.suits(name, rows.layout, rows.task):
            if names:
                missing[name] = f"it does not race on {' and '.join(rows.layout.kinds)} columns ({rows.task})"
            continue
        try:
            registry.require(name)
            if registry.kind_of_model(name) == "pretrained":
                encoders[name] = encoding.names(need, rows, name)
            candidates[name] = registry.route_of(name)
        except (MissingExtra, InputError) as error:
            missing[name] = str(error)
    teacher, students = teaching.students(need, collected, work)
    own = {**(own or {}), **_finished_models(need, collected, work), **students}
    candidates.update({name: one.route for name, one in own.items()})
    return TableFitter(
        work,
        rows.task,
        rows.classes,
        rows.layout,
        metric_of(need, rows),
        need.margin,
        need.seed,
        candidates,
        missing,
        own,
        encoders,
        teacher,
    )


def quick_candidates(need: Need, collected: Collected) -> Sequence[str]:
    """The candidates of a quick look: those that the brief names, else those of the roster that are quick on such columns."""
    return _named(need) or registry.quick(collected.rows.layout, collected.rows.task)


def _named(need: Need) -> list[str]:
    """The candidates that the brief names and the baseline; none where it names none. Raises InputError."""
    given = need.settings.get("candidates")
    if given is None:
        return []
    where = f"product.yaml, {need.scenario}.candidates"
    if not isinstance(given, Sequence) or isinstance(given, str) or not given:
        raise InputError(
            where, f"expected a list of names, not {given!r}", "write [boosting, tabm], or leave the key out"
        )
    for name in given:
        if name not in registry.names():
            raise InputError(where, f"unknown candidate {name!r}", f"known: {', '.join(registry.names())}")
    return list(dict.fromkeys([registry.BASELINE, *given]))


def _write_open_rows(rows: Rows, work: Path) -> None:
    """Open rows and folds, numbered among the open rows."""
    index = np.full(len(rows.y), -1)
    index[rows.open_rows] = np.arange(len(rows.open_rows))
    folds = dict[str, Array]()
    for k, fold in enumerate(rows.folds):
        folds |= {f"{part}{k}": index[getattr(fold, part)] for part in FOLD_PARTS}
        folds[f"units{k}"] = fold.validation_units
    store.write_arrays(work / ROWS, X=rows.X[rows.open_rows], y=rows.y[rows.open_rows], **folds)


def _finished_models(need: Need, collected: Collected, work: Path) -> dict[str, Own]:
    """Models that the brief names, ready to race. Raises InputError."""
    given = need.settings.get("models") or {}
    if not isinstance(given, Mapping):
        raise InputError(
            f"product.yaml, {need.scenario}.models",
            f"expected names and files, not {given!r}",
            "write 'name: model.onnx'",
        )
    if not given:
        return {}
    from breakeven.models.user import onnx_model

    rows, models = collected.rows, dict[str, Own]()
    media = Disk(rows.layout.media) if rows.layout.media else None
    for name, line in given.items():
        if name == teaching.KEY:
            continue
        if not re.fullmatch(r"[A-Za-z][\w-]{0,39}", str(name), re.ASCII) or name in (*registry.names(), *STUDENTS):
            raise InputError(
                f"product.yaml, {need.scenario}.models",
                f"{name!r} cannot be a candidate's name",
                "use up to 40 letters, digits, - and _, and no name of the roster",
            )
        route, model = onnx_model.ready(
            line, (name, need.folder, work), collected.schema, rows.classes, (rows.X, media)
        )
        models[name] = Own(route, onnx_model.Finished(model=model))
    return models
