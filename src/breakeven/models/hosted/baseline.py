"""The hosted model that the brief names, scored on sealed rows after the choice: its score, milliseconds and price."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from breakeven import metrics
from breakeven.collect.prepare import Collected
from breakeven.core.types import Array, Hosted, Interval, Need
from breakeven.core.verdict import TestLine
from breakeven.features.media import Disk
from breakeven.models.hosted.client import Capped, Client, Failed, Reply, key_of
from breakeven.models.hosted.question import USUAL, Message, Question, tokens

#: Rows below which a score says nothing.
FEWEST = 30
#: Calls at a time.
AT_A_TIME = 4
#: Tokens expected of an answer: a small JSON object.
ANSWER_TOKENS = 10
#: Seconds that asking may take although the brief's minutes are over: a slow build leaves none, and the brief wants it asked.
OWN_SECONDS = 60.0
#: Rows from which the tokens of a prompt are estimated: so many, of wide tables fewer, with about so many cells.
LOOK, LEAST, LOOK_CELLS = 200, 10, 50_000


@dataclass(frozen=True)
class Part:
    """Rows of a table: X (n, p), y (n,), and their units (None: each its own)."""

    X: Array
    y: Array
    units: Array | None = None


@dataclass(frozen=True)
class Rented:
    """The hosted model's line for the verdict, and the brief's entry with the tokens a request was measured to take.

    `rows`: which sealed rows it answered; `answers`: what it answered, shares (n, classes) or values (n,).
    """

    line: TestLine
    hosted: Hosted | None
    summary: dict[str, object]
    rows: Array = field(default_factory=lambda: np.zeros(0, int))
    answers: Array = field(default_factory=lambda: np.zeros(0))

    def right(self, y: Array) -> Array:
        """Whether the rows' classes were told as they are; `y` (n,) is the truth of all sealed rows."""
        return np.asarray(self.answers.argmax(axis=1) == y[self.rows])


def question_of(need: Need, collected: Collected) -> Question:
    """What is asked about a table's rows."""
    rows = collected.rows
    media = Disk(rows.layout.media) if rows.layout.media is not None else None
    numbers = {"number": collected.number.again} if collected.number is not None else {}
    return Question(need.target or "", collected.schema, rows.classes, media, **numbers)


