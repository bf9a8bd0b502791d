"""The flow on one page: brief -> collect -> gate -> train -> export -> trust -> report.

What a stage does is the scenario's business; this file calls them in order. A run is one folder, `DIR/build/<id>`; the
id is made from brief, data and version, so the same question finds the same folder, and an interrupted run resumes in it.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from breakeven import quick as quick_look
from breakeven.core import brief as need
from breakeven.core import store
from breakeven.core import verdict as document
from breakeven.core.from_here import from_here
from breakeven.core.private import keep_private
from breakeven.core.progress import Progress, Silent
from breakeven.core.types import Finding, Need, Row, Table
from breakeven.core.verdict import UnitNoun, Verdict
from breakeven.core.version import VERSION
from breakeven.gate.run_context import Clock, RunContext
from breakeven.models import registry
from breakeven.models.user.own import Own
from breakeven.report import bounded, page, plain, words
from breakeven.scale import device
from breakeven.scenarios import registry as scenarios
from breakeven.scenarios.base import Collected
from breakeven.trust import card


@dataclass(frozen=True)
class Run:
    """What a run leaves behind: its folder, verdict.json as plain values, and the product's folder if there is one."""

    folder: Path
    verdict: Mapping[str, object]
    product: Path | None

    @property
    def document(self) -> Verdict:
        """The verdict with its types."""
        return document.from_plain(self.verdict, str(self.folder / "verdict.json"))


def build(
    brief: Need,
    progress: Progress | None = None,
    *,
    weigh: bool = False,
    extra: Sequence[Row] = (),
    own: Mapping[str, Own] | None = None,
    table: Table | None = None,
    names: Sequence[str] | None = None,
    publish: bool = True,
) -> Run:
    """From a brief to a product, or with `weigh` to the verdict alone.

    Parameters
    ----------
    extra: outcomes that came back; they join the open units.
    own: the user's own estimators by candidate name.
    table: data instead of what the brief names.
    names: candidates that race; None: all that suit.
    publish: point `latest` at the build once it is finished.

    Raises InputError for a mistake in brief or data, ExportError where no product can be made.
    """
    progress = progress or Silent()
    started = time.monotonic()
    progress.stage("collect")
    scenario, looked = scenarios.get(brief.scenario), None
    if brief.quick:
        brief, table, looked = quick_look.look(scenario, brief, table)
        publish = publish and quick_look.may_replace(brief.folder)
    collected = scenario.collect(brief, table, extra)
    names = scenario.quick_candidates(brief, collected) if brief.quick else names
    folder = brief.folder / "build" / run_id(brief, collected.fingerprint, own, names)
    done = _finished(folder, weigh)
    if done:
        progress.note(f"nothing has changed since {folder} was finished")
        if publish and not weigh and done.product is not None:
            store.point_latest(folder)
        return done
    _warn(progress, collected.findings)
    computed_on = device.resolve(brief.device, f"{brief.folder / need.BRIEF}, device")
    keep_private(folder.parent)
    store.sweep(folder)
    log = store.Log(folder / "log.jsonl")
    log.write("run", breakeven=VERSION, need=need.dump(brief), weigh=weigh)
    context = RunContext(brief, folder, log, Clock(started, brief.limits.minutes), progress)
    log.write("device", device=device.title(computed_on))
    with device.on(computed_on):
        verdict, made = scenario.select(context, collected, weigh, own, names)
    verdict = msgspec.structs.replace(verdict, quick=looked, device=computed_on)
    return _write(context, verdict, collected, made, publish)


def _warn(progress: Progress, findings: Sequence[Finding]) -> None:
    """Questions and warnings about the data, before minutes are spent on it."""
    for finding in bounded.findings([finding for finding in findings if finding.level != "info"]):
        column = f"column {finding.column!r}: " if finding.column else ""
        progress.note(f"{finding.level}: {column}{finding.what}; {finding.done}")


