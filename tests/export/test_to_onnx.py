"""Parity: an export that answers otherwise is not published."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from breakeven.core.errors import ExportError
from breakeven.core.product_folder import ProductFolder
from breakeven.export import publish, to_onnx
from breakeven.features.decoding import Decoder
from breakeven.features.packed import Packed, ReaderSettings
from breakeven.features.schema import Schema
from breakeven.models import registry
from breakeven.runtime import description
from breakeven.runtime.description import Description


def drawn(mixed):
    X, y, layout = mixed
    model = registry.build("linear", layout, 3, 0).fit(X, y)
    proof = to_onnx.proof_rows(X, 0)
    return to_onnx.draw(model, proof), proof


def test_a_true_export_passes(mixed) -> None:
    made, proof = drawn(mixed)
    parity = to_onnx.prove(made, proof, 1.0)
    assert parity.rows >= 256
    assert parity.largest < 1e-5
    assert parity.agreement == 1.0


@pytest.mark.parametrize("harm", ["answers", "view", "nan"])
def test_a_false_export_is_refused(mixed, harm: str) -> None:
    made, proof = drawn(mixed)
    if harm == "answers":
        made = to_onnx.Drawn(made.graph, made.reader, made.answers + np.array([0.01, -0.01, 0]))
    elif harm == "nan":
        made = to_onnx.Drawn(
            made.graph, made.reader, np.where(np.arange(len(proof))[:, None] == 3, np.nan, made.answers)
        )
    else:
        table = made.reader.plain.table
        table = replace(table, centre=tuple(c + 1 for c in table.centre))
        made = to_onnx.Drawn(made.graph, Packed(ReaderSettings(table)), made.answers)
    with pytest.raises(ExportError, match="not published"):
        to_onnx.prove(made, proof, 1.0)


def test_proof_rows_are_real_rows_and_rows_with_holes(mixed) -> None:
    X = mixed[0]
    proof = to_onnx.proof_rows(X, 0)
    assert len(proof) >= 256
    real = {tuple(r) for r in np.nan_to_num(X, nan=-9)}
    assert sum(tuple(r) in real for r in np.nan_to_num(proof, nan=-9)) >= 240
    assert np.isnan(proof).mean() > np.isnan(X).mean()


def test_publishing_ends_with_the_manifest(tmp_path: Path) -> None:
    about = Description(name="a", scenario="predict", target="t", schema=Schema(()), decoder=Decoder("regression"))
    folder = publish.publish(tmp_path / "p", b"graph", about, Packed(ReaderSettings()))
    assert set(ProductFolder.open(folder).names) == {"model.onnx", "product.json"}
    assert description.read(folder, Description) == msgspec.structs.replace(about, reader=ReaderSettings())
    more = Packed(ReaderSettings(), {"t0.idf": np.ones(3)}, {"e0.tokenizer.json": "{}"})
    publish.publish(folder, b"other", about, more)
    assert set(ProductFolder.open(folder).names) == {
        "model.onnx",
        "product.json",
        "reader.safetensors",
        "e0.tokenizer.json",
    }
    assert (folder / "model.onnx").read_bytes() == b"other"
    ProductFolder.open(folder).check()
    assert publish.size_mb(folder) < 0.01


def test_a_class_the_fit_never_saw_keeps_its_column(mixed) -> None:
    X, y, layout = mixed
    model = registry.build("linear", layout, 4, 0).fit(X[y != 1], y[y != 1])
    proof = to_onnx.proof_rows(X, 0)
    made = to_onnx.draw(model, proof)
    assert made.answers.shape[1] == 4 and not made.answers[:, [1, 3]].any()
    assert to_onnx.prove(made, proof, 1.0).agreement == 1.0
