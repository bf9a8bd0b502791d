"""A cross-encoder of a few lines: a pair scores by the words of both sides that it was told to belong together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from onnx import TensorProto, helper, numpy_helper
from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

from breakeven.scenarios.support.reranker import GRAPH, INPUTS, WORDS

SPECIAL = ("[PAD]", "[UNK]", "[CLS]", "[SEP]")


def write(folder: Path, kinds: Mapping[str, str], height: float = 3.0) -> Path:
    """The two files. `kinds`: what each word belongs to; a pair scores `height` for every word of the message of a kind of the passage."""
    folder.mkdir(parents=True, exist_ok=True)
    words = [*SPECIAL, *kinds]
    names = sorted(set(kinds.values()))
    table = np.zeros((len(words), len(names)), dtype=np.float32)
    for i, word in enumerate(words[len(SPECIAL) :], len(SPECIAL)):
        table[i, names.index(kinds[word])] = 1.0
    (folder / GRAPH).write_bytes(graph(table, height))
    (folder / WORDS).write_text(_words({word: i for i, word in enumerate(words)}), encoding="utf-8")
    return folder


def graph(table: np.ndarray, height: float) -> bytes:
    """Logits (n, 1) of word numbers (n, m), from a table of kinds (words, k)."""
    ids = [helper.make_tensor_value_info(name, TensorProto.INT64, ["n", "m"]) for name in INPUTS]
    held = {
        "table": table,
        "one": np.array(1.0, np.float32),
        "zero": np.array(0.0, np.float32),
        "height": np.array(height, np.float32),
        "last": np.array([2], np.int64),
        "middle": np.array([1], np.int64),
    }
    nodes = [
        helper.make_node("Gather", ["table", INPUTS[0]], ["kinds"]),
        helper.make_node("Cast", [INPUTS[1]], ["mask"], to=TensorProto.FLOAT),
        helper.make_node("Cast", [INPUTS[2]], ["second"], to=TensorProto.FLOAT),
        helper.make_node("Mul", ["second", "mask"], ["passage"]),
        helper.make_node("Sub", ["mask", "passage"], ["message"]),
    ]
    for side in ("message", "passage"):
        nodes += [
            helper.make_node("Unsqueeze", [side, "last"], [f"{side}_wide"]),
            helper.make_node("Mul", ["kinds", f"{side}_wide"], [f"{side}_kinds"]),
            helper.make_node("ReduceSum", [f"{side}_kinds", "middle"], [f"{side}_sum"], keepdims=0),
        ]
    nodes += [
        helper.make_node("Clip", ["passage_sum", "zero", "one"], ["there"]),
        helper.make_node("Mul", ["message_sum", "there"], ["both"]),
        helper.make_node("ReduceSum", ["both", "middle"], ["fits"], keepdims=1),
        helper.make_node("Mul", ["fits", "height"], ["logits"]),
    ]
    out = [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["n", 1])]
    made = helper.make_graph(nodes, "pairs", ids, out, [numpy_helper.from_array(v, name) for name, v in held.items()])
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", 17)])
    model.ir_version = 8
    return bytes(model.SerializeToString())


def _words(numbers: dict[str, int]) -> str:
    made = Tokenizer(models.WordLevel(numbers, unk_token="[UNK]"))
    made.normalizer, made.pre_tokenizer = normalizers.Lowercase(), pre_tokenizers.Whitespace()
    ends = [(name, numbers[name]) for name in ("[CLS]", "[SEP]")]
    made.post_processor = processors.TemplateProcessing("[CLS] $A [SEP]", "[CLS] $A [SEP] $B:1 [SEP]:1", ends)
    return str(made.to_str())
