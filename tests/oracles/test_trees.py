"""Trees walked by numpy against the library that grew them."""

from __future__ import annotations

import numpy as np
import pytest

from breakeven.gate import trees

lightgbm = pytest.importorskip("lightgbm")


def _flat(root: dict) -> list[tuple]:
    nodes, out = [root], []
    for node in nodes:
        if "split_feature" in node:
            out.append((node["split_feature"], node["threshold"], len(nodes), len(nodes) + 1, 0.0))
            nodes += [node["left_child"], node["right_child"]]
        else:
            out.append((-1, 0.0, 0, 0, node["leaf_value"]))
    return out


def test_they_answer_alike(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    X = rng.normal(size=(500, 4)).astype(np.float32)
    y = X[:, 0] * X[:, 1] + np.sin(3 * X[:, 2])
    model = lightgbm.train({"verbosity": -1, "num_threads": 1, "num_leaves": 9}, lightgbm.Dataset(X, y), 20)
    flat = [_flat(tree["tree_structure"]) for tree in model.dump_model()["tree_info"]]
    size = max(map(len, flat))
    padded = [nodes + [(-1, 0.0, 0, 0, 0.0)] * (size - len(nodes)) for nodes in flat]
    ours = trees.Trees(*(np.array([[node[k] for node in nodes] for nodes in padded]) for k in range(5)))
    assert ours.predict(X) == pytest.approx(model.predict(X), abs=1e-9)
    monkeypatch.setattr(trees, "BLOCK", 100)
    assert ours.predict(X) == pytest.approx(model.predict(X), abs=1e-9)
    assert ours.predict(X[:0]).shape == (0,)
    again = trees.Trees.read(ours.arrays("a"), "a")
    assert (again.predict(X) == ours.predict(X)).all()
