"""Maps recover what was done to honest probabilities; a map is chosen where it helps on rows that it has not seen."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
import pytest

from breakeven import metrics
from breakeven.features.calibration import Calibration
from breakeven.features.decoding import Decoder
from breakeven.models.training import calibrate, calibration_maps
from breakeven.models.training.calibrate import choose

Harm = Callable[[np.ndarray], np.ndarray]
KINDS = ("temperature", *calibration_maps.MAPS)


def shares(p: np.ndarray) -> np.ndarray:
    return p / p.sum(axis=1, keepdims=True)


def drawn(rows: int, classes: int, harm: Harm, seed: int = 0) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Probabilities after some harm, the class each row turned out to be of, and the probabilities it was drawn with."""
    rng = np.random.default_rng([seed, rows, classes])
    true = shares(np.exp(1.5 * rng.normal(size=(rows, classes))))
    y = (rng.random((rows, 1)) > true.cumsum(axis=1)).sum(axis=1).clip(max=classes - 1)
    return shares(harm(true)), y, true


HARMS: dict[str, Harm] = {
    "none": lambda p: p,
    "temperature": lambda p: p**2.5,
    "beta": lambda p: p * np.linspace(1, 5, p.shape[1]),
    "vector": lambda p: p ** np.linspace(1, 2, p.shape[1]),
    "isotonic": lambda p: 0.3 + 0.05 * (p > 0.1) + 0.3 * (p > 0.5) + 0.05 * (p > 0.9),
}


def decoded(fitted: Calibration | None, p: np.ndarray) -> np.ndarray:
    return Decoder("classification", tuple(map(str, range(p.shape[1]))), fitted).calibrated(p)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("classes", [2, 3])
def test_a_map_gives_positive_shares_that_rise_with_its_class_and_survives_json(kind: str, classes: int) -> None:
    p, y, _ = drawn(400, classes, HARMS["temperature"])
    p[0], y[:2] = np.eye(classes)[0], classes - 1  # a sure answer that is wrong, as float32 gives it
    fitted = calibration_maps.fit([kind], p, y)[kind]
    answers = decoded(fitted, p)
    assert np.allclose(answers.sum(axis=1), 1) and (answers > 0).all() and np.isfinite(answers).all()
    decoder = Decoder("classification", tuple("abc"[:classes]), fitted)
    assert msgspec.json.decode(msgspec.json.encode(decoder), type=Decoder) == decoder
    last = np.linspace(0, 1, 500)
    others = (1 - last)[:, None] / (classes - 1) * np.ones(classes - 1)
    rising = decoded(fitted, np.hstack([others, last[:, None]]))[:, -1]
    assert (np.diff(rising) >= 0).all() and np.ptp(rising) > 0.5
    if classes == 2:  # so the area under the curve stays as it is
        assert len(np.unique(rising[1:-1])) == len(rising) - 2


def test_a_temperature_is_found() -> None:
    p, y, true = drawn(3_000, 3, HARMS["temperature"])
    assert calibration_maps.temperature(p, y).temperature == pytest.approx(2.5, abs=0.25)
    assert calibration_maps.temperature(true, y).temperature == pytest.approx(1.0, abs=0.1)


@pytest.mark.parametrize("kind", ["beta", "vector", "isotonic"])
@pytest.mark.parametrize("classes", [2, 4])
def test_the_loss_of_new_rows_comes_near_that_of_the_truth(kind: str, classes: int) -> None:
    harm = HARMS["beta"]
    p, y, _ = drawn(4_000, classes, harm)
    fitted = calibration_maps.fit([kind], p, y)[kind]
    new, truth, true = drawn(4_000, classes, harm, seed=1)
    least, before, after = (metrics.score("log_loss", truth, q) for q in (true, new, decoded(fitted, new)))
    assert after - least < 0.25 * (before - least)


def test_beta_calibration_is_logistic_regression_where_the_ridge_is_nothing(monkeypatch) -> None:
    from sklearn.linear_model import LogisticRegression

    monkeypatch.setattr(calibration_maps, "TOWARDS_TEMPERATURE", 0.0)
    p, y, _ = drawn(2_000, 2, HARMS["beta"])
    mine = decoded(calibration_maps.fit(["beta"], p, y)["beta"], p)[:, 1]
    logs = np.log(p)
    peer = LogisticRegression(C=np.inf, tol=1e-8).fit(logs, y).predict_proba(logs)[:, 1]
    assert np.allclose(mine, peer, atol=2e-3)


@pytest.mark.parametrize("classes", [2, 4])
def test_the_kind_that_undoes_the_harm_is_chosen(classes: int) -> None:
    for harm in ("temperature", "beta", "isotonic"):
        p, y, _ = drawn(3_000, classes, HARMS[harm])
        found = choose(p, y, np.arange(len(y)), "accuracy")
        assert (
            found.kind in {"temperature": ("temperature",), "beta": ("beta", "vector"), "isotonic": ("isotonic",)}[harm]
        )
        assert found.losses[found.kind] < found.losses["none"] and found.kind in found.why
        assert set(found.losses) == {"none", *KINDS} - ({"vector"} if classes == 2 else set())


