"""What a build ends with on the terminal: the three sentences, one table of the candidates, and what stands below them."""

from __future__ import annotations

import shlex
import shutil
import sys
from collections.abc import Sequence

import msgspec

from breakeven.core.verdict import TestLine, Verdict
from breakeven.report import plain, words
from breakeven.report.plain_facts import ahead_on_sealed, arm, chosen_arm
from breakeven.report.summary_words import WORDS, SummaryWords
from breakeven.report.words import Language

#: Columns of the widest table, of one for pipes, and of the narrowest that keeps its rows on one line.
WIDEST, PIPED, NARROWEST = 100, 100, 72


def show(v: Verdict, language: Language, verbose: bool = False, place: str | None = None) -> None:
    """Print the verdict: sentences, candidates, notes; where `verbose` the evidence for engineers too.

    `place`: what the user calls the product's folder, for the command that is shown (None: its name).
    """
    if place is not None and v.hosted.measure is not None:
        typed = shlex.split(v.hosted.measure)
        command = shlex.join([*typed[:2], place, *typed[3:]])
        v = msgspec.structs.replace(v, hosted=msgspec.structs.replace(v.hosted, measure=command))
    print()
    for sentence in plain.sentences(v, language):
        say(sentence)
    if warned := words.unreliable(v, language):
        say(warned)
    print()
    candidates(v, language)
    for note in plain.notes(v, language):
        print()
        say(note)
    if verbose:
        print()
        say(v.details.en if language == "en" else v.details.zh)


def sentences(v: Verdict, language: Language) -> str:
    """The verdict for people as one text."""
    return (" " if language == "en" else "").join(plain.sentences(v, language))


def candidates(v: Verdict, language: Language) -> None:
    """One table of all candidates: what it is, score, beside the baseline, a month's cost, and why it is not taken."""
    w = WORDS[language]
    header = (w.candidate, v.metric.name, w.beside, w.month, w.why)
    _table(header, [_line(v, t, language, w) for t in _ordered(v)])


def products(verdicts: Sequence[Verdict], language: Language) -> None:
    """One line a product: what the demo ends with."""
    w = WORDS[language]
    _table((w.product, w.use, w.score, w.beside, w.month), [_product(v, language, w) for v in verdicts])


def say(text: str) -> None:
    """Print a text, folded to the terminal's width."""
    from rich.console import Console

    Console(width=_width(), highlight=False, markup=False, emoji=False, soft_wrap=not sys.stdout.isatty()).print(text)


def _width() -> int:
    return min(shutil.get_terminal_size((PIPED, 24)).columns, WIDEST)


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table; on a narrow terminal each row as a few lines, the first cell alone."""
    from rich.console import Console
    from rich.padding import Padding
    from rich.table import Table

    console = Console(width=_width(), highlight=False, markup=False, emoji=False)
    if _width() < NARROWEST:
        console.print(" | ".join(header), style="bold")
        for row in rows:
            console.print(row[0])
            for line in ("  ".join(cell for cell in row[1:-1] if cell), row[-1]):
                if line:
                    console.print(Padding(line, (0, 0, 0, 2)))
        return
    out = Table(header_style="bold", box=None, pad_edge=False)
    for index, name in enumerate(header):
        out.add_column(name, overflow="fold", ratio=None, justify="left", no_wrap=0 < index < len(header) - 1)
    for row in rows:
        out.add_row(*row)
    console.print(out)


def _ordered(v: Verdict) -> list[TestLine]:
    """The chosen one first, then by their scores, those without one last; a hosted model that was not asked is a line too."""
    sign = 1 if v.metric.better == "higher" else -1

    def rank(t: TestLine) -> tuple[bool, bool, bool, float]:
        known = t.score if t.score is not None else t.validation.score if t.validation is not None else None
        return not _taken(v, t), known is None, t.score is None, -sign * (known or 0.0)

    return sorted(v.test, key=rank)


def _line(v: Verdict, t: TestLine, language: Language, w: SummaryWords) -> tuple[str, ...]:
    what = plain.kind(v, t.candidate, language).removeprefix("a ").removeprefix("an ")
    name = what if what == t.candidate or t.kind == "baseline" else f"{what} ({t.candidate})"
    return name, _score(v, t, w), _beside(v, t, language), _month(v, t, language), _why(v, t, language, w)


def _score(v: Verdict, t: TestLine, w: SummaryWords) -> str:
    score = _sealed(v, t)
    if score is not None:
        return f"{score:z.3f}"
    return f"{t.validation.score:z.3f} {w.validation}" if t.validation is not None else ""


def _sealed(v: Verdict, t: TestLine) -> float | None:
    """A candidate's sealed score: of the chosen one that of the product, which may be tuned, joined or fitted anew."""
    return v.product.value if v.product is not None and t.candidate == v.chosen.candidate else t.score


