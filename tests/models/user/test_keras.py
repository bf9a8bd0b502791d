"""A Keras model of one's own races and is exported like the others; what it cannot be is said in one line."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

os.environ["KERAS_BACKEND"] = "torch"
keras = pytest.importorskip("keras", reason="keras is not installed")

import breakeven  # noqa: E402
from breakeven.core.errors import InputError  # noqa: E402
from breakeven.runtime.onnx_session import open_session  # noqa: E402
from tests.models.user.test_net import data  # noqa: E402


def model(inputs: int = 4, outputs: int = 2, last: str | None = "softmax"):
    return keras.Sequential([keras.Input((inputs,)), keras.layers.Dense(32, "relu"), keras.layers.BatchNormalization(),
                             keras.layers.Dropout(0.1), keras.layers.Dense(outputs, last)])  # fmt: skip


def test_it_learns_from_fresh_weights_and_its_graph_answers_alike() -> None:
    X, y = data(600)
    own = model()
    before = [w.copy() for w in own.get_weights()]
    net = breakeven.OwnKeras(classes=2, model=own, epochs=40, rate=0.02).fit(X, y)
    assert (net.predict(X) == y).mean() > 0.9
    assert all(
        np.array_equal(a, b) for a, b in zip(before, own.get_weights(), strict=True)
    )  # the user's own is untouched
    got = open_session(net.graph()).run(["scores"], {"x": net.view_.apply(X).astype(np.float32)})[0]
    assert np.abs(got - net.scores(X)).max() < 1e-4 and np.allclose(got.sum(axis=1), 1, atol=1e-5)


def test_it_drops_out_in_training_alone() -> None:
    import torch

    from breakeven.models.user.keras import KerasModule

    told, x = KerasModule(model()), torch.ones(64, 4)
    assert not torch.equal(told.train()(x), told(x))
    assert torch.equal(told.eval()(x), told(x))


def test_a_saved_one_is_opened_and_values_come_in_their_own_units(tmp_path: Path) -> None:
    X, _ = data(400)
    y = 1_000 + 50 * X[:, 0]
    model(4, 1, None).save(tmp_path / "own.keras")
    net = breakeven.OwnKeras(model=tmp_path / "own.keras", epochs=60, rate=0.02).fit(X, y)
    assert np.abs(net.predict(X) - y).mean() < 25


@keras.saving.register_keras_serializable(package="acme")
class Odd(keras.layers.Layer):
    def call(self, x):
        return x


def test_a_class_that_few_rows_lack_and_holes_in_a_column_change_no_width() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.normal(size=(60, 4)), np.arange(60) % 2
    X[5, 1] = np.nan
    own = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3), keras.layers.Softmax()])
    net = breakeven.OwnKeras(classes=3, model=own, epochs=2).fit(X, y)  # of class 2 there is none
    scores = net.scores(X)
    assert scores.shape == (60, 3) and np.allclose(scores.sum(axis=1), 1)
    assert len(net.net_.model.layers) == len(own.layers)  # the softmax's place is taken by the input


def test_what_cannot_be_is_said(tmp_path: Path) -> None:
    for wrong, said in ((model(5), r"takes \(None, 5\), the data need \(None, 4\)"), (model(4, 3), r"answers with \(None, 3\)"),
                        (42, "model is a int"), (tmp_path / "none.keras", "there is no such file")):  # fmt: skip
        with pytest.raises(InputError, match=said):
            breakeven.OwnKeras(classes=2, model=wrong).fit(*data())
    whole = tmp_path / "whole.keras"
    model().save(whole)
    (tmp_path / "half.keras").write_bytes(whole.read_bytes()[:500])
    with pytest.raises(InputError, match="Keras cannot open it"):
        breakeven.OwnKeras(classes=2, model=tmp_path / "half.keras").fit(*data())


@pytest.mark.slow
def test_an_unknown_layer_and_another_backend_are_said(tmp_path: Path) -> None:
    path = tmp_path / "odd.keras"
    keras.Sequential([keras.Input((4,)), Odd(), keras.layers.Dense(2)]).save(path)
    code = ("import numpy as np, breakeven\nfrom breakeven.core.errors import InputError\n"
            f"try: breakeven.OwnKeras(classes=2, model={str(path)!r}).fit(np.zeros((40, 4)) + np.arange(40)[:, None], np.arange(40) % 2)\n"
            "except InputError as error: print(error)")  # fmt: skip
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "Keras cannot open it" in told and "Odd" in told and "register" in told
    elsewhere = code.replace("import numpy", "import keras; keras.backend.backend = lambda: 'tensorflow'\nimport numpy")
    told = subprocess.run([sys.executable, "-c", elsewhere], capture_output=True, text=True, check=True).stdout
    assert "Keras runs on tensorflow here; set KERAS_BACKEND=torch" in told


@pytest.mark.slow
def test_it_races_in_processes_of_its_own(tmp_path: Path) -> None:
    X, y = data(400)
    frame = {**{f"x{i}": X[:, i] for i in range(4)}, "y": y}
    found = breakeven.weigh(frame, target="y", candidates=["linear", ("mine", "large", breakeven.OwnKeras(model=model(), epochs=30, rate=0.02))],
                            folder=tmp_path, limits={"minutes": 3})  # fmt: skip
    points = next(c for c in found["curves"] if c["candidate"] == "mine")["points"]
    assert points and points[-1]["score"] > 0.75