def test_honest_probabilities_are_left_nearly_as_they_are() -> None:
    for seed in range(8):
        p, y, _ = drawn(600, 3, HARMS["none"], seed)
        found = choose(p, y, np.arange(len(y)), "accuracy", seed)
        assert found.kind in ("none", "temperature")
        assert np.abs(decoded(found.map, p) - p).max() < 0.1


@pytest.mark.parametrize(("rows", "classes"), [(12, 2), (1_000, 200)])
def test_on_few_rows_nothing_but_a_temperature_is_tried_and_that_is_said(rows: int, classes: int) -> None:
    p, _, _ = drawn(rows, classes, HARMS["temperature"])
    y = np.arange(rows) % classes
    found = choose(p, y, np.arange(rows), "accuracy")
    assert set(found.losses) == {"none", "temperature"} and found.rows == rows
    assert (
        f"no other map was tried, for {rows:,} held-out rows are fewer than 15 for each of {classes} classes"
        in found.why
    )


def test_isotonic_needs_rows_of_every_class() -> None:
    p, y, _ = drawn(600, 3, HARMS["beta"])
    rare = np.flatnonzero(y == 0)[:14]
    kept = np.concatenate([rare, np.flatnonzero(y > 0)])
    found = choose(p[kept], y[kept], kept, "accuracy")
    assert "isotonic" not in found.losses and "vector" in found.losses
    assert "isotonic was not tried, for a class has 14 held-out rows" in found.why


def test_the_last_digits_of_a_probability_decide_nothing() -> None:
    """Forests give few different values, and the graph in float32 gives them with other last digits."""
    rng = np.random.default_rng(0)
    yes = rng.integers(0, 51, 2_000) / 50
    p = np.stack([1 - yes, yes], axis=1)
    y = (rng.random(2_000) < np.sqrt(yes)).astype(int)
    noisy = np.clip(p + rng.uniform(-1e-7, 1e-7, p.shape), 0, 1)
    plain, shaken = (calibration_maps.fit(["isotonic"], q, y)["isotonic"] for q in (p, noisy))
    assert np.allclose(decoded(plain, p), decoded(shaken, noisy), atol=1e-5)


def test_copies_of_a_unit_are_not_evidence() -> None:
    """Forty patients with fifty equal rows each: a map that learns them by heart is judged by other patients."""
    p, y, _ = drawn(40, 2, HARMS["none"])
    units = np.repeat(np.arange(40), 50)
    together, apart = (choose(p[units], y[units], u, "accuracy") for u in (units, np.arange(len(units))))
    assert apart.kind in ("beta", "isotonic") and together.kind in ("none", "temperature")
    [only] = [choose(p[units], y[units], np.zeros(len(units), dtype=int), "accuracy")]
    assert only.kind == "none" and only.map is None and "of one unit" in only.why


def test_a_map_that_costs_the_metric_is_refused() -> None:
    """Probabilities of a net that was trained for balanced accuracy are far from honest, and its answers are the best."""
    rng = np.random.default_rng(0)
    y = (rng.random(4_000) < 0.1).astype(int)
    x = rng.normal(size=4_000) + 1.5 * y
    yes = 1 / (1 + np.exp(-1.5 * (x - 0.75)))  # as if both classes were as frequent
    p = np.stack([1 - yes, yes], axis=1)
    assert choose(p, y, np.arange(len(y)), "log_loss").kind == "beta"
    found = choose(p, y, np.arange(len(y)), "balanced_accuracy")
    assert found.kind in ("none", "temperature")


def test_answers_of_held_out_rows_are_by_maps_that_did_not_see_them() -> None:
    p, y, _ = drawn(900, 2, HARMS["isotonic"])
    found = choose(p, y, np.arange(len(y)), "accuracy")
    seen = decoded(found.map, p)
    assert found.answers.shape == p.shape and np.allclose(found.answers.sum(axis=1), 1)
    assert 0 < np.abs(found.answers - seen).max() < 0.2
    assert found.losses[found.kind] == pytest.approx(metrics.score("log_loss", y, found.answers))


def test_maps_of_very_many_numbers_are_fitted_on_a_part_of_the_units(monkeypatch) -> None:
    monkeypatch.setattr(calibrate, "MOST_NUMBERS", 2_000)
    p, y, _ = drawn(3_000, 2, HARMS["temperature"])
    found = choose(p, y, np.repeat(np.arange(1_500), 2), "accuracy")
    assert found.kind == "temperature" and found.map.temperature == pytest.approx(2.5, abs=0.4)
    assert len(found.answers) == found.rows == 3_000


def test_the_same_rows_give_the_same_map() -> None:
    p, y, _ = drawn(500, 3, HARMS["beta"])
    first, second = (choose(p.astype(np.float32), y, np.arange(len(y)), "accuracy", 3) for _ in range(2))
    assert first.map == second.map and first.losses == second.losses
