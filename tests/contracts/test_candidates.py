"""The laws every candidate keeps. A candidate that is in the roster is under them; none is excused."""

from __future__ import annotations

import atexit
import shutil
import tempfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
from _pytest.mark import ParameterSet
from sklearn.base import clone

from breakeven.features.media import Disk
from breakeven.features.reader import Reader
from breakeven.models import registry
from breakeven.models.user.own import STUDENTS
from breakeven.runtime import graph_check
from breakeven.scale.executor import alone
from tests.conftest import WORDS
from tests.tiny_encoders import write

NAMES = registry.names()
#: Every candidate on every kind of column it races on.
CASES = [
    (n, w) for n in NAMES for w in ("table", "text", "image") if w in {r.split()[0] for r in registry.entry(n).columns}
]
KINDS = ("classification", "regression")
#: Exported in a process of their own, as in a build: torch fixes the length of a recurrent layer in a process's later exports.
ALONE = ("gru",)


def _cases(kinds: Sequence[str]) -> list[ParameterSet]:
    """Candidate, column kind and task; one fit serves all laws of a case.

    Nets over texts and images take seconds a fit: `make check` leaves them out.
    """
    out = []
    for name, world in CASES:
        marks = []
        if world != "table" and registry.route_of(name) == "large":
            marks.append(pytest.mark.slow)
        for kind in kinds:
            if kind in registry.entry(name).tasks:
                out.append(pytest.param(name, world, kind, marks=marks, id=f"{name}-{world}-{kind}"))
    return out


every_task = pytest.mark.parametrize(("name", "world", "kind"), _cases(KINDS))
every = pytest.mark.parametrize(("name", "world", "kind"), _cases(KINDS[:1]))


@pytest.fixture
def there(worlds, mixed):
    """A small problem by what it holds."""
    return {**worlds, "table": mixed}


def quick(name: str, **settings):
    """Settings under which a net is fitted in moments; encoders are tiny ones."""
    known = registry.class_of(name)().get_params()
    if "epochs" in known and name != "mlp":
        settings.setdefault("epochs", 2)
    if "encoders" in known:
        settings.setdefault("encoders", tiny())
    return settings


@cache
def tiny() -> tuple[str, ...]:
    """Folders of encoders at random, kept until the process ends."""
    place = Path(tempfile.mkdtemp(prefix="breakeven-encoders-"))
    atexit.register(shutil.rmtree, place, ignore_errors=True)
    words = [word for kind in WORDS.values() for word in kind]
    return str(write(place / "text", "bert", words)), str(write(place / "image", "convnext"))


FITTED: dict[tuple[str, str, tuple[str, ...]], tuple] = {}


def once(name: str, kind: str, problem):
    """A fit that several laws look at and none changes."""
    key = (name, kind, problem[2].names)
    if key not in FITTED:
        FITTED[key] = fitted(name, kind, problem)
    return FITTED[key]


def fitted(name: str, kind: str, problem, seed: int = 0):
    X, y, layout = problem
    if kind == "regression":
        y = y * 3 + np.nan_to_num(X[:, 1]) + 100
    return registry.build(name, layout, 3 if kind == "classification" else 0, seed, quick(name)).fit(X, y), X, y


def test_all_are_held() -> None:
    """Every class in the families' files is in the roster, and every name in the roster is tested here."""
    import importlib
    import pkgutil

    from breakeven.models import image, mixed, tabular, text
    from breakeven.models.base import Candidate

    found = set()
    for package in (tabular, text, image, mixed):
        for module in pkgutil.iter_modules(package.__path__):
            names = vars(importlib.import_module(f"{package.__name__}.{module.name}"))
            found |= {
                k.name
                for k in names.values()
                if isinstance(k, type) and issubclass(k, Candidate) and hasattr(k, "name")
            }
    assert found == set(NAMES)
    assert len(NAMES) >= 22
    assert len(CASES) >= 28


def test_all_that_users_bring_is_held() -> None:
    """Every kind of own model has a test file of its own."""
    import importlib
    import pkgutil
    from pathlib import Path

    from breakeven.models import user
    from breakeven.models.base import Candidate

    kinds = {
        k.name
        for module in pkgutil.iter_modules(user.__path__)
        for k in vars(importlib.import_module(f"breakeven.models.user.{module.name}")).values()
        if isinstance(k, type) and issubclass(k, Candidate) and k.__module__.startswith("breakeven.models.user")
        if hasattr(k, "name")  # a base of several has none
    }
    assert kinds == {"custom", "finished", "own_keras", "own_net", *STUDENTS}
    here = {p.stem for p in (Path(__file__).parents[1] / "models" / "user").glob("test_*.py")}
    assert {"test_finished", "test_keras", "test_net", "test_taught"} <= here


@pytest.mark.parametrize("name", NAMES)
def test_says_its_own_name_and_route(name: str) -> None:
    kind = registry.class_of(name)
    assert (kind.name, kind.route) == (name, registry.route_of(name))


@every_task
def test_same_seed_same_answer_and_input_untouched(name: str, world: str, kind: str, there) -> None:
    """The second model is scikit-learn's clone of the first, so the law holds for clones too."""
    before = there[world][0].copy()
    first, X, y = once(name, kind, there[world])
    second = clone(first).fit(X, y)
    assert np.array_equal(first.scores(X), second.scores(X))
    assert np.array_equal(X, before, equal_nan=True)


