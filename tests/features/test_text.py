"""The featuriser: folding, n-grams against a slow twin, tokens, and texts that are no texts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from breakeven.features import text
from breakeven.features.media import Memory
from breakeven.features.reader import Grams, Reader
from breakeven.features.tokens import Tokens

ODD = ["", " ", "😀😀🎉", "a" * 1_000_000, "\ud800broken", "שלום \u202e abc", "\u200b\u200d", "𠀀𠀁", "!!!", "\n\t"]


def kind(c: str) -> str:
    if c == " ":
        return "space"
    if any(a <= ord(c) <= b for a, b in ((0x3040, 0x30FF), (0x3400, 0x4DBF), (0x4E00, 0x9FFF), (0xF900, 0xFAFF))):
        return "han"
    return "word" if ord(c) < 0x10000 and (c.isalnum() or c == "_") else "sign"


def slow_grams(plain: str) -> dict[str, int]:
    """Every n-gram by name, with loops alone."""
    out: dict[str, int] = {}

    def add(name: str) -> None:
        out[name] = out.get(name, 0) + 1

    words, now = [], ""
    for c in plain + " ":
        if kind(c) == "word":
            now += c
            continue
        words += [now] if now else []
        now = ""
        words += [c] if kind(c) == "sign" else []
    for i, word in enumerate(words):
        add(f"w {word}")
        if i:
            add(f"w2 {words[i - 1]} {word}")
    line = f" {plain} "
    for n in range(1, 6):
        for i in range(len(line) - n + 1):
            window = line[i : i + n]
            has_han = any(kind(c) == "han" for c in window)
            if (n == 1 and not has_han) or (n > 3 and has_han) or " " in window[1:-1] or not window.strip():
                continue
            add(f"c{n} {window}")
    return out


@pytest.mark.parametrize(
    "plain", ["pay my bill", "我要退款 now", "a1 b2-c3", "电话", "x", "c'est déjà 3 fois", "ab 😀 cd"]
)
def test_grams_against_a_loop(plain: str) -> None:
    found, slow = text.grams([plain]), slow_grams(plain)
    assert len(found.values) == len(slow)
    assert sorted(found.counts.tolist()) == sorted(map(float, slow.values()))


@given(st.lists(st.text(max_size=40), min_size=1, max_size=6))
def test_a_text_has_the_same_grams_alone_and_among_others(texts: list[str]) -> None:
    plain = [text.normal(t) for t in texts]
    together = text.grams(plain)
    for i, one in enumerate(plain):
        alone = text.grams([one])
        part = slice(together.starts[i], together.starts[i + 1])
        assert np.array_equal(together.values[part], alone.values)
        assert np.array_equal(together.counts[part], alone.counts)


@pytest.mark.parametrize(("given_", "folded"), [
    ("ＡＢＣ　１２３", "abc 123"), ("電話號碼", "电话号码"), ("Straße\u200b", "strasse"), ("a\u202eb", "ab"), ("  x \n y ", "x y"),
])  # fmt: skip
def test_forms_are_folded(given_: str, folded: str) -> None:
    assert text.normal(given_) == folded


@pytest.mark.parametrize("odd", ODD)
def test_odd_texts_are_read_alike_in_training_and_serving(odd: str) -> None:
    texts = ["refund my order", odd, "我要退款", "late parcel"]
    media, X = Memory({"t": texts}), np.arange(4.0)[:, None]
    grams, tokens = Grams.fit("t", 0, "t0", X, media), Tokens.fit("t", 0, "t0", X, media)
    alone = Memory({"t": [odd]})
    for part in (grams, tokens):
        reader = Reader(None, (part,))
        again = Reader.unpack(reader.pack())
        got = again.inputs(np.zeros((1, 1)), alone)
        assert all(np.isfinite(v).all() for v in got.values())
        for name, values in reader.inputs(X, media).items():
            width = got[name].shape[1]
            assert np.allclose(values[1, :width], got[name][0], atol=1e-6)
            assert not values[1, width:].any()


def test_tokens_are_words_and_single_characters() -> None:
    starts, parts = text.tokens(["pay my bill", "我要pay", "", "a b c d"], 3)
    assert np.diff(starts).tolist() == [3, 3, 0, 3]
    assert parts.shape == (9, text.PARTS)
    assert parts[0, 0] == parts[5, 0]  # "pay" is the same word wherever it stands
    assert parts[0, 1] == 0 and parts[1, 1] != 0  # no word before the first


def test_tfidf_is_scikit_learns() -> None:
    """The same weights as TfidfVectorizer gives for words alone, n-grams of characters left out."""
    from sklearn.feature_extraction.text import TfidfVectorizer

    texts = ["late parcel late", "refund parcel", "refund money now please"]
    media, X = Memory({"t": texts}), np.arange(3.0)[:, None]
    grams = Grams.fit("t", 0, "t0", X, media)
    starts, ids, weights = grams.sparse(X, media)
    words = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, norm=None).fit_transform(texts).toarray()
    for i in range(3):
        part = slice(starts[i], starts[i + 1])
        mine = weights[part][(grams.hashes[ids[part]] & text.WORD_BIT) != 0]
        theirs = words[i][words[i] > 0]
        assert np.allclose(np.sort(mine) / mine.max(), np.sort(theirs) / theirs.max(), atol=1e-5)
        assert np.isclose(np.linalg.norm(weights[part]), 1, atol=1e-5)
