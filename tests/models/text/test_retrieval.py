"""BM25 over classes: one text a class is enough, and the weights are the formula's."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
from scipy import sparse

from breakeven.core.types import Layout
from breakeven.features.media import column_folder
from breakeven.models import registry


def test_one_text_a_class_is_found_again(tmp_path) -> None:
    """A FAQ of four questions in two languages answers their paraphrases."""
    faq = [
        "How do I block a lost card?",
        "What are your opening hours?",
        "怎么修改绑定的手机号？",
        "What does a transfer cost?",
    ]
    asked = [
        "my card is lost, block it",
        "are you open on Sunday, which hours",
        "手机号换了怎么修改",
        "cost of a transfer abroad",
    ]
    (tmp_path / column_folder("question")).mkdir()
    texts = json.dumps(faq + asked, ensure_ascii=False)
    (tmp_path / column_folder("question") / "texts.json").write_text(texts, encoding="utf-8")
    layout, rows = Layout(("question",), (0,), texts=("question",), media=tmp_path), np.arange(8.0)[:, None]
    model = registry.build("retrieval", layout, 4, 0).fit(rows[:4], np.arange(4))
    assert model.predict(rows).tolist() == [0, 1, 2, 3, 0, 1, 2, 3]


def test_weights_are_the_formulas() -> None:
    """Two classes of three texts over three n-grams, by hand."""
    X = sparse.csr_matrix(np.array([[0.6, 0.8, 0.0], [0.9, 0.0, 0.1], [0.0, 0.0, 1.0]]))
    model = registry.class_of("retrieval")(saturation=1.2, length=0.5)
    found = model._weights(X, np.array([0, 0, 1]), 2)
    mean = (4 + 1) / 2
    rare, shared = math.log1p((2 - 1 + 0.5) / 1.5), math.log1p((2 - 2 + 0.5) / 2.5)
    full = {0: 0.5 + 0.5 * 4 / mean, 1: 0.5 + 0.5 * 1 / mean}
    assert found[0] == pytest.approx([rare * 2 * 2.2 / (2 + 1.2 * full[0]), 0])
    assert found[1] == pytest.approx([rare * 1 * 2.2 / (1 + 1.2 * full[0]), 0])
    assert found[2] == pytest.approx([shared * 2.2 / (1 + 1.2 * full[0]), shared * 2.2 / (1 + 1.2 * full[1])])
