"""Tuning on the race's own folds; settings are taken where they are expected to be better than the defaults, or proven to be
(`prefer: cheap`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from breakeven import metrics
from breakeven.core.types import Array
from breakeven.gate import expected_gain
from breakeven.gate.finalist import Tuned
from breakeven.gate.raced import Raced, difference, mean_gain, predictions, score
from breakeven.gate.results import Job, Predictions
from breakeven.models.settings import Settings
from breakeven.models.training import tune


@dataclass(frozen=True)
class _Search:
    """One candidate's search: training units, folds, and whether trials see a third of the units first."""

    raced: Raced
    candidate: str
    rows: int
    repeats: Sequence[int]
    halving: bool

    def results(self, settings: Sequence[Settings], everything: bool) -> list[Predictions | None]:
        """Validation predictions by each of the settings, on all units and folds or a first look; None: it failed."""
        rows = self.rows if everything else self.rows // tune.HALVING
        repeats = self.repeats if everything else self.repeats[:1]
        fits = [(Job(self.candidate, rows, r), one) for one in settings for r in repeats]
        measured = iter(self.raced.runner.run_settings(fits))
        found = [{r: next(measured).prediction for r in repeats} for _ in settings]
        return [_complete(own) for own in found]

    def evaluate(self, settings: Sequence[Settings], everything: bool) -> list[float | None]:
        """Scores of settings, higher is better; None where a fit failed."""
        sign = self.raced.race.scale.sign
        return [None if p is None else sign * score(self.raced.race, p) for p in self.results(settings, everything)]

    def gain(self, first: Settings, second: Settings) -> tuple[float, float] | None:
        """Paired: what the first settings gain over the second on all units and folds, and its standard error."""
        one, other = self.results([first, second], True)
        return None if one is None or other is None else difference(self.raced.race, one, other)

    def seconds(self, settings: Settings) -> float:
        """How long a fit with these settings took, from the ledger."""
        return self.raced.runner.run_settings([(Job(self.candidate, self.rows, self.repeats[0]), settings)])[0].seconds


def tuned(raced: Raced, candidate: str, kept: float = 0.0) -> Tuned:
    """Search a candidate's space within the minutes but the seconds `kept`, and compare the best settings with the defaults."""
    board, policy, clock = raced.board, raced.problem.policy.tuning, raced.context.clock
    space, rows = raced.problem.fitter.space(candidate), board.raced_size(candidate)
    if space is None or rows is None:
        return Tuned("it has no settings to tune")
    if raced.context.brief.effort == 0:
        return Tuned("a quick look tunes nothing")
    if board.share(candidate, rows) < 1 or board.beyond:
        return Tuned("not tuned: the brief's minutes did not carry one fit with all its steps on all of them")
    seconds, workers = board.seconds_of(candidate, rows), raced.runner.workers.count
    repeats = board.repeats(candidate, rows)[: policy.repeats]
    halving = rows // tune.HALVING >= policy.first_look_rows and seconds >= policy.first_look_seconds
    search = _Search(raced, candidate, rows, repeats, halving)
    # Seconds kept from this search: other searches' share, what comes after it, and one more fit on all units.
    reserve = clock.tuning() * (1 - policy.time_share) + kept + seconds * raced.race.rows / rows
    fits = (1 + len(repeats)) / tune.HALVING if halving else len(repeats)
    raced.note(f"tuning {candidate}")
    found = tune.search(
        space,
        search.evaluate,
        raced.context.work / "tune" / f"{candidate}-{rows}.journal",
        policy.trials * raced.context.brief.effort,
        raced.context.brief.seed,
        lambda: clock.tuning() - reserve,
        seconds * tune.BATCH * fits / workers,
        halving,
    )
    if found is None:
        return Tuned("no time was left for tuning")
    each = seconds * len(repeats) / workers
    settings, changes = _without_useless_changes(search, found.settings, lambda: clock.tuning() - reserve > each)
    summary = {
        "trials": found.trials,
        "on_all_rows": found.completed,
        "mattered": found.importances or {},  # none: too few trials to say
        "changes": changes,
        "halved": halving,
    }
    return _affordable(search, _compared(search, settings, found.tried, summary), seconds)


def _without_useless_changes(
    search: _Search, settings: Settings, time_left: Callable[[], bool]
) -> tuple[Settings, list[Mapping[str, object]]]:
    """Compare each change of training units among the settings with the same settings without it, while time is left.

    Returns the settings without the changes that do not raise the validation score, and a line for each change; one
    that changes nothing here has no line.
    """
    lines: list[Mapping[str, object]] = []
    for name, unchanged in search.raced.problem.fitter.changes(search.candidate).items():
        chosen = settings.get(name, unchanged)
        if chosen == unchanged or not time_left():
            continue
        without = {**settings, name: unchanged}
        gain = search.gain(settings, without)
        if gain is None:
            continue
        value, half = gain[0], metrics.Z90 * gain[1]
        if gain != (0.0, 0.0):
            line = {"change": name, "setting": chosen, "value": value, "low": value - half, "high": value + half}
            lines.append({**line, "kept": value > 0})
        if value <= 0:
            settings = without
    return settings, lines


def _compared(search: _Search, settings: Settings, tried: Sequence[Settings], summary: Mapping[str, object]) -> Tuned:
    """The settings where they gain what the brief's `prefer` asks for, else the defaults; `tried` are those of all trials."""
    raced, trials = search.raced, summary["trials"]
    results = search.results([settings, *(one for one in tried if one != settings)], True)
    found = results[0]
    if found is None:
        return Tuned("the defaults stay", search={**summary, "taken": False})
    known = predictions(raced.board, search.candidate, search.rows)
    defaults = {r: known[r] for r in search.repeats}
    value, error = difference(raced.race, found, defaults)
    options = [mean_gain(raced.race, one, defaults) for one in results if one is not None]
    expected = expected_gain.of_best(options, raced.context.brief.seed)
    half = metrics.Z90 * error
    gain = f"{value:+.3g} {raced.race.metric} (90 % interval {value - half:+.3g} to {value + half:+.3g})"
    shown = f"{gain}; {expected_gain.words(expected)}"
    proven = raced.context.brief.prefer == "cheap"
    taken = value > half if proven else value > 0 and expected > 0
    summary = {**summary, "taken": taken, "expected": expected}
    if taken:
        note = f"{shown} over the defaults on validation {raced.race.unit}, best of {trials} trials"
        return Tuned(note, settings, found, summary)
    return Tuned(f"the defaults stay: the best of {trials} trials changed validation by {shown}", search=summary)


def _affordable(search: _Search, found: Tuned, usual: float) -> Tuned:
    """The defaults where tuned settings are slower than those (`usual` seconds) and leave no time for the last fits."""
    raced, refits = search.raced, search.raced.problem.policy.tuning.refits
    if found.validation is None or not refits:
        return found
    seconds = search.seconds(found.settings)
    last = seconds * len(raced.race.folds[0].train) / search.rows
    if seconds <= usual or refits * last <= raced.context.clock.fits():
        return found
    return found.refused(f"a fit takes about {last:,.0f} s, and the minutes leave no room for {refits} of them")


def _complete(found: Mapping[int, Array | None]) -> Predictions | None:
    complete = {r: p for r, p in found.items() if p is not None}
    return complete if len(complete) == len(found) else None