def _beside(v: Verdict, t: TestLine, language: Language) -> str:
    """The score minus the baseline's on the same units."""
    base = next((b for b in v.test if b.kind == "baseline"), None)
    if base is None or t.kind == "baseline":
        return ""
    own, other = _sealed(v, t), base.score
    if own is None and t.validation is not None and base.validation is not None:
        own, other = t.validation.score, base.validation.score
    return "" if own is None or other is None else words.amount(own - other, v.metric.name, language)


def _month(v: Verdict, t: TestLine, language: Language) -> str:
    found = arm(v, "hosted" if t.kind == "hosted" else t.route)
    if found is None or (t.kind != "hosted" and found.candidate != t.candidate):
        return ""
    return plain.PLAIN[language].usd(found.usd_per_month)


def _rents(v: Verdict) -> bool:
    """Whether what pays is a hosted model."""
    return v.money is not None and v.money.conclusion is not None and v.money.conclusion.arm == "hosted"


def _taken(v: Verdict, t: TestLine) -> bool:
    return t.kind == "hosted" if _rents(v) else t.candidate == v.chosen.candidate


def _why(v: Verdict, t: TestLine, language: Language, w: SummaryWords) -> str:
    """Why a candidate is not taken, from the fields of the verdict."""
    if _taken(v, t):
        return w.taken
    if t.candidate == v.chosen.candidate:
        own = chosen_arm(v)
        return w.dearer if own is not None and own.good_enough else w.worse
    if t.kind == "baseline":
        return w.baseline
    if t.kind == "hosted":
        good = next((a.good_enough for a in v.money.arms if a.arm == "hosted"), None) if v.money else None
        return w.not_measured if t.score is None else w.as_good if good else w.worse
    if t.score is not None or t.train_seconds is not None:
        if not t.within_limits:
            return w.over_limits if any(plain.limits_of(v.limits)) else w.not_offered
        if v.chosen.candidate is None:  # who was chosen and then refused says nothing of the others
            return w.behind if any(_refused(v, o) for o in v.test) else w.not_better
        return _near(v, t, language, w)
    return _left_behind(v, t, language, w)


def _refused(v: Verdict, t: TestLine) -> bool:
    """Whether a finalist is not offered though it keeps the limits: its sealed score did not hold."""
    return t.score is not None and t.kind != "hosted" and not t.within_limits and not any(plain.limits_of(v.limits))


def _near(v: Verdict, t: TestLine, language: Language, w: SummaryWords) -> str:
    """What a finalist is beside the chosen one: a tie in which one is likely to be better is not "about as good", and one with the
    better sealed score was behind where the choice was made.
    """
    if v.chosen.tie and v.chosen.likelier is None:
        return w.as_good
    return _left_behind(v, t, language, w) if ahead_on_sealed(v, t) else w.worse


def _left_behind(v: Verdict, t: TestLine, language: Language, w: SummaryWords) -> str:
    """Why a candidate without a sealed score is not taken: by the validation score of the chosen one, which its line does not show."""
    own, best = t.validation, next((c.validation for c in v.test if c.candidate == v.chosen.candidate), None)
    if own is None or best is None:
        return w.not_measured if own is None else w.behind
    sign = 1 if v.metric.better == "higher" else -1
    if sign * (best.score - own.score) > 0:
        return f"{w.behind} ({best.score:z.3f})"
    return w.fewer.format(units=f"{own.rows:,} {words.unit(v, language)}") if own.rows < best.rows else w.as_good


def _product(v: Verdict, language: Language, w: SummaryWords) -> tuple[str, ...]:
    chosen = next((t for t in v.test if t.candidate == v.chosen.candidate), None)
    paid = chosen_arm(v)
    if chosen is None:
        return v.name, w.none, "", "", ""
    score = _sealed(v, chosen)
    shown = "" if score is None else f"{v.metric.name} {score:z.3f}"
    what = plain.kind(v, chosen.candidate, language).removeprefix("a ").removeprefix("an ")
    month = "" if paid is None else plain.PLAIN[language].usd(paid.usd_per_month)
    return v.name, what, shown, _beside(v, chosen, language), month
