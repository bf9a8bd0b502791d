"""The hosted model that the brief names, scored on sealed rows after the choice: its score, milliseconds and price."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np

from breakeven import metrics
from breakeven.collect.prepare import Collected
from breakeven.core.personal_data import mask
from breakeven.core.types import Array, Hosted, Need
from breakeven.core.verdict import TestLine
from breakeven.features.media import Disk, Media
from breakeven.features.schema import Schema
from breakeven.models.hosted.client import USUAL, Capped, Client, Failed, Reply, parse, prompt, tokens, weight

#: Rows below which a score says nothing.
FEWEST = 30
#: Calls at a time.
AT_A_TIME = 4
#: Characters of a value that are sent.
CHARACTERS = 4_000
#: Rows from which the tokens of a prompt are estimated: so many, of wide tables fewer, with about so many cells.
LOOK, LEAST, LOOK_CELLS = 200, 10, 50_000
#: Tokens of an image: one tile of the budget tier's price lists, 2026-11.
IMAGE_TOKENS = 258.0


@dataclass(frozen=True)
class Rented:
    """The hosted model's line for the verdict, and the brief's entry with the tokens a request was measured to take.

    `rows`: which sealed rows it answered, `right`: whether as they truly are.
    """

    line: TestLine
    hosted: Hosted | None
    summary: dict[str, object]
    rows: Array = field(default_factory=lambda: np.zeros(0, int))
    right: Array = field(default_factory=lambda: np.zeros(0, bool))


def expected_tokens(need: Need, collected: Collected) -> float:
    """About how many tokens a prompt with the class names and the examples would be, on average over open rows.

    Of tables and images too, which a hosted model is not asked about: then it is what a prompt of the same words would be.
    """
    rows, schema = collected.rows, collected.schema
    media = Disk(rows.layout.media) if rows.layout.media is not None else None
    X, y = rows.X[rows.open_rows], rows.y[rows.open_rows]
    most = int(np.clip(LOOK_CELLS // len(schema.fields), LEAST, LOOK))
    pick = np.random.default_rng([need.seed, 13]).permutation(len(y))[:most]
    shots = _examples(schema, rows.classes, (X, y), media, need.hosted.examples if need.hosted else Hosted("").examples)
    shared = tokens(prompt(rows.classes, shots, ""), USUAL)
    words = shared + np.mean([weight(_row(schema, x, media), USUAL) for x in X[pick]])
    return float(words) + IMAGE_TOKENS * (1 + len(shots)) * sum(f.role == "image" for f in schema.fields)


def measure(
    need: Need,
    schema: Schema,
    classes: Sequence[str],
    metric: str,
    open_part: tuple[Array, Array],
    sealed_part: tuple[Array, Array],
    media: Media | None,
    seconds_left: Callable[[], float],
) -> Rented | None:
    """Ask about as many sealed rows as the brief's `rows` and `max_usd` allow. None when the brief names no address."""
    hosted = need.hosted
    if hosted is None or hosted.address is None:
        return None
    key = os.environ.get(hosted.key_env, "").strip() if hosted.key_env else None
    why = None
    if not classes or not any(f.role == "text" for f in schema.fields):
        why = "a hosted model is asked about text classification alone"
    elif hosted.key_env and not key:
        why = f"the environment variable {hosted.key_env} is not set"
    if why or media is None:
        return _not(hosted, why or "there is no text")
    client = Client(hosted, key, need.folder / "build" / "hosted")
    # In file order the first rows may all be of one class.
    pick = np.random.default_rng([need.seed, 13]).permutation(len(sealed_part[1]))[: hosted.rows]
    X, y = sealed_part[0][pick], sealed_part[1][pick]
    shots = _examples(schema, classes, open_part, media, hosted.examples)
    asked = [prompt(classes, shots, _row(schema, x, media)) for x in X]
    expected = np.cumsum([client.price(tokens(m), 8) for m in asked])
    affordable = int((expected <= hosted.max_usd).sum())
    if affordable < min(FEWEST, len(asked)):
        return _not(
            hosted, f"{len(asked):,} rows would cost about ${expected[-1]:.2f}, and the cap is ${hosted.max_usd:g}"
        )
    replies, ended = _all(client, asked[:affordable], seconds_left)
    if len(replies) < min(FEWEST, len(asked)):
        return _not(hosted, f"{len(replies)} of {len(asked):,} rows were answered: {ended}")
    answered = np.array(list(replies))
    found = _line(client, classes, metric, y[answered], list(replies.values()), ended)
    return replace(found, rows=pick[answered])


