"""Where graphs are run."""

from __future__ import annotations

import onnxruntime
import pytest

from breakeven.core.errors import InputError
from breakeven.runtime import onnx_session


def test_graphs_run_on_the_processor_unless_a_card_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    there = ["CUDAExecutionProvider", "CPUExecutionProvider"]
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: there)
    monkeypatch.delenv(onnx_session.RUN_ON, raising=False)
    assert onnx_session.providers() == ["CPUExecutionProvider"]
    monkeypatch.setenv(onnx_session.RUN_ON, "cuda")
    assert onnx_session.providers() == there


@pytest.mark.parametrize(("asked", "said"), [("cuda", "onnxruntime-gpu"), ("tpu", "cpu, cuda"), ("", "cpu, cuda")])
def test_a_card_that_is_not_there_is_refused(asked: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(onnxruntime, "get_available_providers", lambda: ["CPUExecutionProvider"])
    monkeypatch.setenv(onnx_session.RUN_ON, asked)
    with pytest.raises(InputError, match=said):
        onnx_session.providers()
