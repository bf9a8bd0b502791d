"""Near copies: texts and images that are the same to a person, so that none of a pair is learned and the other judged.

Candidates are found by hashing (MinHash for texts, a perceptual hash for images) and held against each other before
they count: no pair is joined on its hash alone.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from breakeven.core.types import Array
from breakeven.features import text
from breakeven.features.image import shrink

#: Shared part of their n-grams from which two texts are near copies, and characters from which this is asked.
ALIKE, LONG = 0.85, 40
BANDS, ROWS_A_BAND = 8, 4
#: The largest deviation of two images that are copies: of 255, and of their own contrast.
DEVIATION, CONTRAST = 6.0, 0.15
IMAGE_BANDS, BAND_BITS = 16, 10
#: Neighbours in a bucket each value is held against: a bucket of n costs n times this, not n squared.
NEIGHBOURS = 12
SMALL_SIDE = 16
CHUNK = 4096

#: A text or image that a larger share of rows has is no copy but a common value, such as a canned answer.
MOST_ALIKE = 0.05


def of_texts(values: Sequence[str]) -> Array:
    """A number for each text, equal for near copies: same letters and digits, or nearly the same n-grams when long.

    >>> of_texts(["What's my balance?", "whats my  balance", "pay my bill"]).tolist()
    [0, 0, 1]
    """
    normal = [text.normal(value) for value in values]
    number: dict[str, int] = {}
    key_of = np.zeros(len(values), dtype=np.int64)
    keys: list[int] = []
    for i, value in enumerate(normal):
        key = "".join(c for c in value if c.isalnum()) or value
        key_of[i] = number.setdefault(key, len(number))
        if key_of[i] == len(keys):
            keys.append(i)
    long = [i for i in keys if len(normal[i]) >= LONG]
    if len(long) < 2:
        return key_of
    pairs = _alike([normal[i] for i in long])
    group = _joined(len(keys), key_of[np.array(long)][pairs])
    return np.asarray(group[key_of])


def _alike(values: Sequence[str]) -> Array:
    """Pairs (m, 2) of texts whose n-grams are mostly shared."""
    grams = text.grams(values)
    least = np.stack(
        [
            np.minimum.reduceat(text.scramble(grams.values.astype(np.uint64), 100 + k), grams.starts[:-1])
            for k in range(BANDS * ROWS_A_BAND)
        ],
        axis=1,
    )
    bands = least.reshape(len(values), BANDS, ROWS_A_BAND).astype(np.uint64)
    buckets = [
        text.scramble(bands[:, b] @ np.array([1, 1 << 20, 1 << 40, 3], dtype=np.uint64), b) for b in range(BANDS)
    ]

    def same(a: Array, b: Array) -> Array:
        out = np.zeros(len(a), dtype=bool)
        for k, (i, j) in enumerate(zip(a.tolist(), b.tolist(), strict=True)):
            left, other = (grams.values[grams.starts[r] : grams.starts[r + 1]] for r in (i, j))
            shared = len(np.intersect1d(left, other, assume_unique=True))
            out[k] = shared >= ALIKE * (len(left) + len(other) - shared)
        return out

    return _pairs(buckets, same)


def of_images(pixels: Array) -> Array:
    """A number for each image of (n, s, s, c) uint8, equal for near copies: other sizes, formats and compressions."""
    small = np.concatenate([_small(pixels[i : i + CHUNK]) for i in range(0, len(pixels), CHUNK)])
    flat = small.reshape(len(small), -1)
    contrast = flat.std(axis=1)

    def same(a: Array, b: Array) -> Array:
        apart = np.sqrt(((flat[a] - flat[b]) ** 2).mean(axis=1))
        # Faint images differ by little in any case: what counts is the difference beside their own contrast.
        return np.asarray(apart <= np.minimum(DEVIATION, 0.5 + CONTRAST * np.minimum(contrast[a], contrast[b])))

    return _joined(len(pixels), _pairs(_perceptual(flat), same, 48))


def _small(block: Array) -> Array:
    return np.asarray(shrink(np.asarray(block), SMALL_SIDE).mean(axis=3))


def _perceptual(flat: Array) -> list[Array]:
    """Hashes (n,) that near copies mostly share: on which side of random planes an image lies (Charikar 2002).

    Within a hash, the bits of the others follow, so that sorting brings the most alike together.
    """
    planes = np.random.default_rng(0).normal(size=(flat.shape[1], IMAGE_BANDS * BAND_BITS))
    bits = ((flat - flat.mean(axis=1, keepdims=True)) @ planes > 0).reshape(len(flat), IMAGE_BANDS, BAND_BITS)
    bands = (bits * (1 << np.arange(BAND_BITS))).sum(axis=2).astype(np.uint64)
    return [
        (bands[:, b] << np.uint64(48)) | (bands[:, b - 1] << np.uint64(24)) | bands[:, b - 2]
        for b in range(IMAGE_BANDS)
    ]


def _pairs(buckets: Sequence[Array], same: Callable[[Array, Array], Array], shift: int = 0) -> Array:
    """Pairs that share a bucket (a key without its last `shift` bits), lie near each other in it, and are the same."""
    found = [np.zeros((0, 2), dtype=np.int64)]
    for keys in buckets:
        order = np.argsort(keys, kind="stable")
        bucket = keys >> np.uint64(shift)
        for step in range(1, NEIGHBOURS + 1):
            a, b = order[:-step], order[step:]
            together = bucket[a] == bucket[b]
            if not together.any():
                break
            a, b = a[together], b[together]
            alike = same(a, b)
            found.append(np.stack([a[alike], b[alike]], axis=1))
    return np.concatenate(found)


def _joined(count: int, pairs: Array) -> Array:
    """Numbers of connected groups."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    links = coo_matrix((np.ones(len(pairs), dtype=bool), (pairs[:, 0], pairs[:, 1])), shape=(count, count))
    return np.asarray(connected_components(links, directed=False)[1])


def common(groups: Array) -> Array:
    """Which rows have a text or image that is a common value rather than a copy."""
    numbers, counts = np.unique(groups, return_counts=True)
    return np.isin(groups, numbers[counts > max(20, MOST_ALIKE * len(groups))])
