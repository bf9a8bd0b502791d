"""A finished model in ONNX races, is served like any other, and says what is wrong with it in one line."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
import pytest
import yaml
from onnx import TensorProto, helper, numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import make_column_transformer
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder

import breakeven
from breakeven import pipeline
from breakeven.cli import main
from breakeven.core.errors import InputError
from breakeven.runtime.predictor import load
from breakeven.scenarios.registry import load_brief, parse_brief

N = 400


def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Numbers (n, 2), plans (n,) and whether somebody left."""
    rng = np.random.default_rng(0)
    X, plan = rng.normal(size=(N, 2)).astype(np.float32), rng.choice(["free", "paid"], N)
    left = np.where(X[:, 0] - X[:, 1] + (plan == "free") + 0.3 * rng.normal(size=N) > 0.5, "yes", "no")
    return X, plan, left


@pytest.fixture
def place(tmp_path: Path):
    """Writes the data and a brief that names a model; gives the need."""

    def write(model: bytes | None, target: str = "left", **line: object):
        X, plan, left = data()
        rows = [f"{a},{b},{p},{y},{a + 2 * b}" for (a, b), p, y in zip(X, plan, left, strict=True)]
        (tmp_path / "data.csv").write_text("a,b,plan,left,sum\n" + "\n".join(rows) + "\n", encoding="utf-8")
        if model is not None:
            (tmp_path / "mine.onnx").write_bytes(model)
        brief = {"name": "own", "scenario": "predict", "data": "data.csv", "target": target, "split": {"by": "random"}, "effort": 1,
                 "predict": {"models": {"mine": {"file": "mine.onnx", **line} if line else "mine.onnx"}}}  # fmt: skip
        (tmp_path / "product.yaml").write_text(yaml.safe_dump(brief), encoding="utf-8")
        return load_brief(tmp_path)

    return write


def graph(nodes, inputs, outputs, constants=()) -> bytes:
    made = helper.make_graph(nodes, "own", inputs, outputs, list(constants))
    return helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)], ir_version=9).SerializeToString()


def value(name: str, shape, kind: int = TensorProto.FLOAT):
    return helper.make_tensor_value_info(name, kind, shape)


def logits(width: int = 2, shape=("n", 2)) -> bytes:
    """x (n, 2) -> logits of `width` columns; the first speaks for "no"."""
    weights = (
        np.array([[-3.0, 3.0], [3.0, -3.0]], np.float32)[:, :width]
        if width > 1
        else np.array([[6.0], [-6.0]], np.float32)
    )
    return graph([helper.make_node("MatMul", ["x", "w"], ["scores"])], [value("x", shape)], [value("scores", ["n", width])],
                 [numpy_helper.from_array(weights, "w")])  # fmt: skip


def tried(brief) -> float:
    """The model's share of right answers as the race measured it."""
    run = pipeline.build(brief, weigh=True, names=["baseline", "linear"])
    points = next(c for c in run.verdict["curves"] if c["candidate"] == "mine")["points"]
    assert max(p["score"] for p in points) - min(p["score"] for p in points) < 0.05  # nothing is learned
    return float(points[-1]["score"])


@pytest.mark.parametrize("width", [1, 2])
@pytest.mark.slow
def test_logits_of_a_matrix_become_probabilities(place, width: int) -> None:
    assert tried(place(logits(width), columns=["a", "b"])) > 0.75


@pytest.mark.slow
def test_the_order_of_classes_is_taken_from_the_brief(place) -> None:
    right, turned = (
        tried(place(logits(), columns=["a", "b"])),
        tried(place(logits(), columns=["a", "b"], classes=["yes", "no"])),
    )
    assert right > 0.75 and turned == pytest.approx(1 - right, abs=0.02)


def test_a_pipeline_with_named_columns_is_published_and_answers_alike(place) -> None:
    pandas = pytest.importorskip("pandas")
    X, plan, left = data()
    frame = pandas.DataFrame({"a": X[:, 0], "b": X[:, 1], "plan": plan})
    encode = make_column_transformer((OneHotEncoder(), ["plan"]), remainder="passthrough")
    model = make_pipeline(encode, LogisticRegression()).fit(frame, left)
    kinds = [
        ("a", FloatTensorType([None, 1])),
        ("b", FloatTensorType([None, 1])),
        ("plan", StringTensorType([None, 1])),
    ]
    brief = place(to_onnx(model, initial_types=kinds, options={"zipmap": False}).SerializeToString(), route="large")
    run = pipeline.build(brief, names=["baseline"])
    assert run.verdict["chosen"]["candidate"] == "mine" and run.verdict["chosen"]["route"] == "large"
    assert any(f["kind"] == "finished model" for f in run.verdict["findings"])
    product = breakeven.load(run.product)
    rows = [{"a": float(a), "b": float(b), "plan": p, "sum": 0.0} for (a, b), p in zip(X[:20], plan[:20], strict=True)]
    answers = [r["prediction"] for r in product.predict(rows)]
    assert answers == list(model.predict(frame[:20]))
    with pytest.raises(InputError, match="the model refuses them"):  # as its own encoder has it
        product.predict([{**rows[0], "plan": "never seen"}])
    assert load(run.product).explain(rows[0])