@every_task
def test_scores_have_the_judges_form(name: str, world: str, kind: str, there) -> None:
    model, X, _ = once(name, kind, there[world])
    scores = model.scores(X)
    assert np.isfinite(scores).all()
    if kind == "classification":
        assert scores.shape == (len(X), 3)
        assert scores.min() >= 0
        assert np.allclose(scores.sum(axis=1), 1, atol=1e-5)
        assert set(model.predict(X)) <= {0, 1, 2}
    else:
        assert scores.shape == (len(X),)


@every
def test_a_class_absent_from_training_keeps_its_place(name: str, world: str, kind: str, there) -> None:
    X, y, layout = there[world]
    rows = y != 1
    scores = registry.build(name, layout, 3, 0, quick(name)).fit(X[rows], y[rows]).scores(X)
    assert scores.shape == (len(X), 3)
    assert (scores[:, 1] == 0).all()


@every
def test_one_class_alone_is_answered(name: str, world: str, kind: str, there) -> None:
    X, _, layout = there[world]
    scores = registry.build(name, layout, 3, 0, quick(name)).fit(X[:20], np.full(20, 2)).scores(X)
    assert (scores.argmax(axis=1) == 2).all()


@every_task
def test_missing_and_unseen_values_are_answered(name: str, world: str, kind: str, there) -> None:
    model, X, _ = once(name, kind, there[world])
    assert np.isfinite(model.scores(np.full_like(X[:3], np.nan))).all()


@pytest.mark.parametrize("name", NAMES)
def test_is_a_scikit_learn_estimator(name: str, mixed) -> None:
    """Every setting is a parameter, kept as given and copied by clone."""
    layout = mixed[2]
    model = registry.build(name, layout, 3, 5, quick(name))
    settings = model.get_params()
    assert settings["seed"] == 5
    assert settings["layout"] is layout
    assert clone(model).get_params() == settings
    assert model.set_params(seed=6).get_params()["seed"] == 6


@every
def test_two_dozen_rows_are_enough_to_answer(name: str, world: str, kind: str, there) -> None:
    X, y, layout = there[world]
    assert np.isfinite(registry.build(name, layout, 3, 0, quick(name)).fit(X[:24], y[:24]).scores(X)).all()


@every
def test_search_space_builds(name: str, world: str, kind: str, there) -> None:
    import optuna

    X, y, layout = there[world]
    settings = dict(registry.class_of(name).space(optuna.create_study().ask()))
    if "epochs" in settings:
        settings["epochs"] = 2
    assert np.isfinite(registry.build(name, layout, 3, 0, quick(name, **settings)).fit(X, y).scores(X)).all()


def _drawn(name: str, kind: str, problem):
    model, X, _ = fitted(name, kind, problem)
    return model.graph(), model.reader_.pack(), model.scores(X)


@every_task
def test_graph_answers_as_the_model_does(name: str, world: str, kind: str, there) -> None:
    X = there[world][0]
    if name in ALONE:
        graph, packed, scores = alone(_drawn, name, kind, there[world])
    else:
        model, X, _ = once(name, kind, there[world])
        graph, packed, scores = model.graph(), model.reader_.pack(), model.scores(X)
    layout = there[world][2]
    reader, media = Reader.unpack(packed), Disk(layout.media) if layout.media else None
    assert graph_check.fault(graph) is None  # a product would not load
    session = ort.InferenceSession(graph)
    assert {i.name for i in session.get_inputs()} <= set(reader.inputs(X[:1], media))
    for size in (1, 7, len(X)):
        got = session.run(["scores"], reader.inputs(X[:size], media))[0]
        assert np.abs(got.reshape(scores[:size].shape) - scores[:size]).max() < 1e-4 * max(1.0, scores.std())


@every
def test_learns_what_is_there_to_learn(name: str, world: str, kind: str, there) -> None:
    """Far better than always answering the commonest class, on rows it has seen; the baseline answers just that."""
    X, y, layout = there[world]
    settings = quick(name, epochs=12) if "epochs" in registry.class_of(name)().get_params() else quick(name)
    right = (registry.build(name, layout, 3, 0, settings).fit(X, y).predict(X) == y).mean()
    commonest = np.bincount(y).max() / len(y)
    if name == registry.BASELINE:
        assert right == pytest.approx(commonest)
    else:
        assert right > max(0.7, commonest + 0.1)


@pytest.mark.slow
@pytest.mark.parametrize(("name", "world"), [("frozen", "text"), ("finetuned", "image")])
def test_the_packaged_encoders_are_packed_with_their_candidates(name: str, world: str, there) -> None:
    X, y, layout = there[world]
    rows = slice(40)
    settings = {"epochs": 1} if name == "finetuned" else {}
    model = registry.build(name, layout, 3, 0, settings).fit(X[rows], y[rows])
    reader, media = Reader.unpack(model.reader_.pack()), Disk(layout.media)
    got = ort.InferenceSession(model.graph()).run(["scores"], reader.inputs(X[rows], media))[0]
    assert np.abs(got - model.scores(X[rows])).max() < 1e-4
