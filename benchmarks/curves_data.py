"""The public collections of learning curves that the forecaster is learned from and checked on."""

from __future__ import annotations

import csv
import gzip
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from breakeven.gate.curve_features import Seen, kind_of, roughness

#: Learners whose curves say nothing of any candidate of ours.
LEFT_OUT = ("SVM_Sigmoid", "SVC_sigmoid", "DummyClassifier", "BernoulliNB", "ComplementNB", "MultinomialNB", "ExtraTree",
            "sklearn.tree.ExtraTreeClassifier", "Perceptron", "sklearn.linear_model.Perceptron", "PassiveAggressive",
            "sklearn.linear_model.PassiveAggressiveClassifier", "QDA", "sklearn.discriminant_analysis.QuadraticDiscriminantAnalysis",
            "sklearn.naive_bayes.BernoulliNB", "sklearn.naive_bayes.MultinomialNB")  # fmt: skip
TRADITIONAL = ("SVM_Linear", "SVM_RBF", "LogisticRegression", "RidgeClassifier", "LDA", "KNN", "ens.ExtraTrees",
               "ens.RandomForest", "ens.GradientBoosting", "CatBoost")  # fmt: skip
SCRATCH, PRETRAINED = ("RealMLP", "MLP"), ("TabPFNv2",)
#: A kind that a learner's name does not tell.
OTHER_KINDS = {"LDA": "linear", "SVC_linear": "linear", "SVC_poly": "kernel", "SVC_rbf": "kernel"}


@dataclass(frozen=True)
class Collection:
    """Errors (sets, learners, mean and standard error, anchors, validation and test), NaN where not run."""

    error: np.ndarray
    anchors: np.ndarray
    learners: list[str]
    ids: np.ndarray
    octave: int  # anchors an octave
    repeats: int

    @property
    def used(self) -> list[int]:
        """Learners that are learned from."""
        return [j for j, name in enumerate(self.learners) if name not in LEFT_OUT]

    @property
    def ends(self) -> np.ndarray:
        """The last anchor of each curve (sets, learners), -1 without one."""
        there = np.isfinite(self.error[:, :, 0, :, 1])
        last = there.shape[2] - 1 - there[:, :, ::-1].argmax(axis=2)
        return np.where(there.any(axis=2), last, -1)

    def seen(self, d: int, j: int, last: int, noisy: bool, rng: np.random.Generator) -> Seen | None:
        """A curve's validation errors up to an anchor: the mean of all repeats at all anchors, or (`noisy`) what the
        gate would measure, the mean of three repeats at up to ten sizes a half or a whole octave apart.
        """
        step = int(rng.choice([self.octave // 2, self.octave])) if noisy else 1
        at = np.arange(last, -1, -step)[::-1]
        at = at[-10:] if noisy else at
        mean, error = self.error[d, j, 0, at, 0], np.nan_to_num(self.error[d, j, 1, at, 0])
        known = np.isfinite(mean)
        at, mean, error = at[known], mean[known], error[known]
        if len(at) < 3 or at[-1] != last or self.anchors[last] / self.anchors[at[0]] < 1.9:
            return None
        kind = OTHER_KINDS.get(self.learners[j]) or kind_of(self.learners[j])
        rows = self.anchors[at]
        if not noisy:
            return Seen(rows, mean, np.full(len(at), roughness(rows, mean) or float(error[-1])), kind)
        noise = error * np.sqrt(self.repeats / 3)
        return Seen(rows, np.clip(mean + noise * rng.normal(size=len(at)) * 0.94, 0, 1), noise, kind)


def lcdb11(folder: Path) -> Collection:
    """LCDB 1.1 (Yan, Mohr and Viering 2025)."""
    file = np.load(folder / "lcdb11" / "curves.npz")
    return Collection(file["error"].astype(float), file["anchors"].astype(float), [str(x) for x in file["learners"]],
                      file["openml_ids"].astype(int), 8, 25)  # fmt: skip


def lcdb(folder: Path) -> Collection:
    """LCDB (Mohr et al. 2022): validation and test accuracy over seeds, as errors at sizes a half octave apart."""
    sums: dict[tuple[int, str, int], list[np.ndarray]] = {}
    with gzip.open(folder / "lcdb" / "database-accuracy.csv.gz", "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            key = int(row["openmlid"]), row["learner"], int(row["size_train"])
            sums.setdefault(key, []).append(
                np.array([float(row["score_valid"] or "nan"), float(row["score_test"] or "nan")])
            )
    ids, learners = sorted({k[0] for k in sums}), sorted({k[1] for k in sums})
    anchors = 16 * 2 ** (np.arange(34) / 2)
    error = np.full((len(ids), len(learners), 2, len(anchors), 2), np.nan)
    for (one, learner, size), values in sums.items():
        k = round(2 * float(np.log2(size / 16)))
        if not 0 <= k < len(anchors) or abs(np.log2(size / anchors[k])) > 0.05:
            continue  # the full size, off the grid
        table = 1 - np.stack(values)
        place = ids.index(one), learners.index(learner)
        error[place][0, k] = np.nanmean(table, axis=0) if np.isfinite(table).any() else np.nan
        error[place][1, k] = np.nanstd(table, axis=0) / np.sqrt(len(table))
    return Collection(error, anchors, learners, np.array(ids), 2, 25)