def test_values_too(place) -> None:
    X, _, _ = data()
    model = LinearRegression().fit(X, X[:, 0] + 2 * X[:, 1])
    brief = place(to_onnx(model, X[:1]).SerializeToString(), target="sum", columns=["a", "b"])
    assert tried(brief) > 0.99


def external() -> bytes:
    proto = onnx.load_from_string(logits())
    proto.graph.initializer[0].data_location = TensorProto.EXTERNAL
    proto.graph.initializer[0].ClearField("raw_data")
    entry = proto.graph.initializer[0].external_data.add()
    entry.key, entry.value = "location", "weights.bin"
    return proto.SerializeToString()


def unknown() -> bytes:
    node = helper.make_node("Frobnicate", ["x"], ["scores"], domain="acme")
    proto = onnx.load_from_string(graph([node], [value("x", ["n", 2])], [value("scores", ["n", 2])]))
    proto.opset_import.append(helper.make_opsetid("acme", 1))
    return proto.SerializeToString()


def labels() -> bytes:
    return graph([helper.make_node("ArgMax", ["x"], ["label"], axis=1, keepdims=0)], [value("x", ["n", 2])],
                 [value("label", ["n"], TensorProto.INT64)])  # fmt: skip


COLUMNS = {"columns": ["a", "b"]}
WRONG = {
    "missing": (None, {}, "there is no such file"),
    "half": (logits()[:40], {}, "cannot be read as ONNX"),
    "text": (b"not a model at all", {}, "cannot be read as ONNX"),
    "external": (external(), COLUMNS, "1 of its tensors lie in other files; save it as one file"),
    "unknown": (unknown(), COLUMNS, "onnxruntime cannot run it.*Frobnicate"),
    "labels": (labels(), COLUMNS, "no output is a tensor of floats"),
    "classes": (logits(), {**COLUMNS, "classes": ["yes", "maybe"]}, "are not the classes of the target"),
    "width": (logits(), {"columns": ["a"]}, r"has shape \['n', 2\], the data 1 columns of numbers \(a\)"),
    "one row": (logits(shape=(1, 2)), COLUMNS, "refuses rows 0 to 255.*leave its first dimension free"),
    "key": (logits(), {"colums": ["a"]}, "unknown key 'colums'; did you mean 'columns'"),
    "route": (logits(), {"route": "huge"}, "'huge' is no route"),
    "no number": (graph([helper.make_node("Log", ["x"], ["scores"])], [value("x", ["n", 2])], [value("scores", ["n", 2])]), COLUMNS,
                  "rows with no number"),
    "no list": (logits(), {"columns": 5}, "columns 5; list names of columns"),
    "category": (logits(), {"columns": ["a", "plan"]}, "are no numbers of the data"),
    "strange column": (logits(), {"columns": ["a", "plan2"]}, "are no numbers of the data"),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_is_wrong_is_one_line_and_exit_2(place, name: str, tmp_path: Path, capsys) -> None:
    model, line, said = WRONG[name]
    brief = place(model, **line)
    with pytest.raises(InputError, match=said):
        pipeline.build(brief, weigh=True)
    assert main(["weigh", str(tmp_path)]) == 2
    assert "\nbreakeven: " in "\n" + capsys.readouterr().err


def test_values_the_model_has_not_seen_are_found_before_the_race(place, tmp_path: Path) -> None:
    brief = place(logits(), **COLUMNS)
    rows = (tmp_path / "data.csv").read_text().splitlines()
    rows[390] = "," + rows[390].split(",", 1)[1]  # one missing number, late in the file
    (tmp_path / "data.csv").write_text("\n".join(rows) + "\n")
    with pytest.raises(InputError, match="answers 1 of 400 rows with no number; let it fill in missing values itself"):
        pipeline.build(brief, weigh=True)


def test_an_answer_that_is_no_number_is_a_4xx_not_the_first_class(place) -> None:
    run = pipeline.build(place(logits(), **COLUMNS), names=["baseline"])
    product = breakeven.load(run.product)
    row = dict(load(run.product).about.sample)
    assert product.predict([row])[0]["prediction"] in ("yes", "no")
    with pytest.raises(InputError, match="row 0: the model answers with no number"):
        product.predict([{**row, "a": None}])


def test_a_missing_value_where_whole_numbers_are_wanted_is_a_4xx() -> None:
    from breakeven.features.numeric import Given, Memory, Wanted

    given = Given("", -1, "given", (Wanted("age", "number", "int64", (0,)),))
    assert given.unpack(given.pack()) == given
    with pytest.raises(InputError, match="column age: the value is missing"):
        given.inputs(np.array([[np.nan]]), Memory())


def test_names_and_keys_are_checked(place, tmp_path: Path) -> None:
    place(logits(), **COLUMNS)
    brief = yaml.safe_load((tmp_path / "product.yaml").read_text())
    for models, said in (
        ({"mlp": "mine.onnx"}, "cannot be a candidate's name"),
        (["mine.onnx"], "expected names and files"),
    ):
        brief["predict"] = {"models": models}
        with pytest.raises(InputError, match=said):
            pipeline.build(parse_brief(brief, tmp_path), weigh=True)
    brief["predict"] = {"modells": {}}
    with pytest.raises(InputError, match="did you mean 'models'"):
        pipeline.check(parse_brief(brief, tmp_path))
