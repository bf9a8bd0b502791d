"""Parity: an export that answers otherwise is not published."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from breakeven import store
from breakeven.encode import View
from breakeven.errors import ExportError
from breakeven.optimise import export, publish
from breakeven.routes import roster


def drawn(mixed):
    X, y, layout = mixed
    model = roster.build("linear", layout, 3, 0).fit(X, y)
    proof = export.proof_rows(X, 0)
    return export.draw(model, proof), proof


def test_a_true_export_passes(mixed) -> None:
    made, proof = drawn(mixed)
    parity = export.prove(made, View.from_json(made.view), proof, 1.0)
    assert parity.rows >= 256
    assert parity.largest < 1e-5
    assert parity.agreement == 1.0


@pytest.mark.parametrize("harm", ["answers", "view", "nan"])
def test_a_false_export_is_refused(mixed, harm: str) -> None:
    made, proof = drawn(mixed)
    view = View.from_json(made.view)
    if harm == "answers":
        made = export.Drawn(made.graph, made.view, made.answers + np.array([0.01, -0.01, 0]))
    elif harm == "nan":
        made = export.Drawn(made.graph, made.view, np.where(np.arange(len(proof))[:, None] == 3, np.nan, made.answers))
    else:
        view = View.from_json({**made.view, "centre": [c + 1 for c in made.view["centre"]]})
    with pytest.raises(ExportError, match="not published"):
        export.prove(made, view, proof, 1.0)


def test_proof_rows_are_real_rows_and_rows_with_holes(mixed) -> None:
    X = mixed[0]
    proof = export.proof_rows(X, 0)
    assert len(proof) >= 256
    real = {tuple(r) for r in np.nan_to_num(X, nan=-9)}
    assert sum(tuple(r) in real for r in np.nan_to_num(proof, nan=-9)) >= 240
    assert np.isnan(proof).mean() > np.isnan(X).mean()


def test_publishing_ends_with_the_manifest(tmp_path: Path) -> None:
    about = {"name": "a", "scenario": "predict"}
    folder = publish.publish(tmp_path / "p", b"graph", about)
    assert store.verify(folder)["files"].keys() == {"model.onnx", "product.json"}
    publish.publish(folder, b"other", about)
    assert (folder / "model.onnx").read_bytes() == b"other"
    store.verify(folder)
    assert publish.size_mb(folder) < 0.01
