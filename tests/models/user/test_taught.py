"""A teacher with random weights, made here: what is refused, whose labels a row gets, what students make of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import onnxruntime as ort
import pytest
import torch
from tabicl import TabICLClassifier

from breakeven import pipeline
from breakeven.core.errors import InputError, MissingExtra
from breakeven.core.types import Interval
from breakeven.gate import students
from breakeven.gate.results import Board, Job, Measured
from breakeven.models.user import taught, teacher
from breakeven.scenarios.predict import SCENARIO
from breakeven.scenarios.registry import load_brief
from breakeven.tables import problem as tables
from breakeven.tables import teaching

SIZES = {"embed_dim": 8, "col_num_blocks": 1, "col_nhead": 2, "col_num_inds": 4, "row_num_blocks": 1, "row_nhead": 2,
         "row_num_cls": 2, "icl_num_blocks": 1, "icl_nhead": 2, "ff_factor": 1}  # fmt: skip


def checkpoint(folder: Path, classes: int = 2) -> Path:
    """A folder as the hub has it, with a small model of random weights."""
    from tabicl._model.tabicl import TabICL

    folder.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    config = {"max_classes": classes and 10, "num_quantiles": 9, **SIZES}
    task = "classifier" if classes else "regressor"
    torch.save({"config": config, "state_dict": TabICL(**config).state_dict()}, folder / f"tabicl-{task}-v2.ckpt")
    (folder / "README.md").write_text(
        "---\nlicense: bsd-3-clause\nlibrary_name: tabicl\n---\n# A model\n", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return checkpoint(tmp_path_factory.mktemp("models") / "tabicl")


def rows(n: int = 60) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(n, 3))
    return X, (X[:, 0] > 0).astype(int)


class Repeating:
    """An in-context model that repeats the labels of rows in its context, and says 0.6 to all others."""

    def __init__(self, X: np.ndarray, y: np.ndarray) -> None:
        self.known = {tuple(x): label for x, label in zip(X, y, strict=True)}
        self.classes_ = np.unique(y)

    def predict_proba(self, X: np.ndarray) -> np.ndarray:
        other = [np.array([0.4, 0.6])] * len(X)
        return np.array(
            [np.eye(2)[self.known[tuple(x)]] if tuple(x) in self.known else o for x, o in zip(X, other, strict=True)]
        )


def plain(name: str = "a") -> teacher.Teacher:
    return teacher.Teacher(name, "tabicl", "nowhere.ckpt", name, "mit")


def test_a_folder_is_tried_and_its_licence_read(place: Path) -> None:
    found = teacher.ready("tabicl", place.parent, rows(), 2)
    assert (found.package, found.licence, found.name) == ("tabicl", "bsd-3-clause", "tabicl")
    answers = found.answers(found.fitted(*rows(), 2, 0), rows()[0], 2)
    assert answers.shape == (60, 2) and np.allclose(answers.sum(axis=1), 1, atol=1e-4)


def test_a_teacher_of_values(tmp_path: Path) -> None:
    X, _ = rows()
    found = teacher.ready({"folder": "m"}, checkpoint(tmp_path / "m", 0).parent, (X, X[:, 0] * 3), 0)
    assert found.answers(found.fitted(X, X[:, 0], 0, 0), X[:5], 0).shape == (5,)


def spoilt(folder: Path, how: str) -> object:
    """A folder with something wrong in it, and what the brief says."""
    if how == "broken":
        (folder / "tabicl-classifier-v2.ckpt").write_bytes(b"not a checkpoint")
    elif how == "card":
        (folder / "README.md").write_text("---\nlicense: [\n---\n", encoding="utf-8")
    elif how == "package":
        (folder / "README.md").write_text("---\nlibrary_name: other\n---\n", encoding="utf-8")
    elif how == "empty":
        for file in folder.iterdir():
            file.unlink()
    elif how == "task":
        (folder / "tabicl-classifier-v2.ckpt").rename(folder / "tabicl-regressor-v2.ckpt")
    return {"key": {"file": "m"}, "number": 3, "nowhere": "elsewhere", "file": "m/README.md"}.get(how, "m")


@pytest.mark.parametrize(
    ("how", "what"),
    [
        ("broken", "tabicl cannot use it on 3 columns and 2 classes"),
        ("card", "its card or config.json cannot be read"),
        ("package", "it is a model of 'other'"),
        ("empty", "there is no checkpoint for classification"),
        ("task", "there is no checkpoint for classification; it holds tabicl-regressor-v2.ckpt"),
        ("key", "unknown key 'file'"),
        ("number", "expected a folder or a hub name"),
        ("nowhere", "there is no folder elsewhere"),
        ("file", "m/README.md is a file"),
    ],
)
def test_what_cannot_teach_is_refused_in_one_line(tmp_path: Path, how: str, what: str) -> None:
    given = spoilt(checkpoint(tmp_path / "m"), how)
    with pytest.raises(InputError) as refused:
        teacher.ready(given, tmp_path, rows(), 2)
    assert what in str(refused.value) and "\n" not in str(refused.value)


def test_a_model_of_another_number_of_columns_is_refused(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fit(self, X, y):
        raise ValueError("X has 3 features,\nbut the model is expecting 5 features as input")

    monkeypatch.setattr(TabICLClassifier, "fit", fit)
    with pytest.raises(InputError, match=r"on 3 columns.*is expecting 5 features as input; ") as refused:
        teacher.ready("tabicl", place.parent, rows(), 2)
    assert "\n" not in str(refused.value)


def test_a_package_that_is_absent_is_named_with_its_extra(place: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teacher, "find_spec", lambda name: None)
    with pytest.raises(MissingExtra, match=r"breakeven\[teacher\]"):
        teacher.ready("tabicl", place.parent, rows(), 2)


def test_no_row_is_labelled_by_a_teacher_that_saw_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fits = []
    monkeypatch.setattr(teacher.Teacher, "fitted", lambda self, X, y, c, s: fits.append(len(y)) or Repeating(X, y))
    X, y = rows()
    made = teacher.lesson(plain(), X, y, 2, 0, tmp_path)
    assert np.allclose(made.answers, [0.4, 0.6])  # a row seen would have its own label
    assert fits == [48] * 5
    again = teacher.lesson(plain(), X, y, 2, 0, tmp_path)
    assert len(fits) == 5 and np.array_equal(again.answers, made.answers)
    teacher.lesson(plain("b"), X, y, 2, 0, tmp_path)
    teacher.lesson(plain(), X, 1 - y, 2, 0, tmp_path)
    assert len(fits) == 15


def test_answers_that_are_no_numbers_are_refused() -> None:
    class Silent:
        classes_ = np.array([0, 1])

        def predict_proba(self, X):
            return np.full((len(X), 2), np.nan)

    with pytest.raises(ValueError, match="not finite"):
        plain().answers(Silent(), np.zeros((3, 1)), 2)


@pytest.mark.parametrize("kind", [taught.TaughtBoosting, taught.TaughtTabM])
def test_students_learn_what_the_teacher_knows(kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The truth is right in two of three rows, the teacher always: the student does better than the plain one."""
    X, clean = rows(240)
    y = np.where(np.random.default_rng(1).random(240) < 0.35, 1 - clean, clean)

    class Knowing:
        classes_ = np.array([0, 1])

        def predict_proba(self, X):
            return np.eye(2)[(X[:, 0] > 0).astype(int)]

    monkeypatch.setattr(teacher.Teacher, "fitted", lambda self, X, y, c, s: Knowing())
    student, without = kind(classes=2, teacher=plain(), lessons=str(tmp_path)), kind.__bases__[1](classes=2)
    for model in (student, without):
        model.epochs = 8
        model.fit(X, y)
    assert (student.predict(X) == clean).mean() > (without.predict(X) == clean).mean() + 0.02
    if kind is taught.TaughtBoosting:  # the other one's graph is TabM's
        got = ort.InferenceSession(student.graph()).run(["scores"], student.reader_.inputs(X))[0]
        assert np.abs(got - student.scores(X)).max() < 1e-5