def _write(context: RunContext, verdict: Verdict, collected: Collected, made: bool, publish: bool) -> Run:
    """Write verdict.json, report and card; `latest` is moved last, and never from a product to a bare verdict."""
    context.progress.stage("report")
    brief, folder = context.brief, context.folder
    scenario = scenarios.get(brief.scenario)
    verdict = document.with_texts(verdict, UnitNoun(**asdict(scenario.unit)), plain.texts, words.sentences)
    store.write_json(folder / "verdict.json", document.dump(verdict))
    serving = page.Serving(from_here(brief.folder), scenario.input_example, Path(brief.data).name, datetime.now())
    sections = scenario.report_sections(verdict)
    store.write_text(folder / "report.html", page.render(verdict, collected.columns, serving, sections))
    if made:
        store.write_text(folder / "card.md", card.render(verdict, scenario.card(verdict, collected.columns)))
    store.write_json(folder / "done.json", {"product": made})
    latest = store.latest_in(brief.folder / "build")
    if publish and (made or latest is None or not (latest / "product").exists()):
        store.point_latest(folder)
    return Run(folder, store.read_json(folder / "verdict.json"), folder / "product" if made else None)


def check(brief: Need, table: Table | None = None) -> Collected:
    """Collect alone: columns with their roles, and findings; in a quick look of its rows."""
    scenario = scenarios.get(brief.scenario)
    if brief.quick:
        brief, table, _ = quick_look.look(scenario, brief, table)
    collected: Collected = scenario.collect(brief, table)
    return collected


def learn(brief: Need, progress: Progress | None = None) -> tuple[Run, bool, Mapping[str, float | None]]:
    """Rebuild with the outcomes that came back; the old product stays unless the new one is better on the sealed units.

    Returns the challenger's run, whether it was promoted, and the difference. Raises InputError without outcomes.
    """
    champion, scenario = store.latest(brief.folder), scenarios.get(brief.scenario)
    quick_look.refuse(champion)
    extra = scenario.outcomes(brief)
    (progress or Silent()).note(f"outcomes or events that came in: {len(extra):,}")
    run = build(brief, progress, extra=extra, publish=False)
    if run.product is None or run.folder == champion:
        return run, False, {"value": 0.0, "low": 0.0, "high": 0.0}
    better, interval = scenario.compare(brief, run.folder, champion, run.document.metric.name)
    store.point_latest(run.folder if better else champion)
    return run, better, asdict(interval)


def run_id(
    brief: Need,
    fingerprint: str,
    own: Mapping[str, Own] | None = None,
    names: Sequence[str] | None = None,
) -> str:
    """A short name made from brief, data and version."""
    # A candidate whose package was missing may be installed now: then it is another run.
    installed = [name for name in registry.names() if registry.installed(name)]
    key = bool(brief.hosted and brief.hosted.key_env and os.environ.get(brief.hosted.key_env))
    plain = {**need.dump(brief), "folder": "", "there": [installed, key]}
    files = [store.sha256(path) for path in scenarios.get(brief.scenario).files(brief)]
    digested = json.dumps(
        [
            document.FORMAT,
            plain,
            files,
            fingerprint,
            VERSION,
            sorted((own or {}).items(), key=str),
            list(names or []),
        ],
        default=repr,
        sort_keys=True,
    )
    return hashlib.sha256(digested.encode()).hexdigest()[:12]


def _finished(folder: Path, weigh: bool) -> Run | None:
    """A run that reached its end. A verdict alone does not finish a build, nor does a product without its verdict, and a hosted
    model that could not be asked is asked again.
    """
    done = folder / "done.json"
    if not done.is_file():
        return None
    verdict, product = store.read_json(folder / "verdict.json"), folder / "product"
    if verdict["hosted"].get("not_measured"):
        return None
    if verdict.get("product") and (product / store.MANIFEST).is_file():
        return Run(folder, verdict, product)
    return Run(folder, verdict, None) if weigh or verdict["chosen"]["route"] == "none" else None