def _all(
    client: Client, asked: Sequence[Sequence[dict[str, str]]], seconds_left: Callable[[], float]
) -> tuple[dict[int, Reply], str]:
    """Replies by row, and why there are no more."""
    replies: dict[int, Reply] = {}
    ended: list[str] = []

    def one(i: int) -> None:
        if ended:
            return
        if seconds_left() <= 0:
            ended.append("the brief's minutes were used up")
            return
        try:
            replies[i] = client.ask(asked[i])
        except Capped as error:
            ended.append(str(error))
        except Failed as error:
            if client.failures:
                ended.append(str(error))

    with ThreadPoolExecutor(AT_A_TIME) as pool:
        list(pool.map(one, range(len(asked))))
    return dict(sorted(replies.items())), ended[0] if ended else ""


def _line(
    client: Client, classes: Sequence[str], metric: str, y: Array, replies: Sequence[Reply], ended: str
) -> Rented:
    named = [parse(r.text, classes) for r in replies]
    place = {c: i for i, c in enumerate(classes)}
    answers = np.zeros((len(y), len(classes)), dtype=float)
    for i, name in enumerate(named):  # an answer that is none of the classes counts as wrong
        answers[i, place[name] if name is not None else (int(y[i]) + 1) % len(classes)] = 1.0
    score = metrics.interval(metric, y, answers)
    used_in, used_out = (float(np.mean([getattr(r, k) for r in replies])) for k in ("tokens_in", "tokens_out"))
    usd = client.price(used_in, used_out) * 1000
    odd = sum(name is None for name in named)
    summary = {
        "rows": len(y),
        "not_a_class": odd,
        "spent_usd": client.spent,
        "tokens_in": used_in,
        "tokens_out": used_out,
        "ended": ended,
    }
    why = f"rented, not built: asked about {len(y):,} sealed rows, {odd} answers were none of the classes, ${client.spent:.4f} spent"
    ms = float(np.median([r.ms for r in replies]))
    line = TestLine(
        candidate=client.hosted.model,
        route="large",
        kind="hosted",
        score=score.value,
        low=score.low,
        high=score.high,
        train_seconds=0.0,
        predict_ms=ms,
        size_mb=0.0,
        usd_per_1000=usd,
        why_not=why + (f"; ended early: {ended}" if ended else ""),
    )
    hosted = replace(client.hosted, tokens_in=used_in, tokens_out=used_out)
    return Rented(line, hosted, summary, right=answers.argmax(axis=1) == y)


def _not(hosted: Hosted, why: str) -> Rented:
    line = TestLine(candidate=hosted.model, route="large", kind="hosted", why_not=f"not measured: {why}")
    return Rented(line, None, {"not_measured": why})


def _examples(
    schema: Schema, classes: Sequence[str], part: tuple[Array, Array], media: Media | None, count: int
) -> list[tuple[str, str]]:
    """Open rows of different classes, as many as there are classes for; of values, none."""
    X, y = part
    if not classes:
        return []
    _, first = np.unique(y, return_index=True)
    some = np.sort(first)[:count]
    return [(_row(schema, X[i], media), classes[int(y[i])]) for i in some]


def _row(schema: Schema, x: Array, media: Media | None) -> str:
    """A row in words, personal data masked; a single text as it is."""
    lines, at = [], 0
    for f in schema.fields:
        value = media.texts(f.name, x[at : at + 1])[0] if f.role == "text" and media is not None else f.plain(x[at])
        at += len(f.parts)
        if f.role != "image" and value not in (None, ""):
            lines.append((f.name, mask(str(value))[:CHARACTERS]))
    if len(schema.fields) == 1:
        return lines[0][1] if lines else ""
    return "\n".join(f"{name}: {value}" for name, value in lines)