@pytest.mark.parametrize("kind", [taught.TaughtBoosting, taught.TaughtTabM])
def test_a_student_of_values_learns_halfway_to_the_teacher(
    kind, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Ten:
        def predict(self, X):
            return np.full(len(X), 10.0)

    monkeypatch.setattr(teacher.Teacher, "fitted", lambda self, X, y, c, s: Ten())
    X, _ = rows()
    student = kind(teacher=plain(), lessons=str(tmp_path)).fit(X, np.zeros(60))
    assert np.allclose(student.scores(X), 5.0, atol=0.01)


def test_a_class_that_training_lacks_and_few_rows_are_answered(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(teacher.Teacher, "fitted", lambda self, X, y, c, s: Repeating(X, y))
    X, y = rows()
    student = taught.TaughtBoosting(classes=3, teacher=plain(), lessons=str(tmp_path))
    assert (student.fit(X, 2 * y).scores(X)[:, 1] == 0).all()
    assert student.fit(X[:12], y[:12]).scores(X).shape == (60, 3)
    assert (student.fit(X, y * 0).predict(X) == 0).all()


def test_only_a_student_that_is_proven_better_stays() -> None:
    board = raced({"boosting": 0.7, "taught_boosting": 0.71, "taught_tabm": 0.9})
    students.withhold(board)
    assert list(board.eliminated) == ["taught_boosting"]
    assert (
        "not offered: it gains +0.01" in board.eliminated["taught_boosting"]
        and "over boosting" in board.eliminated["taught_boosting"]
    )
    found = students.gain(board, "taught_tabm")
    assert found is not None and found[0] == "boosting" and found[1].low > 0


def raced(right: dict[str, float]) -> Board:
    """A finished race on 400 validation rows, of which candidates had these shares right."""
    from breakeven import metrics
    from breakeven.core.types import Fold
    from breakeven.gate.results import Race

    y, rng = np.zeros(400, int), np.random.default_rng(0)
    index = np.arange(400)
    fold = Fold(train=index, validation=index)
    race = Race(
        {"baseline": "traditional", **{c: "large" if "tabm" in c else "traditional" for c in right}},
        (fold,),
        lambda p, r: metrics.losses("accuracy", y, p, index),
        400,
        "accuracy",
        0.01,
        "baseline",
        students=frozenset(c for c in right if c.startswith("taught")),
    )
    board = Board(race)
    board.sizes = [400]
    for c, share in {"baseline": 0.5, **right}.items():
        wrong = rng.permutation(400) >= round(share * 400)
        board.results[Job(c, 400, 0)] = Measured(np.eye(2)[wrong.astype(int)], 1.0)
    return board


@pytest.mark.slow
def test_the_brief_brings_students_and_the_verdict_says_whose(
    folder: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    """From the brief to the verdict, by a model of random weights: it teaches nothing, so no student is offered."""
    monkeypatch.setenv("BREAKEVEN_PROCESSES", "1")
    quick = {**teacher.PACKAGES["tabicl"].offline, "n_estimators": 1}
    monkeypatch.setitem(teacher.PACKAGES, "tabicl", replace(teacher.PACKAGES["tabicl"], offline=quick))
    place = folder(predict={"models": {"teacher": "m"}, "candidates": ["linear"]}, limits={"minutes": 5})
    checkpoint(place / "m")
    brief = load_brief(place)
    assert {p.name for p in SCENARIO.files(brief)} == {"README.md", "tabicl-classifier-v2.ckpt"}
    verdict = pipeline.build(brief, weigh=True).verdict
    said = verdict["predict"]["teacher"]
    assert said["licence"] == "bsd-3-clause" and said["package"] == "tabicl"
    assert said["seconds_per_row"] > 0 and said["score"]["low"] <= said["score"]["value"] <= said["score"]["high"]
    assert [one["candidate"] for one in said["students"]] == ["taught_boosting", "taught_tabm"]
    assert all(one["why_not"].startswith("not ") for one in said["students"])
    assert verdict["chosen"]["candidate"] in ("linear", None)


def test_a_name_of_a_student_is_taken(folder: Callable[..., Path]) -> None:
    brief = load_brief(folder(predict={"models": {"taught_tabm": "m.onnx"}}))
    with pytest.raises(InputError, match="cannot be a candidate's name"):
        tables.make_fitter(brief, tables.collect(brief), brief.folder / "work")


def test_the_report_says_who_taught_and_whether_that_paid() -> None:
    head = {"name": "m", "package": "tabicl", "licence": "bsd-3-clause"}
    line = teaching.StudentLine(candidate="taught_tabm", against="boosting", gain=Interval(0.02, 0.01, 0.03))
    known = teaching.TeacherPart(
        **head, rows=800, score=Interval(0.9, 0.88, 0.92), seconds_per_row=0.4, students=(line,)
    )
    (said,) = teaching.findings(known)
    assert (
        "licence bsd-3-clause" in said.what
        and "0.9 (0.88 to 0.92) on 800 open rows" in said.what
        and "0.4 s a row" in said.what
    )
    assert said.done.endswith("offered: taught_tabm")
    (short,) = teaching.findings(teaching.TeacherPart(**head))
    assert "not measured" in short.what and short.done.endswith("none of what it taught is offered")
    assert teaching.findings(None) == ()