def expected_tokens(need: Need, collected: Collected) -> float:
    """About how many tokens a prompt with the instruction and the examples would be, on average over open rows."""
    rows, question = collected.rows, question_of(need, collected)
    X, y = rows.X[rows.open_rows], rows.y[rows.open_rows]
    most = int(np.clip(LOOK_CELLS // len(collected.schema.fields), LEAST, LOOK))
    pick = np.random.default_rng([need.seed, 13]).permutation(len(y))[:most]
    shared = question.shared(X, y, (need.hosted or Hosted("")).examples)
    return tokens(shared, USUAL) + float(np.mean([tokens([question.about(x)], USUAL) for x in X[pick]]))


def measure(
    need: Need,
    question: Question,
    metric: str,
    known: Part,
    sealed: Part,
    seconds_left: Callable[[], float],
) -> Rented | None:
    """Ask about as many sealed rows as the brief's `rows` and `max_usd` allow. None when the brief names no address.

    `known` are open rows, of which some are shown as examples.
    """
    hosted = need.hosted
    if hosted is None or hosted.address is None:
        return None
    try:
        key = key_of(hosted)
    except Failed as error:
        return _not(hosted, str(error))
    until = time.monotonic() + OWN_SECONDS
    client = Client(
        hosted,
        key,
        need.folder / "build" / "hosted",
        seconds_left=lambda: max(seconds_left(), until - time.monotonic()),
    )
    # In file order the first rows may all be of one class.
    pick = np.random.default_rng([need.seed, 13]).permutation(len(sealed.y))[: hosted.rows]
    shared = question.shared(known.X, known.y, hosted.examples)
    asked = [[*shared, question.about(x)] for x in sealed.X[pick]]
    expected = np.cumsum([client.price(tokens(m), ANSWER_TOKENS) for m in asked])
    affordable = int((expected <= hosted.max_usd).sum())
    if affordable < min(FEWEST, len(asked)):
        cap = f"the cap is ${hosted.max_usd:g}"
        return _not(hosted, f"{len(asked):,} rows would cost about ${expected[-1]:.2f}, and {cap}", client)
    longest = hosted.answer_tokens or question.longest_answer
    replies, ended = ask_all(client, asked[:affordable], [question.answer_format()] * affordable, longest)
    if len(replies) < min(FEWEST, len(asked)):
        return _not(hosted, f"{len(replies)} of {len(asked):,} rows were answered: {ended}", client)
    rows = pick[np.array(list(replies))]
    some = Part(sealed.X, sealed.y[rows], None if sealed.units is None else sealed.units[rows])
    lost = affordable - len(replies) if not ended else 0
    found = _scored(question, metric, some, list(replies.values()), float(known.y.mean()))
    return _rented(client, found, list(replies.values()), rows, (ended, lost))


def ask_all(
    client: Client, asked: Sequence[list[Message]], forms: Sequence[Mapping[str, Any]], longest: int
) -> tuple[dict[int, Reply], str]:
    """Replies by row, each in its form of an answer and of at most `longest` tokens, and why there are no more."""
    replies: dict[int, Reply] = {}
    ended: list[str] = []

    def one(i: int) -> None:
        if ended:
            return
        if client.seconds_left() <= 0:
            ended.append(f"the brief's minutes and {OWN_SECONDS:.0f} seconds more were used up")
            return
        try:
            replies[i] = client.ask(asked[i], forms[i], longest)
        except Capped as error:
            ended.append(str(error))
        except Failed as error:
            if client.failures:
                ended.append(str(error))

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(one, range(len(asked))))
    return dict(sorted(replies.items())), ended[0] if ended else ""


@dataclass(frozen=True)
class _Scored:
    score: Interval
    answers: Array
    unreadable: int


def _scored(question: Question, metric: str, rows: Part, replies: Sequence[Reply], mean: float) -> _Scored:
    """An answer that is none of the classes counts as wrong, one that is no number as the mean of the open rows."""
    parsed = [None if r.refused else question.parse(r.text) for r in replies]
    count, y = len(question.classes), rows.y
    if count:
        answers = np.zeros((len(y), count), dtype=float)
        for i, answer in enumerate(parsed):
            answers[i, int(answer) if answer is not None else (int(y[i]) + 1) % count] = 1.0
    else:
        answers = np.array([mean if value is None else value for value in parsed])
    return _Scored(metrics.interval(metric, y, answers, rows.units), answers, sum(t is None for t in parsed))


def _rented(client: Client, found: _Scored, replies: Sequence[Reply], rows: Array, end: tuple[str, int]) -> Rented:
    ended, lost = end
    read = [r for r in replies if r.ms > 0]
    each = np.array([(r.tokens_in, r.tokens_out, r.tokens_cached) for r in read] or [(0, 0, 0)])
    t_in, t_out, t_cached = each.mean(axis=0).tolist()
    refused, cut = sum(r.refused for r in replies), sum(r.cut for r in replies)
    structured = "response_format" not in client.refused
    counts = {"rows": len(rows), "unreadable": found.unreadable, "refused": refused, "cut": cut, "unanswered": lost}
    hosted = replace(client.hosted, tokens_in=t_in, tokens_out=t_out, tokens_cached=t_cached)
    used = {"tokens_in": t_in, "tokens_out": t_out, "tokens_cached": t_cached}
    summary = {**counts, "spent_usd": client.spent, **used, "structured": structured, "ended": ended}
    what = "none of the classes" if found.answers.ndim == 2 else "no number"
    said = [
        f"rented, not built: asked about {len(rows):,} sealed rows",
        f"{found.unreadable} answers were {what}"
        + (f" ({refused} refused, {cut} cut short)" if refused or cut else ""),
        *([f"{lost} rows were not answered"] if lost else []),
        f"${client.spent:.4f} spent",
    ]
    line = TestLine(
        candidate=client.hosted.model,
        route="large",
        kind="hosted",
        score=found.score.value,
        low=found.score.low,
        high=found.score.high,
        train_seconds=0.0,
        predict_ms=float(np.median([r.ms for r in read])) if read else None,
        size_mb=0.0,
        usd_per_1000=client.price(t_in, t_out, t_cached) * 1000,
        why_not=", ".join(said) + (f"; ended early: {ended}" if ended else ""),
    )
    return Rented(line, hosted, summary, rows, found.answers)


def _not(hosted: Hosted, why: str, client: Client | None = None) -> Rented:
    line = TestLine(candidate=hosted.model, route="large", kind="hosted", why_not=f"not measured: {why}")
    return Rented(line, None, {"not_measured": why, "spent_usd": client.spent if client else 0.0})
