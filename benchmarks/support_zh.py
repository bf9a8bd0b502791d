"""Chinese customer questions (DataCLUE's CIC: 118 topics, 10,000 questions whose labels are partly wrong), on the public test questions.

    python benchmarks/support_zh.py ../shared/data

Candidates learn from `train` as they are, with their defaults. scikit-learn's peers are character n-grams with logistic regression, with
its default strength and with the best of three on `dev`; its n-grams with a linear SVM stand beside them. Differences are paired, over
questions, with 90 % intervals. The test labels, too, are wrong in up to 5 of 100 cases, as the data's own text says.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from machine import save
from support_questions import Questions, Table, cic, share

from breakeven import metrics
from breakeven.core.types import Array
from breakeven.metrics import UnitLosses

STRENGTHS = (0.3, 1.0, 3.0)
NGRAMS = (1, 3)
CANDIDATES: dict[str, dict[str, object]] = {"linear_svm": {}, "naive_bayes": {}, "matched": {}, "grams_net": {}}
#: Candidates whose probabilities are averaged, as a cascade joins its stages.
TOGETHER = (("linear_svm", "matched"), ("grams_net", "matched"))


def peers(parts: dict[str, Questions]) -> dict[str, Array]:
    """Topics that scikit-learn's pipelines tell of the test questions."""
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression
    from sklearn.svm import LinearSVC

    train, dev, test = (parts[part] for part in ("train", "dev", "test_public"))
    words = TfidfVectorizer(analyzer="char", ngram_range=NGRAMS)
    X = words.fit_transform(train.texts)
    D, T = words.transform(dev.texts), words.transform(test.texts)
    fitted = {c: LogisticRegression(C=c, max_iter=200, tol=1e-3).fit(X, train.topics) for c in STRENGTHS}
    best = max(fitted, key=lambda c: fitted[c].score(D, dev.topics))
    return {
        "scikit-learn characters, logistic regression": fitted[1.0].predict(T),
        f"scikit-learn characters, logistic regression (C={best} by dev)": fitted[best].predict(T),
        "scikit-learn characters, linear SVM": LinearSVC(C=0.1).fit(X, train.topics).predict(T),
    }


def main(data: Path) -> None:
    """Fit, measure, keep."""
    parts = cic(data)
    truth = parts["test_public"].topics
    told = peers(parts)
    peer = max((name for name in told if "logistic" in name), key=lambda name: (told[name] == truth).mean())
    seconds, scores = dict[str, float](), dict[str, Array]()
    with tempfile.TemporaryDirectory() as folder:
        table = Table.of(parts, Path(folder))
        for name, settings in CANDIDATES.items():
            start = time.perf_counter()
            scores[name] = table.fit(name, parts["train"].topics, **settings).scores(table.rows["test_public"])
            seconds[name] = round(time.perf_counter() - start, 1)
            print(name, float((scores[name].argmax(axis=1) == truth).mean()), flush=True)
    for names in TOGETHER:
        scores[" + ".join(names)] = np.mean([scores[name] for name in names], axis=0)
    told |= {name: s.argmax(axis=1) for name, s in scores.items()}
    result: dict[str, Any] = {"peer": peer, "seconds": seconds}
    result["accuracy"] = {name: share(topics == truth) for name, topics in told.items()}
    result["ahead_of_peer"] = {name: ahead(told[name] == truth, told[peer] == truth) for name in scores}
    save("support_zh", result)


def ahead(right: Array, peer: Array) -> dict[str, float]:
    """Difference of two accuracies on the same questions."""
    found = metrics.paired(UnitLosses.mean(right.astype(float)), UnitLosses.mean(peer.astype(float))).interval
    return {"points": round(100 * found.value, 2), "low": round(100 * found.low, 2), "high": round(100 * found.high, 2)}


if __name__ == "__main__":
    main(Path(sys.argv[1]))
