"""Fitted -> ONNX, and the proof that it answers as the fitted model does.

The caller runs `draw` in a process of its own: two exports in one process once froze a time axis.
"""

from __future__ import annotations

import logging
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from breakeven.core.errors import ExportError
from breakeven.core.types import Array
from breakeven.features.media import Media
from breakeven.features.packed import Packed, ReaderSettings
from breakeven.features.reader import Reader
from breakeven.runtime.description import Parity
from breakeven.runtime.onnx_session import open_session

if TYPE_CHECKING:
    from breakeven.models.base import Candidate

#: Largest difference allowed: in probability, or in standard deviations of the target.
TOLERANCE = 1e-4
#: Rows on which the top class may differ (ties broken the other way), as a share.
DISAGREE = 1e-3
BATCHES = (1, 7, 256)
PROOF_ROWS = 2_000
#: With texts or images, whose answers cost a thousand times those of a table.
PROOF_MEDIA_ROWS = 320


@dataclass(frozen=True)
class Drawn:
    """A candidate as ONNX, with its own answers on the proof rows."""

    graph: bytes
    reader: Packed[ReaderSettings]
    answers: Array


def draw(estimator: Candidate, proof: Array) -> Drawn:
    """Export a fitted candidate and answer the proof rows (n, p) of the base matrix with it."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)  # the exporters report each optional package that is absent
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return Drawn(_whole(estimator), estimator.reader_.pack(), estimator.scores(proof))
    finally:
        logging.disable(before)


def _whole(estimator: Candidate) -> bytes:
    """The graph with a column for every class, also for those the fit did not see."""
    drawn: bytes = estimator.graph()
    present = getattr(estimator, "present_", None)
    if not estimator.classes or present is None or len(present) == estimator.classes:
        return drawn
    import onnx
    from onnx import helper, numpy_helper

    proto = onnx.load_from_string(drawn)
    for node in proto.graph.node:
        for names in (node.input, node.output):
            for i, name in enumerate(names):
                if name == "scores":
                    names[i] = "known"
    places = np.zeros((len(present), estimator.classes), dtype=np.float32)
    places[np.arange(len(present)), present] = 1.0
    proto.graph.initializer.append(numpy_helper.from_array(places, "places"))
    proto.graph.node.append(helper.make_node("MatMul", ["known", "places"], ["scores"]))
    return bytes(proto.SerializeToString())


def proof_rows(X: Array, seed: int, most: int = PROOF_ROWS, holes: bool = True) -> Array:
    """Real rows, then (with `holes`) the same with values taken out: missing and unseen ones must answer alike too."""
    rng = np.random.default_rng([seed, 7])
    real = X[rng.permutation(len(X))[:most]]
    if not holes:
        return real
    some = real[: max(1, len(real) // 4)].copy()
    some[rng.random(some.shape) < 0.2] = np.nan
    return np.concatenate([real, some])


def prove(drawn: Drawn, proof: Array, spread: float, media: Media | None = None) -> Parity:
    """Compare the graph with the model in several batch sizes. Raises ExportError when they disagree.

    Batches of different rows make texts of different lengths. `spread` is 1 for probabilities and the target's standard deviation for values.
    """
    session = open_session(drawn.graph)
    reader = Reader.unpack(drawn.reader)
    truth = drawn.answers.reshape(len(proof), -1)
    largest, same = 0.0, 1.0
    for size in (*BATCHES, min(len(proof), 512)):
        upto = min(len(proof), size * 64)
        parts = [
            np.asarray(session.run(["scores"], reader.inputs(proof[i : i + size], media))[0])
            for i in range(0, upto, size)
        ]
        got = np.concatenate(parts)[:upto].reshape(-1, truth.shape[1])
        expected = truth[: len(got)]
        largest = float(np.maximum(largest, np.abs(got - expected).max() / spread))  # keeps NaN, which max would drop
        if truth.shape[1] > 1:
            same = min(same, float((got.argmax(axis=1) == expected.argmax(axis=1)).mean()))
    if not largest <= TOLERANCE or same < 1 - DISAGREE:
        raise ExportError(
            f"the exported model answers differently: by up to {largest:.2g} (limit {TOLERANCE:g}), same class "
            f"on {same:.2%} of {len(proof):,} rows; not published"
        )
    return Parity(len(proof), largest, same)
