"""Questions as vectors without any model: words and pieces of them, weighed by how rare they are (TF-IDF)."""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence

import numpy as np

from breakeven.core.types import Array

#: Most features, the commonest first; one that a single question has says nothing of likeness.
FEATURES = 4096
#: How many letters the pieces of a word have.
PIECES = (4, 5)
_WORD = re.compile(r"[^\W_]+")
_HAN = re.compile("[\u3400-\u9fff\uf900-\ufaff]+")
#: What stands for personal data in stored texts.
_MASK = re.compile(r"<[a-z_]+>")


def features(text: str) -> Counter[str]:
    """Words and pieces of 4 and 5 letters; of Chinese each character and each pair.

    >>> sorted(features("Lost"))
    ['<los', '<lost', 'lost', 'lost>', 'ost>']
    >>> sorted(features("卡丢了"))
    ['丢', '丢了', '了', '卡', '卡丢']
    """
    folded = unicodedata.normalize("NFKC", _MASK.sub(" ", text)).casefold()
    out = Counter[str]()
    for run in _HAN.findall(folded):
        out.update(run)
        out.update(run[i : i + 2] for i in range(len(run) - 1))
    for word in _WORD.findall(_HAN.sub(" ", folded)):
        out[word] += 1
        framed = f"<{word}>"
        out.update(framed[i : i + n] for n in PIECES for i in range(len(framed) - n + 1) if framed[i : i + n] != word)
    return out


def vectors(texts: Sequence[str]) -> Array:
    """Rows (n, features), float32, whose products are cosines; a text that shares nothing with any other is all zero.

    Features of one text alone have no column, for no product needs them; the lengths count them.
    """
    counted = [features(text) for text in texts]
    seen = Counter(name for one in counted for name in one)
    shared = [name for name, n in seen.items() if n > 1]
    kept = sorted(shared, key=lambda name: (-seen[name], name))[:FEATURES]
    number = {name: i for i, name in enumerate(kept)}
    out = np.zeros((len(texts), max(len(kept), 1)), dtype=np.float32)
    for row, one in enumerate(counted):
        weights = {name: (1 + math.log(n)) * math.log((1 + len(texts)) / seen[name]) for name, n in one.items()}
        length = math.sqrt(math.fsum(w * w for w in weights.values()))
        for name, weight in weights.items():
            if name in number:
                out[row, number[name]] = weight / length
    return out
